import { codedColumns } from "./coded-columns";
import { groupedRows } from "./grouped-rows";
import type { Context, Site } from "./operation";
import {
  addProduct,
  columnsWin,
  layoutOf,
  type MatrixCounts,
  type MatrixSize,
  place,
  placedBytes,
  placedEntries,
  scratchOutputs,
} from "./sparse-layout";
import type { SparseMatrix } from "./sparse-matrix";
import type { Value } from "./value";

/** Vectors of float32 in a value: vector i begins at element first + i * step, and its elements are `stride` apart. */
export interface Vectors {
  readonly value: Value;
  readonly first: number;
  readonly step: number;
  readonly stride: number;
}

/** y = scale W x for so many vectors x. */
export interface SparseCall {
  readonly count: number;
  readonly x: Vectors;
  readonly y: Vectors;
  readonly scale: number;
}

/** A sparse matrix that multiplies vectors. */
export interface SparseProduct extends MatrixSize {
  readonly weightBytes: number;
  multiply(context: Context, call: SparseCall): void;
}

/** Vectors that are multiplied at once. */
const LANES = 8;

/** So many vectors in a row must be faster the other way before a matrix is laid out anew, which takes as long as some tens of them. */
const PATIENCE = 32;
/** The other way must win with so much fewer, or more, inputs that are not zero. */
const MARGIN = 0.9;

/** Lays out a sparse matrix in the heap. How its inputs turn out to be, zero or not, may change the layout later on. */
export function sparseProduct(site: Site, matrix: SparseMatrix): SparseProduct {
  const { outputs, inputs, outputScales, inputScales } = matrix;
  const size = { outputs, inputs };
  const layout = layoutOf(matrix);
  const room = site.keep("uint8", [placedBytes(layout)]);
  const state = { layout: place(layout, room), votes: 0, fixed: false };
  const counts: MatrixCounts = {
    entries: matrix.inputOf.length,
    groups: layout.kind === "grouped" ? layout.groups.length : matrix.inputOf.length,
    inputs,
  };
  const scaleBytes = (outputScales?.byteLength ?? 0) + (inputScales?.byteLength ?? 0);

  /** Counts what would have been faster, and changes the layout when that has been the other one for long. */
  const vote = (nonZero: number) => {
    if (state.fixed) return;
    const isGrouped = state.layout.kind === "grouped";
    const otherWins = isGrouped ? columnsWin(counts, nonZero / MARGIN) : !columnsWin(counts, nonZero * MARGIN);
    state.votes = otherWins ? state.votes + 1 : 0;
    if (state.votes < PATIENCE) return;
    state.votes = 0;
    const entries = placedEntries(state.layout, room, size);
    const other = isGrouped ? codedColumns(entries) : groupedRows(entries);
    if (placedBytes(other) <= room.size) state.layout = place(other, room);
    else state.fixed = true;
  };

  return {
    ...size,
    weightBytes: room.size + scaleBytes,
    multiply(context, { count, x, y, scale }) {
      const most = count === 1 ? 1 : LANES;
      if (count === 0) return;
      const packed = context.output("float32", [inputs * most]);
      const spaces = scratchOutputs(state.layout, size);
      const sums = context.output("float32", [(outputs + spaces.length) * most]);
      for (let first = 0; first < count; ) {
        const left = count - first;
        const lanes = left === 1 ? 1 : left <= 4 && state.layout.kind === "grouped" ? 4 : LANES;
        const used = Math.min(lanes, left);
        const nonZero = packLanes(
          { ...x, first: x.first + first * x.step },
          { packed, lanes, used, inputs, inputScales },
        );
        if (count === 1) vote(inputs === 0 ? 1 : nonZero / inputs);
        const { length, between } = scratchOutputs(state.layout, size);
        (sums.data as Float32Array).fill(0, 0, length * lanes);
        addProduct(context.kernels, state.layout, {
          room: room.address,
          inputs,
          x: packed.address,
          y: sums.address,
          lanes,
        });
        const to = { ...y, first: y.first + first * y.step };
        unpackLanes(to, { sums, lanes, used, outputs, between, scale, ...(outputScales && { outputScales }) });
        first += used;
      }
      context.release(packed);
      context.release(sums);
    },
  };
}

/** Writes `used` vectors side by side, [inputs][lanes], zeros behind them; gives how many inputs of the first are not zero. */
function packLanes(
  { value, first, step, stride }: Vectors,
  {
    packed,
    lanes,
    used,
    inputs,
    inputScales,
  }: {
    readonly packed: Value;
    readonly lanes: number;
    readonly used: number;
    readonly inputs: number;
    readonly inputScales: Float32Array | undefined;
  },
): number {
  const from = value.data as Float32Array;
  const to = packed.data as Float32Array;
  let nonZero = 0;
  for (let lane = 0; lane < lanes; lane++) {
    let at = first + lane * step;
    for (let input = 0, i = lane; input < inputs; input++, i += lanes, at += stride) {
      const element = lane < used ? from[at]! : 0;
      to[i] = inputScales === undefined ? element : element * inputScales[input]!;
      if (lane === 0 && element !== 0) nonZero++;
    }
  }
  return nonZero;
}

/** Writes sums, [outputs][lanes] with a gap after each `between` outputs, to vectors. */
function unpackLanes(
  { value, first, step, stride }: Vectors,
  {
    sums,
    lanes,
    used,
    outputs,
    between,
    scale,
    outputScales,
  }: {
    readonly sums: Value;
    readonly lanes: number;
    readonly used: number;
    readonly outputs: number;
    readonly between: number;
    readonly scale: number;
    readonly outputScales?: Float32Array;
  },
): void {
  const from = sums.data as Float32Array;
  const to = value.data as Float32Array;
  for (let lane = 0; lane < used; lane++) {
    let at = first + lane * step;
    for (let output = 0, i = lane, rest = between; output < outputs; output++, i += lanes, at += stride) {
      if (rest-- === 0) {
        i += lanes;
        rest = between - 1;
      }
      to[at] = from[i]! * (outputScales === undefined ? scale : scale * outputScales[output]!);
    }
  }
}

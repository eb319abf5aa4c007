import { codedColumns } from "./coded-columns";
import { groupedRows, tilingOf } from "./grouped-rows";
import type { Context, Site, WeightLayout } from "./operation";
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
  /** How it is laid out at first. */
  readonly layout: Omit<WeightLayout, "weight">;
  multiply(context: Context, call: SparseCall): void;
}

/** Vectors that are multiplied at once. */
const LANES = 8;

/**
 * With so many entries a group four vectors at once are faster: what limits such groups is reading inputs, and of four vectors twice as
 * many of them stay in the cache. What limits shorter groups is what each costs, which eight vectors share. Measured at 32 and 11
 * entries a group (a quarter and a twentieth faster), and at 4 (a sixth slower). `npm run costs` measures it anew.
 */
export const LONG_GROUP = 8;

/**
 * So many vectors in a row must be faster the other way before a matrix is laid out anew, which takes as long as some tens to hundreds of
 * them (`npm run costs`).
 */
export const PATIENCE = 32;
/** The other way must win with so much fewer, or more, inputs that are not zero. */
const MARGIN = 0.9;

/** Lays out a sparse matrix in the heap. How its inputs turn out to be, zero or not, may change the layout later on. */
export function sparseProduct(site: Site, matrix: SparseMatrix): SparseProduct {
  const { outputs, inputs, outputScales, inputScales } = matrix;
  const size = { outputs, inputs };
  const threads = site.team.threadsFor({ count: tilingOf(size).down, cost: matrix.inputOf.length });
  const layout = layoutOf(matrix, threads);
  const room = site.keep("uint8", [placedBytes(layout)]);
  const state = { layout: place(layout, room), votes: 0, fixed: false };
  const counts: MatrixCounts = {
    entries: matrix.inputOf.length,
    groups: layout.kind === "grouped" ? layout.groups.length : matrix.inputOf.length,
    inputs,
  };
  const ofInputs = keptScales(site, inputScales);
  const ofOutputs = keptScales(site, outputScales);

  /** Counts what would have been faster, and changes the layout when that has been the other one for long. */
  const vote = (nonZero: number) => {
    if (state.fixed) return;
    const isGrouped = state.layout.kind === "grouped";
    const otherWins = isGrouped
      ? columnsWin(counts, nonZero / MARGIN, threads)
      : !columnsWin(counts, nonZero * MARGIN, threads);
    state.votes = otherWins ? state.votes + 1 : 0;
    if (state.votes < PATIENCE) return;
    state.votes = 0;
    const entries = placedEntries(state.layout, room, size);
    const other = isGrouped ? codedColumns(entries) : groupedRows(entries);
    if (placedBytes(other) <= room.size) state.layout = place(other, room);
    else state.fixed = true;
  };

  const lanesFor = (vectors: number): 1 | 4 | 8 => {
    if (vectors === 1) return 1;
    const isLong = vectors <= 4 || counts.entries >= LONG_GROUP * counts.groups;
    return isLong && state.layout.kind === "grouped" ? 4 : LANES;
  };

  return {
    ...size,
    layout: {
      layout: layout.kind === "grouped" ? "grouped by code" : "columns of codes",
      elements: outputs * inputs,
      nonZeros: counts.entries,
      bytes: room.size + 4 * ((ofInputs?.size ?? 0) + (ofOutputs?.size ?? 0)),
    },
    multiply(context, { count, x, y, scale }) {
      const most = count === 1 ? 1 : LANES;
      if (count === 0) return;
      const { kernels } = context;
      const packed = context.output("float32", [inputs * most]);
      const spaces = scratchOutputs(state.layout, size);
      const sums = context.output("float32", [(outputs + spaces.length) * most]);
      for (let first = 0; first < count; ) {
        const left = count - first;
        const lanes = lanesFor(left);
        const used = Math.min(lanes, left);
        const from = x.value.address + 4 * (x.first + first * x.step);
        const scales = ofInputs?.address ?? 0;
        const nonZero = kernels.packLanes(from, x.step, x.stride, used, lanes, inputs, scales, packed.address);
        if (count === 1) vote(inputs === 0 ? 1 : nonZero / inputs);
        const { length, between } = scratchOutputs(state.layout, size);
        (sums.data as Float32Array).fill(0, 0, length * lanes);
        addProduct(context, state.layout, {
          ...size,
          room: room.address,
          x: packed.address,
          y: sums.address,
          lanes,
        });
        const to = y.value.address + 4 * (y.first + first * y.step);
        const factors = ofOutputs?.address ?? 0;
        kernels.unpackLanes(sums.address, lanes, used, outputs, between, scale, factors, to, y.step, y.stride);
        first += used;
      }
      context.release(packed);
      context.release(sums);
    },
  };
}

function keptScales(site: Site, scales: Float32Array | undefined): Value | undefined {
  if (scales === undefined) return undefined;
  const value = site.keep("float32", [scales.length]);
  value.data.set(scales as never);
  return value;
}

import type { Context, Site, WeightLayout } from "./operation";
import { type Layouts, place, placedBytes } from "./sparse-layout";
import type { Size, SparseMatrix } from "./sparse-matrix";
import { tilingOf } from "./tiling";
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
export interface SparseProduct extends Size {
  /** How it is laid out at first. */
  readonly layout: Omit<WeightLayout, "weight">;
  multiply(context: Context, call: SparseCall): void;
}

/** Vectors that are multiplied at once. */
const LANES = 8;

/** Where the elements of that many vectors begin: those of one input then lie in one line of the cache. */
const ALIGNMENT = 4 * LANES;

/** Lays out a sparse matrix in the heap; undefined if no layout suits it. How its inputs turn out to be may change the layout later on. */
export function sparseProduct(site: Site, matrix: SparseMatrix, layouts: Layouts): SparseProduct | undefined {
  const { outputs, inputs, outputScales, inputScales } = matrix;
  const size = { outputs, inputs };
  const entries = matrix.inputOf.length;
  const threads = site.team.threadsFor({ count: tilingOf(size).down, cost: entries });
  const layout = layouts.layoutOf(matrix, threads);
  if (layout === undefined) return undefined;
  const { kind, products: groups } = layout;
  const room = site.keep("uint8", [placedBytes(layout)]);
  const revised = layouts.revise?.({ counts: { entries, groups, inputs }, size, threads, room });
  let placed = place(layout, room);
  const ofInputs = keptScales(site, inputScales);
  const ofOutputs = keptScales(site, outputScales);

  const lanesFor = (vectors: number): 1 | 4 | 8 => {
    if (vectors === 1) return 1;
    return vectors <= 4 ? placed.kind.lanesOfFew : LANES;
  };

  return {
    ...size,
    layout: {
      layout: kind.name,
      elements: outputs * inputs,
      nonZeros: entries,
      bytes: room.size + 4 * ((ofInputs?.size ?? 0) + (ofOutputs?.size ?? 0)),
    },
    multiply(context, { count, x, y, scale }) {
      const most = count === 1 ? 1 : LANES;
      if (count === 0) return;
      const { kernels } = context;
      const packed = context.output("float32", [inputs * most + LANES]);
      const packedAt = Math.ceil(packed.address / ALIGNMENT) * ALIGNMENT;
      const sums = context.output("float32", [(outputs + placed.kind.scratch(size).length) * most]);
      for (let first = 0; first < count; ) {
        const left = count - first;
        const lanes = lanesFor(left);
        const used = Math.min(lanes, left);
        const from = x.value.address + 4 * (x.first + first * x.step);
        const scales = ofInputs?.address ?? 0;
        const nonZero = kernels.packLanes(from, x.step, x.stride, used, lanes, inputs, scales, packedAt);
        if (count === 1 && revised) placed = revised(placed, inputs === 0 ? 1 : nonZero / inputs);
        const { length, between } = placed.kind.scratch(size);
        (sums.data as Float32Array).fill(0, 0, length * lanes);
        // Named one by one: to spread `size` takes longer than a small product (measured).
        const call = { outputs, inputs, room: room.address, x: packedAt, y: sums.address, lanes };
        placed.kind.add(context, placed, call);
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

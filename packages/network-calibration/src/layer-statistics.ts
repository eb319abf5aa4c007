import { type CrossMoments, crossMoments, type PairWidths } from "@deep-compression/calibration";
import type { Layer } from "./layer";
import { outputsAt, type ShapedValues } from "./matrix-rows";

/** Rows of one group at sampled positions. */
export interface SampledRows {
  /** In the dense network; the same array as that of the compressed one where they do not differ. */
  readonly dense: Float32Array;
  readonly compressed: Float32Array;
  /** What is added to the outputs later on, in the dense network less that in the compressed one, over the gain. */
  readonly skip: Float32Array | undefined;
}

/** Second moments of one group's inputs. */
export interface GroupStatistics {
  readonly count: number;
  /** Of the compressed network's inputs. */
  readonly hessian: Float64Array;
  /** Of the dense network's inputs and those of the compressed one; absent where they are the same. */
  readonly cross?: Float64Array;
  /** Of the skip connection's difference and the compressed network's inputs. */
  readonly skip?: Float64Array;
  readonly denseMeans: Float64Array;
  readonly compressedMeans: Float64Array;
  readonly skipMeans?: Float64Array;
}

/** One batch of what a layer is given, and what is added to what it makes. */
export interface LayerBatch {
  readonly dense: ShapedValues;
  readonly compressed: ShapedValues;
  readonly skip?: { readonly dense: Float32Array; readonly compressed: Float32Array; readonly inner: number };
}

/** The rows of a group of a batch at some positions. */
export function sampledRows(
  layer: Layer,
  batch: LayerBatch,
  options: { readonly positions: Uint32Array; readonly group: number; readonly gain: Float64Array | undefined },
): SampledRows {
  const { positions, group, gain } = options;
  const compressed = layer.inputRows.rowsAt(batch.compressed, positions, group);
  const isSame = batch.dense.values === batch.compressed.values && batch.dense.initial === batch.compressed.initial;
  const dense = isSame ? compressed : layer.inputRows.rowsAt(batch.dense, positions, group);
  return { dense, compressed, skip: batch.skip && skipRows(layer, batch.skip, { positions, group, gain }) };
}

function skipRows(
  { groups, rows }: Layer,
  { dense, compressed, inner }: NonNullable<LayerBatch["skip"]>,
  {
    positions,
    group,
    gain,
  }: { readonly positions: Uint32Array; readonly group: number; readonly gain: Float64Array | undefined },
): Float32Array | undefined {
  if (dense === compressed) return undefined;
  const all = { rows: groups * rows, inner };
  const [ofDense, ofCompressed] = [outputsAt(dense, positions, all), outputsAt(compressed, positions, all)];
  const differences = new Float32Array(positions.length * rows);
  for (let i = 0, at = 0; i < positions.length; i++) {
    for (let row = group * rows; row < (group + 1) * rows; row++, at++) {
      const from = i * all.rows + row;
      const factor = gain?.[row] ?? 1;
      differences[at] = factor === 0 ? 0 : (ofDense[from]! - ofCompressed[from]!) / factor;
    }
  }
  return differences;
}

/** The statistics of a group from its rows of every batch. */
export function groupStatistics({ rows, columns }: Layer, batches: readonly SampledRows[]): GroupStatistics {
  const own = crossMoments({ left: columns, right: columns });
  for (const { compressed } of batches) own.add(compressed, compressed);
  const { count, products: hessian, rightMeans: compressedMeans } = own.moments();
  const isSame = batches.every(({ dense, compressed }) => dense === compressed);
  const cross = isSame ? undefined : crossed(batches, { left: columns, right: columns }, ({ dense }) => dense);
  const differs = batches.some(({ skip }) => skip !== undefined);
  const zeros = ({ compressed }: SampledRows) => new Float32Array((compressed.length / columns) * rows);
  const skip = differs
    ? crossed(batches, { left: rows, right: columns }, (batch) => batch.skip ?? zeros(batch))
    : undefined;
  return {
    count,
    hessian,
    compressedMeans,
    denseMeans: cross?.leftMeans ?? compressedMeans,
    ...(cross && { cross: cross.products }),
    ...(skip && { skip: skip.products, skipMeans: skip.leftMeans }),
  };
}

function crossed(
  batches: readonly SampledRows[],
  widths: PairWidths,
  leftOf: (batch: SampledRows) => Float32Array,
): CrossMoments {
  const sum = crossMoments(widths);
  for (const batch of batches) sum.add(leftOf(batch), batch.compressed);
  return sum.moments();
}

/** The rows of several batches as those of one. */
export function joinedRows({ rows, columns }: Layer, batches: readonly SampledRows[]): SampledRows {
  const compressed = joined(batches.map((batch) => batch.compressed));
  const isSame = batches.every((batch) => batch.dense === batch.compressed);
  const dense = isSame ? compressed : joined(batches.map((batch) => batch.dense));
  if (batches.every(({ skip }) => skip === undefined)) return { dense, compressed, skip: undefined };
  const zeros = (batch: SampledRows) => new Float32Array((batch.compressed.length / columns) * rows);
  return { dense, compressed, skip: joined(batches.map((batch) => batch.skip ?? zeros(batch))) };
}

function joined(lists: readonly Float32Array[]): Float32Array {
  const whole = new Float32Array(lists.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of lists) {
    whole.set(one, at);
    at += one.length;
  }
  return whole;
}

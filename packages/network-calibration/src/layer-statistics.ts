import { crossMoments } from "@deep-compression/calibration";
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
  { positions, group, gain }: { readonly positions: Uint32Array; readonly group: number; readonly gain: Float64Array | undefined },
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

/** The statistics of a group, batch by batch. */
export function groupStatistics({ rows, columns }: Layer, batches: Iterable<SampledRows>): GroupStatistics {
  const own = crossMoments({ left: columns, right: columns });
  const cross = crossMoments({ left: columns, right: columns });
  const skip = crossMoments({ left: rows, right: columns });
  let [isSame, hasSkip] = [true, false];
  const held: SampledRows[] = [...batches];
  isSame = held.every(({ dense, compressed }) => dense === compressed);
  hasSkip = held.some((one) => one.skip !== undefined);
  for (const batch of held) {
    own.add(batch.compressed, batch.compressed);
    if (!isSame) cross.add(batch.dense, batch.compressed);
    if (hasSkip) skip.add(batch.skip ?? new Float32Array((batch.compressed.length / columns) * rows), batch.compressed);
  }
  const { count, products: hessian, rightMeans: compressedMeans } = own.moments();
  const crossed = isSame ? undefined : cross.moments();
  const skipped = hasSkip ? skip.moments() : undefined;
  return {
    count,
    hessian,
    compressedMeans,
    denseMeans: crossed?.leftMeans ?? compressedMeans,
    ...(crossed && { cross: crossed.products }),
    ...(skipped && { skip: skipped.products, skipMeans: skipped.leftMeans }),
  };
}

/** The sum of several Hessians, such as those of a tied weight's uses. */
export function summedStatistics(all: readonly GroupStatistics[]): GroupStatistics {
  const [first, ...others] = all;
  if (first === undefined || others.length === 0) return first!;
  const hessian = first.hessian.slice();
  for (const { hessian: more } of others) for (let i = 0; i < more.length; i++) hessian[i]! += more[i]!;
  const { compressedMeans, denseMeans } = first;
  return { count: all.reduce((sum, { count }) => sum + count, 0), hessian, compressedMeans, denseMeans };
}

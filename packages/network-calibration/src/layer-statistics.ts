import { crossMoments, type MomentSum, outputDifferences } from "@deep-compression/calibration";
import type { Layer } from "./layer";
import { outputsAt, type ShapedValues } from "./matrix-rows";

/** One batch of what a layer is given, and what is added to what it makes. */
export interface LayerBatch {
  readonly dense: ShapedValues;
  /** With the same array of values where they are those of the dense network. */
  readonly compressed: ShapedValues;
  readonly skip?: { readonly dense: Float32Array; readonly compressed: Float32Array; readonly inner: number };
}

/** Rows of one group at sampled positions of one batch. */
export interface SampledRows {
  /** In the dense network; the same array as that of the compressed one where they do not differ. */
  readonly dense: Float32Array;
  readonly compressed: Float32Array;
  /** What is added to the outputs later on, in the dense network less that in the compressed one, over the gain. */
  readonly skip: Float32Array | undefined;
}

/** Second moments of one group's inputs in the compressed network. */
export interface InputStatistics {
  readonly count: number;
  readonly hessian: Float64Array;
  readonly means: Float64Array;
}

/** What the outputs of a group lack if its weights are those of the dense network, as their inputs differ, and a skip connection's. */
export interface LackingOutputs {
  /** Second moments of it and of the inputs, rows x columns. */
  readonly moments: Float64Array;
  readonly means: Float64Array;
}

/** Which rows: positions of each batch, of one group. */
export interface RowChoice {
  readonly positions: readonly Uint32Array[];
  readonly group: number;
  /** What the outputs are multiplied by before the skip connection is added; absent: 1. */
  readonly gain: Float64Array | undefined;
}

/** The rows of each batch, one batch after the other. */
export function* sampledRows(
  layer: Layer,
  batches: readonly LayerBatch[],
  { positions, group, gain }: RowChoice,
): Generator<SampledRows> {
  for (const [i, batch] of batches.entries()) {
    const own = positions[i]!;
    const compressed = layer.inputRows.rowsAt(batch.compressed, own, group);
    const dense = isUnchanged(batch) ? compressed : layer.inputRows.rowsAt(batch.dense, own, group);
    yield { dense, compressed, skip: skipRows(layer, batch, { positions: own, group, gain }) };
  }
}

function isUnchanged({ dense, compressed }: LayerBatch): boolean {
  return dense.values === compressed.values && dense.initial === compressed.initial;
}

function differsBehind({ skip }: LayerBatch): boolean {
  return skip !== undefined && skip.dense !== skip.compressed;
}

function skipRows(
  { groups, rows }: Layer,
  batch: LayerBatch,
  { positions, group, gain }: { readonly positions: Uint32Array } & Pick<RowChoice, "group" | "gain">,
): Float32Array | undefined {
  const { skip } = batch;
  if (skip === undefined || !differsBehind(batch)) return undefined;
  const all = { rows: groups * rows, inner: skip.inner };
  const [ofDense, ofCompressed] = [outputsAt(skip.dense, positions, all), outputsAt(skip.compressed, positions, all)];
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

/** The statistics of a group's inputs. */
export function inputStatistics(layer: Layer, batches: readonly LayerBatch[], choice: RowChoice): InputStatistics {
  const { columns } = layer;
  const sum = crossMoments({ left: columns, right: columns });
  for (const { compressed } of sampledRows(layer, batches, choice)) sum.add(compressed, compressed);
  return statisticsOf(sum);
}

function statisticsOf(sum: MomentSum): InputStatistics {
  const { count, products: hessian, rightMeans: means } = sum.moments();
  return { count, hessian, means };
}

/**
 * The statistics of a group's inputs, unless they are known, and what its outputs lack, if anything differs: rows are made once, batch
 * by batch, and let go.
 *
 * @param weights the dense ones of the group, row by row
 */
export function groupStatistics(
  layer: Layer,
  batches: readonly LayerBatch[],
  options: RowChoice & { readonly weights: Float64Array; readonly known: InputStatistics | undefined },
): { readonly inputs: InputStatistics; readonly lacking: LackingOutputs | undefined } {
  const { weights, known, ...choice } = options;
  const { rows, columns } = layer;
  const own = known === undefined ? crossMoments({ left: columns, right: columns }) : undefined;
  const isSame = batches.every((batch) => isUnchanged(batch) && !differsBehind(batch));
  const lacking = isSame ? undefined : crossMoments({ left: rows, right: columns });
  for (const batch of own || lacking ? sampledRows(layer, batches, choice) : []) {
    own?.add(batch.compressed, batch.compressed);
    lacking?.add(lackingAt(layer, batch, weights), batch.compressed);
  }
  const found = lacking?.moments();
  return {
    inputs: known ?? statisticsOf(own!),
    lacking: found && { moments: found.products, means: found.leftMeans },
  };
}

function lackingAt(layer: Layer, { dense, compressed, skip }: SampledRows, weights: Float64Array): Float32Array {
  const { rows, columns } = layer;
  if (dense === compressed) return skip ?? new Float32Array((compressed.length / columns) * rows);
  const lacking = outputDifferences(dense, compressed, weights, { rows, columns });
  for (let i = 0; skip !== undefined && i < lacking.length; i++) lacking[i]! += skip[i]!;
  return lacking;
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

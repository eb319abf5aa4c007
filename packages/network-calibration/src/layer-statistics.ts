import { crossMoments, layerOutputs, type MomentSum, outputMoments } from "@deep-compression/calibration";
import type { Layer } from "./layer";
import { outputsAt, type ShapedValues } from "./matrix-rows";

/** One batch of what a layer is given in one lane, and what is added to what it makes. */
export interface LayerBatch {
  readonly input: ShapedValues;
  readonly skip?: { readonly values: Float32Array; readonly inner: number };
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
}

/** A group whose outputs are multiplied by a gain, absent: 1, before what a skip connection brings is added. */
export interface GroupChoice extends RowChoice {
  readonly gain: Float64Array | undefined;
}

/** Inputs that are looked at together: many, since sums over rows are put together once for each. */
const ROWS = 4096;

/** Some of the inputs of a group, row by row, and how many are in front of them. */
export interface InputRows {
  readonly rows: Float32Array;
  readonly first: number;
}

/** The inputs of a group, some at a time, one batch after the other. Each time the same memory is written over. */
export function* inputRows(
  { columns, inputRows: { rowsAt } }: Pick<Layer, "columns" | "inputRows">,
  batches: readonly LayerBatch[],
  { positions, group }: RowChoice,
): Generator<InputRows> {
  const total = positions.reduce((sum, { length }) => sum + length, 0);
  const rows = new Float32Array(Math.min(ROWS, total) * columns);
  let first = 0;
  let count = 0;
  for (const [i, { input }] of batches.entries()) {
    const own = positions[i]!;
    for (let from = 0; from < own.length; from += ROWS) {
      const some = own.length <= ROWS ? own : own.subarray(from, from + ROWS);
      if (count + some.length > ROWS) {
        yield { rows: rows.subarray(0, count * columns), first };
        first += count;
        count = 0;
      }
      rowsAt(input, some, group, rows.subarray(count * columns, (count + some.length) * columns));
      count += some.length;
    }
  }
  if (count > 0) yield { rows: rows.subarray(0, count * columns), first };
}

/** The statistics of a group's inputs. */
export function inputStatistics(layer: Layer, batches: readonly LayerBatch[], choice: RowChoice): InputStatistics {
  const { columns } = layer;
  const sum = crossMoments({ left: columns, right: columns });
  for (const { rows } of inputRows(layer, batches, choice)) sum.add(rows, rows);
  return statisticsOf(sum);
}

function statisticsOf(sum: MomentSum): InputStatistics {
  const { count, products: hessian, rightMeans: means } = sum.moments();
  return { count, hessian, means };
}

/**
 * What a group's outputs are by the weights that are given, together with what a skip connection brings, over the gain: row by row,
 * one batch after the other, without biases.
 */
export function groupOutputs(
  layer: Layer,
  batches: readonly LayerBatch[],
  { weights, ...choice }: GroupChoice & { readonly weights: Float64Array },
): Float32Array {
  const total = choice.positions.reduce((sum, { length }) => sum + length, 0);
  const outputs = new Float32Array(total * layer.rows);
  for (const { rows, first } of inputRows(layer, batches, choice)) {
    outputs.set(layerOutputs(rows, weights, layer), first * layer.rows);
  }
  return withSkip(outputs, layer, batches, { ...choice, sign: 1 });
}

/** Outputs with what a skip connection brings, over the gain, added or taken off; nothing where the gain is 0. */
export function withSkip(
  outputs: Float32Array,
  { groups, rows }: Pick<Layer, "groups" | "rows">,
  batches: readonly LayerBatch[],
  { positions, group, gain, sign }: GroupChoice & { readonly sign: 1 | -1 },
): Float32Array {
  if (batches.every(({ skip }) => skip === undefined)) return outputs;
  const sums = outputs.slice();
  const ofGroup = group * rows;
  const factors = Float64Array.from({ length: rows }, (_, row) => {
    const own = gain?.[ofGroup + row] ?? 1;
    return own === 0 ? 0 : sign / own;
  });
  let at = 0;
  for (const [i, { skip }] of batches.entries()) {
    const own = positions[i]!;
    if (skip === undefined) {
      at += own.length * rows;
      continue;
    }
    const values = outputsAt(skip.values, own, { rows: groups * rows, inner: skip.inner, first: ofGroup, count: rows });
    for (let from = 0; from < values.length; from += rows) {
      for (let row = 0; row < rows; row++, at++) sums[at]! += values[from + row]! * factors[row]!;
    }
  }
  return sums;
}

/**
 * The statistics of a group's inputs in the compressed network, unless they are known, and what its outputs lack: rows are made once,
 * some at a time.
 *
 * @param options.weights the dense ones of the group, row by row
 * @param options.wanted what the dense network makes of the same rows: {@link groupOutputs}; undefined if nothing differs
 */
export function groupStatistics(
  layer: Layer,
  batches: readonly LayerBatch[],
  options: GroupChoice & {
    readonly weights: Float64Array;
    readonly wanted: Float32Array | undefined;
    readonly known: InputStatistics | undefined;
  },
): {
  readonly inputs: InputStatistics;
  /** W H. */
  readonly outputs: Float64Array;
  readonly lacking: LackingOutputs | undefined;
} {
  const { weights, known, wanted, ...choice } = options;
  const { rows, columns } = layer;
  const own = known === undefined ? crossMoments({ left: columns, right: columns }) : undefined;
  const sum = wanted && crossMoments({ left: rows, right: columns });
  const left = wanted && withSkip(wanted, layer, batches, { ...choice, sign: -1 });
  for (const some of own || sum ? inputRows(layer, batches, choice) : []) {
    own?.add(some.rows, some.rows);
    const from = some.first * rows;
    sum?.add(left!.subarray(from, from + (some.rows.length / columns) * rows), some.rows);
  }
  const inputs = known ?? statisticsOf(own!);
  const outputs = outputMoments(weights, inputs.hessian, layer);
  const found = sum?.moments();
  const lacking = found && {
    moments: found.products.map((product, at) => product - outputs[at]!),
    means: found.leftMeans.map((mean, row) => mean - meanOutput(weights, row, inputs.means)),
  };
  return { inputs, outputs, lacking };
}

function meanOutput(weights: Float64Array, row: number, means: Float64Array): number {
  const from = row * means.length;
  return means.reduce((sum, mean, j) => sum + weights[from + j]! * mean, 0);
}

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

/** The inputs of a group, batch by batch, row by row. */
export function* inputRows(
  { inputRows: rows }: Layer,
  batches: readonly LayerBatch[],
  { positions, group }: RowChoice,
): Generator<Float32Array> {
  for (const [i, { input }] of batches.entries()) yield rows.rowsAt(input, positions[i]!, group);
}

/** The statistics of a group's inputs. */
export function inputStatistics(layer: Layer, batches: readonly LayerBatch[], choice: RowChoice): InputStatistics {
  const { columns } = layer;
  const sum = crossMoments({ left: columns, right: columns });
  for (const rows of inputRows(layer, batches, choice)) sum.add(rows, rows);
  return statisticsOf(sum);
}

function statisticsOf(sum: MomentSum): InputStatistics {
  const { count, products: hessian, rightMeans: means } = sum.moments();
  return { count, hessian, means };
}

/**
 * What a group's outputs are by the weights that are given, together with what a skip connection brings, over the gain: batch by
 * batch, row by row, without biases.
 */
export function groupOutputs(
  layer: Layer,
  batches: readonly LayerBatch[],
  { weights, ...choice }: GroupChoice & { readonly weights: Float64Array },
): readonly Float32Array[] {
  return [...inputRows(layer, batches, choice)].map((rows, i) => {
    const outputs = layerOutputs(rows, weights, layer);
    addSkip(outputs, layer, batches[i]!, { ...choice, positions: choice.positions[i]!, sign: 1 });
    return outputs;
  });
}

/** Adds or takes off what a skip connection brings, over the gain; nothing where that is 0. */
export function addSkip(
  outputs: Float32Array,
  { groups, rows }: Pick<Layer, "groups" | "rows">,
  { skip }: LayerBatch,
  choice: Omit<GroupChoice, "positions"> & { readonly positions: Uint32Array; readonly sign: 1 | -1 },
): void {
  if (skip === undefined) return;
  const { positions, group, gain, sign } = choice;
  const all = { rows: groups * rows, inner: skip.inner };
  const values = outputsAt(skip.values, positions, all);
  const first = group * rows;
  const factors = Float64Array.from({ length: rows }, (_, row) => {
    const own = gain?.[first + row] ?? 1;
    return own === 0 ? 0 : sign / own;
  });
  for (let at = 0, from = first; at < outputs.length; from += all.rows) {
    for (let row = 0; row < rows; row++, at++) outputs[at]! += values[from + row]! * factors[row]!;
  }
}

/**
 * The statistics of a group's inputs in the compressed network, unless they are known, and what its outputs lack: rows are made once,
 * batch by batch, and let go.
 *
 * @param options.weights the dense ones of the group, row by row
 * @param options.wanted what the dense network makes of the same rows: {@link groupOutputs}; undefined if nothing differs
 */
export function groupStatistics(
  layer: Layer,
  batches: readonly LayerBatch[],
  options: GroupChoice & {
    readonly weights: Float64Array;
    readonly wanted: readonly Float32Array[] | undefined;
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
  let i = 0;
  for (const inputs of own || sum ? inputRows(layer, batches, choice) : []) {
    own?.add(inputs, inputs);
    if (sum !== undefined) {
      const left = batches[i]!.skip === undefined ? wanted![i]! : wanted![i]!.slice();
      addSkip(left, layer, batches[i]!, { ...choice, positions: choice.positions[i]!, sign: -1 });
      sum.add(left, inputs);
    }
    i++;
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

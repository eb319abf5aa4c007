import {
  elementsOfValues,
  floatTensor,
  type Graph,
  type Network,
  numericValues,
  type Tensor,
} from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { behindLayer, type BehindLayer } from "./behind-layer";
import { calibrateWeight } from "./calibrate-weight";
import { withDirectTensors } from "./direct-tensors";
import type { Executor, NamedTensors } from "./executor";
import { findLayers } from "./find-layers";
import { runLanes, type Lanes } from "./lanes";
import type { Layer } from "./layer";
import { groupStatistics, type LayerBatch, type SampledRows, sampledRows } from "./layer-statistics";
import { mergedNormalizations } from "./merged-normalizations";
import { networkParts } from "./network-part";
import { roundedDigits, roundedTo } from "./round-parameters";
import { sampledPositions } from "./sampled-positions";
import { valueReaders } from "./value-readers";

export interface CalibrationOptions {
  readonly executor: Executor;
  /** The relative squared error of a layer's outputs that one bit is worth. */
  readonly lambda: number;
  readonly damping?: number;
  /** Most rows of inputs that are sampled of a layer. */
  readonly samples?: number;
  readonly seed?: number;
  readonly heldOut?: readonly NamedTensors[];
  readonly onLayer?: (report: LayerReport) => void;
}

export interface LayerReport {
  readonly tensor: string;
  readonly op: string;
  readonly elements: number;
  readonly method: string;
  readonly bits: number;
  readonly error: number;
}

const GAIN_DIGITS = Number(process.env.GAIN ?? 8);
const SAMPLES = 32768;
const HELD_OUT_ROWS = 2048;

export async function calibrateNetwork(
  network: Network,
  batches: readonly NamedTensors[],
  options: CalibrationOptions,
): Promise<{ tensors: NamedTensors; layers: readonly LayerReport[]; lanes: Lanes }> {
  const { executor, heldOut = [] } = options;
  const graph = withDirectTensors(network.graph!, network.tensors.map(({ name }) => name));
  const direct = { ...network, graph };
  const { layers } = findLayers(direct);
  const uses = [...layers.values()].flat();
  const cuts = [...new Set(uses.map(({ nodeIndex }) => nodeIndex))].sort((a, b) => a - b);
  const parts = networkParts(graph, cuts);
  const readers = valueReaders(graph);
  const originals = new Map(network.tensors.map((tensor) => [tensor.name, tensor]));
  const replaced = new Map(mergedNormalizations(graph, originals, readers));
  const current = () => new Map([...originals, ...replaced]);
  const random = seededRandom(options.seed ?? 1);
  const reports: LayerReport[] = [];
  const all = [...batches, ...heldOut];
  let lanes: Lanes = { dense: all, compressed: all };
  const merged = new Set(replaced.keys());
  const start = cuts[0] === 0 ? 0 : 1;
  const neededFrom = (k: number) => new Set([...parts.slice(k).flatMap(({ reads }) => reads), ...graph.outputs.map(({ name }) => name)]);
  const run = async (k: number) => {
    lanes = await runLanes(lanes, parts[k]!, { network: direct, executor, replaced, needed: neededFrom(k + 1) });
  };
  // parts[0] is empty if the first cut is at node 0.
  void start;
  for (const [k, part] of parts.entries()) {
    if (k > 0 || cuts[0] === 0) void part;
  }
  await run(0);
  for (const [k, cut] of cuts.entries()) {
    for (const layer of uses.filter(({ nodeIndex }) => nodeIndex === cut)) {
      const report = calibrateOne(layer, lanes, { originals, replaced, merged, behind: behindLayer(layer, current(), readers), random, calibration: batches.length, options });
      reports.push(report);
      options.onLayer?.(report);
    }
    await run(k + 1);
  }
  return { tensors: replaced, layers: reports, lanes };
}

function calibrateOne(
  layer: Layer,
  lanes: Lanes,
  context: {
    readonly originals: NamedTensors;
    readonly replaced: Map<string, Tensor>;
    readonly merged: ReadonlySet<string>;
    readonly behind: BehindLayer;
    readonly random: () => number;
    readonly calibration: number;
    readonly options: CalibrationOptions;
  },
): LayerReport {
  const { originals, replaced, behind, random, calibration, options } = context;
  const tensor = originals.get(layer.name)!;
  const all = layerBatches(layer, lanes, behind);
  const counts = all.map(({ dense }) => layer.inputRows.positions(dense.shape));
  const used = sampledPositions(counts.slice(0, calibration), { most: options.samples ?? SAMPLES, random });
  const held = sampledPositions(counts.slice(calibration), { most: HELD_OUT_ROWS, random });
  let { gain } = behind;
  const weights = matrixOf(layer, numericValues(tensor));
  const norm = behind.normalization;
  if (gain && norm && context.merged.has(norm.inputs[1]!)) {
    const rounded = GAIN_DIGITS === 0 ? new Float64Array(gain.length).fill(1) : roundedDigits(gain, GAIN_DIGITS);
    for (let i = 0; i < weights.length; i++) {
      const row = Math.floor(i / layer.columns);
      if (rounded[row] !== 0) weights[i]! *= gain[row]! / rounded[row]!;
    }
    gain = rounded;
    const scale = originals.get(norm.inputs[1]!)!;
    replaced.set(scale.name, floatTensor(scale.name, scale.shape, Float32Array.from(rounded)));
  }
  const rowsOf = (group: number, list: readonly LayerBatch[], positions: readonly Uint32Array[]) =>
    list.map((batch, i) => sampledRows(layer, batch, { positions: positions[i]!, group, gain }));
  const groups = [...Array(layer.groups).keys()];
  const statistics = groups.map((group) => groupStatistics(layer, rowsOf(group, all.slice(0, calibration), used)));
  const heldOut = groups.map((group) => joined(rowsOf(group, all.slice(calibration), held)));
  const energy = energyOf(layer, weights, statistics.map(({ hessian }) => hessian), gain) + skipEnergy(layer, all.slice(0, calibration), used);
  const { lambda, damping = 0.05 } = options;
  const found = calibrateWeight({ layer, weights, statistics, gain, energy, heldOut, lambda, damping });
  const rounded = found.values.map((value) => Math.fround(value));
  replaced.set(tensor.name, { ...tensor, bytes: elementsOfValues(tensor.type, Float32Array.from(unmatrix(layer, rounded))) });
  const { bias } = behind;
  if (bias) {
    const before = replaced.get(bias.tensor) ?? originals.get(bias.tensor)!;
    const values = Float64Array.from(numericValues(before));
    const factors = behind.normalization && bias.gain === behind.gain ? gain : bias.gain;
    for (let row = 0; row < found.correction.length; row++) values[bias.start + row]! += found.correction[row]! * (factors?.[row] ?? 1);
    const count = statistics[0]!.count;
    const step = Math.sqrt((6 * lambda * energy) / (Math.LN2 * count));
    replaced.set(bias.tensor, floatTensor(bias.tensor, before.shape, roundedTo(values, step)));
  }
  return { tensor: layer.name, op: layer.node.op, elements: weights.length, method: found.method, bits: found.bits, error: found.error };
}

function layerBatches(layer: Layer, lanes: Lanes, { skip }: BehindLayer): readonly LayerBatch[] {
  return lanes.dense.map((values, i) => {
    const [dense, compressed] = [values, lanes.compressed[i]!].map((one) => one.get(layer.input)!);
    const skipped = skip === undefined ? undefined : values.get(skip);
    const shape = dense!.shape;
    const read = valuesOf(dense!);
    return {
      dense: { shape, values: read },
      compressed: dense === compressed ? { shape, values: read } : { shape, values: valuesOf(compressed!) },
      ...(skipped && {
        skip: {
          dense: numericValues(skipped),
          compressed: skipped === lanes.compressed[i]!.get(skip!) ? numericValues(skipped) : numericValues(lanes.compressed[i]!.get(skip!)!),
          inner: layer.outputInner!(skipped.shape),
        },
      }),
    };
  });
}

const valuesOf = (tensor: Tensor) => numericValues(tensor);

function matrixOf({ elements }: Layer, values: Float32Array): Float64Array {
  return elements === undefined ? Float64Array.from(values) : Float64Array.from(elements, (at) => values[at]!);
}

function unmatrix({ elements }: Layer, matrix: Float64Array): Float64Array {
  if (elements === undefined) return matrix;
  const values = new Float64Array(matrix.length);
  for (const [i, at] of elements.entries()) values[at] = matrix[i]!;
  return values;
}

function joined(batches: readonly SampledRows[]): SampledRows {
  const concat = (lists: readonly Float32Array[]) => {
    const whole = new Float32Array(lists.reduce((sum, { length }) => sum + length, 0));
    let at = 0;
    for (const one of lists) {
      whole.set(one, at);
      at += one.length;
    }
    return whole;
  };
  const dense = concat(batches.map((one) => one.dense));
  const hasSkip = batches.some(({ skip }) => skip);
  return {
    dense,
    compressed: concat(batches.map((one) => one.compressed)),
    skip: hasSkip ? concat(batches.map(({ skip }) => skip ?? new Float32Array())) : undefined,
  };
}

function energyOf({ rows, columns }: Layer, weights: Float64Array, hessians: readonly Float64Array[], gain: Float64Array | undefined): number {
  let sum = 0;
  for (let row = 0; row < hessians.length * rows; row++) {
    const hessian = hessians[Math.floor(row / rows)]!;
    const own = weights.subarray(row * columns, (row + 1) * columns);
    let ofRow = 0;
    for (let i = 0; i < columns; i++) {
      let product = 0;
      for (let j = 0; j < columns; j++) product += hessian[i * columns + j]! * own[j]!;
      ofRow += own[i]! * product;
    }
    sum += (gain?.[row] ?? 1) ** 2 * ofRow;
  }
  return sum;
}

function skipEnergy({ groups, rows }: Layer, batches: readonly LayerBatch[], positions: readonly Uint32Array[]): number {
  const count = positions.reduce((sum, { length }) => sum + length, 0);
  const all = groups * rows;
  const sums = new Float64Array(all);
  const squares = new Float64Array(all);
  for (const [i, { skip }] of batches.entries()) {
    if (!skip) continue;
    for (const [j, position] of positions[i]!.entries()) {
      void j;
      const outer = Math.floor(position / skip.inner);
      const from = outer * all * skip.inner + (position - outer * skip.inner);
      for (let row = 0; row < all; row++) {
        const value = skip.dense[from + row * skip.inner]!;
        sums[row]! += value;
        squares[row]! += value * value;
      }
    }
  }
  return squares.reduce((sum, square, row) => sum + square - sums[row]! ** 2 / Math.max(1, count), 0);
}

import { elementCount } from "@deep-compression/bits";
import type { Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { type BehindLayer, behindLayer } from "./behind-layer";
import { calibrateWeight, correctionOf } from "./calibrate-weight";
import type { DoneLayer, LayerReport } from "./calibration-report";
import { correctedBias, roundedGain, stepOfBias } from "./corrected-parameters";
import { dataFreeWeight } from "./data-free-weight";
import type { NamedTensors } from "./executor";
import { heldOutGroup } from "./held-out";
import type { LaneRun, Lanes } from "./lanes";
import type { Layer } from "./layer";
import { layerBatches } from "./layer-batches";
import { outputEnergy, skipEnergy } from "./layer-energy";
import { type GroupStatistics, groupStatistics, joinedRows, type LayerBatch, sampledRows } from "./layer-statistics";
import { sampledPositions } from "./sampled-positions";
import type { ValueReaders } from "./value-readers";
import { matricesOf, withMatrices } from "./weight-elements";

/** What all layers of a network have in common. */
export interface UseContext {
  readonly originals: NamedTensors;
  readonly replaced: NamedTensors;
  readonly readers: ValueReaders;
  /** Tensors of normalizations with a mean of 0 and a variance of 1. */
  readonly merged: ReadonlySet<string>;
  /** Statistics of all uses of tied weights, in the dense network. */
  readonly tied: ReadonlyMap<string, readonly GroupStatistics[]>;
  readonly worth: ReadonlyMap<string, number>;
  readonly run: Omit<LaneRun, "needed">;
  /** Batches in front that are calibrated by; those behind are held out. */
  readonly calibration: number;
  readonly lambda: number;
  readonly damping: number;
  readonly samples: number;
  readonly seed: number;
}

/** Fewer rows of inputs tell too little. */
const LEAST_INPUTS = 16;
/** Rows of inputs that methods are told apart by. */
const HELD_OUT_ROWS = 1024;

/** Makes a weight share values by what its layer does with its inputs, and corrects the biases behind it. */
export async function calibrateUse(layer: Layer, lanes: Lanes, context: UseContext): Promise<DoneLayer> {
  const { originals, replaced, lambda } = context;
  const tensor = originals.get(layer.name)!;
  const behind = behindLayer(layer, new Map([...originals, ...replaced]), context.readers);
  const batches = await layerBatches(layer, lanes, { ...behind, run: context.run });
  const sampled = sampledLayer(layer, batches, behind, context);
  const inputs = sampled.statistics[0]!.count;
  const { method, reason, bits, error, values, correction } = sharedValues(layer, batches, sampled, context);
  const tensors: Tensor[] = sampled.normalization === undefined ? [] : [sampled.normalization];
  if (!replaced.has(layer.name)) tensors.push(withMatrices(layer, tensor, values));
  const report: LayerReport = {
    tensor: layer.name,
    op: layer.node.op,
    elements: elementCount(tensor.shape),
    method,
    inputs,
    bits,
    ...(reason !== undefined && { reason }),
    ...(error !== undefined && { error }),
  };
  const { bias } = behind;
  if (bias === undefined || inputs === 0) return { report, tensors };
  const gain = bias.isBehindGain ? sampled.gain : undefined;
  const { start, factor } = bias;
  const scaled = correction.map((own, row) => own * (gain?.[row] ?? 1) * factor);
  const step = reason === undefined ? stepOfBias(lambda, inputs / sampled.energy) : 0;
  const before = replaced.get(bias.tensor) ?? originals.get(bias.tensor)!;
  tensors.push(correctedBias(before, { start, correction: scaled, step }));
  return { report: { ...report, bias: bias.tensor }, tensors };
}

type SampledLayer = ReturnType<typeof sampledLayer>;

/** Values for the weights of a layer, and what its outputs then lack on average. */
function sharedValues(layer: Layer, batches: readonly LayerBatch[], sampled: SampledLayer, context: UseContext) {
  const { originals, replaced, tied, damping, calibration } = context;
  const lambda = context.lambda / (context.worth.get(layer.name) ?? 1);
  const { statistics, weights, gain, energy } = sampled;
  const known = { layer, weights, statistics };
  const withCorrection = (tensor: Tensor) => {
    const values = matricesOf(layer, tensor);
    return { values, correction: correctionOf(values, known), error: undefined };
  };
  const earlier = replaced.get(layer.name);
  if (earlier !== undefined) {
    return { ...withCorrection(earlier), method: "kept" as const, reason: "tied: its first use decided", bits: 0 };
  }
  const reason = whyNotByInputs(sampled);
  if (reason !== undefined) {
    const { tensor, bits } = dataFreeWeight(originals.get(layer.name)!, lambda);
    return { ...withCorrection(tensor), method: "data-free" as const, reason, bits };
  }
  const ofAllUses = tied.get(layer.name);
  if (ofAllUses !== undefined) {
    // Each use is relative to its own outputs already.
    const curvature = new Float64Array(layer.groups * layer.rows).fill(1);
    const found = calibrateWeight({ ...known, statistics: ofAllUses, curvature, heldOut: [], lambda, damping });
    return { ...found, correction: correctionOf(found.values, known), error: undefined, reason: undefined };
  }
  const curvature = Float64Array.from(
    { length: layer.groups * layer.rows },
    (_, row) => (gain?.[row] ?? 1) ** 2 / energy,
  );
  const heldOut = heldOutOf(layer, batches.slice(calibration), { gain, weights });
  return { ...calibrateWeight({ ...known, curvature, heldOut, lambda, damping }), reason: undefined };
}

function whyNotByInputs({ statistics, energy }: SampledLayer): string | undefined {
  const { count } = statistics[0]!;
  if (count < LEAST_INPUTS) return `only ${count} rows of inputs`;
  return energy > 0 && Number.isFinite(energy) ? undefined : "its outputs do not vary";
}

/** A layer's weights, as its outputs are multiplied by a rounded gain, and the statistics of its inputs. */
function sampledLayer(layer: Layer, batches: readonly LayerBatch[], behind: BehindLayer, context: UseContext) {
  const { originals, calibration, samples, seed } = context;
  const weights = matricesOf(layer, originals.get(layer.name)!);
  const rounded = roundedNormalization(behind, context, context.tied.has(layer.name));
  const gain = rounded?.gain ?? behind.gain;
  if (rounded !== undefined) scaleRows(weights, layer.columns, (row) => behind.gain![row]! / gain![row]!);
  const used = batches.slice(0, calibration);
  const positions = sampledPositions(
    used.map(({ dense }) => layer.inputRows.positions(dense.shape)),
    { most: samples, random: seededRandom(seed + layer.nodeIndex) },
  );
  const statistics = Array.from({ length: layer.groups }, (_, group) =>
    groupStatistics(
      layer,
      used.map((batch, i) => sampledRows(layer, batch, { positions: positions[i]!, group, gain })),
    ),
  );
  const hessians = statistics.map(({ hessian }) => hessian);
  const energy =
    outputEnergy(layer, weights, { hessians, gain }) + skipEnergy(layer.groups * layer.rows, used, positions);
  return { weights, gain, statistics, energy, ...(rounded && { normalization: rounded.tensor }) };
}

function scaleRows(weights: Float64Array, columns: number, factor: (row: number) => number): void {
  for (let i = 0; i < weights.length; i++) {
    const own = factor(Math.floor(i / columns));
    if (Number.isFinite(own)) weights[i]! *= own;
  }
}

/** The factors of the normalization behind a layer with few digits, if nothing else depends on them. */
function roundedNormalization(
  { gain, normalization }: BehindLayer,
  { originals, merged }: UseContext,
  isTied: boolean,
) {
  const name = normalization?.inputs[1] ?? "";
  if (gain === undefined || isTied || !merged.has(name)) return undefined;
  const rounded = roundedGain(gain);
  const values = Float32Array.from(rounded);
  return { gain: rounded, tensor: { ...originals.get(name)!, bytes: new Uint8Array(values.buffer) } };
}

function heldOutOf(
  layer: Layer,
  batches: readonly LayerBatch[],
  { gain, weights }: Pick<SampledLayer, "gain" | "weights">,
) {
  const counts = batches.map(({ dense }) => layer.inputRows.positions(dense.shape));
  const positions = sampledPositions(counts, { most: HELD_OUT_ROWS, random: seededRandom(layer.nodeIndex) });
  const size = layer.rows * layer.columns;
  return Array.from({ length: layer.groups }, (_, group) => {
    const rows = batches.map((batch, i) => sampledRows(layer, batch, { positions: positions[i]!, group, gain }));
    return heldOutGroup(layer, weights.subarray(group * size, (group + 1) * size), joinedRows(layer, rows));
  });
}

import { elementCount } from "@deep-compression/bits";
import { inverseFactor } from "@deep-compression/calibration";
import type { Tensor } from "@deep-compression/network";
import { type BehindLayer, behindLayer } from "./behind-layer";
import { orderOf } from "./calibrate-matrices";
import { calibrateWeight, correctionOf } from "./calibrate-weight";
import type { DoneLayer, LayerReport } from "./calibration-report";
import { correctedBias, stepOfBias } from "./corrected-parameters";
import { dataFreeWeight, fallenBack } from "./data-free-weight";
import { denseLayer } from "./dense-layer";
import type { DenseMemory } from "./dense-memory";
import type { NamedTensors } from "./executor";
import type { LaneRun, MovingLanes } from "./lanes";
import type { Layer } from "./layer";
import { layerLanes } from "./layer-lanes";
import type { InputStatistics } from "./layer-statistics";
import { givenLayer, type SampledLayer, type SharedInputs, sampledLayer } from "./sampled-layer";
import type { ValueReaders } from "./value-readers";
import { matricesOf, withMatrices } from "./weight-elements";
import { whyKept, whyNotFinite, whyTooLarge } from "./why-not-captured";

/** What all layers of a network have in common. */
export interface UseContext {
  readonly originals: NamedTensors;
  readonly replaced: NamedTensors;
  readonly readers: ValueReaders;
  /** Tensors of normalizations with a mean of 0 and a variance of 1. */
  readonly merged: ReadonlySet<string>;
  /** Weights that are used more than once. */
  readonly tiedNames: ReadonlySet<string>;
  /** Statistics of all their uses, in the dense network. */
  readonly tied: ReadonlyMap<string, readonly InputStatistics[]>;
  readonly run: Omit<LaneRun, "needed">;
  /** Batches in front that are calibrated by; those behind are held out. */
  readonly calibration: number;
  readonly lambda: number;
  readonly damping: number;
  readonly samples: number;
  readonly seed: number;
  /** Those of inputs that several layers have in common, while these follow each other. */
  readonly shared: SharedInputs;
  /** What the dense network tells. */
  readonly dense: DenseMemory;
}

/** Fewer rows of inputs tell too little. */
const LEAST_INPUTS = 16;

/** Makes a weight share values by what its layer does with its inputs, and corrects the biases behind it. */
export async function calibrateUse(layer: Layer, lanes: MovingLanes, context: UseContext): Promise<DoneLayer> {
  const { originals, replaced, lambda } = context;
  const tensor = originals.get(layer.name)!;
  const behind = behindLayer(layer, new Map([...originals, ...replaced]), context.readers);
  const left = (reason: string) =>
    replaced.has(layer.name) ? tiedAlready(layer, tensor) : fallenBack(tensor, lambda, { op: layer.node.op, reason });
  const problem = whyKept(tensor) ?? whyTooLarge(layer);
  if (problem !== undefined) return left(problem);
  const inLanes = await layerLanes(layer, lanes, { ...behind, run: context.run });
  const given = givenLayer(layer, behind, { ...context, isTied: context.tiedNames.has(layer.name) });
  const calibration = inLanes.places.filter((place) => place < context.calibration).length;
  const known = { ...context, calibration };
  const dense = context.dense.layer(layer, () => denseLayer(layer, inLanes, { ...known, ...given }));
  const reason = dense.reason ?? (dense.isSame ? undefined : whyNotFinite(inLanes.compressed));
  if (reason !== undefined) return left(reason);
  const sampled = sampledLayer(layer, inLanes.compressed, given, { ...known, dense });
  return capturedUse(layer, { sampled, behind, context });
}

/** What a further use of a weight that is decided leaves to do, where its inputs tell nothing. */
function tiedAlready({ name, node }: Layer, { shape }: Tensor): DoneLayer {
  const known = { tensor: name, op: node.op, elements: elementCount(shape), inputs: 0, bits: 0 };
  return { report: { ...known, method: "kept", reason: TIED }, tensors: [] };
}

const TIED = "tied: its first use decided";

function capturedUse(
  layer: Layer,
  {
    sampled,
    behind,
    context,
  }: { readonly sampled: SampledLayer; readonly behind: BehindLayer; readonly context: UseContext },
): DoneLayer {
  const { originals, replaced, lambda } = context;
  const tensor = originals.get(layer.name)!;
  const inputs = sampled.statistics[0]!.count;
  const { method, reason, bits, error, values, correction } = sharedValues(layer, sampled, context);
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

/** Values for the weights of a layer, and what its outputs then lack on average. */
function sharedValues(layer: Layer, sampled: SampledLayer, context: UseContext) {
  const { originals, replaced, tied, lambda, damping } = context;
  const { statistics, lackingMeans, inverses, weights, targets, gain, energy, heldOut } = sampled;
  const known = { layer, weights, statistics, lackingMeans, inverses };
  const withCorrection = (tensor: Tensor) => {
    const values = matricesOf(layer, tensor);
    return { values, correction: correctionOf(values, known), error: undefined };
  };
  const earlier = replaced.get(layer.name);
  if (earlier !== undefined) {
    return { ...withCorrection(earlier), method: "kept" as const, reason: TIED, bits: 0 };
  }
  const reason = whyNotByInputs(sampled);
  if (reason !== undefined) {
    const dense = withMatrices(layer, originals.get(layer.name)!, weights);
    const { tensor, bits } = dataFreeWeight(dense, lambda);
    return { ...withCorrection(tensor), method: "data-free" as const, reason, bits };
  }
  const ofAllUses = tied.get(layer.name);
  if (ofAllUses !== undefined) {
    // Each use is relative to its own outputs already.
    const curvature = new Float64Array(layer.groups * layer.rows).fill(1);
    const found = calibrateWeight({
      ...known,
      targets: weights,
      statistics: ofAllUses,
      inverses: ofAllUses.map(({ hessian }) =>
        inverseFactor(hessian, layer.columns, { damping, order: orderOf(layer) }),
      ),
      curvature,
      heldOut: [],
      lambda,
      damping,
    });
    return { ...found, correction: correctionOf(found.values, known), error: undefined, reason: undefined };
  }
  const curvature = Float64Array.from(
    { length: layer.groups * layer.rows },
    (_, row) => (gain?.[row] ?? 1) ** 2 / energy,
  );
  return { ...calibrateWeight({ ...known, targets, curvature, heldOut, lambda, damping }), reason: undefined };
}

function whyNotByInputs({ statistics, energy }: SampledLayer): string | undefined {
  const { count } = statistics[0]!;
  if (count < LEAST_INPUTS) return `only ${count} rows of inputs`;
  return energy > 0 && Number.isFinite(energy) ? undefined : "its outputs do not vary";
}

import { type InverseFactor, inverseFactor, residualTarget } from "@deep-compression/calibration";
import type { Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import type { BehindLayer } from "./behind-layer";
import { orderOf } from "./calibrate-matrices";
import { roundedGain } from "./corrected-parameters";
import type { NamedTensors } from "./executor";
import { type HeldOutGroup, heldOutGroup } from "./held-out";
import type { Layer } from "./layer";
import { outputEnergy, skipEnergy } from "./layer-energy";
import { groupStatistics, type InputStatistics, joinedRows, type LayerBatch, sampledRows } from "./layer-statistics";
import { sampledPositions, seedOf } from "./sampled-positions";
import { matricesOf } from "./weight-elements";

/** Rows of inputs that methods are told apart by. */
const HELD_OUT_ROWS = 1024;

/** A layer as it meets its inputs. */
export interface SampledLayer {
  /** The dense weights, over what the rounding of the gain has changed. */
  readonly weights: Float64Array;
  /** Those that make up for what came before. */
  readonly targets: Float64Array;
  /** Of each group's inputs, and their factors, in the order that {@link calibrateMatrices} takes them in. */
  readonly statistics: readonly InputStatistics[];
  readonly inverses: readonly (InverseFactor | undefined)[];
  /** What each group's outputs lack on average. */
  readonly lackingMeans: readonly (Float64Array | undefined)[];
  /** What the outputs are multiplied by; absent: 1. */
  readonly gain: Float64Array | undefined;
  /** The factors of the normalization behind the layer, if they have been rounded. */
  readonly normalization: Tensor | undefined;
  /** The sum of squares, about their means, of what the outputs are part of. */
  readonly energy: number;
  readonly heldOut: readonly HeldOutGroup[];
}

/** What there is to know of a layer's inputs, in the batches in front, and in those behind that are held out. */
export function sampledLayer(
  layer: Layer,
  batches: readonly LayerBatch[],
  behind: BehindLayer,
  options: {
    readonly originals: NamedTensors;
    readonly merged: ReadonlySet<string>;
    readonly isTied: boolean;
    /** Batches that are calibrated by. */
    readonly calibration: number;
    readonly samples: number;
    readonly seed: number;
    readonly damping: number;
    readonly shared: SharedInputs;
  },
): SampledLayer {
  const { calibration, samples, seed, damping } = options;
  const weights = matricesOf(layer, options.originals.get(layer.name)!);
  const rounded = roundedNormalization(behind, options);
  const gain = rounded?.gain ?? behind.gain;
  if (rounded !== undefined) scaleRows(weights, layer.columns, (row) => behind.gain![row]! / gain![row]!);
  const used = batches.slice(0, calibration);
  const counts = batches.map(({ dense }) => layer.inputRows.positions(dense.shape));
  const size = layer.rows * layer.columns;
  const weightsOf = (group: number) => weights.subarray(group * size, (group + 1) * size);
  const earlier = options.shared.latest(layer);
  const random = seededRandom(seedOf(layer.inputKey, seed));
  const positions = earlier?.positions ?? sampledPositions(counts.slice(0, calibration), { most: samples, random });
  const groups = Array.from({ length: layer.groups }, (_, group) => {
    const choice = { positions, group, gain, weights: weightsOf(group), known: earlier?.statistics[group] };
    return groupStatistics(layer, used, choice);
  });
  const statistics = groups.map(({ inputs }) => inputs);
  options.shared.keep(layer, { positions, statistics });
  const hessians = statistics.map(({ hessian }) => hessian);
  const energy = outputEnergy(layer, weights, { hessians, gain });
  const inverses = hessians.map((hessian) => inverseFactor(hessian, layer.columns, { damping, order: orderOf(layer) }));
  const targets = weights.slice();
  for (const [group, { lacking }] of groups.entries()) {
    const inverse = inverses[group];
    if (lacking === undefined || inverse === undefined) continue;
    const known = { ...layer, hessian: hessians[group]!, inverse, skip: lacking.moments };
    targets.set(residualTarget(weightsOf(group), known), group * size);
  }
  const places = sampledPositions(counts.slice(calibration), {
    most: HELD_OUT_ROWS,
    random: seededRandom(seedOf(layer.inputKey, seed + 1)),
  });
  const heldOut = Array.from({ length: layer.groups }, (_, group) => {
    const choice = { positions: places, group, gain };
    const rows = joinedRows(layer, [...sampledRows(layer, batches.slice(calibration), choice)]);
    return heldOutGroup(layer, weightsOf(group), rows);
  });
  return {
    weights,
    targets,
    statistics,
    inverses,
    lackingMeans: groups.map(({ lacking }) => lacking?.means),
    gain,
    normalization: rounded?.tensor,
    energy: energy + skipEnergy(layer.groups * layer.rows, used, positions),
    heldOut,
  };
}

interface SampledInputs {
  readonly positions: readonly Uint32Array[];
  readonly statistics: readonly InputStatistics[];
}

/** Statistics that several layers have in common. */
export interface SharedInputs {
  /** Those of the layer before, if its inputs are the same. */
  latest(layer: Layer): SampledInputs | undefined;
  /** Keeps those of a layer, if there are others to come with the same inputs. */
  keep(layer: Layer, inputs: SampledInputs): void;
}

export function sharedInputs(layers: readonly Layer[]): SharedInputs {
  const left = new Map<string, number>();
  for (const { inputKey } of layers) left.set(inputKey, (left.get(inputKey) ?? 0) + 1);
  let kept: { readonly key: string; readonly inputs: SampledInputs } | undefined;
  return {
    latest: ({ inputKey }) => (kept?.key === inputKey ? kept.inputs : undefined),
    keep({ inputKey: key }, inputs) {
      const others = (left.get(key) ?? 1) - 1;
      left.set(key, others);
      kept = others > 0 ? { key, inputs } : undefined;
    },
  };
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
  options: { readonly originals: NamedTensors; readonly merged: ReadonlySet<string>; readonly isTied: boolean },
) {
  const name = normalization?.inputs[1] ?? "";
  if (gain === undefined || options.isTied || !options.merged.has(name)) return undefined;
  const rounded = roundedGain(gain);
  const values = Float32Array.from(rounded);
  return { gain: rounded, tensor: { ...options.originals.get(name)!, bytes: new Uint8Array(values.buffer) } };
}

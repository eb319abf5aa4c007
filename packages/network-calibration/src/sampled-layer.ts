import { type InverseFactor, inverseFactor, residualTarget } from "@deep-compression/calibration";
import type { Tensor } from "@deep-compression/network";
import type { BehindLayer } from "./behind-layer";
import { type BranchGroup, placesThatRun } from "./branch-groups";
import { orderOf } from "./calibrate-matrices";
import { roundedGain } from "./corrected-parameters";
import type { DenseLayer } from "./dense-layer";
import type { NamedTensors } from "./executor";
import type { HeldOutGroup } from "./held-out";
import type { Layer } from "./layer";
import { outputEnergy } from "./layer-energy";
import { groupStatistics, type InputStatistics, inputRows, type LayerBatch, withSkip } from "./layer-statistics";
import { matricesOf } from "./weight-elements";

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

/** A layer's dense weights, over what the rounding of the gain changes, and that gain. */
export interface GivenLayer {
  readonly weights: Float64Array;
  readonly gain: Float64Array | undefined;
  readonly normalization: Tensor | undefined;
}

export function givenLayer(
  layer: Layer,
  behind: BehindLayer,
  options: { readonly originals: NamedTensors; readonly merged: ReadonlySet<string>; readonly isTied: boolean },
): GivenLayer {
  const weights = matricesOf(layer, options.originals.get(layer.name)!);
  const rounded = roundedNormalization(behind, options);
  const gain = rounded?.gain ?? behind.gain;
  if (rounded !== undefined) scaleRows(weights, layer.columns, (row) => behind.gain![row]! / gain![row]!);
  return { weights, gain, normalization: rounded?.tensor };
}

/** What there is to know of a layer by its inputs in the compressed network, in the batches in front, and in those behind that are held out. */
export function sampledLayer(
  layer: Layer,
  batches: readonly LayerBatch[],
  given: GivenLayer,
  options: {
    readonly dense: DenseLayer;
    /** Batches that are calibrated by. */
    readonly calibration: number;
    readonly damping: number;
    readonly shared: SharedInputs;
  },
): SampledLayer {
  const { dense, calibration, damping, shared } = options;
  const { weights, gain } = given;
  const size = layer.rows * layer.columns;
  const weightsOf = (group: number) => weights.subarray(group * size, (group + 1) * size);
  const earlier = shared.latest(layer);
  const groups = Array.from({ length: layer.groups }, (_, group) =>
    groupStatistics(layer, batches.slice(0, calibration), {
      ...{ positions: dense.positions, group, gain, weights: weightsOf(group) },
      ...{ wanted: dense.isSame ? undefined : dense.outputs[group], known: earlier?.[group] },
    }),
  );
  const statistics = groups.map(({ inputs }) => inputs);
  shared.keep(layer, statistics);
  const energy = outputEnergy(layer, weights, { moments: groups.map(({ outputs }) => outputs), gain });
  const inverses = statistics.map(({ hessian }) =>
    inverseFactor(hessian, layer.columns, { damping, order: orderOf(layer) }),
  );
  const targets = weights.slice();
  for (const [group, { lacking, inputs }] of groups.entries()) {
    const inverse = inverses[group];
    if (lacking === undefined || inverse === undefined) continue;
    const known = { ...layer, hessian: inputs.hessian, inverse, skip: lacking.moments };
    targets.set(residualTarget(weightsOf(group), known), group * size);
  }
  return {
    ...given,
    targets,
    statistics,
    inverses,
    lackingMeans: groups.map(({ lacking }) => lacking?.means),
    energy: energy + dense.skipEnergy,
    heldOut: Array.from({ length: layer.groups }, (_, group) =>
      heldOutGroup(layer, batches.slice(calibration), { dense, group, gain }),
    ),
  };
}

function heldOutGroup(
  layer: Layer,
  batches: readonly LayerBatch[],
  { dense, group, gain }: { readonly dense: DenseLayer; readonly group: number; readonly gain: GivenLayer["gain"] },
): HeldOutGroup {
  const positions = dense.heldOutPositions;
  const outputs = withSkip(dense.heldOutOutputs[group]!, layer, batches, { positions, group, gain, sign: -1 });
  const count = outputs.length / layer.rows;
  const inputs = new Float32Array(count * layer.columns);
  for (const { rows, first } of inputRows(layer, batches, { positions, group })) {
    inputs.set(rows, first * layer.columns);
  }
  return { count, inputs, outputs };
}

/** Statistics that several layers have in common. */
export interface SharedInputs {
  /** Those of the layer before, if its inputs are the same. */
  latest(layer: Layer): readonly InputStatistics[] | undefined;
  /** Keeps those of a layer, if there are others to come with the same inputs. */
  keep(layer: Layer, inputs: readonly InputStatistics[]): void;
}

/** @param groups whose batches run the layers: statistics are of those of a layer */
export function sharedInputs(layers: readonly Layer[], groups: readonly BranchGroup[]): SharedInputs {
  const keyOf = ({ inputKey, node }: Layer) => `${inputKey} ${placesThatRun(groups, node)}`;
  const left = new Map<string, number>();
  for (const layer of layers) left.set(keyOf(layer), (left.get(keyOf(layer)) ?? 0) + 1);
  let kept: { readonly key: string; readonly inputs: readonly InputStatistics[] } | undefined;
  return {
    latest: (layer) => (kept?.key === keyOf(layer) ? kept.inputs : undefined),
    keep(layer, inputs) {
      const key = keyOf(layer);
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

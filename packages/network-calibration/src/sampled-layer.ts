import { inverseFactor, residualTarget } from "@deep-compression/calibration";
import type { Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import type { BehindLayer } from "./behind-layer";
import { roundedGain } from "./corrected-parameters";
import type { NamedTensors } from "./executor";
import { type HeldOutGroup, heldOutGroup } from "./held-out";
import type { Layer } from "./layer";
import { outputEnergy, skipEnergy } from "./layer-energy";
import { type GroupStatistics, groupStatistics, joinedRows, type LayerBatch, sampledRows } from "./layer-statistics";
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
  readonly statistics: readonly Omit<GroupStatistics, "cross" | "skip">[];
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
  const { positions, statistics: all } = options.shared.of(layer, used, () => {
    const random = seededRandom(seedOf(layer.inputKey, seed));
    const chosen = sampledPositions(counts.slice(0, calibration), { most: samples, random });
    const groups = [...Array(layer.groups).keys()];
    const statistics = groups.map((group) => groupStatistics(layer, used, { positions: chosen, group, gain }));
    return { positions: chosen, statistics };
  });
  const hessians = all.map(({ hessian }) => hessian);
  const energy = outputEnergy(layer, weights, { hessians, gain });
  const places = sampledPositions(counts.slice(calibration), {
    most: HELD_OUT_ROWS,
    random: seededRandom(seedOf(layer.inputKey, seed + 1)),
  });
  const size = layer.rows * layer.columns;
  const heldOut = Array.from({ length: layer.groups }, (_, group) => {
    const choice = { positions: places, group, gain };
    const rows = joinedRows(layer, [...sampledRows(layer, batches.slice(calibration), choice)]);
    return heldOutGroup(layer, weights.subarray(group * size, (group + 1) * size), rows);
  });
  return {
    weights,
    targets: targetsOf(layer, weights, { statistics: all, damping }),
    statistics: all.map(({ cross, skip, ...rest }) => rest),
    gain,
    normalization: rounded?.tensor,
    energy: energy + skipEnergy(layer.groups * layer.rows, used, positions),
    heldOut,
  };
}

interface InputStatistics {
  readonly positions: readonly Uint32Array[];
  readonly statistics: readonly GroupStatistics[];
}

/** Statistics that several layers have in common. */
export interface SharedInputs {
  /** Those that the layer before had, if its inputs are the same and neither has a skip connection; else they are made. */
  of(layer: Layer, batches: readonly LayerBatch[], make: () => InputStatistics): InputStatistics;
}

export function sharedInputs(layers: readonly Layer[]): SharedInputs {
  const left = new Map<string, number>();
  for (const { inputKey } of layers) left.set(inputKey, (left.get(inputKey) ?? 0) + 1);
  let latest: { readonly key: string; readonly inputs: InputStatistics } | undefined;
  return {
    of({ inputKey: key, isRecurrent }, batches, make) {
      const others = (left.get(key) ?? 1) - 1;
      left.set(key, others);
      if (isRecurrent || batches.some(({ skip }) => skip !== undefined)) return make();
      const inputs = latest?.key === key ? latest.inputs : make();
      latest = others > 0 ? { key, inputs } : undefined;
      return inputs;
    },
  };
}

/** The weights that make up for what came before, group by group. */
function targetsOf(
  { rows, columns }: Layer,
  weights: Float64Array,
  { statistics, damping }: { readonly statistics: readonly GroupStatistics[]; readonly damping: number },
): Float64Array {
  const targets = weights.slice();
  for (const [group, { hessian, cross, skip }] of statistics.entries()) {
    if (cross === undefined && skip === undefined) continue;
    const inverse = inverseFactor(hessian, columns, { damping });
    if (inverse === undefined) continue;
    const [from, to] = [group * rows * columns, (group + 1) * rows * columns];
    const shape = { rows, columns, hessian, inverse, cross: cross ?? hessian };
    targets.set(residualTarget(weights.subarray(from, to), { ...shape, ...(skip && { skip }) }), from);
  }
  return targets;
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

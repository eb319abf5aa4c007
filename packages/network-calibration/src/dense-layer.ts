import { seededRandom } from "@deep-compression/runtime";
import type { Layer } from "./layer";
import { skipEnergy } from "./layer-energy";
import type { LayerLanes } from "./layer-lanes";
import { groupOutputs } from "./layer-statistics";
import { rowsFor, sampledPositions, seedOf } from "./sampled-positions";
import { whyNotFinite } from "./why-not-captured";

/** Rows of inputs that methods are told apart by. */
const HELD_OUT_ROWS = 1024;

/** What the dense network tells of a layer: the same for each lambda. */
export interface DenseLayer {
  /** Why its inputs are not used, in words. */
  readonly reason: string | undefined;
  /** Whether the compressed network is the same in front of the layer. */
  readonly isSame: boolean;
  /** Rows that are looked at of each batch in front, and of each that is held out. */
  readonly positions: readonly Uint32Array[];
  readonly heldOutPositions: readonly Uint32Array[];
  /** What the outputs are there, of each group: {@link groupOutputs}. Those in front only where the lanes differ. */
  readonly outputs: readonly Float32Array[];
  readonly heldOutOutputs: readonly Float32Array[];
  /** The sum of squares, about their means, of what is added to the outputs. */
  readonly skipEnergy: number;
}

/** @param options.weights the dense ones, group by group, row by row */
export function denseLayer(
  layer: Layer,
  { dense = [], compressed }: LayerLanes,
  options: {
    readonly weights: Float64Array;
    readonly gain: Float64Array | undefined;
    /** Batches that are calibrated by. */
    readonly calibration: number;
    readonly samples: number;
    readonly seed: number;
  },
): DenseLayer {
  const { weights, gain, calibration, samples, seed } = options;
  const [used, held] = [dense.slice(0, calibration), dense.slice(calibration)];
  const places = (batches: typeof dense, most: number, ownSeed: number) =>
    sampledPositions(
      batches.map(({ input }) => layer.inputRows.positions(input.shape)),
      { most, random: seededRandom(seedOf(layer.inputKey, ownSeed)) },
    );
  const positions = places(used, rowsFor(layer.columns, samples), seed);
  const heldOutPositions = places(held, HELD_OUT_ROWS, seed + 1);
  const isSame = dense.every(
    ({ input, skip }, i) =>
      input.values === compressed[i]!.input.values &&
      input.initial === compressed[i]!.input.initial &&
      skip?.values === compressed[i]!.skip?.values,
  );
  const known = { isSame, positions, heldOutPositions };
  const reason = whyNotFinite(dense);
  if (reason !== undefined) return { ...known, reason, outputs: [], heldOutOutputs: [], skipEnergy: 0 };
  const size = layer.rows * layer.columns;
  const outputsOf = (batches: typeof dense, own: readonly Uint32Array[]) =>
    Array.from({ length: layer.groups }, (_, group) => {
      const choice = { positions: own, group, gain };
      return groupOutputs(layer, batches, { ...choice, weights: weights.subarray(group * size, (group + 1) * size) });
    });
  return {
    ...known,
    reason,
    outputs: isSame ? [] : outputsOf(used, positions),
    heldOutOutputs: outputsOf(held, heldOutPositions),
    skipEnergy: skipEnergy(layer.groups * layer.rows, used, positions),
  };
}

/** Bytes that it holds. */
export function bytesOfDenseLayer({ positions, heldOutPositions, outputs, heldOutOutputs }: DenseLayer): number {
  const arrays = [...positions, ...heldOutPositions, ...outputs, ...heldOutOutputs];
  return arrays.reduce((sum, { byteLength }) => sum + byteLength, 0);
}

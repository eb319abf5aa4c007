import { outputMoments } from "@deep-compression/calibration";
import { seededRandom } from "@deep-compression/runtime";
import type { NamedTensors } from "./executor";
import { type LaneRun, runLanes } from "./lanes";
import type { Layer } from "./layer";
import { outputEnergy } from "./layer-energy";
import { layerLanes } from "./layer-lanes";
import { type InputStatistics, inputStatistics } from "./layer-statistics";
import { rowsFor, sampledPositions, seedOf } from "./sampled-positions";
import { matricesOf } from "./weight-elements";
import { whyKept, whyNotFinite, whyTooLarge } from "./why-not-captured";

/**
 * The sums, over all uses of each tied weight, of the second moments of its inputs in the dense network, each relative to the energy
 * of its outputs: such a weight is decided once, at its first use, when the others' inputs are not known yet.
 */
export async function tiedStatistics(
  layers: ReadonlyMap<string, readonly Layer[]>,
  batches: readonly NamedTensors[],
  options: { readonly run: Omit<LaneRun, "needed">; readonly samples: number; readonly seed: number },
): Promise<ReadonlyMap<string, readonly InputStatistics[]>> {
  const tied = [...layers].filter(([, uses]) => uses.length > 1);
  if (tied.length === 0) return new Map();
  const { run, samples, seed } = options;
  const { graph, tensors } = run.network;
  const wanted = new Set(tied.flatMap(([, uses]) => uses.map(({ input }) => input)));
  const given = graph.inputs.map(({ name }) => name);
  const makes = [...wanted].filter((name) => !given.includes(name));
  const lanes = await runLanes(
    { dense: batches, compressed: batches },
    { nodes: graph.nodes, reads: given, makes },
    { ...run, replaced: new Map(), needed: wanted },
  );
  const found = new Map<string, readonly InputStatistics[]>();
  for (const [name, uses] of tied) {
    const tensor = tensors.find((one) => one.name === name)!;
    if (whyKept(tensor) !== undefined) continue;
    const ofUses: (readonly InputStatistics[])[] = [];
    for (const layer of uses) {
      const { compressed: own } = await layerLanes(layer, lanes, { run });
      if ((whyTooLarge(layer) ?? whyNotFinite(own)) !== undefined) continue;
      const positions = sampledPositions(
        own.map(({ input }) => layer.inputRows.positions(input.shape)),
        { most: rowsFor(layer.columns, samples), random: seededRandom(seedOf(layer.inputKey, seed)) },
      );
      const groups = Array.from({ length: layer.groups }, (_, group) =>
        inputStatistics(layer, own, { positions, group }),
      );
      const weights = matricesOf(layer, tensor);
      const size = layer.rows * layer.columns;
      const moments = groups.map(({ hessian }, group) =>
        outputMoments(weights.subarray(group * size, (group + 1) * size), hessian, layer),
      );
      const energy = outputEnergy(layer, weights, { moments, gain: undefined });
      ofUses.push(groups.map((group) => relative(group, energy)));
    }
    if (ofUses.length < uses.length) continue;
    found.set(
      name,
      ofUses.reduce((sums, more) => sums.map((sum, group) => summed(sum, more[group]!))),
    );
  }
  return found;
}

function relative(statistics: InputStatistics, energy: number): InputStatistics {
  if (!(energy > 0)) return statistics;
  return { ...statistics, hessian: statistics.hessian.map((product) => product / energy) };
}

function summed(one: InputStatistics, other: InputStatistics): InputStatistics {
  const hessian = one.hessian.map((product, i) => product + other.hessian[i]!);
  return { ...one, count: one.count + other.count, hessian };
}

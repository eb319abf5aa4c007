import {
  assertNetwork,
  type Graph,
  type Network,
  type Tensor,
  tensorUses,
  weightTensors,
} from "@deep-compression/network";
import { checkInteger, checkNumber } from "@deep-compression/runtime";
import type { BranchGroup } from "./branch-groups";
import { checkBatches } from "./check-batches";
import { withDirectTensors } from "./direct-tensors";
import { withEqualWeightsOnce } from "./equal-weights";
import type { Executor, NamedTensors } from "./executor";
import { type FoundWeights, findLayers, type Table } from "./find-layers";
import type { Layer } from "./layer";
import type { InputStatistics } from "./layer-statistics";
import { mergedNormalizations } from "./merged-normalizations";
import { type NetworkPart, networkParts } from "./network-part";
import { type DirectNetwork, withRearrangedTensors } from "./rearranged-tensors";
import { withTakenBranches } from "./taken-branches";
import { tiedStatistics } from "./tied-statistics";
import { type ValueReaders, valueReaders } from "./value-readers";

export interface PreparationOptions {
  /** What runs the network, part by part. */
  readonly executor: Executor;
  /** What is added to the diagonal of second moments, as a fraction of its mean; default 0.05. */
  readonly damping?: number;
  /** Most rows of inputs of a layer that are looked at; default 32,768. A layer of few columns is looked at by fewer. */
  readonly samples?: number;
  /** Of the choice of these rows; default 1. */
  readonly seed?: number;
  /** Batches by which ways are told apart that are not calibrated by. Default: the last eighth of the batches, if there are two or more. */
  readonly heldOut?: readonly NamedTensors[];
}

/** A network cut into steps, and all else that is the same for each lambda. */
export interface PreparedCalibration extends Required<PreparationOptions> {
  readonly batches: readonly NamedTensors[];
  readonly direct: DirectNetwork;
  /** The batches, and behind them those that are held out, by the branches that they take. */
  readonly groups: readonly BranchGroup[];
  /** Weights that are equal to another, which is calibrated in their place. */
  readonly copies: ReadonlyMap<string, string>;
  readonly found: FoundWeights;
  /** The operator of each weight. */
  readonly operators: ReturnType<typeof weightTensors>;
  /** What is decided, and the parts of the graph in front of each step and behind the last. */
  readonly steps: readonly Step[];
  readonly parts: readonly NetworkPart[];
  readonly readers: ValueReaders;
  readonly originals: NamedTensors;
  readonly normalizations: NamedTensors;
  readonly tied: ReadonlyMap<string, readonly InputStatistics[]>;
}

/** @throws as {@link calibrateNetwork} */
export async function preparedCalibration(
  network: Network,
  allBatches: readonly NamedTensors[],
  options: PreparationOptions,
): Promise<PreparedCalibration> {
  const settings = checkedOptions(network, allBatches, options);
  const { batches, heldOut, executor } = settings;
  const { direct: each, groups } = await directNetwork(settings.network, [...batches, ...heldOut], executor);
  const { graph, weights, copies } = withEqualWeightsOnce(each.graph, weightsOf(network, each));
  const direct = { ...each, graph };
  const found = findLayers(graph, weights);
  const steps = stepsOf(found);
  const readers = valueReaders(graph);
  const originals = new Map(direct.tensors.map((tensor) => [tensor.name, tensor]));
  return {
    ...{ ...settings, direct, copies, groups, found, steps, readers, originals },
    operators: weightTensors(settings.network.graph, network.tensors),
    parts: networkParts(
      graph,
      steps.map(({ nodeIndex }) => nodeIndex),
    ),
    normalizations: mergedNormalizations(graph, originals, readers),
    tied: await tiedStatistics(found.layers, batches, {
      ...settings,
      run: { network: direct, executor, replaced: new Map(), groups },
    }),
  };
}

/** The network whose nodes name their weights directly: the branches that are taken in place, and weights as they are multiplied by. */
async function directNetwork(
  network: Network & { readonly graph: Graph },
  batches: readonly NamedTensors[],
  executor: Executor,
): Promise<{ readonly direct: DirectNetwork; readonly groups: readonly BranchGroup[] }> {
  const names = network.tensors.map(({ name }) => name);
  const weights = new Set([...tensorUses(network)].filter(([, { isWeight }]) => isWeight).map(([name]) => name));
  const taken = await withTakenBranches(network, batches, executor);
  const graph = withDirectTensors(taken.graph, names);
  return { direct: await withRearrangedTensors({ ...network, graph }, weights, executor), groups: taken.groups };
}

/** Those of the network, of which some are tensors under other names where they are multiplied by. */
function weightsOf(network: Network, { rearranged }: DirectNetwork): ReadonlyMap<string, Tensor> {
  const uses = tensorUses(network);
  const moved = new Set(rearranged.map(({ source }) => source));
  const still = network.tensors.filter(({ name }) => uses.get(name)?.isWeight && !moved.has(name));
  return new Map([...still, ...rearranged.map(({ tensor }) => tensor)].map((tensor) => [tensor.name, tensor]));
}

const HELD_OUT_PART = 8;

function checkedOptions(network: Network, allBatches: readonly NamedTensors[], options: PreparationOptions) {
  if (network.graph === undefined) throw new TypeError("network.graph: expected a graph, got none");
  assertNetwork(network);
  const { executor, damping = 0.05, samples = 32768, seed = 1 } = options;
  checkNumber("damping", damping, { minimum: 0 });
  checkInteger("samples", samples, { minimum: 1 });
  checkInteger("seed", seed);
  checkBatches("batches", allBatches, network.graph);
  if (allBatches.length === 0) throw new RangeError("batches: expected at least one, got none");
  if (options.heldOut !== undefined) checkBatches("heldOut", options.heldOut, network.graph);
  const own = options.heldOut === undefined && allBatches.length > 1 ? Math.ceil(allBatches.length / HELD_OUT_PART) : 0;
  const batches = allBatches.slice(0, allBatches.length - own);
  const heldOut = options.heldOut ?? allBatches.slice(allBatches.length - own);
  return { network: { ...network, graph: network.graph }, executor, batches, heldOut, damping, samples, seed };
}

/** What is decided in front of a node. */
export interface Step {
  readonly nodeIndex: number;
  readonly layers: readonly Layer[];
  readonly tables: readonly Table[];
}

/** In the graph's order; of one node in that of its inputs. */
function stepsOf({ layers, tables }: FoundWeights): readonly Step[] {
  const all = [...layers.values()].flat();
  const lookups = [...tables.values()];
  const places = new Set([...all, ...lookups].map(({ nodeIndex }) => nodeIndex));
  return [...places]
    .sort((a, b) => a - b)
    .map((nodeIndex) => ({
      nodeIndex,
      layers: all.filter((layer) => layer.nodeIndex === nodeIndex).sort((a, b) => a.place - b.place),
      tables: lookups.filter((table) => table.nodeIndex === nodeIndex),
    }));
}

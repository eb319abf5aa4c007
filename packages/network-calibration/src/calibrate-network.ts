import {
  assertNetwork,
  type Graph,
  type Network,
  type Tensor,
  tensorUses,
  weightTensors,
} from "@deep-compression/network";
import { checkInteger, checkNumber, quoted } from "@deep-compression/runtime";
import { calibrateTable } from "./calibrate-table";
import { calibrateUse, type UseContext } from "./calibrate-use";
import type { DoneLayer, LayerReport } from "./calibration-report";
import { checkBatches } from "./check-batches";
import { fallenBack } from "./data-free-weight";
import { withDirectTensors } from "./direct-tensors";
import type { Executor, NamedTensors } from "./executor";
import { type FoundWeights, findLayers, type Table } from "./find-layers";
import { type Lanes, runLanes } from "./lanes";
import type { Layer } from "./layer";
import { mergedNormalizations } from "./merged-normalizations";
import { networkParts } from "./network-part";
import { atTheirSources, type DirectNetwork, withRearrangedTensors } from "./rearranged-tensors";
import { sharedInputs } from "./sampled-layer";
import { withTakenBranches } from "./taken-branches";
import { tiedStatistics } from "./tied-statistics";
import { valueReaders } from "./value-readers";

export interface CalibrationOptions {
  /** What runs the network, part by part. */
  readonly executor: Executor;
  /** The squared error of a layer's outputs, relative to what they are part of, that one bit is worth; above 0. */
  readonly lambda: number;
  /** What is added to the diagonal of second moments, as a fraction of its mean; default 0.05. */
  readonly damping?: number;
  /** Most rows of inputs of a layer that are looked at; default 32,768. */
  readonly samples?: number;
  /** Of the choice of these rows; default 1. */
  readonly seed?: number;
  /** Batches by which ways are told apart that are not calibrated by. Default: the last eighth of the batches, if there are two or more. */
  readonly heldOut?: readonly NamedTensors[];
  /** The first layers as they were done before, by the same network, batches and options: their tensors are taken as they are. */
  readonly done?: readonly DoneLayer[];
  /** Told of each layer once it is done; what it is told can be given back as `done`. */
  readonly onLayer?: (layer: DoneLayer, progress: { readonly done: number; readonly total: number }) => void;
  /** Ends the work in front of the next layer, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

export interface CalibratedNetwork {
  /** Tensors that have changed: weights, of few values each, biases and normalizations; names, types and shapes are as they were. */
  readonly tensors: ReadonlyMap<string, Tensor>;
  /** A report for each weight. */
  readonly layers: readonly LayerReport[];
  /** What the dense and the compressed network make of the inputs held out, batch by batch. */
  readonly outputs: Lanes;
}

/**
 * Makes the weights of a network share few values by what its layers do with some inputs, layer by layer in the graph's order: the
 * inputs go through the dense and the compressed network side by side, and each layer makes up for the errors of those in front of
 * it. Only the part of the graph between two layers runs at a time. Weights whose inputs cannot be captured get few values by
 * themselves, and their report says why.
 *
 * @param batches inputs by name, the same for each batch but for the number of items; no labels
 * @throws TypeError, RangeError for a network without a graph or that is not whole, inputs that are not those of the graph or not
 * finite, or an option out of its range; Error if the executor cannot run a part; the signal's reason
 */
export async function calibrateNetwork(
  network: Network,
  batches: readonly NamedTensors[],
  options: CalibrationOptions,
): Promise<CalibratedNetwork> {
  const settings = checkedOptions(network, batches, options);
  const { calibration, heldOut } = settings;
  const direct = await directNetwork(settings, [...calibration, ...heldOut], options.executor);
  const { graph } = direct;
  const found = findLayers(graph, weightsOf(network, direct));
  const steps = stepsOf(found);
  const parts = networkParts(
    graph,
    steps.map(({ nodeIndex }) => nodeIndex),
  );
  const readers = valueReaders(graph);
  const originals = new Map(direct.tensors.map((tensor) => [tensor.name, tensor]));
  const replaced = new Map(mergedNormalizations(graph, originals, readers));
  const run = { network: direct, executor: options.executor, replaced };
  const context: UseContext = {
    ...settings,
    originals,
    replaced,
    readers,
    merged: new Set(replaced.keys()),
    tiedNames: new Set([...found.layers].filter(([, uses]) => uses.length > 1).map(([name]) => name)),
    shared: sharedInputs([...found.layers.values()].flat()),
    tied: await tiedStatistics(found.layers, calibration, { ...settings, run }),
    run,
    calibration: calibration.length,
  };
  const total = found.declined.size + steps.reduce((sum, { layers, tables }) => sum + layers.length + tables.length, 0);
  const reports: LayerReport[] = [];
  const finish = async (name: string, work: () => DoneLayer | Promise<DoneLayer>) => {
    options.signal?.throwIfAborted();
    const before = options.done?.[reports.length];
    if (before !== undefined && before.report.tensor !== name) throw otherLayer(name, before);
    const layer = before ?? (await work());
    for (const tensor of layer.tensors) replaced.set(tensor.name, tensor);
    reports.push(layer.report);
    if (before === undefined) options.onLayer?.(layer, { done: reports.length, total });
  };
  const operators = weightTensors(network.graph, network.tensors);
  for (const [name, reason] of found.declined) {
    await finish(name, () =>
      fallenBack(originals.get(name)!, settings.lambda, { op: operators.get(name)?.op ?? "", reason }),
    );
  }
  let lanes: Lanes = { dense: [...calibration, ...heldOut], compressed: [...calibration, ...heldOut] };
  for (const [i, part] of parts.entries()) {
    lanes = await runLanes(lanes, part, { ...run, needed: neededAfter(graph, parts.slice(i + 1)) });
    const { layers = [], tables = [] } = steps[i] ?? {};
    for (const layer of layers) await finish(layer.name, () => calibrateUse(layer, lanes, context));
    for (const table of tables) {
      const tensor = originals.get(table.name)!;
      const indices = lanes.dense.slice(0, calibration.length).flatMap((values) => values.get(table.indices) ?? []);
      await finish(table.name, () => calibrateTable(table, tensor, { indices, lambda: settings.lambda }));
    }
  }
  const { dense, compressed } = lanes;
  const outputs = { dense: dense.slice(calibration.length), compressed: compressed.slice(calibration.length) };
  return { tensors: atTheirSources(direct, replaced), layers: reports, outputs };
}

/** The network whose nodes name their weights directly: the branches that are taken in place, and weights as they are multiplied by. */
async function directNetwork(
  { network }: { readonly network: Network & { readonly graph: Graph } },
  batches: readonly NamedTensors[],
  executor: Executor,
): Promise<DirectNetwork> {
  const names = network.tensors.map(({ name }) => name);
  const weights = new Set([...tensorUses(network)].filter(([, { isWeight }]) => isWeight).map(([name]) => name));
  const taken = await withTakenBranches(network, batches, executor);
  return withRearrangedTensors({ ...network, graph: withDirectTensors(taken, names) }, weights, executor);
}

/** Those of the network, of which some are tensors under other names where they are multiplied by. */
function weightsOf(network: Network, { rearranged }: DirectNetwork): ReadonlyMap<string, Tensor> {
  const uses = tensorUses(network);
  const moved = new Set(rearranged.map(({ source }) => source));
  const still = network.tensors.filter(({ name }) => uses.get(name)?.isWeight && !moved.has(name));
  return new Map([...still, ...rearranged.map(({ tensor }) => tensor)].map((tensor) => [tensor.name, tensor]));
}

function otherLayer(expected: string, { report }: DoneLayer): RangeError {
  return new RangeError(
    `done: expected ${quoted(expected)} as the next layer of this network, got ${quoted(report.tensor)}`,
  );
}

const HELD_OUT_PART = 8;

function checkedOptions(network: Network, batches: readonly NamedTensors[], options: CalibrationOptions) {
  if (network.graph === undefined) throw new TypeError("network.graph: expected a graph, got none");
  assertNetwork(network);
  const { lambda, damping = 0.05, samples = 32768, seed = 1 } = options;
  checkNumber("lambda", lambda, { minimum: Number.MIN_VALUE });
  checkNumber("damping", damping, { minimum: 0 });
  checkInteger("samples", samples, { minimum: 1 });
  checkInteger("seed", seed);
  checkBatches("batches", batches, network.graph);
  if (batches.length === 0) throw new RangeError("batches: expected at least one, got none");
  if (options.heldOut !== undefined) checkBatches("heldOut", options.heldOut, network.graph);
  const own = options.heldOut === undefined && batches.length > 1 ? Math.ceil(batches.length / HELD_OUT_PART) : 0;
  const calibration = batches.slice(0, batches.length - own);
  const heldOut = options.heldOut ?? batches.slice(batches.length - own);
  return { network: { ...network, graph: network.graph }, calibration, heldOut, lambda, damping, samples, seed };
}

/** What is decided in front of a node. */
interface Step {
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

function neededAfter({ outputs }: Graph, parts: ReturnType<typeof networkParts>): ReadonlySet<string> {
  return new Set([...parts.flatMap(({ reads }) => reads), ...outputs.map(({ name }) => name)]);
}

import { elementCount } from "@deep-compression/bits";
import type { Graph, Network, Tensor } from "@deep-compression/network";
import { checkNumber, quoted } from "@deep-compression/runtime";
import { placesThatRun } from "./branch-groups";
import { calibrateTable } from "./calibrate-table";
import { calibrateUse, type UseContext } from "./calibrate-use";
import type { DoneLayer, LayerReport } from "./calibration-report";
import { fallenBack } from "./data-free-weight";
import { type DenseMemory, denseMemory } from "./dense-memory";
import type { NamedTensors } from "./executor";
import { type Lanes, type MovingLanes, runLanes } from "./lanes";
import type { networkParts } from "./network-part";
import { type PreparationOptions, type PreparedCalibration, preparedCalibration } from "./prepared-calibration";
import { atTheirSources } from "./rearranged-tensors";
import { sharedInputs } from "./sampled-layer";

/** One calibration. */
export interface CalibrationRun {
  /** The squared error of a layer's outputs, relative to what they are part of, that one bit is worth; above 0. */
  readonly lambda: number;
  /** The first layers as they were done before, by the same network, batches and options: their tensors are taken as they are. */
  readonly done?: readonly DoneLayer[];
  /** Told of each layer once it is done; what it is told can be given back as `done`. */
  readonly onLayer?: (layer: DoneLayer, progress: { readonly done: number; readonly total: number }) => void;
  /** Ends the work in front of the next layer, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

export interface CalibrationOptions extends PreparationOptions, CalibrationRun {}

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
 * it. Only the part of the graph between two layers runs at a time. Layers in a branch that only some of the batches take see those. Weights whose inputs cannot be captured get few values by
 * themselves, and their report says why.
 *
 * @param batches inputs by name, the same for each batch but for the number of items and what is not fixed by the graph: sizes, and
 * values that all items of a batch have in common, such as a sampling rate; no labels
 * @throws TypeError, RangeError for a network without a graph or that is not whole, inputs that are not those of the graph or not
 * finite, or an option out of its range; Error if the executor cannot run a part; the signal's reason
 */
export async function calibrateNetwork(
  network: Network,
  batches: readonly NamedTensors[],
  options: CalibrationOptions,
): Promise<CalibratedNetwork> {
  checkNumber("lambda", options.lambda, { minimum: Number.MIN_VALUE });
  return calibrated(await preparedCalibration(network, batches, options), options, denseMemory(0));
}

/**
 * The same at one lambda after the other: what the dense network makes of the inputs is found once, and as much of it kept as half a
 * gigabyte holds, about an output for each row that is looked at. Each result is that of {@link calibrateNetwork}, to the bit.
 *
 * @returns a function to be called for each lambda, not before the call before has ended
 * @throws as {@link calibrateNetwork}
 */
export async function networkCalibration(
  network: Network,
  batches: readonly NamedTensors[],
  options: PreparationOptions,
): Promise<(run: CalibrationRun) => Promise<CalibratedNetwork>> {
  const prepared = await preparedCalibration(network, batches, options);
  const memory = denseMemory();
  return async (run) => {
    checkNumber("lambda", run.lambda, { minimum: Number.MIN_VALUE });
    return calibrated(prepared, run, memory);
  };
}

async function calibrated(
  prepared: PreparedCalibration,
  options: CalibrationRun,
  memory: DenseMemory,
): Promise<CalibratedNetwork> {
  const { direct, copies, groups, found, steps, parts, originals, batches, heldOut } = prepared;
  const { lambda, done = [], onLayer, signal } = options;
  const replaced = new Map(prepared.normalizations);
  const run = { network: direct, executor: prepared.executor, replaced, groups };
  const context: UseContext = {
    ...{ ...prepared, lambda, replaced, run },
    merged: new Set(replaced.keys()),
    tiedNames: new Set([...found.layers].filter(([, uses]) => uses.length > 1).map(([name]) => name)),
    shared: sharedInputs([...found.layers.values()].flat(), groups),
    dense: memory,
    calibration: batches.length,
  };
  const inSteps = steps.reduce((sum, { layers, tables }) => sum + layers.length + tables.length, 0);
  const total = found.declined.size + inSteps + copies.size;
  const reports: LayerReport[] = [];
  const finish = async (name: string, work: () => DoneLayer | Promise<DoneLayer>) => {
    signal?.throwIfAborted();
    const before = done[reports.length];
    if (before !== undefined && before.report.tensor !== name) throw otherLayer(name, before);
    const layer = before ?? (await work());
    for (const tensor of layer.tensors) replaced.set(tensor.name, tensor);
    reports.push(layer.report);
    if (before === undefined) onLayer?.(layer, { done: reports.length, total });
  };
  for (const [name, reason] of found.declined) {
    const op = prepared.operators.get(name)?.op ?? "";
    await finish(name, () => fallenBack(originals.get(name)!, lambda, { op, reason }));
  }
  const given = [...batches, ...heldOut];
  const known = memory.outputs();
  let lanes: MovingLanes = { dense: known === undefined ? given : undefined, compressed: given };
  for (const [i, part] of parts.entries()) {
    lanes = await runLanes(lanes, part, { ...run, needed: neededAfter(direct.graph, parts.slice(i + 1)) });
    const { layers = [], tables = [] } = steps[i] ?? {};
    for (const layer of layers) await finish(layer.name, () => calibrateUse(layer, lanes, context));
    for (const table of tables) {
      const indices = memory.indices(table, () =>
        placesThatRun(groups, table.node)
          .filter((place) => place < batches.length)
          .flatMap((place) => lanes.dense![place]!.get(table.indices) ?? []),
      );
      await finish(table.name, () => calibrateTable(table, originals.get(table.name)!, { indices, lambda }));
    }
  }
  for (const [name, source] of copies) {
    const { node } = found.layers.get(source)?.[0] ?? found.tables.get(source) ?? {};
    const op = node?.op ?? prepared.operators.get(name)?.op ?? "";
    await finish(name, () => copied(originals.get(name)!, op, replaced.get(source)));
  }
  const dense = known ?? lanes.dense!.slice(batches.length);
  if (done.length === 0) memory.finish(dense);
  const outputs = { dense, compressed: lanes.compressed.slice(batches.length) };
  return { tensors: atTheirSources(direct, replaced), layers: reports, outputs };
}

/** A weight that is equal to another, made equal to what has become of that one, if anything has. */
function copied({ name, shape }: Tensor, op: string, changed: Tensor | undefined): DoneLayer {
  const known = { tensor: name, op, elements: elementCount(shape), inputs: 0, bits: 0 };
  return {
    report: { ...known, method: "kept", reason: EQUAL },
    tensors: changed === undefined ? [] : [{ ...changed, name }],
  };
}

const EQUAL = "equal to a weight in front: decided there";

function otherLayer(expected: string, { report }: DoneLayer): RangeError {
  return new RangeError(
    `done: expected ${quoted(expected)} as the next layer of this network, got ${quoted(report.tensor)}`,
  );
}

function neededAfter({ outputs }: Graph, parts: ReturnType<typeof networkParts>): ReadonlySet<string> {
  return new Set([...parts.flatMap(({ reads }) => reads), ...outputs.map(({ name }) => name)]);
}

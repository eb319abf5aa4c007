import { elementCount } from "@deep-compression/bits";
import { type Graph, misfit, type Node, shapeOf, type ValueInfo } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { MAX_FEATURES, type Operand, type Operation } from "./operation";
import { operatorOf } from "./operators";
import { BLOCK_LANES, type Lanes } from "./row-kernels";
import { batchOf, gatherLanes, type NamedArrays, scatterLanes } from "./run-arguments";
import type { WeightSource } from "./weight-source";

/** A network ready to run. `run` keeps nothing between calls. */
export interface Session {
  /** What `run` needs, as the graph declares it. The first dimension is the batch, whatever size is declared. */
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  /** Bytes that the prepared weights take: proportional to their non-zeros. */
  readonly weightBytes: number;
  /**
   * Runs a batch of any size, also 0: row-major float32 arrays in and out. An item's result does not depend on the
   * batch it comes in.
   *
   * @throws TypeError, RangeError naming the input and what was expected
   */
  run(inputs: NamedArrays): NamedArrays;
}

/** A node with the slots of its values. */
interface Step {
  readonly node: Node;
  readonly operation: Operation;
  readonly inputs: readonly number[];
  readonly output: number;
}

/** The values of a graph by slot, its inputs first: the shape of one item each, and the slot whose memory it uses. */
interface Slots {
  readonly values: { readonly shape: readonly number[]; readonly memory: number }[];
  readonly byName: Map<string, number>;
}

interface Program {
  readonly graph: Graph;
  readonly slots: Slots;
  readonly steps: readonly Step[];
}

/**
 * Prepares a network to run straight from its stored weights: gaps, masks, codes and codebooks are laid out for the
 * kernels in memory proportional to the non-zeros, and no dense matrix of a coded weight is built (Deep Compression,
 * section 4 and 6.3). Every value's first dimension is the batch; a name that is neither a graph input nor made by a
 * node is a weight.
 *
 * @throws TypeError, RangeError naming the node, for what it cannot run; FormatError for stored weights that do not
 * decode; whatever `weights.weight` throws
 */
export function prepare(network: { readonly graph: Graph }, weights: WeightSource): Session {
  const { graph } = network;
  const slots: Slots = { values: [], byName: new Map() };
  for (const node of graph.nodes) operatorOf(node); // first of all: an unknown operator says more than its inputs
  for (const input of graph.inputs) addSlot(slots, input.name, itemShape(input));
  const weightNames = new Map<string, string>();
  const steps: Step[] = [];
  for (const node of graph.nodes)
    if (!renamesWeight(node, { slots, weightNames }))
      steps.push(prepareNode(node, { graph, weights, slots, weightNames }));
  const own = slots.values.filter(({ memory }, slot) => memory === slot);
  const features = own.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (!(features <= MAX_FEATURES))
    throw new RangeError(`graph: expected values of at most ${MAX_FEATURES} elements an item, got ${features}`);
  for (const { name } of graph.outputs)
    if (!slots.byName.has(name))
      throw new RangeError(`output ${quoted(name)}: expected a value made by a node, got none`);
  return {
    inputs: graph.inputs,
    outputs: graph.outputs,
    weightBytes: steps.reduce((sum, { operation }) => sum + (operation.weightBytes ?? 0), 0),
    run: (inputs) => runBatch({ graph, slots, steps }, inputs),
  };
}

function itemShape(input: ValueInfo): readonly number[] {
  const { name, type = "an unknown type" } = input;
  if (type !== "float32") throw new TypeError(`input ${quoted(name)}: expected float32, got ${type}`);
  const shape = shapeOf(input);
  if (shape.length === 0)
    throw new RangeError(`input ${quoted(name)}: expected a batch dimension in front, got a scalar`);
  return shape.slice(1).map((dimension) => {
    if (typeof dimension === "number") return dimension;
    throw new RangeError(`input ${quoted(name)}: only the batch may be symbolic, got ${shapeText(shape)}`);
  });
}

function addSlot({ values, byName }: Slots, name: string, shape: readonly number[], memory = values.length): number {
  const slot = values.push({ shape, memory }) - 1;
  byName.set(name, slot);
  return slot;
}

/** Names of weights by the names that nodes give them again. */
type WeightNames = Map<string, string>;

/** Whether a node only gives a weight another name, which is noted. */
function renamesWeight(
  node: Node,
  { slots, weightNames }: { readonly slots: Slots; readonly weightNames: WeightNames },
): boolean {
  const [input = ""] = node.inputs;
  const [output = "", mask = ""] = node.outputs;
  const isIdentity = node.op === "Identity" || (node.op === "Dropout" && mask === "");
  if (!isIdentity || input === "" || slots.byName.has(input)) return false;
  weightNames.set(output, weightNames.get(input) ?? input);
  return true;
}

function prepareNode(
  node: Node,
  context: Omit<Program, "steps"> & { readonly weights: WeightSource; readonly weightNames: WeightNames },
): Step {
  const { graph, weights, slots, weightNames } = context;
  const operator = operatorOf(node);
  const inputs: number[] = [];
  const operands = node.inputs.map((name): Operand | undefined => {
    if (name === "") return undefined;
    const slot = slots.byName.get(name);
    if (slot === undefined) return { kind: "weight", name, weight: weights.weight(weightNames.get(name) ?? name) };
    inputs.push(slot);
    return { kind: "activation", name, shape: slots.values[slot]!.shape };
  });
  const batch = graph.inputs[0]?.shape?.[0];
  const declaredBatch = typeof batch === "number" ? batch : undefined;
  const operation = operator({ node, operands, opset: graph.opset, declaredBatch });
  const [name] = node.outputs;
  if (name === undefined) throw misfit(node, "expected an output, got none");
  const memory = operation.run ? undefined : slots.values[inputs[0]!]!.memory;
  return { node, operation, inputs, output: addSlot(slots, name, operation.shape, memory) };
}

function runBatch({ graph, slots, steps }: Program, inputs: NamedArrays): NamedArrays {
  const batch = batchOf(graph.inputs, inputs);
  for (const { node, operation } of steps) {
    const only = operation.batch ?? batch;
    if (only !== batch) throw misfit(node, `its target shape holds for a batch of ${only} only, got ${batch}`);
  }
  const lanes: Lanes = batch === 1 ? 1 : BLOCK_LANES;
  const run = blockRunner(slots, steps, lanes);
  const outputs = graph.outputs.map(({ name }) => {
    const slot = slots.byName.get(name)!;
    const shape = [batch, ...slots.values[slot]!.shape];
    return { name, buffer: run.buffers[slot]!, shape, data: new Float32Array(elementCount(shape)) };
  });
  for (let first = 0; first < batch; first += lanes) {
    const block = { first, count: Math.min(lanes, batch - first), lanes };
    for (const [slot, { name }] of graph.inputs.entries()) gatherLanes(inputs[name]!.data, run.buffers[slot]!, block);
    run.block();
    for (const { buffer, data } of outputs) scatterLanes(buffer, data, block);
  }
  return Object.fromEntries(outputs.map(({ name, shape, data }) => [name, { shape, data }]));
}

/** Buffers for `lanes` items, used again for every block: what a run takes does not grow with the batch. */
function blockRunner({ values }: Slots, steps: readonly Step[], lanes: Lanes) {
  const buffers: Float32Array[] = [];
  for (const [slot, { shape, memory }] of values.entries()) {
    buffers.push(memory === slot ? new Float32Array(elementCount(shape) * lanes) : buffers[memory]!);
  }
  const most = Math.max(0, ...steps.map(({ operation }) => operation.scratchFeatures ?? 0));
  const scratch = new Float32Array(most * lanes);
  const calls = steps.map(({ operation, inputs, output }) => {
    const [first, ...more] = inputs.map((slot) => buffers[slot]!);
    const call = { inputs: [first!, ...more] as const, output: buffers[output]!, scratch, lanes };
    return () => operation.run?.(call);
  });
  const block = () => {
    for (const call of calls) call();
  };
  return { buffers, block };
}

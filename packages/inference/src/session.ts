import { elementCount } from "@deep-compression/bits";
import { describeNode, type Graph, type Node, type ValueInfo } from "@deep-compression/network";
import type { Operand, Operation } from "./operation";
import { operatorOf } from "./operators";
import { BLOCK_LANES, type Lanes } from "./row-kernels";
import { assertInputs, batchOf, gatherLanes, type NamedArrays, scatterLanes } from "./run-arguments";
import type { WeightSource } from "./weight-source";
import { MAX_FEATURES } from "./window";

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

/** A node with the slots of its buffers. */
interface Step {
  readonly operation: Operation;
  readonly inputs: readonly number[];
  readonly output: number;
}

/** The values of a graph by slot: the shape of one item each, and the slot whose memory it uses. */
interface Slots {
  readonly shapes: (readonly number[])[];
  readonly memory: number[];
  readonly byName: Map<string, number>;
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
  const slots: Slots = { shapes: [], memory: [], byName: new Map() };
  for (const input of graph.inputs) addSlot(slots, input.name, itemShape(input));
  const steps = graph.nodes.map((node) => prepareNode(node, { graph, weights, slots }));
  assertMemory(slots);
  for (const { name } of graph.outputs)
    if (!slots.byName.has(name)) throw new RangeError(`output "${name}": expected a value made by a node, got none`);
  return {
    inputs: graph.inputs,
    outputs: graph.outputs,
    weightBytes: steps.reduce((sum, { operation }) => sum + (operation.weightBytes ?? 0), 0),
    run: (inputs) => runBatch(graph, { slots, steps }, inputs),
  };
}

function itemShape({ name, type, shape }: ValueInfo): readonly number[] {
  if (type !== "float32") throw new TypeError(`input "${name}": expected float32, got ${type}`);
  if (shape.length === 0) throw new RangeError(`input "${name}": expected a batch dimension in front, got a scalar`);
  return shape.slice(1).map((dimension) => {
    if (typeof dimension === "number") return dimension;
    throw new RangeError(`input "${name}": only the batch may be symbolic, got [${shape}]`);
  });
}

function addSlot(slots: Slots, name: string, shape: readonly number[], memory?: number): number {
  const slot = slots.shapes.push(shape) - 1;
  slots.memory.push(memory ?? slot);
  slots.byName.set(name, slot);
  return slot;
}

function assertMemory({ shapes, memory }: Slots): void {
  const own = shapes.filter((_, slot) => memory[slot] === slot);
  const features = own.reduce((sum, shape) => sum + elementCount(shape), 0);
  if (!(features <= MAX_FEATURES))
    throw new RangeError(`graph: expected values of at most ${MAX_FEATURES} elements an item, got ${features}`);
}

interface Preparation {
  readonly graph: Graph;
  readonly weights: WeightSource;
  readonly slots: Slots;
}

function prepareNode(node: Node, { graph, weights, slots }: Preparation): Step {
  const operator = operatorOf(node);
  const operands = node.inputs.map((name): Operand | undefined => {
    if (name === "") return undefined;
    const slot = slots.byName.get(name);
    if (slot === undefined) return { kind: "weight", name, weight: weights.weight(name) };
    return { kind: "activation", name, shape: slots.shapes[slot] };
  });
  const batch = graph.inputs[0]?.shape[0];
  const declaredBatch = typeof batch === "number" ? batch : undefined;
  const operation = operator({ node, operands, opset: graph.opset, declaredBatch });
  const inputs = node.inputs.flatMap((name) => slots.byName.get(name) ?? []);
  const [name] = node.outputs;
  if (name === undefined) throw new RangeError(`${describeNode(node)}: expected an output, got none`);
  const memory = operation.run ? undefined : slots.memory[inputs[0]];
  return { operation, inputs, output: addSlot(slots, name, operation.shape, memory) };
}

interface Program {
  readonly slots: Slots;
  readonly steps: readonly Step[];
}

function runBatch(graph: Graph, program: Program, inputs: NamedArrays): NamedArrays {
  assertInputs(graph.inputs, inputs);
  const batch = batchOf(graph.inputs, inputs);
  const lanes: Lanes = batch === 1 ? 1 : BLOCK_LANES;
  const run = blockRunner(program, lanes);
  const outputs = graph.outputs.map(({ name }) => {
    const slot = program.slots.byName.get(name)!;
    const shape = [batch, ...program.slots.shapes[slot]];
    return { name, slot, shape, data: new Float32Array(elementCount(shape)) };
  });
  for (let first = 0; first < batch; first += lanes) {
    const count = Math.min(lanes, batch - first);
    graph.inputs.forEach(({ name }, slot) => {
      gatherLanes(inputs[name].data, run.buffers[slot], { first, count, lanes });
    });
    run.block();
    for (const { slot, data } of outputs) scatterLanes(run.buffers[slot], data, { first, count, lanes });
  }
  return Object.fromEntries(outputs.map(({ name, shape, data }) => [name, { shape, data }]));
}

/** Buffers for `lanes` items, used again for every block: what a run takes does not grow with the batch. */
function blockRunner({ slots, steps }: Program, lanes: Lanes) {
  const buffers: Float32Array[] = [];
  slots.shapes.forEach((shape, slot) => {
    const shared = slots.memory[slot];
    buffers.push(shared === slot ? new Float32Array(elementCount(shape) * lanes) : buffers[shared]);
  });
  const most = steps.reduce((size, { operation }) => Math.max(size, operation.scratchFeatures ?? 0), 0);
  const scratch = new Float32Array(most * lanes);
  const calls = steps.map(({ operation, inputs, output }) => {
    const call = { inputs: inputs.map((slot) => buffers[slot]), output: buffers[output], scratch, lanes };
    return () => operation.run?.(call);
  });
  const block = () => {
    for (const call of calls) call();
  };
  return { buffers, block };
}

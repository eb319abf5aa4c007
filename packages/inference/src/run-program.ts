import { describeNode, type ElementType, misfit, type Node } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import type { Workshop } from "./constants";
import type { Block } from "./heap";
import type { Context, Operation, Subprogram } from "./operation";
import type { Program, Reading } from "./program";
import { allocateValue, HeapValue, inPlace, roundToType, type Value } from "./value";

/** What programs are run with. */
export type Machine = Pick<Workshop, "heap" | "kernels" | "team" | "maxIterations" | "iterations" | "onNode">;

/** The values of a program while it runs, by slot. */
type Frame = (HeapValue | undefined)[];

/**
 * Runs a program. The blocks of its results count one use more than they have: that of whoever called.
 *
 * @param outer the values of the graph around it
 */
export function runProgram(
  program: Program,
  inputs: readonly HeapValue[],
  machine: Machine,
  outer: Frame = [],
): HeapValue[] {
  const { heap } = machine;
  const frame: Frame = new Array(program.slots).fill(undefined);
  const put = (slot: number, value: HeapValue) => {
    value.block.uses++;
    frame[slot] = value;
  };
  program.inputSlots.forEach((slot, index) => {
    put(slot, inputs[index]!);
  });
  for (const { outer: from, slot } of program.captures) put(slot, outer[from]!);
  for (const { node, operation, inputs: readings, outputs, ends } of program.steps) {
    const operands = new Array<HeapValue | undefined>(readings.length);
    for (let i = 0; i < operands.length; i++) operands[i] = readingValue(readings[i]!, frame);
    const start = machine.onNode && performance.now();
    const { values, taken } = runOperation({ node, operation }, operands, machine, frame);
    if (start !== undefined) machine.onNode?.(node, performance.now() - start);
    for (let i = 0; i < outputs.length; i++) if (outputs[i]! >= 0) put(outputs[i]!, madeOutput(node, values, i));
    for (const block of taken) if (block.uses === 0) heap.free(block);
    for (const slot of ends) {
      const value = frame[slot];
      frame[slot] = undefined;
      if (value !== undefined) release(heap, value.block);
    }
  }
  const results = program.results.map((reading) => readingValue(reading, frame)!);
  for (const { block } of results) block.uses++;
  for (const value of frame) if (value !== undefined) release(heap, value.block);
  return results;
}

function readingValue(reading: Reading, frame: Frame): HeapValue | undefined {
  return typeof reading === "number" ? frame[reading] : reading;
}

function release(heap: Machine["heap"], block: Block): void {
  block.uses--;
  if (block.uses === 0) heap.free(block);
}

/** Runs one node. `taken`: the blocks that it took, which are free unless something uses them. */
export function runOperation(
  { node, operation }: { readonly node: Node; readonly operation: Operation },
  inputs: readonly (HeapValue | undefined)[],
  machine: Machine,
  frame: Frame = [],
): { readonly values: readonly (HeapValue | undefined)[]; readonly taken: ReadonlySet<Block> } {
  const context = new NodeContext(node, machine, frame);
  const { taken } = context;
  const values = operation.run(inputs, context) as readonly (HeapValue | undefined)[];
  for (const value of values) if (value !== undefined && taken.has(value.block)) roundToType(value);
  return { values, taken };
}

/** What one node is run with: a class, since a run makes one for every node. */
class NodeContext implements Context {
  readonly kernels: Context["kernels"];
  readonly team: Context["team"];
  readonly maxIterations: number;
  /** The blocks that the node took and has not given back. */
  readonly taken = new Set<Block>();
  readonly #node: Node;
  readonly #machine: Machine;
  readonly #frame: Frame;

  constructor(node: Node, machine: Machine, frame: Frame) {
    this.kernels = machine.kernels;
    this.team = machine.team;
    this.maxIterations = machine.maxIterations;
    this.#node = node;
    this.#machine = machine;
    this.#frame = frame;
  }

  countIteration(): number {
    return ++this.#machine.iterations;
  }

  output(type: ElementType, shape: readonly number[]): HeapValue {
    const value = inNode(this.#node, () => allocateValue(this.#machine.heap, type, shape));
    this.taken.add(value.block);
    return value;
  }

  view(value: Value, shape: readonly number[]): HeapValue {
    return inNode(this.#node, () => new HeapValue(this.#machine.heap, (value as HeapValue).block, value.type, shape));
  }

  release(value: Value): void {
    const { block } = value as HeapValue;
    if (block.uses === 0 && this.taken.delete(block)) this.#machine.heap.free(block);
  }

  runGraph(graph: Subprogram, given: readonly Value[]): readonly HeapValue[] {
    // What is given stays this node's: it is not given back within.
    for (const { block } of given as readonly HeapValue[]) block.uses++;
    const results = runProgram(graph as Program, given as readonly HeapValue[], this.#machine, this.#frame);
    for (const { block } of given as readonly HeapValue[]) block.uses--;
    for (const { block } of results) {
      block.uses--;
      if (block.uses === 0) this.taken.add(block);
    }
    return results;
  }
}

/** An output that something reads. @throws RangeError naming the node if its operator makes none there */
export function madeOutput(node: Node, values: readonly (HeapValue | undefined)[], index: number): HeapValue {
  const value = values[index];
  if (value !== undefined) return value;
  throw misfit(node, `it makes no output ${index}, ${quoted(node.outputs[index]!)}`);
}

/** Runs `work`; a RangeError about memory comes with the name of the node. */
export function inNode<T>(node: Node, work: () => T): T {
  return inPlace(() => describeNode(node), work);
}

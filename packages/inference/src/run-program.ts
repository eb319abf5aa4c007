import { describeNode, misfit, type Node } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import type { Workshop } from "./constants";
import type { Block } from "./heap";
import type { Context, Operation } from "./operation";
import type { Program, Reading } from "./program";
import { allocateValue, HeapValue, inPlace, roundToType } from "./value";

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
  for (const [index, slot] of program.inputSlots.entries()) put(slot, inputs[index]!);
  for (const { outer: from, slot } of program.captures) put(slot, outer[from]!);
  for (const { node, operation, inputs: readings, outputs, ends } of program.steps) {
    const operands = readings.map((reading) => readingValue(reading, frame));
    const start = machine.onNode && performance.now();
    const { values, taken } = runOperation({ node, operation }, operands, machine, frame);
    if (start !== undefined) machine.onNode?.(node, performance.now() - start);
    for (const [index, slot] of outputs.entries()) if (slot >= 0) put(slot, madeOutput(node, values, index));
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
  const { heap, kernels, team, maxIterations } = machine;
  const taken = new Set<Block>();
  const context: Context = {
    kernels,
    team,
    maxIterations,
    countIteration: () => ++machine.iterations,
    output(type, shape) {
      const value = inNode(node, () => allocateValue(heap, type, shape));
      taken.add(value.block);
      return value;
    },
    view: (value, shape) => inNode(node, () => new HeapValue(heap, (value as HeapValue).block, value.type, shape)),
    release(value) {
      const { block } = value as HeapValue;
      if (block.uses === 0 && taken.delete(block)) heap.free(block);
    },
    runGraph(graph, given) {
      // What is given stays this node's: it is not given back within.
      for (const { block } of given as readonly HeapValue[]) block.uses++;
      const results = runProgram(graph as Program, given as readonly HeapValue[], machine, frame);
      for (const { block } of given as readonly HeapValue[]) block.uses--;
      for (const { block } of results) {
        block.uses--;
        if (block.uses === 0) taken.add(block);
      }
      return results;
    },
  };
  const values = operation.run(inputs, context) as readonly (HeapValue | undefined)[];
  for (const value of values) if (value !== undefined && taken.has(value.block)) roundToType(value);
  return { values, taken };
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

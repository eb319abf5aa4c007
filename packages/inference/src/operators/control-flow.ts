import { misfit, type Node } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { type Context, type Operator, required, type Subprogram, scalarOf } from "../operation";
import type { Value } from "../value";

/** If: runs one of two graphs, which see the values around them. */
export const ifElse: Operator = ({ node, graph }) => {
  const branches = [graph("else_branch"), graph("then_branch")] as const;
  for (const { outputs, inputs } of branches)
    if (outputs < node.outputs.length || inputs > 0)
      throw misfit(
        node,
        `its branches expected no inputs and ${node.outputs.length} outputs, got ${inputs} and ${outputs}`,
      );
  return {
    run(inputs, context) {
      const condition = scalarOf(node, required(node, inputs, 0)) !== 0;
      return context.runGraph(branches[condition ? 1 : 0], []);
    },
  };
};

/**
 * Loop: runs its body with the number of the iteration, a condition and values that it hands on; then gives those values, and what else
 * each iteration made, stacked.
 */
export const loop: Operator = ({ node, graph }) => {
  const body = graph("body");
  const carriedCount = Math.max(0, node.inputs.length - 2);
  if (body.inputs !== 2 + carriedCount || body.outputs < 1 + Math.max(carriedCount, node.outputs.length))
    throw misfit(
      node,
      `the body expected ${2 + carriedCount} inputs and ${1 + Math.max(carriedCount, node.outputs.length)} outputs, got ${body.inputs} and ${body.outputs}`,
    );
  return {
    run(inputs, context) {
      const [count, condition] = inputs;
      const limit = count === undefined ? Number.POSITIVE_INFINITY : scalarOf(node, count);
      let goesOn = condition === undefined || scalarOf(node, condition) !== 0;
      let carried = Array.from({ length: carriedCount }, (_, i) => required(node, inputs, 2 + i));
      const stacks: Value[][] = body.declared.slice(1 + carriedCount).map(() => []);
      const stackedRooms = new Set<number>();
      for (let iteration = 0; goesOn && iteration < limit; iteration++) {
        assertMayGoOn(node, context);
        const number = context.output("int64", []);
        number.data[0] = BigInt(iteration);
        const truth = context.output("bool", []);
        truth.data[0] = 1;
        const [next, ...made] = context.runGraph(body, [number, truth, ...carried]);
        goesOn = scalarOf(node, next!) !== 0;
        for (const [i, stack] of stacks.entries()) {
          const value = made[carriedCount + i]!;
          stack.push(value);
          stackedRooms.add(value.address);
        }
        const kept = made.slice(0, carriedCount);
        const rooms = new Set(kept.map(({ address }) => address));
        for (const value of [number, truth, next!, ...carried])
          if (!rooms.has(value.address) && !stackedRooms.has(value.address)) context.release(value);
        carried = kept;
      }
      return [
        ...carried,
        ...stacks.map((values, i) => stacked(node, { values, context, body, index: 1 + carriedCount + i })),
      ];
    },
  };
};

/** Counts an iteration. @throws RangeError naming the node if all loops of the run have run as often as they may together */
export function assertMayGoOn(node: Node, { maxIterations, countIteration }: Context): void {
  if (countIteration() <= maxIterations) return;
  throw misfit(node, `expected at most ${maxIterations} iterations a run, which the option maxIterations sets`);
}

interface Stacking {
  readonly values: readonly Value[];
  readonly context: Context;
  readonly body: Subprogram;
  /** Which output of the body they are. */
  readonly index: number;
}

/** Values of one shape behind one another along a new first axis. */
function stacked(node: Node, { values, context, body, index }: Stacking): Value {
  const { type, shape } = values[0] ?? declaredOutput(node, body, index);
  for (const value of values)
    if (value.type !== type || value.shape.join() !== shape.join())
      throw misfit(node, `output ${index} of the body expected of one shape and type in all iterations`);
  const result = context.output(type, [values.length, ...shape]);
  const { data } = result;
  for (const [i, value] of values.entries()) data.set(value.data as never, i * value.size);
  return result;
}

/** Type and shape of an output that no iteration made: as declared; a size that is not declared is 0. @throws RangeError naming the node */
export function declaredOutput(node: Node, { declared }: Subprogram, index: number): Pick<Value, "type" | "shape"> {
  const { name, type, shape = [] } = declared[index]!;
  if (type === undefined)
    throw misfit(node, `no iteration made output ${quoted(name)} of the body, which declares no type of it`);
  return { type, shape: shape.map((size) => (typeof size === "number" ? size : 0)) };
}

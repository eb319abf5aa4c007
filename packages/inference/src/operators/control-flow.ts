import { misfit } from "@deep-compression/network";
import { type Operator, required, scalarOf } from "../operation";
import type { Value } from "../value";

/** If: runs one of two graphs, which see the values around them. */
export const ifElse: Operator = ({ node, graph }) => {
  const branches = [graph("else_branch"), graph("then_branch")] as const;
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
  return {
    run(inputs, context) {
      const [count, condition, ...initial] = inputs;
      if (body.inputs !== 2 + initial.length || body.outputs < 1 + initial.length)
        throw misfit(node, `the body expected ${2 + initial.length} inputs, got ${body.inputs}`);
      const limit = count === undefined ? Number.POSITIVE_INFINITY : scalarOf(node, count);
      let goesOn = condition === undefined || scalarOf(node, condition) !== 0;
      let carried = initial as readonly Value[];
      const stacks: Value[][] = Array.from({ length: body.outputs - 1 - initial.length }, () => []);
      for (let iteration = 0; goesOn && iteration < limit; iteration++) {
        if (iteration === context.maxIterations)
          throw misfit(
            node,
            `expected at most ${context.maxIterations} iterations, which the option maxIterations sets`,
          );
        const number = context.output("int64", []);
        number.data[0] = BigInt(iteration);
        const truth = context.output("bool", []);
        truth.data[0] = 1;
        const [next, ...made] = context.runGraph(body, [number, truth, ...carried]);
        goesOn = scalarOf(node, next!) !== 0;
        const kept = made.slice(0, initial.length);
        for (const [i, stack] of stacks.entries()) stack.push(made[initial.length + i]!);
        const used = new Set([...kept, ...stacks.flat()].map(({ address }) => address));
        for (const value of [number, truth, next!, ...carried]) if (!used.has(value.address)) context.release(value);
        carried = kept;
      }
      return [
        ...carried,
        ...stacks.map((stack) => stacked(stack, (shape) => context.output(stack[0]?.type ?? "float32", shape))),
      ];
    },
  };
};

/** Values of one shape behind one another along a new first axis. */
function stacked(values: readonly Value[], output: (shape: readonly number[]) => Value): Value {
  const shape = values[0]?.shape ?? [];
  const result = output([values.length, ...shape]);
  const { data } = result;
  for (const [i, value] of values.entries()) data.set(value.data as never, i * value.size);
  return result;
}

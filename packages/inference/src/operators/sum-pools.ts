import { intAttribute, type Node, type Window } from "@deep-compression/network";
import type { NumberArray } from "../element-arrays";
import { floatsOf, type Operator, required } from "../operation";
import { type CellSteps, type Cells, globalPoolOf, type Pool, poolOf, reduceWindows } from "./pooling";

function sumOf(x: NumberArray, { start, depth, height, width }: Cells, steps: CellSteps): number {
  let sum = 0;
  for (let d = 0; d < depth; d++)
    for (let h = 0; h < height; h++) {
      let from = start + d * steps.depth + h * steps.height;
      for (let w = 0; w < width; w++, from += steps.width) sum += x[from]!;
    }
  return sum;
}

/** How many cells of the input and its padding each window along an axis has. */
function paddedCounts({ input, output, kernel, stride, dilation, padBegin, padEnd }: Window): number[] {
  return Array.from({ length: output }, (_, o) =>
    Math.min(kernel, Math.ceil((input + padEnd + padBegin - o * stride) / dilation)),
  );
}

/** How many cells each window has, padding included. */
function paddedSizes({ depth, height, width }: Pool): Float64Array {
  const [d, h, w] = [paddedCounts(depth), paddedCounts(height), paddedCounts(width)];
  return Float64Array.from(d.flatMap((deep) => h.flatMap((high) => w.map((wide) => deep * high * wide))));
}

/** A pool that makes a float of the floats of each window. */
function floatPool(
  windows: (node: Node, shape: readonly number[]) => Pool,
  reduction: (node: Node, x: Float32Array, pool: Pool) => Parameters<typeof reduceWindows>[2],
): Operator {
  return ({ node }) => ({
    run(inputs, context) {
      const value = required(node, inputs, 0);
      const pool = windows(node, value.shape);
      const y = context.output(value.type, pool.output);
      reduceWindows(pool, floatsOf(node, y), reduction(node, floatsOf(node, value), pool));
      return [y];
    },
  });
}

function meanReduction(node: Node, x: Float32Array, pool: Pool): Parameters<typeof reduceWindows>[2] {
  if (intAttribute(node, "count_include_pad", 0) !== 0) {
    const sizes = paddedSizes(pool);
    return (cells, steps, window) => sumOf(x, cells, steps) / sizes[window]!;
  }
  return (cells, steps) => sumOf(x, cells, steps) / (cells.depth * cells.height * cells.width);
}

function normReduction(node: Node, x: Float32Array): Parameters<typeof reduceWindows>[2] {
  const p = intAttribute(node, "p", 2);
  return ({ start, depth, height, width }, steps) => {
    let sum = 0;
    for (let d = 0; d < depth; d++)
      for (let h = 0; h < height; h++) {
        let from = start + d * steps.depth + h * steps.height;
        for (let w = 0; w < width; w++, from += steps.width) sum += Math.abs(x[from]!) ** p;
      }
    return sum ** (1 / p);
  };
}

export const averagePool = /* @__PURE__ */ floatPool(poolOf, meanReduction);
export const globalAveragePool = /* @__PURE__ */ floatPool(globalPoolOf, meanReduction);
export const lpPool = /* @__PURE__ */ floatPool(poolOf, normReduction);
export const globalLpPool = /* @__PURE__ */ floatPool(globalPoolOf, normReduction);

import { intAttribute, type Node, type Window } from "@deep-compression/network";
import { taps } from "../convolution-shape";
import type { NumberArray } from "../element-arrays";
import { ELEMENTWISE, SUM_POOLING } from "../kernels.generated";
import { ofLatestShapes } from "../latest-shapes";
import { floatsOf, type Operation, type Operator, required, withKernels } from "../operation";
import { axisWindows } from "../windows";
import {
  type CellSteps,
  type Cells,
  globalPoolOf,
  isPlanar,
  type Pool,
  poolOf,
  poolPlanes,
  reduceWindows,
} from "./pooling";

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
  return productsOf(paddedCounts(depth), paddedCounts(height), paddedCounts(width));
}

/** How many cells of the input each window has. */
function cellCounts({ depth, height, width }: Pool): Float64Array {
  const [d, h, w] = [depth, height, width].map((window) => Array.from(axisWindows(window).count));
  return productsOf(d!, h!, w!);
}

function productsOf(d: readonly number[], h: readonly number[], w: readonly number[]): Float64Array {
  return Float64Array.from(d.flatMap((deep) => h.flatMap((high) => w.map((wide) => deep * high * wide))));
}

/** With more cells than this a window is added up in double precision. */
const FEW_CELLS = 256;

type Reduction = Parameters<typeof reduceWindows>[2];

/** AveragePool. */
export const averagePool = /* @__PURE__ */ withKernels([SUM_POOLING], ({ node }) => {
  const includes = intAttribute(node, "count_include_pad", 0) !== 0;
  const poolAt = ofLatestShapes((of, shape: readonly number[]) => {
    const pool = poolOf(of, shape);
    return { pool, sizes: includes ? paddedSizes(pool) : cellCounts(pool) };
  });
  const run: Operation["run"] = (inputs, context) => {
    const value = required(node, inputs, 0);
    const { pool, sizes } = poolAt(node, value.shape);
    const y = context.output(value.type, pool.output);
    const to = floatsOf(node, y);
    if (isPlanar(pool, value) && taps(pool) <= FEW_CELLS) {
      poolPlanes(context, context.kernels.poolSums, pool, value, y);
      for (let i = 0; i < to.length; ) for (let k = 0; k < sizes.length; k++, i++) to[i] = to[i]! / sizes[k]!;
      return [y];
    }
    const x = floatsOf(node, value);
    reduceWindows(pool, to, (cells, steps, window) => sumOf(x, cells, steps) / sizes[window]!);
    return [y];
  };
  return { run };
});

/** GlobalAveragePool. */
export const globalAveragePool = /* @__PURE__ */ withKernels([ELEMENTWISE], ({ node }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    floatsOf(node, x);
    const { output, planes, cells } = globalPoolOf(node, x.shape);
    const y = context.output(x.type, output);
    context.kernels.rowMeans(planes, cells, x.address, y.address);
    return [y];
  },
}));

/** A pool that takes roots of sums of powers. */
function normPool(windows: (node: Node, shape: readonly number[]) => Pool): Operator {
  return ({ node }) => ({
    run(inputs, context) {
      const value = required(node, inputs, 0);
      const pool = windows(node, value.shape);
      const y = context.output(value.type, pool.output);
      reduceWindows(pool, floatsOf(node, y), normReduction(node, floatsOf(node, value)));
      return [y];
    },
  });
}

function normReduction(node: Node, x: Float32Array): Reduction {
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

export const lpPool = /* @__PURE__ */ normPool(poolOf);
export const globalLpPool = /* @__PURE__ */ normPool(globalPoolOf);

import { intAttribute } from "@deep-compression/network";
import type { NumberArray } from "../element-arrays";
import { MAX_POOLING } from "../kernels.generated";
import { ofLatestShapes } from "../latest-shapes";
import { numbersOf, type Operation, required, withKernels } from "../operation";
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

/** Where the largest cell of a window is, the first of several; NaN counts as larger than all. -1: the window has no cells. */
function largest(x: NumberArray, { start, depth, height, width }: Cells, steps: CellSteps): number {
  let best = Number.NEGATIVE_INFINITY;
  let at = width * height * depth === 0 ? -1 : start;
  for (let d = 0; d < depth; d++)
    for (let h = 0; h < height; h++) {
      let from = start + d * steps.depth + h * steps.height;
      for (let w = 0; w < width; w++, from += steps.width) {
        const value = x[from]!;
        if (value > best) {
          best = value;
          at = from;
        } else if (Number.isNaN(value)) return from;
      }
    }
  return at;
}

/** The same index where the last axis of a plane runs slowest. */
function columnMajor(index: number, { cells, depth, height, width }: Pool): number {
  const plane = Math.floor(index / cells) * cells;
  const inPlane = index - plane;
  const w = inPlane % width.input;
  const rest = (inPlane - w) / width.input;
  const h = rest % height.input;
  return plane + (w * height.input + h) * depth.input + (rest - h) / height.input;
}

/** MaxPool, with the indices of the largest if they are read. */
export const maxPool = /* @__PURE__ */ withKernels([MAX_POOLING], ({ node, isRead }) => {
  const poolAt = ofLatestShapes(poolOf);
  const run: Operation["run"] = (inputs, context) => {
    const value = required(node, inputs, 0);
    const pool = poolAt(node, value.shape);
    const y = context.output(value.type, pool.output);
    if (!isRead(1) && isPlanar(pool, value)) {
      poolPlanes(context, context.kernels.poolMaxima, pool, value, y);
      return [y];
    }
    const indices = isRead(1) ? context.output("int64", pool.output) : undefined;
    const x = numbersOf(node, value);
    const to = numbersOf(node, y);
    if (indices === undefined) {
      reduceWindows(pool, to, (cells, steps) => x[largest(x, cells, steps)] ?? Number.NEGATIVE_INFINITY);
      return [y];
    }
    const places = indices.data as BigInt64Array;
    const byColumns = intAttribute(node, "storage_order", 0) !== 0;
    let count = 0;
    reduceWindows(pool, to, (cells, steps) => {
      const at = largest(x, cells, steps);
      places[count++] = BigInt(byColumns && at >= 0 ? columnMajor(at, pool) : at);
      return x[at] ?? Number.NEGATIVE_INFINITY;
    });
    return [y, indices];
  };
  return { run };
});

/** GlobalMaxPool. */
export const globalMaxPool = /* @__PURE__ */ withKernels([MAX_POOLING], ({ node }) => ({
  run(inputs, context) {
    const value = required(node, inputs, 0);
    const pool = globalPoolOf(node, value.shape);
    const y = context.output(value.type, pool.output);
    if (isPlanar(pool, value)) {
      poolPlanes(context, context.kernels.poolMaxima, pool, value, y);
      return [y];
    }
    const x = numbersOf(node, value);
    reduceWindows(pool, numbersOf(node, y), (cells, steps) => x[largest(x, cells, steps)] ?? Number.NEGATIVE_INFINITY);
    return [y];
  },
}));

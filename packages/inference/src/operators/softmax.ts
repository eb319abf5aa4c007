import { elementCount } from "@deep-compression/bits";
import { intAttribute } from "@deep-compression/network";
import { arrayOf, type NumberArray } from "../element-arrays";
import type { HeapKernels } from "../heap-kernels";
import { ELEMENTWISE } from "../kernels.generated";
import { axisOf, type Operator, required, withKernels } from "../operation";
import { type AxisLines, eachLine, linesAlong } from "./axis-lines";
import { checkKind, FLOATS } from "./element-kinds";

/** Computes a line of `size` elements from `start` on, `step` apart. */
type LineLoop = (x: NumberArray, to: NumberArray, start: number, size: number, step: number) => void;

/** Computes lines of float32 whose elements touch, from one address to another. */
type RowsLoop = (lines: AxisLines, x: number, y: number, kernels: HeapKernels) => void;

/** Softmax along an axis. */
export const softmax = /* @__PURE__ */ withKernels(
  [ELEMENTWISE],
  /* @__PURE__ */ alongAxis(softmaxLine, ({ outer, size }, x, y, kernels) => {
    kernels.softmaxRows(outer, size, x, y);
  }),
);

/** LogSoftmax along an axis. */
export const logSoftmax = /* @__PURE__ */ alongAxis(logSoftmaxLine);

/** Hardmax along an axis: 1 at the first maximum, 0 elsewhere. */
export const hardmax = /* @__PURE__ */ alongAxis((x, to, start, size, step) => {
  let best = start;
  for (let i = start + step; i < start + size * step; i += step) if (x[i]! > x[best]!) best = i;
  for (let i = start; i < start + size * step; i += step) to[i] = 0;
  to[best] = 1;
});

/** Before opset 13 all axes from the named one on are one line. */
function alongAxis(loop: LineLoop, rows?: RowsLoop): Operator {
  return ({ node, opset }) => {
    const named = intAttribute(node, "axis", opset < 13 ? 1 : -1);
    const linesOf = (shape: readonly number[]): AxisLines => {
      if (opset >= 13) return linesAlong(shape, axisOf(node, named, shape.length));
      const axis = named === shape.length ? named : axisOf(node, named, shape.length);
      return { outer: elementCount(shape.slice(0, axis)), size: elementCount(shape.slice(axis)), inner: 1 };
    };
    return {
      run(inputs, context) {
        const x = required(node, inputs, 0);
        checkKind(node, x, FLOATS);
        const lines = linesOf(x.shape);
        const output = context.output(x.type, x.shape);
        if (rows !== undefined && lines.inner === 1 && arrayOf(x.type) === Float32Array) {
          rows(lines, x.address, output.address, context.kernels);
          return [output];
        }
        const [from, to] = [x.data as NumberArray, output.data as NumberArray];
        eachLine(lines, (start) => loop(from, to, start, lines.size, lines.inner));
        return [output];
      },
    };
  };
}

function softmaxLine(x: NumberArray, to: NumberArray, start: number, size: number, step: number): void {
  const end = start + size * step;
  const largest = largestOf(x, start, end, step);
  let sum = 0;
  for (let i = start; i < end; i += step) {
    const power = Math.exp(x[i]! - largest);
    to[i] = power;
    sum += power;
  }
  for (let i = start; i < end; i += step) to[i] = to[i]! / sum;
}

/** The logarithms of the softmax of a line. */
export function logSoftmaxLine(x: NumberArray, to: NumberArray, start: number, size: number, step: number): void {
  const end = start + size * step;
  const largest = largestOf(x, start, end, step);
  let sum = 0;
  for (let i = start; i < end; i += step) sum += Math.exp(x[i]! - largest);
  const shift = largest + Math.log(sum);
  for (let i = start; i < end; i += step) to[i] = x[i]! - shift;
}

function largestOf(x: NumberArray, start: number, end: number, step: number): number {
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = start; i < end; i += step) largest = Math.max(largest, x[i]!);
  return largest;
}

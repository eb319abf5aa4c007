import { elementCount } from "@deep-compression/bits";
import { floatAttribute, intAttribute, misfit } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { activationAt, type Operation, type Site } from "./operation";
import type { Lanes } from "./row-kernels";

/** Softmax along `axis` (default -1); before opset 13 over all dimensions from `axis` (default 1) on. */
export function softmax(site: Site): Operation {
  const { node, opset } = site;
  const { shape } = activationAt(site, 0);
  const flattens = opset < 13;
  const given = intAttribute(node, "axis", flattens ? 1 : -1);
  const axis = (given < 0 ? given + shape.length + 1 : given) - 1;
  if (axis < 0 || axis >= shape.length)
    throw misfit(node, `axis expected a dimension of ${shapeText(["N", ...shape])} after N, got ${given}`);
  const length = elementCount(flattens ? shape.slice(axis) : [shape[axis]!]);
  const stride = flattens ? 1 : elementCount(shape.slice(axis + 1));
  const outer = elementCount(shape.slice(0, axis));
  return {
    shape,
    run: ({ inputs: [x], output, lanes }) => {
      for (let o = 0; o < outer; o++)
        for (let inner = 0; inner < stride * lanes; inner++)
          softmaxRun(x, output, { first: o * length * stride * lanes + inner, step: stride * lanes, length });
    },
  };
}

/** The largest value is taken off first, so that no power overflows. */
function softmaxRun(x: Float32Array, output: Float32Array, run: { first: number; step: number; length: number }): void {
  const { first, step } = run;
  const end = first + run.length * step;
  let largest = Number.NEGATIVE_INFINITY;
  for (let i = first; i < end; i += step) largest = Math.max(largest, x[i]);
  let sum = 0;
  for (let i = first; i < end; i += step) sum += Math.exp(x[i] - largest);
  for (let i = first; i < end; i += step) output[i] = Math.exp(x[i] - largest) / sum;
}

/** LRN across channels: x / (bias + alpha / size * sum of squares over `size` channels around it) ** beta. */
export function lrn(site: Site): Operation {
  const { node } = site;
  const { shape } = activationAt(site, 0);
  const size = intAttribute(node, "size", 0);
  if (size < 1 || shape.length < 1) throw misfit(node, `size expected at least 1, got ${size}`);
  const [channels = 0, ...plane] = shape;
  const planeSize = elementCount(plane);
  const factor = floatAttribute(node, "alpha", 1e-4) / size;
  const beta = floatAttribute(node, "beta", 0.75);
  const bias = floatAttribute(node, "bias", 1);
  return {
    shape,
    run: ({ inputs: [x], output, lanes }) => {
      for (let c = 0; c < channels; c++) {
        const around = {
          from: Math.max(0, c - Math.floor((size - 1) / 2)),
          to: Math.min(channels, c + Math.ceil((size + 1) / 2)),
        };
        for (let i = 0; i < planeSize * lanes; i++) {
          const squares = sumOfSquares(x, i, { ...around, planeSize, lanes });
          const at = c * planeSize * lanes + i;
          output[at] = x[at] / (bias + factor * squares) ** beta;
        }
      }
    },
  };
}

function sumOfSquares(
  x: Float32Array,
  at: number,
  channels: { from: number; to: number; planeSize: number; lanes: Lanes },
): number {
  const step = channels.planeSize * channels.lanes;
  let sum = 0;
  for (let i = channels.from * step + at; i < channels.to * step; i += step) sum += x[i] * x[i];
  return sum;
}

// ONNX's operators in float64 for one sample, written as they are defined.

import { floatAttribute, intAttribute, intsAttribute, type Node } from "@deep-compression/network";
import type { Values } from "./reference";

type Operator = (node: Node, inputs: readonly (Values | undefined)[]) => Values;

/** Numbers of an attribute, two or four. */
function numbers(node: Node, name: string, fallback: number, count = 2): readonly number[] {
  return intsAttribute(node, name) ?? Array.from({ length: count }, () => fallback);
}

/** Calls `visit` for each output of windows over a plane, with the cells of the input under it; -1 for padding. */
function eachWindow(
  node: Node,
  [height, width]: readonly number[],
  kernel: readonly number[],
  visit: (cells: readonly number[]) => void,
): readonly number[] {
  const [strides, dilations, pads] = [
    numbers(node, "strides", 1),
    numbers(node, "dilations", 1),
    numbers(node, "pads", 0, 4),
  ];
  const sizes = [height, width].map((size, axis) => {
    const span = (kernel[axis] - 1) * dilations[axis] + 1;
    return Math.floor((size + pads[axis] + pads[axis + 2] - span) / strides[axis]) + 1;
  });
  for (let r = 0; r < sizes[0]; r++)
    for (let c = 0; c < sizes[1]; c++) {
      const cells: number[] = [];
      for (let ky = 0; ky < kernel[0]; ky++)
        for (let kx = 0; kx < kernel[1]; kx++) {
          const [y, x] = [r * strides[0] - pads[0] + ky * dilations[0], c * strides[1] - pads[1] + kx * dilations[1]];
          cells.push(y < 0 || x < 0 || y >= height || x >= width ? -1 : y * width + x);
        }
      visit(cells);
    }
  return sizes;
}

const gemm: Operator = (node, [x, w, b]) => {
  const isTransposed = intAttribute(node, "transB", 0) !== 0;
  const [outputs, inputs] = isTransposed ? w!.shape : [w!.shape[1], w!.shape[0]];
  const data = b?.data.slice() ?? new Float64Array(outputs);
  for (let o = 0; o < outputs; o++)
    for (let i = 0; i < inputs; i++) data[o] += w!.data[isTransposed ? o * inputs + i : i * outputs + o] * x!.data[i];
  return { shape: [outputs], data };
};

const conv: Operator = (node, [x, w, b]) => {
  const [outputs, perGroup, ...kernel] = w!.shape;
  const [, height, width] = x!.shape;
  const rows = outputs / intAttribute(node, "group", 1);
  const taps = kernel[0] * kernel[1];
  const data: number[] = [];
  let sizes: readonly number[] = [];
  for (let o = 0; o < outputs; o++)
    sizes = eachWindow(node, [height, width], kernel, (cells) => {
      let sum = b?.data[o] ?? 0;
      for (let i = 0; i < perGroup; i++) {
        const plane = (Math.floor(o / rows) * perGroup + i) * height * width;
        for (const [tap, cell] of cells.entries())
          if (cell >= 0) sum += w!.data[(o * perGroup + i) * taps + tap] * x!.data[plane + cell];
      }
      data.push(sum);
    });
  return { shape: [outputs, ...sizes], data: Float64Array.from(data) };
};

/** Each plane's windows reduced by themselves. */
function pool(reduce: (values: readonly number[]) => number): Operator {
  return (node, [x]) => {
    const [channels, height, width] = x!.shape;
    const data: number[] = [];
    let sizes: readonly number[] = [];
    for (let c = 0; c < channels; c++)
      sizes = eachWindow(node, [height, width], numbers(node, "kernel_shape", 1), (cells) =>
        data.push(reduce(cells.map((cell) => (cell < 0 ? Number.NaN : x!.data[c * height * width + cell])))),
      );
    return { shape: [channels, ...sizes], data: Float64Array.from(data) };
  };
}

const planeMeans: Operator = (_, [x]) => {
  const [channels, height, width] = x!.shape;
  const mean = (c: number) =>
    x!.data.subarray(c * height * width, (c + 1) * height * width).reduce((a, b) => a + b) / (height * width);
  return { shape: [channels, 1, 1], data: Float64Array.from({ length: channels }, (_, c) => mean(c)) };
};

const batchNormalization: Operator = (node, [x, scale, bias, mean, variance]) => {
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  const plane = x!.data.length / x!.shape[0];
  const data = x!.data.map((value, i) => {
    const c = Math.floor(i / plane);
    return (scale!.data[c] * (value - mean!.data[c])) / Math.sqrt(variance!.data[c] + epsilon) + bias!.data[c];
  });
  return { shape: x!.shape, data };
};

/** Sums of one shape, or with a number for each channel. */
const add: Operator = (_, inputs) => {
  const [a, b] = [...inputs].sort((one, other) => other!.data.length - one!.data.length);
  const plane = a!.data.length / b!.data.length;
  return { shape: a!.shape, data: a!.data.map((value, i) => value + b!.data[Math.floor(i / plane)]) };
};

/** The cells of a grid of planes, each by `value`. */
function planes(shape: readonly number[], value: (c: number, y: number, x: number) => number): Values {
  const [, height, width] = shape;
  const cell = (i: number) => value(Math.floor(i / (height * width)), Math.floor(i / width) % height, i % width);
  return { shape, data: Float64Array.from({ length: shape[0] * height * width }, (_, i) => cell(i)) };
}

function cellOf({ shape, data }: Values, [c, y, x]: readonly number[]): number {
  const isInside = [c, y, x].every((at, axis) => at >= 0 && at < shape[axis]);
  return isInside ? data[(c * shape[1] + y) * shape[2] + x] : 0;
}

const slice: Operator = (_, [x, starts, ends, axes, steps]) => {
  const ranges = x!.shape.map((size, i) => {
    const at = axes!.data.indexOf(i + 1);
    const place = (value: number) => Math.min(Math.max(value < 0 ? value + size : value, 0), size);
    const [start, end] = at < 0 ? [0, size] : [place(starts!.data[at]), place(ends!.data[at])];
    const step = at < 0 ? 1 : steps!.data[at];
    return { start, step, count: Math.ceil((end - start) / step) };
  });
  return planes(
    ranges.map(({ count }) => count),
    (...place) =>
      cellOf(
        x!,
        place.map((at, i) => ranges[i].start + at * ranges[i].step),
      ),
  );
};

const pad: Operator = (_, [x, pads]) =>
  planes(
    x!.shape.map((size, i) => size + pads!.data[i + 1] + pads!.data[i + 5]),
    (...place) =>
      cellOf(
        x!,
        place.map((at, i) => at - pads!.data[i + 1]),
      ),
  );

const concat: Operator = (_, inputs) => ({
  shape: [inputs.reduce((sum, value) => sum + value!.shape[0], 0), ...inputs[0]!.shape.slice(1)],
  data: Float64Array.from(inputs.flatMap((value) => [...value!.data])),
});

const flatten: Operator = (_, [x]) => ({ shape: [x!.data.length], data: x!.data });

const OPERATORS: Readonly<Record<string, Operator>> = {
  Gemm: gemm,
  MatMul: gemm,
  Conv: conv,
  BatchNormalization: batchNormalization,
  Add: add,
  MaxPool: pool((values) => Math.max(...values.filter((value) => !Number.isNaN(value)))),
  AveragePool: pool(
    (values) => values.reduce((sum, value) => sum + (Number.isNaN(value) ? 0 : value), 0) / values.length,
  ),
  GlobalAveragePool: planeMeans,
  ReduceMean: (node, inputs) => {
    const means = planeMeans(node, inputs);
    return intAttribute(node, "keepdims", 1) === 0 ? { ...means, shape: [means.shape[0]] } : means;
  },
  Relu: (_, [x]) => ({ shape: x!.shape, data: x!.data.map((value) => Math.max(value, 0)) }),
  Clip: (_, [x, low, high]) => ({
    shape: x!.shape,
    data: x!.data.map((value) => Math.min(Math.max(value, low?.data[0] ?? -Infinity), high?.data[0] ?? Infinity)),
  }),
  Slice: slice,
  Pad: pad,
  Concat: concat,
  Identity: (_, [x]) => x!,
  Flatten: flatten,
  Reshape: flatten,
};

export function applyNode(node: Node, inputs: readonly (Values | undefined)[]): Values {
  const operator = OPERATORS[node.op];
  if (!operator) throw new Error(`the reference has no ${node.op}`);
  return operator(node, inputs);
}

import { intAttribute, type Node } from "./graph";
import { reshape } from "./reshape-rule";
import type { ShapeRule } from "./shape-rule";
import { assertSame, broadcast, type Dimension, mergedDimension, misfit, resolveAxis, shapeText } from "./shapes";
import { windowOf, windowOutput } from "./window-shapes";

/** Every output has the shape of the first input; Dropout's second is its mask. */
const unchanged: ShapeRule = ({ node, input }) => node.outputs.map(() => input(0));

const elementwise: ShapeRule = ({ node, input }) => [broadcast(node, input(0), input(1))];

const conv: ShapeRule = ({ node, input, optionalInput }) => {
  const [x, weight, bias] = [input(0), input(1), optionalInput(2)];
  if (x.length < 3 || weight.length !== x.length) {
    throw misfit(node, `input ${shapeText(x)} and weight ${shapeText(weight)} must have the same rank, at least 3`);
  }
  const group = intAttribute(node, "group", 1);
  const [outputs, inputsPerGroup, ...kernel] = weight.map((size) => asNumber(node, "weight", size));
  assertSame(node, "input channels", { expected: inputsPerGroup * group, got: x[1] });
  if (outputs % group !== 0) throw misfit(node, `${outputs} output channels do not split into ${group} groups`);
  if (bias) assertSame(node, "bias", { expected: outputs, got: mergedDimension(node, bias) });
  return [[x[0], outputs, ...windowOutput(node, x.slice(2), windowOf(node, kernel))]];
};

const pool: ShapeRule = ({ node, input }) => {
  const x = input(0);
  if (x.length < 3) throw misfit(node, `input ${shapeText(x)} must have at least 3 dimensions`);
  const shape = [x[0], x[1], ...windowOutput(node, x.slice(2), windowOf(node, undefined))];
  return node.outputs.map(() => shape);
};

const globalPool: ShapeRule = ({ node, input }) => {
  const x = input(0);
  if (x.length < 3) throw misfit(node, `input ${shapeText(x)} must have at least 3 dimensions`);
  return [x.map((size, axis) => (axis < 2 ? size : 1))];
};

const gemm: ShapeRule = ({ node, input, optionalInput }) => {
  const [a, b, c] = [input(0), input(1), optionalInput(2)];
  if (a.length !== 2 || b.length !== 2)
    throw misfit(node, `expected matrices, got ${shapeText(a)} and ${shapeText(b)}`);
  const [rows, inner] = intAttribute(node, "transA", 0) === 0 ? a : [a[1], a[0]];
  const [innerB, columns] = intAttribute(node, "transB", 0) === 0 ? b : [b[1], b[0]];
  assertSame(node, "inner dimension", { expected: innerB, got: inner });
  const result = [rows, columns];
  if (c && shapeText(broadcast(node, result, c)) !== shapeText(result)) {
    throw misfit(node, `bias ${shapeText(c)} does not broadcast to ${shapeText(result)}`);
  }
  return [result];
};

/** A vector on the left is a row, on the right a column; the dimension of 1 this adds is dropped again. */
const matMul: ShapeRule = ({ node, input }) => {
  const [a, b] = [input(0), input(1)];
  if (a.length === 0 || b.length === 0) throw misfit(node, "expected vectors or matrices, got a scalar");
  const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  assertSame(node, "inner dimension", { expected: right[right.length - 2], got: left[left.length - 1] });
  const batch = broadcast(node, left.slice(0, -2), right.slice(0, -2));
  const rows = a.length === 1 ? [] : [left[left.length - 2]];
  const columns = b.length === 1 ? [] : [right[right.length - 1]];
  return [[...batch, ...rows, ...columns]];
};

const flatten: ShapeRule = ({ node, input }) => {
  const x = input(0);
  const axis = resolveAxis(node, intAttribute(node, "axis", 1), { rank: x.length, most: x.length });
  return [[mergedDimension(node, x.slice(0, axis)), mergedDimension(node, x.slice(axis))]];
};

const concat: ShapeRule = ({ node, input, inputCount }) => {
  const first = input(0);
  const axis = resolveAxis(node, intAttribute(node, "axis", 0), { rank: first.length });
  let total: Dimension = first[axis];
  for (let index = 1; index < inputCount; index++) {
    const next = input(index);
    if (next.length !== first.length || next.some((size, at) => at !== axis && size !== first[at])) {
      throw misfit(node, `${shapeText(first)} and ${shapeText(next)} do not join along axis ${axis}`);
    }
    total = asNumber(node, "joined dimension", total) + asNumber(node, "joined dimension", next[axis]);
  }
  return [first.map((size, at) => (at === axis ? total : size))];
};

/** The statistics that training mode adds as outputs have one element a channel. */
const batchNormalization: ShapeRule = ({ node, input }) => {
  const x = input(0);
  const channels = x[1] ?? 1;
  for (let index = 1; index <= 4; index++) {
    assertSame(node, `input ${index}`, { expected: channels, got: mergedDimension(node, input(index)) });
  }
  return node.outputs.map((_, index) => (index === 0 ? x : [channels]));
};

function asNumber(node: Node, what: string, size: Dimension): number {
  if (typeof size === "number") return size;
  throw misfit(node, `${what} is not known: "${size}"; give it in options.dimensions`);
}

/** What each operator of ONNX's default domain makes of its inputs' shapes. */
export const SHAPE_RULES: Readonly<Record<string, ShapeRule>> = {
  Add: elementwise,
  AveragePool: pool,
  BatchNormalization: batchNormalization,
  Clip: unchanged,
  Concat: concat,
  Conv: conv,
  Div: elementwise,
  Dropout: unchanged,
  Flatten: flatten,
  Gemm: gemm,
  GlobalAveragePool: globalPool,
  GlobalMaxPool: globalPool,
  Identity: unchanged,
  LRN: unchanged,
  LeakyRelu: unchanged,
  LogSoftmax: unchanged,
  MatMul: matMul,
  MaxPool: pool,
  Mul: elementwise,
  Relu: unchanged,
  Reshape: reshape,
  Sigmoid: unchanged,
  Softmax: unchanged,
  Sub: elementwise,
  Tanh: unchanged,
};

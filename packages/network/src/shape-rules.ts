import { quoted, shapeText } from "@deep-compression/runtime";
import { intAttribute, misfit, type Node } from "./graph";
import { reshape } from "./reshape-rule";
import {
  assertSame,
  broadcast,
  type Dimension,
  mergedDimension,
  resolveAxis,
  type Shape,
  type ShapeRule,
} from "./shapes";
import { windowsOf } from "./window";

/** Every output has the shape of the first input; Dropout's second is its mask. */
const unchanged: ShapeRule = ({ node, input }) => node.outputs.map(() => input(0));

const elementwise: ShapeRule = ({ node, input }) => [broadcast(node, input(0), input(1))];

const conv: ShapeRule = ({ node, input, inputs }) => {
  const [x, weight, bias] = [input(0), input(1), inputs[2]];
  const [batch, channels, ...spatial] = planesOf(node, x);
  if (weight.length !== x.length) {
    throw misfit(node, `input ${shapeText(x)} and weight ${shapeText(weight)} must have the same rank`);
  }
  const [outputs = 0, groupChannels = 0, ...kernel] = weight.map((size) => asNumber(node, "weight", size));
  const group = intAttribute(node, "group", 1);
  assertSame(node, "input channels", { expected: groupChannels * group, got: channels });
  if (outputs % group !== 0) throw misfit(node, `${outputs} output channels do not split into ${group} groups`);
  if (bias) assertSame(node, "bias", { expected: outputs, got: mergedDimension(node, bias) });
  return [[batch, outputs, ...windowsOf(node, spatial, kernel).map(({ output }) => output)]];
};

const pool: ShapeRule = ({ node, input }) => {
  const [batch, channels, ...spatial] = planesOf(node, input(0));
  const shape = [batch, channels, ...windowsOf(node, spatial).map(({ output }) => output)];
  return node.outputs.map(() => shape);
};

const globalPool: ShapeRule = ({ node, input }) => [
  planesOf(node, input(0)).map((size, axis) => (axis < 2 ? size : 1)),
];

/** [batch, channels, ...spatial] */
function planesOf(node: Node, x: Shape): readonly [Dimension, Dimension, ...Dimension[]] {
  const [batch, channels, ...spatial] = x;
  if (batch !== undefined && channels !== undefined && spatial.length > 0) return [batch, channels, ...spatial];
  throw misfit(node, `input ${shapeText(x)} must have at least 3 dimensions`);
}

const gemm: ShapeRule = ({ node, input, inputs }) => {
  const [a, b, c] = [input(0), input(1), inputs[2]];
  if (a.length !== 2 || b.length !== 2)
    throw misfit(node, `expected matrices, got ${shapeText(a)} and ${shapeText(b)}`);
  const [rows, inner] = intAttribute(node, "transA", 0) === 0 ? a : a.toReversed();
  const [innerB, columns] = intAttribute(node, "transB", 0) === 0 ? b : b.toReversed();
  assertSame(node, "inner dimension", { expected: innerB, got: inner });
  const result = [rows!, columns!];
  if (c && broadcast(node, result, c).join() !== result.join()) {
    throw misfit(node, `bias ${shapeText(c)} does not broadcast to ${shapeText(result)}`);
  }
  return [result];
};

/** A vector on the left is a row, on the right a column; the dimension of 1 this adds is dropped again. */
const matMul: ShapeRule = ({ node, input }) => {
  const [a, b] = [input(0), input(1)];
  if (a.length === 0 || b.length === 0) throw misfit(node, "expected vectors or matrices, got a scalar");
  const [left, right] = [a.length === 1 ? [1, ...a] : a, b.length === 1 ? [...b, 1] : b];
  assertSame(node, "inner dimension", { expected: right.at(-2), got: left.at(-1) });
  const batch = broadcast(node, left.slice(0, -2), right.slice(0, -2));
  return [[...batch, ...(a.length === 1 ? [] : left.slice(-2, -1)), ...(b.length === 1 ? [] : right.slice(-1))]];
};

const flatten: ShapeRule = ({ node, input }) => {
  const x = input(0);
  const axis = resolveAxis(node, intAttribute(node, "axis", 1), x.length, x.length);
  return [[mergedDimension(node, x.slice(0, axis)), mergedDimension(node, x.slice(axis))]];
};

const concat: ShapeRule = ({ node, input, inputs }) => {
  const first = input(0);
  const axis = resolveAxis(node, intAttribute(node, "axis", 0), first.length);
  let total = first[axis]!;
  for (const index of inputs.keys()) {
    if (index === 0) continue;
    const next = input(index);
    if (next.length !== first.length || next.some((size, at) => at !== axis && size !== first[at])) {
      throw misfit(node, `${shapeText(first)} and ${shapeText(next)} do not join along axis ${axis}`);
    }
    total = asNumber(node, "joined dimension", total) + asNumber(node, "joined dimension", next[axis]!);
  }
  return [first.with(axis, total)];
};

/** The statistics that training mode adds as outputs have one element a channel. */
const batchNormalization: ShapeRule = ({ node, input }) => {
  const x = input(0);
  const [, channels = 1] = x;
  for (const index of [1, 2, 3, 4]) {
    assertSame(node, `input ${index}`, { expected: channels, got: mergedDimension(node, input(index)) });
  }
  return node.outputs.map((_, index) => (index === 0 ? x : [channels]));
};

function asNumber(node: Node, what: string, size: Dimension): number {
  if (typeof size === "number") return size;
  throw misfit(node, `${what} is not known: ${quoted(size)}; give it in options.dimensions`);
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

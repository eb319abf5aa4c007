import { floatAttribute, intAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { type Context, floatsOf, type Inputs, type Operator, required } from "../operation";
import type { Value } from "../value";
import { applyAffine, perChannel } from "./affine";

/** What brings numbers to mean 0 and variance 1 and then scales and shifts them: a product and a sum. */
export function foldedNormalization(
  parameters: Readonly<Record<"scale" | "bias" | "mean" | "variance", ArrayLike<number>>>,
  epsilon: number,
): { readonly factors: Float64Array; readonly terms: Float64Array } {
  const { scale, bias, mean, variance } = parameters;
  const factors = Float64Array.from(scale, (value, c) => value / Math.sqrt(variance[c]! + epsilon));
  return { factors, terms: Float64Array.from(bias, (value, c) => value - mean[c]! * factors[c]!) };
}

/** BatchNormalization by the moments that it is given, or in training mode by those of the batch. */
export const batchNormalization: Operator = ({ node, opset, isRead }) => {
  const trains = opset >= 14 && intAttribute(node, "training_mode", 0) !== 0;
  if (!trains && [1, 2, 3, 4].some(isRead))
    throw misfit(node, "moments of the batch are only given in training mode, from version 14 of the operators on");
  return { run: (inputs, context) => (trains ? trainingNormalization : normalization)(node, inputs, context) };
};

function normalization(node: Node, inputs: Inputs, context: Context): readonly Value[] {
  const x = required(node, inputs, 0);
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  const values = [1, 2, 3, 4].map((index) => required(node, inputs, index));
  const y = context.output(x.type, x.shape);
  const [scale, bias, mean, variance] = values.map((value) => floatsOf(node, value)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const { factors, terms } = foldedNormalization({ scale, bias, mean, variance }, epsilon);
  const strides = values.map((value) => stridesFor(node, value, x.shape))[0]!;
  applyAffine(x.shape, floatsOf(node, x), { values: factors, strides }, { values: terms, strides }, floatsOf(node, y));
  return [y];
}

/** One number a channel, or, where `spatial` is 0, one an element of an item. */
function stridesFor(node: Node, value: Value, shape: readonly number[]): readonly number[] {
  if (intAttribute(node, "spatial", 1) !== 0) return perChannel(node, "a parameter", value, shape).strides;
  const [, ...item] = shape;
  if (value.size !== item.reduce((product, size) => product * size, 1))
    throw misfit(node, `a parameter expected shape ${shapeText(item)}, got ${shapeText(value.shape)}`);
  return shape.map((_, axis) => (axis === 0 ? 0 : item.slice(axis).reduce((product, size) => product * size, 1)));
}

function trainingNormalization(node: Node, inputs: Inputs, context: Context): readonly Value[] {
  const x = required(node, inputs, 0);
  const values = [1, 2, 3, 4].map((index) => required(node, inputs, index));
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  const momentum = floatAttribute(node, "momentum", 0.9);
  const y = context.output(x.type, x.shape);
  const running = [3, 4].map((index) => context.output(values[index - 1]!.type, values[index - 1]!.shape));
  const strides = values.map((value) => perChannel(node, "a parameter", value, x.shape).strides)[0]!;
  const [scale, bias, oldMean, oldVariance] = values.map((value) => floatsOf(node, value));
  const { mean, variance } = channelMoments(floatsOf(node, x), x.shape);
  const { factors, terms } = foldedNormalization({ scale: scale!, bias: bias!, mean, variance }, epsilon);
  applyAffine(x.shape, floatsOf(node, x), { values: factors, strides }, { values: terms, strides }, floatsOf(node, y));
  const mixed = (old: Float32Array, now: Float64Array) =>
    old.map((value, c) => value * momentum + now[c]! * (1 - momentum));
  floatsOf(node, running[0]!).set(mixed(oldMean!, mean));
  floatsOf(node, running[1]!).set(mixed(oldVariance!, variance));
  return [y, ...running];
}

function channelMoments(x: Float32Array, [batch = 1, channels = 1, ...spatial]: readonly number[]) {
  const plane = spatial.reduce((product, size) => product * size, 1);
  const average = (of: (value: number, channel: number) => number) => {
    const sums = new Float64Array(channels);
    for (let i = 0; i < x.length; i++) {
      const c = Math.floor(i / plane) % channels;
      sums[c] = sums[c]! + of(x[i]!, c);
    }
    return sums.map((sum) => sum / (batch * plane));
  };
  const mean = average((value) => value);
  return { mean, variance: average((value, c) => (value - mean[c]!) ** 2) };
}

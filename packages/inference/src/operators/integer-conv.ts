import { describeNode, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import type { NumberArray } from "../element-arrays";
import { convolveIntegers, type OffsetIntegers } from "../integer-convolution";
import { CONVOLUTION, PRODUCT } from "../kernels.generated";
import { type Context, floatsOf, type Inputs, required, withKernels } from "../operation";
import type { Value } from "../value";
import { checkBias, convolutionOf } from "./dense-conv";

/** ConvInteger: the sums of products of integers of 8 bits, as int32. */
export const convInteger = /* @__PURE__ */ withKernels([CONVOLUTION, PRODUCT], ({ node }) => ({
  run(inputs, context) {
    const { sums, output } = integerSums(node, inputs, context, { x: [0, 2], w: [1, 3] });
    return [context.view(sums, output)];
  },
}));

/** QLinearConv: as ConvInteger with a bias, then scaled to integers of 8 bits again. */
export const qLinearConv = /* @__PURE__ */ withKernels([CONVOLUTION, PRODUCT], ({ node }) => ({
  run(inputs, context) {
    const [xScale, wScale, yScale] = [1, 4, 6].map((index) => required(node, inputs, index)) as [Value, Value, Value];
    const { sums, output } = integerSums(node, inputs, context, { x: [0, 2], w: [3, 5] });
    const [yZero, bias] = [required(node, inputs, 7), inputs[8]];
    const channels = output[1]!;
    checkBias(node, bias, channels);
    if (wScale.size !== 1 && wScale.size !== channels)
      throw misfit(node, `w_scale expected 1 number or ${channels}, got ${shapeText(wScale.shape)}`);
    const y = context.output(yZero.type, output);
    const zero = integersOf8(node, yZero)[0]!;
    const [low, high] = y.type === "uint8" ? [0, 255] : [-128, 127];
    const scales = Float32Array.from(floatsOf(node, wScale), (scale) =>
      Math.fround(Math.fround(floatsOf(node, xScale)[0]! * scale) / floatsOf(node, yScale)[0]!),
    );
    const [from, to, terms] = [sums.data as Int32Array, y.data as NumberArray, bias?.data as Int32Array | undefined];
    const windows = from.length / Math.max(1, output[0]! * channels);
    for (let row = 0, at = 0; at < from.length; row++) {
      const channel = row % channels;
      const scale = scales[scales.length === 1 ? 0 : channel]!;
      const term = terms === undefined ? 0 : terms[channel]!;
      for (let i = 0; i < windows; i++, at++) {
        const scaled = roundToEven(Math.fround(Math.fround(from[at]! + term) * scale));
        to[at] = Math.min(high, Math.max(low, scaled + zero));
      }
    }
    return [y];
  },
}));

/** To the nearest whole number; of two as near, the even one. */
function roundToEven(x: number): number {
  const nearest = Math.round(x);
  return nearest - x === 0.5 && nearest % 2 !== 0 ? nearest - 1 : nearest;
}

/** Where a value and its zero point are among the inputs. */
type Places = readonly [value: number, zero: number];

function integerSums(
  node: Node,
  inputs: Inputs,
  context: Context,
  { x, w }: { readonly x: Places; readonly w: Places },
): { readonly sums: Value; readonly output: readonly number[] } {
  const [image, weights] = [offsetIntegers(node, inputs, x), offsetIntegers(node, inputs, w)];
  const { shape, output } = convolutionOf(node, image.value.shape, weights.value.shape);
  if (image.zeros.length !== 1 || (weights.zeros.length !== 1 && weights.zeros.length !== output[1]))
    throw misfit(node, `zero points expected 1 number, and 1 or ${output[1]} for the weights`);
  return { sums: convolveIntegers(context, shape, image, weights), output };
}

function offsetIntegers(node: Node, inputs: Inputs, [at, zeroAt]: Places): OffsetIntegers {
  const value = required(node, inputs, at);
  integersOf8(node, value);
  const zeros = inputs[zeroAt];
  return { value, zeros: zeros ? Array.from(integersOf8(node, zeros)) : [0] };
}

function integersOf8(node: Node, { type, data }: Value): Uint8Array | Int8Array {
  if (type === "uint8" || type === "int8") return data as Uint8Array | Int8Array;
  throw new TypeError(`${describeNode(node)}: expected uint8 or int8, got ${type}`);
}

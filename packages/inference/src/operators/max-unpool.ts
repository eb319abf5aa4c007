import { intsAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { imageShape } from "../convolution-shape";
import { bigsOf, floatsOf, integersOf, type Operator, required } from "../operation";

/** MaxUnpool: each element at the index from which MaxPool took it, and 0 elsewhere. */
export const maxUnpool: Operator = ({ node }) => ({
  run(inputs, context) {
    const [x, indices, given] = [required(node, inputs, 0), required(node, inputs, 1), inputs[2]];
    if (indices.size !== x.size)
      throw misfit(node, `indices expected shape ${shapeText(x.shape)}, got ${shapeText(indices.shape)}`);
    const inferred = unpooledShape(node, x.shape);
    const shape = given === undefined ? inferred : integersOf(node, given);
    if (shape.length !== x.shape.length || shape.some((size, axis) => size < (inferred[axis] ?? 0)))
      throw misfit(node, `output_shape expected at least ${shapeText(inferred)}, got ${shapeText(shape)}`);
    const y = context.output(x.type, shape);
    const [from, to, at] = [floatsOf(node, x), floatsOf(node, y), bigsOf(node, indices)];
    to.fill(0);
    // Indices count the elements of the shape that is inferred, whatever larger one is asked for.
    const sizes = inferred.toReversed();
    const all = inferred.reduce((product, size) => product * size, 1);
    for (let i = 0; i < from.length; i++) {
      let rest = Number(at[i]);
      if (!(rest >= 0 && rest < all)) throw misfit(node, `index ${rest} is not among ${all} elements`);
      let [target, stride] = [0, 1];
      for (const [k, size] of sizes.entries()) {
        target += (rest % size) * stride;
        rest = Math.floor(rest / size);
        stride *= shape.at(-1 - k)!;
      }
      to[target] = from[i]!;
    }
    return [y];
  },
});

function unpooledShape(node: Node, input: readonly number[]): readonly number[] {
  const { batch, channels, spatial } = imageShape(node, input);
  const kernel = intsAttribute(node, "kernel_shape");
  const strides = intsAttribute(node, "strides") ?? spatial.map(() => 1);
  const pads = intsAttribute(node, "pads") ?? [...spatial, ...spatial].map(() => 0);
  const rank = spatial.length;
  if (kernel?.length !== rank || strides.length !== rank || pads.length !== 2 * rank)
    throw misfit(node, `kernel_shape, strides and pads do not fit ${rank} spatial dimensions`);
  const sizes = spatial.map((size, k) => (size - 1) * strides[k]! - pads[k]! - pads[k + rank]! + kernel[k]!);
  return [batch, channels, ...sizes];
}

import { intAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { stridesOf } from "../broadcast";
import { copyPart } from "../copy-elements";
import { axisOf, type Operator, required, type Site } from "../operation";
import { checkSameType } from "./element-kinds";
import { integersAt } from "./operands";

/** Concat: values behind one another along an axis. */
export const concat: Operator = ({ node }) => {
  const axis = intAttribute(node, "axis", 1);
  return {
    run(inputs, context) {
      const values = inputs.map((_, index) => required(node, inputs, index));
      const first = required(node, inputs, 0);
      for (const value of values) checkSameType(node, values[0]!, value);
      const at = axisOf(node, axis, first.shape.length);
      for (const { shape } of values)
        if (shape.length !== first.shape.length || shape.some((size, i) => i !== at && size !== first.shape[i]))
          throw misfit(node, `shapes ${shapeText(first.shape)} and ${shapeText(shape)} differ beside axis ${at}`);
      if (values.length === 1) return [first];
      const total = values.reduce((sum, { shape }) => sum + shape[at]!, 0);
      const output = context.output(first.type, first.shape.with(at, total));
      const strides = stridesOf(output.shape);
      let start = 0;
      for (const value of values) {
        copyPart(value.shape, { value }, { value: output, start: start * strides[at]!, strides });
        start += value.shape[at]!;
      }
      return [output];
    },
  };
};

/** Split: parts of a value along an axis, of the sizes given or of one size. */
export const split: Operator = (site) => {
  const { node } = site;
  const axis = intAttribute(node, "axis", 0);
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const at = axisOf(node, axis, x.shape.length);
      const sizes = integersAt(node, inputs, 1, "split") ?? evenSizes(site, x.shape[at]!);
      const total = sizes.reduce((sum, size) => sum + size, 0);
      if (total !== x.shape[at] || sizes.length !== node.outputs.length || sizes.some((size) => size < 0))
        throw misfit(
          node,
          `sizes ${shapeText(sizes)} expected ${node.outputs.length} that sum to the ${x.shape[at]} of axis ${at}`,
        );
      const outputs = sizes.map((size, i) =>
        site.isRead(i) ? context.output(x.type, x.shape.with(at, size)) : undefined,
      );
      const strides = stridesOf(x.shape);
      let start = 0;
      for (const [i, output] of outputs.entries()) {
        if (output) copyPart(output.shape, { value: x, start: start * strides[at]!, strides }, { value: output });
        start += sizes[i]!;
      }
      return outputs;
    },
  };
};

/** Sizes of one kind; from version 18 on the last may be smaller. */
function evenSizes({ node, opset }: Site, size: number): readonly number[] {
  const parts = intAttribute(node, "num_outputs", node.outputs.length);
  if (parts < 1 || parts !== node.outputs.length || (opset < 18 && size % parts !== 0)) throw uneven(node, size);
  const part = Math.ceil(size / parts);
  return Array.from({ length: parts }, (_, i) => Math.max(0, Math.min(part, size - i * part)));
}

function uneven(node: Node, size: number): RangeError {
  return misfit(node, `${size} elements do not make ${node.outputs.length} equal parts`);
}

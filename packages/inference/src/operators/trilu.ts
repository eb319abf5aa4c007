import { intAttribute, misfit } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { copyWhole } from "../copy-elements";
import { numberIn } from "../element-arrays";
import { type Operator, required, scalarOf } from "../operation";

/** Trilu: of each matrix what is on and above a diagonal, or on and below it; zeros elsewhere. */
export const trilu: Operator = ({ node }) => {
  const isUpper = intAttribute(node, "upper", 1) !== 0;
  return {
    run(inputs, context) {
      const x = required(node, inputs, 0);
      const diagonal = inputs[1] === undefined ? 0 : scalarOf(node, inputs[1]);
      const [rows, columns] = x.shape.slice(-2);
      if (rows === undefined || columns === undefined)
        throw misfit(node, `expected matrices, got shape ${shapeText(x.shape)}`);
      const output = copyWhole(x, context.output(x.type, x.shape));
      const { data } = output;
      const zero = numberIn(data, 0);
      for (let start = 0; start < data.length; start += columns) {
        const row = (start / columns) % rows;
        const edge = Math.min(columns, Math.max(0, row + diagonal + (isUpper ? 0 : 1)));
        data.fill(zero, start + (isUpper ? 0 : edge), start + (isUpper ? edge : columns));
      }
      return [output];
    },
  };
};

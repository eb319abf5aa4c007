import { floatsOf, type Operator, required } from "../operation";
import { roundHalfToEven } from "./rounding";

const round = Math.fround;

/** DynamicQuantizeLinear: float32 as uint8, with the scale and the zero point that hold its range and 0. */
export const dynamicQuantizeLinear: Operator = ({ node }) => ({
  run(inputs, context) {
    const x = required(node, inputs, 0);
    const [y, scale, zeroPoint] = [
      context.output("uint8", x.shape),
      context.output("float32", []),
      context.output("uint8", []),
    ];
    const values = floatsOf(node, x);
    let [least, greatest] = [0, 0];
    for (const value of values) {
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    const step = least === greatest ? 1 : round(round(greatest - least) / 255);
    const zero = Math.min(255, Math.max(0, roundHalfToEven(round(-least / step))));
    scale.data[0] = step;
    zeroPoint.data[0] = zero;
    const to = y.data;
    for (let i = 0; i < values.length; i++)
      to[i] = Math.min(255, Math.max(0, roundHalfToEven(round(values[i]! / step)) + zero));
    return [y, scale, zeroPoint];
  },
});

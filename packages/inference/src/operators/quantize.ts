import { type ElementType, elementTypeOfCode, intAttribute, misfit, type Node } from "@deep-compression/network";
import type { NumberArray } from "../element-arrays";
import { floatsOf, numbersOf, type Operator, required } from "../operation";
import type { Value } from "../value";
import { checkKind, checkSameType, FLOATS } from "./element-kinds";
import { integerLimits } from "./integer-limits";
import { eachScaled, scaleLayout } from "./quantization-scales";
import { roundHalfToEven } from "./rounding";

const QUANTIZED: readonly ElementType[] = ["int4", "uint4", "int8", "uint8", "int16", "uint16"];

/** QuantizeLinear: x / scale, rounded half to even, plus the zero point, as near as the type allows. */
export const quantizeLinear: Operator = ({ node }) => {
  const layout = scaleLayout(node);
  const code = intAttribute(node, "output_dtype", 0);
  const named = code === 0 ? undefined : elementTypeOfCode(code);
  if (code !== 0) checkQuantized(node, named);
  return {
    run(inputs, context) {
      const [x, scale, zero] = [required(node, inputs, 0), required(node, inputs, 1), inputs[2]];
      if (x.type !== "int32") checkKind(node, x, FLOATS);
      const type = checkQuantized(node, zero?.type ?? named ?? "uint8");
      checkZeroPoint(node, scale, zero);
      const output = context.output(type, x.shape);
      const scales = floatsOf(node, scale);
      const zeros = zero && numbersOf(node, zero);
      const [from, to] = [numbersOf(node, x), output.data as NumberArray];
      const [least, greatest] = integerLimits(type).map(Number) as [number, number];
      eachScaled(node, layout, x, scale, (start, end, first, step) => {
        for (let i = start, at = first; i < end; i++, at += step) {
          const value = roundHalfToEven(Math.fround(from[i]! / scales[at]!)) + (zeros ? zeros[at]! : 0);
          to[i] = value < least ? least : value > greatest ? greatest : value;
        }
      });
      return [output];
    },
  };
};

/** DequantizeLinear: (x - zero point) times scale. */
export const dequantizeLinear: Operator = ({ node }) => {
  const layout = scaleLayout(node);
  const code = intAttribute(node, "output_dtype", 0);
  return {
    run(inputs, context) {
      const [x, scale, zero] = [required(node, inputs, 0), required(node, inputs, 1), inputs[2]];
      if (x.type !== "int32") checkQuantized(node, x.type);
      checkKind(node, scale, FLOATS);
      if (zero) checkSameType(node, x, zero);
      checkZeroPoint(node, scale, zero);
      const type = (code === 0 ? undefined : elementTypeOfCode(code)) ?? scale.type;
      const output = context.output(type, x.shape);
      checkKind(node, output, FLOATS);
      const scales = floatsOf(node, scale);
      const zeros = zero && numbersOf(node, zero);
      const [from, to] = [numbersOf(node, x), output.data as NumberArray];
      eachScaled(node, layout, x, scale, (start, end, first, step) => {
        for (let i = start, at = first; i < end; i++, at += step)
          to[i] = (from[i]! - (zeros ? zeros[at]! : 0)) * scales[at]!;
      });
      return [output];
    },
  };
};

function checkQuantized(node: Node, type: ElementType | undefined): ElementType {
  if (type !== undefined && QUANTIZED.includes(type)) return type;
  throw misfit(node, `expected quantized integers of 4, 8 or 16 bits, got ${type ?? "another type"}`);
}

function checkZeroPoint(node: Node, scale: Value, zero: Value | undefined): void {
  if (zero !== undefined && zero.size !== scale.size)
    throw misfit(node, `expected ${scale.size} zero points, one a scale, got ${zero.size}`);
}

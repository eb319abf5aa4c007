import { fromFloat16, toFloat16 } from "@deep-compression/bits";
import { ELEMENT_TYPES, type ElementType } from "@deep-compression/network";
import { isBigArray } from "../element-arrays";
import { type Context, type Operator, required } from "../operation";
import type { Value } from "../value";
import { typeAttribute } from "./constants";

/** Cast: its input in another type. */
export const cast: Operator = ({ node }) => {
  const type = typeAttribute(node, "to");
  return { run: (inputs, context) => [casted(context, required(node, inputs, 0), type)] };
};

/** CastLike: its first input in the type of the second. */
export const castLike: Operator = ({ node }) => ({
  run: (inputs, context) => [casted(context, required(node, inputs, 0), required(node, inputs, 1).type)],
});

/**
 * A value in another type. Floats lose what is behind the point; what then lies outside an integer's range, which ONNX leaves open,
 * becomes the nearest in it, and NaN 0. Integers keep their low bits. Anything but 0 is true.
 */
export function casted(context: Context, x: Value, type: ElementType): Value {
  if (x.type === type) return x;
  const output = context.output(type, x.shape);
  const [from, to] = [x.data, output.data];
  const isFloat = from instanceof Float32Array || from instanceof Float64Array;
  if (type === "bool") for (let i = 0; i < to.length; i++) to[i] = Number(Number(from[i]) !== 0);
  else if (to instanceof Float32Array || to instanceof Float64Array) {
    if (isBigArray(from)) for (let i = 0; i < to.length; i++) to[i] = oddNumber(from[i]!);
    else to.set(from);
    if (type === "float16" && !(from instanceof Float32Array))
      for (let i = 0; i < to.length; i++) to[i] = fromFloat16(toFloat16(Number(from[i])));
  } else if (isFloat) truncate(from, output);
  else if (isBigArray(to)) for (let i = 0; i < to.length; i++) to[i] = BigInt(from[i]!);
  else {
    const shift = 32 - Math.min(32, bitsOf(type));
    const isSigned = !type.startsWith("u");
    for (let i = 0; i < to.length; i++) {
      const low = isBigArray(from) ? Number(BigInt.asIntN(32, from[i]!)) : from[i]!;
      to[i] = isSigned ? (low << shift) >> shift : (low << shift) >>> shift;
    }
  }
  return output;
}

function bitsOf(type: ElementType): number {
  return ELEMENT_TYPES[type].bits;
}

/** A number of at most 53 bits which rounds to a float32 as the integer does: its last bit tells that some were lost. */
function oddNumber(value: bigint): number {
  const number = Number(value);
  if (Math.abs(number) < 2 ** 53) return number;
  const kept = (value >> 11n) << 11n;
  return Number(kept === value ? value : kept | (1n << 11n));
}

function truncate(from: Float32Array | Float64Array, { type, data: to }: Value): void {
  const bits = bitsOf(type);
  const [least, most] = type.startsWith("u") ? [0, 2 ** bits - 1] : [-(2 ** (bits - 1)), 2 ** (bits - 1) - 1];
  if (isBigArray(to)) {
    const limits = type === "uint64" ? [0n, 2n ** 64n - 1n] : [-(2n ** 63n), 2n ** 63n - 1n];
    for (let i = 0; i < to.length; i++) {
      const value = Math.trunc(from[i]!) || 0;
      // 2^63 - 1 is no double: what is not below `most`, which is 2^63 here, is above.
      to[i] = value >= most ? limits[1]! : value <= least ? limits[0]! : BigInt(value);
    }
  } else for (let i = 0; i < to.length; i++) to[i] = Math.min(most, Math.max(least, Math.trunc(from[i]!) || 0));
}

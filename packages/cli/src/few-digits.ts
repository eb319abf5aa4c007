import { isFloat16, roundToFloat16 } from "@deep-compression/bits";
import { floatTensor, floatValues, type Tensor } from "@deep-compression/network";

/** How few digits the numbers of a tensor have: the same significant bits for all, multiples of a power of two or of a step, or float16. */
export type Digits =
  | { readonly kind: "significant"; readonly bits: number }
  | { readonly kind: "multiples"; readonly exponent: number }
  | { readonly kind: "steps"; readonly step: number }
  | { readonly kind: "float16" }
  | { readonly kind: "float32" };

/** Significant bits of a float32. */
const FLOAT32_BITS = 24;

/** The exponents of a number's highest bit and of its lowest that is set. */
function bitRange(value: number): { readonly high: number; readonly low: number } {
  const high = Math.floor(Math.log2(Math.abs(value)));
  let low = high - FLOAT32_BITS + 1;
  while (low < high && (value / 2 ** (low + 1)) % 1 === 0) low++;
  return { high, low };
}

/** The float16 step that all values are multiples of, rounded to float32, some of them neighbours; undefined if there is none. */
function stepOf(values: Float32Array): number | undefined {
  const distinct = Float32Array.from(new Set(values)).sort();
  let difference = Number.POSITIVE_INFINITY;
  for (let i = 1; i < distinct.length; i++) difference = Math.min(difference, distinct[i]! - distinct[i - 1]!);
  const step = roundToFloat16(Float32Array.of(difference))[0]!;
  const isMultiple = (value: number) => Math.fround(Math.round(value / step) * step) === value;
  return step > 0 && step < Number.POSITIVE_INFINITY && distinct.every(isMultiple) ? step : undefined;
}

/** The digits of the numbers of a float32 tensor, in the kind that takes the fewest bits. */
export function digitsOf(tensor: Tensor): Digits {
  const values = floatValues(tensor);
  const ranges = Array.from(
    values.filter((value) => value !== 0 && Number.isFinite(value)),
    bitRange,
  );
  const bits = ranges.reduce((most, { high, low }) => Math.max(most, high - low + 1), 0);
  const exponent = ranges.reduce((least, { low }) => Math.min(least, low), Number.POSITIVE_INFINITY);
  const asMultiples = ranges.reduce((sum, { high }) => sum + high - exponent + 1, 0);
  if (tensor.shape.length > 1) {
    if (isFloat16(values)) return { kind: "float16" };
    const step = stepOf(values);
    return step === undefined ? { kind: "float32" } : { kind: "steps", step };
  }
  if (ranges.length === 0 || bits >= FLOAT32_BITS - 1) return { kind: "float32" };
  if (asMultiples < bits * ranges.length) return { kind: "multiples", exponent };
  return { kind: "significant", bits };
}

/** The numbers of a float32 tensor with such digits, or `bitsLess` fewer. */
export function withDigitsOf(tensor: Tensor, digits: Digits, bitsLess = 0): Tensor {
  const values = floatValues(tensor);
  return floatTensor(tensor.name, tensor.shape, roundedTo(values, digits, bitsLess));
}

function roundedTo(values: Float32Array, digits: Digits, bitsLess: number): Float32Array {
  if (digits.kind === "float16") return roundToFloat16(values);
  if (digits.kind === "float32") return values;
  if (digits.kind === "steps") {
    const step = digits.step * 2 ** bitsLess;
    return values.map((value) => Math.round(value / step) * step);
  }
  return values.map((value) => {
    if (value === 0) return 0;
    const high = Math.floor(Math.log2(Math.abs(value)));
    const exponent = digits.kind === "multiples" ? digits.exponent : high + 1 - digits.bits;
    const power = 2 ** (exponent + bitsLess);
    return Math.round(value / power) * power;
  });
}

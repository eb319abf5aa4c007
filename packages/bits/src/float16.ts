import { checkFloats, checkInteger } from "@deep-compression/runtime";

/** The largest finite float16. Halfway to 65536, the next power of two, and beyond, the nearest even is infinity. */
export const FLOAT16_MAX = 65504;
const OVERFLOW = (FLOAT16_MAX + 65536) / 2;
/** Exponent of the smallest normal half. */
const MIN_EXPONENT = -14;
const MANTISSA_BITS = 10;
const BIAS = 15;
const INFINITY_BITS = 0x7c00;
const NAN_BITS = 0x7e00;

/** Powers of two by their exponent, from that of the smallest half on: exact, and found sooner than computed. */
const LEAST_POWER = MIN_EXPONENT - MANTISSA_BITS;
const POWERS = Float64Array.from({ length: 17 - LEAST_POWER }, (_, i) => 2 ** (i + LEAST_POWER));

function powerOfTwo(exponent: number): number {
  return POWERS[exponent - LEAST_POWER]!;
}

/**
 * The bits of the IEEE 754 binary16 nearest to a number, ties to even; the number is rounded once, not by way of
 * float32. Every NaN becomes 0x7e00.
 */
export function toFloat16(value: number): number {
  if (Number.isNaN(value)) return NAN_BITS;
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0;
  const magnitude = Math.abs(value);
  if (magnitude >= OVERFLOW) return sign | INFINITY_BITS;
  const exponent = magnitude < 2 ** MIN_EXPONENT ? MIN_EXPONENT : binaryExponent(magnitude);
  // Exact: the quantum is a power of two. A mantissa that rounds up to 2^11 carries into the exponent by the sum.
  const mantissa = roundToEven(magnitude / powerOfTwo(exponent - MANTISSA_BITS));
  return sign | (((exponent + BIAS - 1) << MANTISSA_BITS) + mantissa);
}

/** The number that 16 bits stand for as IEEE 754 binary16. @throws RangeError unless 0..0xffff */
export function fromFloat16(half: number): number {
  checkInteger("half", half, { maximum: 0xffff });
  const exponent = (half >>> MANTISSA_BITS) & 0x1f;
  const mantissa = half & 0x3ff;
  const sign = half & 0x8000 ? -1 : 1;
  if (exponent === 0x1f) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  if (exponent === 0) return sign * mantissa * powerOfTwo(MIN_EXPONENT - MANTISSA_BITS);
  return sign * (1024 + mantissa) * powerOfTwo(exponent - BIAS - MANTISSA_BITS);
}

/** Every value replaced by the nearest one that a float16 holds; from 65520 on that is infinity. @throws TypeError */
export function roundToFloat16(values: Float32Array): Float32Array {
  return checkFloats("values", values).map((value) => fromFloat16(toFloat16(value)));
}

/** Whether no value rounds to an infinite float16. */
export function inFloat16Range(values: Float32Array): boolean {
  return values.every((value) => Math.abs(value) < OVERFLOW);
}

/** Whether every value is one that a float16 holds, the sign of a zero with it. */
export function isFloat16(values: Float32Array): boolean {
  return values.every((value) => Object.is(fromFloat16(toFloat16(value)), value));
}

/** Of a number from 2^-14 up to 2^16. */
function binaryExponent(magnitude: number): number {
  const estimate = Math.floor(Math.log2(magnitude)); // may be one off beside a power of two
  if (powerOfTwo(estimate) > magnitude) return estimate - 1;
  return powerOfTwo(estimate + 1) <= magnitude ? estimate + 1 : estimate;
}

function roundToEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor;
}

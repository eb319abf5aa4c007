// Floats of 16 bits held as float32: a bfloat16 is the upper half of one, a float16 has five bits of exponent and ten behind them.

/** A type of floats of 16 bits. */
export type HalfType = "float16" | "bfloat16";

/** The numbers that the bits of halves stand for. */
export function widenedHalves(type: HalfType, halves: Uint16Array): Float32Array {
  if (type === "bfloat16") return new Float32Array(Uint32Array.from(halves, (half) => half << 16).buffer);
  // The bits of a half where a float32 has them are the number times 2^-112; infinity and NaN have all bits of the exponent.
  const bits = Uint32Array.from(halves, (half) => ((half & 0x8000) << 16) | ((half & 0x7fff) << 13));
  const values = new Float32Array(bits.buffer).map((value) => value * 2 ** 112);
  const wide = new Uint32Array(values.buffer);
  for (let i = 0; i < halves.length; i++) if ((halves[i]! & 0x7c00) === 0x7c00) wide[i]! |= 0x7f800000;
  return values;
}

/** Below it a float16 is a multiple of 2^-24. */
const LEAST_NORMAL = 2 ** -14;
/** Halfway between the largest float16 and 65536: what is from here on is infinite. */
const BEYOND_FLOAT16 = 65520;

/** Each number as the nearest of a type, ties to even; NaN stays. */
export function roundToHalves(type: HalfType, values: Float32Array): void {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const dropped = type === "float16" ? 13 : 16;
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    const size = Math.abs(value);
    if (Number.isNaN(value)) continue;
    if (type === "float16" && size < LEAST_NORMAL) {
      // A float32 from 0.5 up to 1 is a multiple of 2^-24. The sign of a zero stays.
      const rounded = Math.fround(size + 0.5) - 0.5;
      values[i] = value < 0 || Object.is(value, -0) ? -rounded : rounded;
    } else if (type === "float16" && size >= BEYOND_FLOAT16) values[i] = value * Number.POSITIVE_INFINITY;
    else bits[i] = ((bits[i]! + 2 ** (dropped - 1) - 1 + ((bits[i]! >>> dropped) & 1)) >>> dropped) << dropped;
  }
}

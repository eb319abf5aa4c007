import { fromFloat16, toFloat16 } from "@deep-compression/bits";

/** Of the centroids as they are stored, or of the step that they are multiples of: IEEE 754 binary16 or binary32. */
export type CentroidPrecision = "float16" | "float32";

/** What the bits of a number of a precision are. */
interface PrecisionBits {
  /** Bytes of a number. */
  readonly size: number;
  /** Bits of a number but its sign. */
  readonly magnitudeBits: number;
  /** Bits of a number of its bits. */
  readonly fieldBits: number;
  /** The bits of the largest finite number. */
  readonly largest: number;
}

export const PRECISIONS: Readonly<Record<CentroidPrecision, PrecisionBits>> = {
  float16: { size: 2, magnitudeBits: 15, fieldBits: 4, largest: 0x7bff },
  float32: { size: 4, magnitudeBits: 31, fieldBits: 5, largest: 0x7f7fffff },
};

/** The bits of the numbers in a precision, each rounded to the nearest number that it has. */
export function floatBits(numbers: Float32Array, precision: CentroidPrecision): Uint16Array | Uint32Array {
  return precision === "float32" ? new Uint32Array(numbers.slice().buffer) : Uint16Array.from(numbers, toFloat16);
}

/** The mirror of {@link floatBits}. */
export function floatsOfBits(bits: ArrayLike<number>, precision: CentroidPrecision): Float32Array {
  if (precision === "float32") return new Float32Array(Uint32Array.from(bits).buffer);
  return Float32Array.from(bits, fromFloat16);
}

import type { ElementType } from "@deep-compression/network";

/** The elements of a value, row-major. Floats of 16 bits are held as float32, bool as bytes, integers of 4 bits one a byte. */
export type NumberArray =
  | Float32Array
  | Float64Array
  | Int8Array
  | Uint8Array
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;
export type BigArray = BigInt64Array | BigUint64Array;
export type ElementArray = NumberArray | BigArray;

interface ArrayOf {
  new (buffer: ArrayBufferLike, address: number, length: number): ElementArray;
  readonly BYTES_PER_ELEMENT: number;
}

/** Types that values of a session may have, and the arrays that hold them. */
const ARRAYS: Partial<Record<ElementType, ArrayOf>> = {
  float32: Float32Array,
  float16: Float32Array,
  bfloat16: Float32Array,
  float64: Float64Array,
  bool: Uint8Array,
  int4: Int8Array,
  uint4: Uint8Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
};

/** Whether a session can hold values of a type: not of complex numbers, nor of floats of 8 and 4 bits. */
export function isValueType(type: ElementType): boolean {
  return ARRAYS[type] !== undefined;
}

/** The array for elements of a type. @throws TypeError for a type that no value has */
export function arrayOf(type: ElementType): ArrayOf {
  const array = ARRAYS[type];
  if (array !== undefined) return array;
  throw new TypeError(`type: expected floats of 16, 32 or 64 bits, bool or integers, got ${type}`);
}

/** Whether elements are held as bigint. */
export function isBigArray(data: ElementArray): data is BigArray {
  return data instanceof BigInt64Array || data instanceof BigUint64Array;
}

/** A whole number as an element of `data`: a bigint for integers of 64 bits. */
export function numberIn(data: ElementArray, value: number): never {
  return (isBigArray(data) ? BigInt(value) : value) as never;
}

/** Element values of a sparse form: weights as they are, or indices into a codebook. */
export type Values = Float32Array | Uint8Array | Uint16Array;

/** The largest number of elements a form may have: positions are 32-bit. */
export const MAX_LENGTH = 2 ** 32;

/** A new array of zeros, of the kind of `sample`. */
export function allocateLike<V extends Values>(sample: V, length: number): V {
  if (sample instanceof Float32Array) return new Float32Array(length) as V;
  if (sample instanceof Uint16Array) return new Uint16Array(length) as V;
  return new Uint8Array(length) as V;
}

/** A copy; `slice` of a Node Buffer would be a view. */
export function copyOf<V extends Values>(values: V): V {
  const copy = allocateLike(values, values.length);
  copy.set(values);
  return copy;
}

/** Whether an array of the kind of `sample` can hold `value` exactly. */
export function canHold(sample: Values, value: number): boolean {
  const one = allocateLike(sample, 1);
  one[0] = value;
  return one[0] === value;
}

/** A view of the elements as the integers of their bits, to compare without a branch. */
export function patternsOf(values: Float32Array): Uint32Array;
export function patternsOf(values: Values): Uint8Array | Uint16Array | Uint32Array;
export function patternsOf(values: Values): Uint8Array | Uint16Array | Uint32Array {
  if (values instanceof Float32Array) return new Uint32Array(values.buffer, values.byteOffset, values.length);
  return values;
}

/** The bits that a value has as an element of an array of the kind of `sample`. */
export function patternOf(sample: Values, value: number): number {
  return patternsOf(allocateLike(sample, 1).fill(value))[0]!;
}

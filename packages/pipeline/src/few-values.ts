/** Elements for each distinct value from which on they make a table, a mask or a constant, and no trained weights. */
const ELEMENTS_PER_VALUE = 16;

/** A mask of many elements has few values, a weight of many elements may have repeats. */
const MOST_VALUES = 256;

/** Whether a tensor is a constant, a mask or a table of few values; weights that already share values are so too. */
export function hasFewValues(values: Float32Array): boolean {
  return !hasMoreValues(values, Math.min(MOST_VALUES, values.length / ELEMENTS_PER_VALUE));
}

/** Codes tell no more values apart. */
const MOST_CODES = 2 ** 16;

/** Whether there are more distinct values than `most`, or than codes can tell apart. */
export function hasMoreValues(values: Float32Array, most: number): boolean {
  const limit = Math.min(most, MOST_CODES);
  const distinct = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    if (i > 0 && values[i] === values[i - 1]) continue;
    distinct.add(values[i]!);
    if (distinct.size > limit) return true;
  }
  return false;
}

import { seededRandom } from "@deep-compression/runtime";

/** More values than this are sampled where they would be sorted: that takes 10 bytes a value, and as much again for a while. */
export const MOST_SORTED = 2 ** 23;

/**
 * At most so many of the values, evenly spread but for a seeded shift of each, so that no stride of a matrix is favoured; the
 * values themselves if they are no more.
 */
export function sampledValues(values: Float32Array, most: number): Float32Array {
  if (values.length <= most) return values;
  const random = seededRandom(1);
  const step = values.length / most;
  const sample = new Float32Array(most);
  for (let i = 0; i < most; i++) {
    sample[i] = values[Math.min(values.length - 1, Math.floor((i + random()) * step))]!;
  }
  return sample;
}

/** The values that are not zero. */
export function nonZeroValues(values: Float32Array): Float32Array {
  let count = 0;
  for (let i = 0; i < values.length; i++) if (values[i] !== 0) count++;
  if (count === values.length) return values;
  const kept = new Float32Array(count);
  for (let i = 0, entry = 0; entry < count; i++) if (values[i] !== 0) kept[entry++] = values[i]!;
  return kept;
}

/** The distinct values, ascending, zeros of both signs as one; undefined as soon as there are more than `most`. */
export function distinctValues(values: Float32Array, most: number): Float32Array | undefined {
  const distinct = new Set<number>();
  for (let i = 0; i < values.length; i++) {
    distinct.add(values[i]!);
    if (distinct.size > most) return undefined;
  }
  return Float32Array.from(distinct).sort();
}

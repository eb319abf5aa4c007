/** Mean and mean squared distance from it. */
export interface Moments {
  readonly mean: number;
  readonly variance: number;
}

/** The moments of a run of numbers, in double precision. */
export function momentsOf(x: Float32Array, start: number, end: number): Moments {
  let sum = 0;
  for (let i = start; i < end; i++) sum += x[i]!;
  const mean = sum / (end - start);
  let squares = 0;
  for (let i = start; i < end; i++) {
    const distance = x[i]! - mean;
    squares += distance * distance;
  }
  return { mean, variance: squares / (end - start) };
}

/** Runs of `length` elements, each brought to mean 0 and variance 1; what each was brought by, if asked. */
export function normalizeRuns(
  x: Float32Array,
  to: Float32Array,
  length: number,
  epsilon: number,
  tell?: (run: number, mean: number, inverse: number) => void,
): void {
  if (length === 0) return;
  for (let start = 0, run = 0; start < x.length; start += length, run++) {
    const { mean, variance } = momentsOf(x, start, start + length);
    const inverse = 1 / Math.sqrt(variance + epsilon);
    for (let i = start; i < start + length; i++) to[i] = (x[i]! - mean) * inverse;
    tell?.(run, mean, inverse);
  }
}

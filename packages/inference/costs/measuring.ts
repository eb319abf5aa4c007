/** A constant of the cost model, as it is in the code and as it is measured here. */
export interface Constant {
  readonly name: string;
  readonly file: string;
  readonly unit: string;
  readonly now: number;
  readonly measured: number;
}

/** Milliseconds of work in a row, so that the clock's steps do not count. */
const LONG_ENOUGH = 2;

/** Nanoseconds that some work takes at its fastest: whatever else a machine does only adds to them. */
export function leastTime(work: () => unknown, rounds = 15): number {
  const once = (repeats: number) => {
    const start = performance.now();
    for (let i = 0; i < repeats; i++) work();
    return performance.now() - start;
  };
  const repeats = Math.max(1, Math.ceil(LONG_ENOUGH / Math.max(1e-3, once(1))));
  const times = Array.from({ length: rounds }, () => once(repeats));
  return (1e6 * Math.min(...times)) / repeats;
}

/** What a unit of a and one of b take, of samples [a, b, time], by least squares of relative errors. */
export function leastSquares(samples: readonly (readonly [number, number, number])[]): readonly [number, number] {
  let [aa, ab, bb, at, bt] = [0, 0, 0, 0, 0];
  for (const [a, b, time] of samples) {
    const [x, y] = [a / time, b / time];
    aa += x * x;
    ab += x * y;
    bb += y * y;
    at += x;
    bt += y;
  }
  const determinant = aa * bb - ab * ab;
  return [(bb * at - ab * bt) / determinant, (aa * bt - ab * at) / determinant];
}

import { seededRandom } from "@deep-compression/runtime";

/** The shape of weights before pruning; both are symmetric about 0, and their scale does not matter to a codebook. */
export type WeightShape = "gaussian" | "laplace";

/**
 * `count` weights of a pruned layer: independent draws of the shape with scale 1, of those beyond the threshold that a
 * fraction `density` of all draws exceeds in magnitude. The middle is cut out, as magnitude pruning does.
 */
export function survivingWeights(
  shape: WeightShape,
  options: { readonly count: number; readonly density: number; readonly random: () => number },
): Float32Array {
  const { count, density, random } = options;
  const magnitude = shape === "laplace" ? laplaceTail(density, random) : gaussianTail(density, random);
  return new Float32Array(count).map(() => (random() < 0.5 ? -magnitude() : magnitude()));
}

/** Beyond its threshold a Laplace variable is exponential again. */
function laplaceTail(density: number, random: () => number): () => number {
  const threshold = -Math.log(density);
  return () => threshold - Math.log(1 - random());
}

/** Marsaglia's method for the tail of a normal variable (1964): exact, one draw in two or so is refused. */
function gaussianTail(density: number, random: () => number): () => number {
  const threshold = gaussianThreshold(density);
  return () => {
    for (;;) {
      const x = Math.sqrt(threshold ** 2 - 2 * Math.log(1 - random()));
      if (random() * x < threshold) return x;
    }
  };
}

/** The magnitude that a fraction `density` of normal draws exceeds. */
function gaussianThreshold(density: number): number {
  const arithmeticMean = (low: number, high: number) => (low + high) / 2;
  return bisect([0, 8], arithmeticMean, (bound) => 1 - gaussianWithin(bound) > density);
}

/** The mean of two positive numbers to bisect by where a root may lie orders of magnitude away. */
export function geometricMean(low: number, high: number): number {
  return Math.sqrt(low * high);
}

/** Where in a bracket `isBelow` turns from true to false: bisection in 100 steps. */
export function bisect(
  [low, high]: readonly [number, number],
  mean: (low: number, high: number) => number,
  isBelow: (at: number) => boolean,
): number {
  for (let step = 0; step < 100; step++) {
    const middle = mean(low, high);
    if (isBelow(middle)) low = middle;
    else high = middle;
  }
  return low;
}

/** The fraction of normal draws within +-bound: Simpson's rule in 1,000 steps, exact to 1e-12 for bounds up to 8. */
function gaussianWithin(bound: number): number {
  const steps = 1000;
  const height = (x: number) => Math.exp((-x * x) / 2);
  let sum = height(0) + height(bound);
  for (let i = 1; i < steps; i++) sum += (i % 2 === 1 ? 4 : 2) * height((i * bound) / steps);
  return (sum * bound * 2) / (3 * steps * Math.sqrt(2 * Math.PI));
}

/** Where zeros stand: a layer as a matrix, each of whose lines has a density of its own. */
export interface Clumps {
  readonly rows: number;
  readonly columns: number;
  /** Fraction of elements that are not zero. */
  readonly density: number;
  /** Standard deviation of the logarithm of the rows' densities, and of the columns'; 0 for independent zeros. */
  readonly rowWidth: number;
  readonly columnWidth: number;
}

/**
 * Row-major positions of the elements that are not zero, ascending. The density of an element is that of its row times
 * that of its column, both log-normal, times one factor that makes the mean over all elements `density`; at most 1.
 *
 * @throws RangeError if far more are drawn than the density tells
 */
export function clumpedPositions(clumps: Clumps, options: { readonly seed: number }): Uint32Array {
  const { rows, columns } = clumps;
  const random = seededRandom(options.seed);
  const row = logNormals(rows, clumps.rowWidth, random);
  const column = logNormals(columns, clumps.columnWidth, random);
  const factor = densityFactor(row, column, clumps.density);
  const positions = new Uint32Array(Math.ceil(rows * columns * clumps.density * 1.02) + 4096);
  let count = 0;
  for (let r = 0; r < rows; r++) {
    const rowDensity = factor * row[r]!;
    for (let c = 0; c < columns; c++) {
      if (random() < rowDensity * column[c]!) positions[count++] = r * columns + c;
    }
  }
  if (count > positions.length)
    throw new RangeError(`density: ${count} elements drawn, ${positions.length} expected at most`);
  return positions.slice(0, count);
}

function logNormals(count: number, width: number, random: () => number): Float64Array {
  return new Float64Array(count).map(() => Math.exp(normalDraw(random, width)));
}

/** A draw of the normal distribution around 0 (Box and Muller). */
export function normalDraw(random: () => number, deviation: number): number {
  const radius = Math.sqrt(-2 * Math.log(1 - random()));
  return deviation * radius * Math.cos(2 * Math.PI * random());
}

/** The factor at which the mean of min(1, factor * row * column) over all elements is the density. */
function densityFactor(row: Float64Array, column: Float64Array, density: number): number {
  const sorted = column.slice().sort();
  const sums = prefixSums(sorted);
  const mean = (factor: number) => {
    let total = 0;
    for (const r of row) {
      const whole = firstAtLeast(sorted, 1 / (factor * r)); // from here on columns are full
      total += factor * r * sums[whole]! + (sorted.length - whole);
    }
    return total / (row.length * sorted.length);
  };
  return bisect([1e-12, 1e12], geometricMean, (factor) => mean(factor) < density);
}

/** The sums of the first 0, 1, ... values, in float64. */
export function prefixSums(values: Float32Array | Float64Array): Float64Array {
  const sums = new Float64Array(values.length + 1);
  for (let i = 0; i < values.length; i++) sums[i + 1] = sums[i]! + values[i]!;
  return sums;
}

function firstAtLeast(sorted: Float64Array, bound: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! >= bound) high = middle;
    else low = middle + 1;
  }
  return low;
}

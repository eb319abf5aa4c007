import { checkInteger, checkLength, checkTypedArray } from "@deep-compression/runtime";

/** Second moments of pairs of rows about their means, and the means: what is left of any number of rows. */
export interface CrossMoments {
  /** Pairs of rows. */
  readonly count: number;
  /** Of each column of the left rows. */
  readonly leftMeans: Float64Array;
  /** Of each column of the right rows. */
  readonly rightMeans: Float64Array;
  /** The sum over the pairs of (left_i - mean_i) (right_j - mean_j), left x right, row-major. */
  readonly products: Float64Array;
}

/** Sums up pairs of rows as they come. */
export interface MomentSum {
  /**
   * Takes some pairs: as many left rows of `left` values as right rows of `right` values, row-major.
   *
   * @throws TypeError, RangeError unless both are whole rows, as many, and finite
   */
  add(left: Float32Array, right: Float32Array): void;
  /** What has come so far. */
  moments(): CrossMoments;
}

/** Columns of rows. */
export interface PairWidths {
  readonly left: number;
  readonly right: number;
}

/**
 * Second moments of pairs of rows: with the same rows on both sides the Hessian of a layer's squared error, H = X^T X, about the
 * means. Each call of `add` is summed up about its own means and joined to the others (Chan, Golub and LeVeque 1979): to take the
 * means from sums of squares afterwards makes a matrix of float32 indefinite.
 *
 * @throws TypeError, RangeError for widths that are not integers above 0
 */
export function crossMoments({ left, right }: PairWidths): MomentSum {
  checkInteger("left", left, { minimum: 1 });
  checkInteger("right", right, { minimum: 1 });
  const leftMeans = new Float64Array(left);
  const rightMeans = new Float64Array(right);
  const products = new Float64Array(left * right);
  let count = 0;

  function add(leftRows: Float32Array, rightRows: Float32Array): void {
    const rows = rowsOf("left", leftRows, left);
    checkTypedArray("right", rightRows, Float32Array);
    checkLength("right", rightRows.length, rows * right);
    checkFinite("left", leftRows);
    checkFinite("right", rightRows);
    if (rows === 0) return;
    const ownLeft = columnMeans(leftRows, left);
    const ownRight = columnMeans(rightRows, right);
    addProducts(products, centred(leftRows, ownLeft), centred(rightRows, ownRight), { left, right });
    // Between the means of what came before and of these.
    const factor = (count * rows) / (count + rows);
    const weight = rows / (count + rows);
    const rightDifference = ownRight.map((mean, j) => mean - rightMeans[j]!);
    for (let i = 0; i < left; i++) {
      const difference = ownLeft[i]! - leftMeans[i]!;
      const scaled = factor * difference;
      for (let j = 0, at = i * right; j < right; j++, at++) products[at]! += scaled * rightDifference[j]!;
      leftMeans[i]! += weight * difference;
    }
    for (let j = 0; j < right; j++) rightMeans[j]! += weight * rightDifference[j]!;
    count += rows;
  }

  const moments = () => ({
    count,
    leftMeans: leftMeans.slice(),
    rightMeans: rightMeans.slice(),
    products: products.slice(),
  });
  return Object.freeze({ add, moments });
}

function rowsOf(name: string, rows: Float32Array, width: number): number {
  checkTypedArray(name, rows, Float32Array);
  if (rows.length % width === 0) return rows.length / width;
  throw new RangeError(`${name}: expected whole rows of ${width} values, got ${rows.length} values`);
}

function checkFinite(name: string, values: Float32Array): void {
  for (let i = 0; i < values.length; i++) {
    if (!Number.isFinite(values[i]!)) throw new RangeError(`${name}[${i}]: expected a finite number, got ${values[i]}`);
  }
}

function columnMeans(rows: Float32Array, width: number): Float64Array {
  const means = new Float64Array(width);
  for (let start = 0; start < rows.length; start += width) {
    for (let j = 0; j < width; j++) means[j]! += rows[start + j]!;
  }
  const count = rows.length / width;
  return means.map((sum) => sum / count);
}

function centred(rows: Float32Array, means: Float64Array): Float64Array {
  const width = means.length;
  const about = new Float64Array(rows.length);
  for (let start = 0; start < rows.length; start += width) {
    for (let j = 0; j < width; j++) about[start + j] = rows[start + j]! - means[j]!;
  }
  return about;
}

function addProducts(products: Float64Array, lefts: Float64Array, rights: Float64Array, widths: PairWidths): void {
  const { left, right } = widths;
  const rows = lefts.length / left;
  for (let row = 0; row < rows; row++) {
    const from = row * right;
    for (let i = 0; i < left; i++) {
      const factor = lefts[row * left + i]!;
      if (factor === 0) continue;
      for (let j = 0, at = i * right; j < right; j++, at++) products[at]! += factor * rights[from + j]!;
    }
  }
}

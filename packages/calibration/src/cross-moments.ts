import { addCentredProducts, type CentredRows, centredRows } from "@deep-compression/kernels";
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
  /** What has come so far. The arrays are not to be written to: they are copied only if more comes. */
  moments(): CrossMoments;
}

/** Columns of rows. */
export interface PairWidths {
  readonly left: number;
  readonly right: number;
}

/**
 * Second moments of pairs of rows: with the same array on both sides the Hessian of a layer's squared error, H = X^T X, about the
 * means, at half the cost. Each call of `add` is summed up about its own means and joined to the others (Chan, Golub and LeVeque
 * 1979): to take the means from sums of squares afterwards makes a matrix of float32 indefinite. Products of 32 rows are summed up
 * in float32, so each moment is within 1e-6 of the root of the product of both columns' own; joining takes left x right additions a
 * call, so that calls of some hundred rows or more are best.
 *
 * @throws TypeError, RangeError for widths that are not integers above 0
 */
export function crossMoments({ left, right }: PairWidths): MomentSum {
  checkInteger("left", left, { minimum: 1 });
  checkInteger("right", right, { minimum: 1 });
  let leftMeans = new Float64Array(left);
  let rightMeans = new Float64Array(right);
  let products = new Float64Array(left * right);
  let count = 0;
  let isGivenOut = false;

  function add(leftRows: Float32Array, rightRows: Float32Array): void {
    const rows = rowsOf("left", leftRows, left);
    checkTypedArray("right", rightRows, Float32Array);
    checkLength("right", rightRows.length, rows * right);
    if (rows === 0) return;
    const lefts = finiteRows("left", leftRows, left);
    const rights = leftRows === rightRows && left === right ? lefts : finiteRows("right", rightRows, right);
    if (isGivenOut) [leftMeans, rightMeans, products] = [leftMeans.slice(), rightMeans.slice(), products.slice()];
    isGivenOut = false;
    addCentredProducts(products, lefts, rights);
    const [ownLeft, ownRight] = [lefts.means, rights.means];
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

  function moments(): CrossMoments {
    isGivenOut = true;
    return { count, leftMeans, rightMeans, products };
  }
  return Object.freeze({ add, moments });
}

function rowsOf(name: string, rows: Float32Array, width: number): number {
  checkTypedArray(name, rows, Float32Array);
  if (rows.length % width === 0) return rows.length / width;
  throw new RangeError(`${name}: expected whole rows of ${width} values, got ${rows.length} values`);
}

/** Rows with their means, of which each is finite if all values are. */
function finiteRows(name: string, rows: Float32Array, width: number): CentredRows {
  const centred = centredRows(rows, width);
  if (!centred.means.every(Number.isFinite)) {
    const at = rows.findIndex((value) => !Number.isFinite(value));
    throw new RangeError(`${name}[${at}]: expected a finite number, got ${rows[at]}`);
  }
  return centred;
}

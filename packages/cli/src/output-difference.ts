import { elementCount } from "@deep-compression/bits";
import { shapeText } from "@deep-compression/runtime";

/** One output of one model, as numbers, row-major. */
export interface OutputValues {
  readonly shape: readonly number[];
  readonly values: ArrayLike<number>;
}

/** How far an output of one model is from that of another, over all runs. */
export interface OutputDifference {
  /** Of the last run. */
  readonly shape: readonly number[];
  /** Values that were compared. */
  readonly values: number;
  /** ||y - y'|| / ||y||; 0 where both are nothing but zeros. */
  readonly relativeError: number;
  readonly largestDifference: number;
  /** Cosine of the angle between both, taken as vectors; 1 where both are nothing but zeros. */
  readonly cosine: number;
  /** Where the last dimension may hold scores: rows of it, and in how many of them the largest is the same. */
  readonly top1?: { readonly rows: number; readonly same: number };
}

/** What the differences of the runs so far add up to. */
export interface DifferenceSums {
  readonly shape: readonly number[];
  readonly values: number;
  readonly squaredError: number;
  readonly squares: number;
  readonly otherSquares: number;
  readonly products: number;
  readonly largestDifference: number;
  readonly rows: number;
  readonly sameRows: number;
}

export const NO_DIFFERENCE: DifferenceSums = {
  shape: [],
  values: 0,
  squaredError: 0,
  squares: 0,
  otherSquares: 0,
  products: 0,
  largestDifference: 0,
  rows: 0,
  sameRows: 0,
};

/** Adds an output `a` and that of the other model. @throws RangeError if their shapes differ */
export function addDifference(sums: DifferenceSums, a: OutputValues, b: OutputValues): DifferenceSums {
  if (`${a.shape}` !== `${b.shape}`)
    throw new RangeError(`expected outputs of one shape, got ${shapeText(a.shape)} and ${shapeText(b.shape)}`);
  let { squaredError, squares, otherSquares, products, largestDifference } = sums;
  const { length } = a.values;
  for (let i = 0; i < length; i++) {
    const [x, y] = [a.values[i]!, b.values[i]!];
    const difference = Object.is(x, y) ? 0 : Math.abs(x - y); // an infinity less itself is no number
    squaredError += difference * difference;
    squares += x * x;
    otherSquares += y * y;
    products += x * y;
    // Not with >, so that a NaN stays.
    largestDifference = Math.max(largestDifference, difference);
  }
  const { rows, same } = sameTops(a, b);
  return {
    shape: a.shape,
    values: sums.values + length,
    squaredError,
    squares,
    otherSquares,
    products,
    largestDifference,
    rows: sums.rows + rows,
    sameRows: sums.sameRows + same,
  };
}

/** What the sums say. */
export function differenceOf(sums: DifferenceSums): OutputDifference {
  const { shape, values, squaredError, squares, otherSquares, products, largestDifference, rows, sameRows } = sums;
  const lengths = Math.sqrt(squares) * Math.sqrt(otherSquares);
  return {
    shape,
    values,
    relativeError: squaredError === 0 ? 0 : Math.sqrt(squaredError / squares),
    largestDifference,
    cosine: squaredError === 0 ? 1 : lengths === 0 ? 0 : products / lengths,
    ...(rows > 0 ? { top1: { rows, same: sameRows } } : {}),
  };
}

/** Rows along the last axis, if there are two axes or more and at least two values to choose from. */
function sameTops({ shape, values }: OutputValues, other: OutputValues) {
  const classes = shape.at(-1) ?? 0;
  if (shape.length < 2 || classes < 2) return { rows: 0, same: 0 };
  const rows = elementCount(shape) / classes;
  let same = 0;
  for (let row = 0; row < rows; row++) {
    if (topOf(values, row * classes, classes) === topOf(other.values, row * classes, classes)) same++;
  }
  return { rows, same };
}

/** Index of the largest of some values, the first of equal ones. */
export function topOf(values: ArrayLike<number>, start: number, count: number): number {
  let top = 0;
  for (let i = 1; i < count; i++) if (values[start + i]! > values[start + top]!) top = i;
  return top;
}

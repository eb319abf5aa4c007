import { freshBit } from "./adaptive-bit";
import type { MatrixShape } from "./matrix-shape";
import { FOLLOWERS, followers, marginOf, NONE } from "./neighbours";

/**
 * What is known of the live columns, by their number among them. What weights tell of an element near them is a sum: which of its
 * neighbours they are, their sizes, and the context of its sign.
 */
export interface LiveColumns {
  readonly numbers: Uint32Array;
  readonly bits: Int32Array;
  /** The sign of the last weight, 0 if there was none. */
  readonly signs: Uint8Array;
  /** What was told of a column's next element; behind the last column what is told of elements that are not coded. */
  readonly around: Int32Array;
  /** The same before any weight has. */
  readonly freshAround: Int32Array;
  /** The four columns that a weight of a column tells. */
  readonly followers: Int32Array;
  /** What the sign of a weight counts among what it tells of others: nothing without a grid. */
  readonly signUnit: number;
}

const FIRST = 4;
const SECOND = 8;
const THIRD = 16;
const MIRRORED = 32;
const SIZE = 1 << 8;
const SIGN = 1 << 16;

/** The columns before the first row, whose elements are weights with a probability in units of 2^-16. */
export function liveColumns(numbers: Uint32Array, shape: MatrixShape, probability: number): LiveColumns {
  const places = shape.gridHeight * shape.gridWidth;
  const gridFollowers = followers(shape);
  const columns = numbers.length;
  const live = new Int32Array(shape.columns + marginOf(shape)).fill(columns);
  for (let i = 0; i < columns; i++) live[numbers[i]] = i;
  const around = new Int32Array(columns + 1);
  const ownFollowers = new Int32Array(4 * columns);
  for (let i = 0; i < columns; i++) {
    const from = FOLLOWERS * (numbers[i] % places);
    around[i] = (MIRRORED + 81 * SIGN) * gridFollowers[from];
    for (let j = 0; j < 4; j++) {
      const distance = gridFollowers[from + 1 + j];
      ownFollowers[4 * i + j] = distance === NONE ? columns : live[numbers[i] + distance];
    }
  }
  return {
    numbers,
    bits: new Int32Array(columns).fill(freshBit(probability, 6)),
    signs: new Uint8Array(columns),
    around,
    freshAround: around.slice(0, columns),
    followers: ownFollowers,
    signUnit: places > 1 ? SIGN : 0,
  };
}

/** Passes by a row that is not live. */
export function skipRow({ around, freshAround }: LiveColumns): void {
  around.set(freshAround);
}

/** The context of a sign, but for the last weights of row and column. */
export function signContext(around: number): number {
  return around >> 16;
}

/** The sum of the neighbours' sizes. */
export function sizesAround(around: number): number {
  return (around >> 8) & 63;
}

/** A weight becomes the last of its column, and tells the elements whose neighbour it is. */
export function tell(columns: LiveColumns, column: number, sign: number, size: number): void {
  const { around, followers } = columns;
  const signs = columns.signUnit * sign;
  const first = 4 * column;
  columns.signs[column] = sign;
  around[followers[first]] += FIRST + size * SIZE + 27 * signs;
  around[followers[first + 1]] += SECOND + size * SIZE + 9 * signs;
  around[followers[first + 2]] += THIRD + 2 * size * SIZE + 3 * signs;
  around[followers[first + 3]] += THIRD + size * SIZE + 3 * signs;
}

// What is known of each live column, one behind the other: the twin of live-columns.ts.

import { counted, STATE, stepOf } from "./adaptive-bit";
import { COLUMN_ADDRESSES, COLUMN_WEIGHTS, COLUMNS, FOLLOWERS, LIVE_COLUMNS, NO_COLUMN } from "./memory";

/** Bytes of a column in COLUMNS. Its first word is that of its state: all columns have learnt from as many bits. */
export const COLUMN: u32 = 16;
/** What weights have told of its next element, and the same before any has. */
export const AROUND: usize = 4;
export const FRESH_AROUND: usize = 8;
/** The step of a row's state at this column. */
export const ROW_STEP: usize = 12;

/**
 * Bytes of a column in COLUMN_WEIGHTS: the sign of its last weight, 0 if there was none; the columns that a weight tells; and how
 * far behind the row's first value its own is.
 */
const COLUMN_WEIGHT: u32 = 32;
const VALUE: usize = 20;

// What weights tell of an element near them is a sum: which of its neighbours they are, from the bit that they have in a context's
// address; their sizes; and the context of its sign.
const FIRST: u32 = 4;
const SECOND: u32 = 8;
const THIRD: u32 = 16;
const MIRRORED: u32 = 32;
const SIZE: u32 = 1 << 8;
const SIGN: u32 = 1 << 16;

/** The count of what a row or a column has learnt before its first bit. */
export const LINE_COUNT: u32 = 6 * STATE;

let end: u32 = 0;
/** What the sign of a weight counts among what it tells of others: nothing without a grid. */
let signUnit: u32 = 0;

/** Before the first row: the columns that are live, whose states have the probability `density`, in units of 2^-16. */
export function startColumns(columns: u32, places: u32, margin: u32, density: u32): void {
  signUnit = places > 1 ? SIGN : 0;
  end = COLUMNS;
  for (let column: u32 = 0; column < columns + margin; column++) {
    const live = column < columns && load<u8>(LIVE_COLUMNS + column);
    store<u32>(COLUMN_ADDRESSES + 4 * column, live ? end : NO_COLUMN);
    if (live) end += COLUMN;
  }
  let count = LINE_COUNT;
  for (let column: u32 = 0; column < columns; column++) {
    const at = load<u32>(COLUMN_ADDRESSES + 4 * column);
    if (at == NO_COLUMN) continue;
    const followers = FOLLOWERS + 20 * (column % places);
    const fresh = (MIRRORED + 81 * SIGN) * load<u32>(followers);
    store<u32>(at, density << 6);
    store<u32>(at, fresh, AROUND);
    store<u32>(at, fresh, FRESH_AROUND);
    store<i32>(at, stepOf(count), ROW_STEP);
    count = counted(count);
    const weight = weightOf(at);
    store<u32>(weight, 0);
    store<u32>(weight, 2 * column, VALUE);
    for (let i: u32 = 4; i <= 16; i += 4) {
      const distance = load<i32>(followers + i);
      store<u32>(weight + i, distance < 0 ? NO_COLUMN : load<u32>(COLUMN_ADDRESSES + 4 * (column + distance)));
    }
  }
}

// @ts-ignore: decorator
@inline export function endOfColumns(): u32 {
  return end;
}

// @ts-ignore: decorator
@inline function weightOf(column: u32): u32 {
  return COLUMN_WEIGHTS + (column - COLUMNS) / COLUMN * COLUMN_WEIGHT;
}

/** Where a column's value is, if the row's are there. */
// @ts-ignore: decorator
@inline export function valueOf(column: u32, values: u32): u32 {
  return values + load<u32>(weightOf(column), VALUE);
}

/** Passes by a row that is not live. */
export function skipRow(): void {
  for (let column = COLUMNS; column < end; column += COLUMN) forget(column);
}

/** Whether all live columns have a weight. */
export function columnsHaveWeights(): bool {
  for (let column = COLUMNS; column < end; column += COLUMN) {
    if (!signAbove(column)) return false;
  }
  return true;
}

/** What was told of the element that is coded is not told of the next one. */
// @ts-ignore: decorator
@inline export function forget(column: u32): void {
  store<u32>(column, load<u32>(column, FRESH_AROUND), AROUND);
}

/** The sign of the column's last weight. */
// @ts-ignore: decorator
@inline export function signAbove(column: u32): u32 {
  return load<u32>(weightOf(column));
}

/** The context of a sign, but for the last weights of row and column. */
// @ts-ignore: decorator
@inline export function signContext(around: u32): u32 {
  return around >> 16;
}

/** The sum of the neighbours' sizes. */
// @ts-ignore: decorator
@inline export function sizesAround(around: u32): u32 {
  return around >> 8 & 63;
}

/** A weight becomes the last of its column, and tells the elements whose neighbour it is. */
export function tell(column: u32, sign: u32, size: u32): void {
  const weight = weightOf(column);
  store<u32>(weight, sign);
  tellOne(load<u32>(weight, 4), FIRST + size * SIZE + 27 * sign * signUnit);
  tellOne(load<u32>(weight, 8), SECOND + size * SIZE + 9 * sign * signUnit);
  tellOne(load<u32>(weight, 12), THIRD + 2 * size * SIZE + 3 * sign * signUnit);
  tellOne(load<u32>(weight, 16), THIRD + size * SIZE + 3 * sign * signUnit);
}

// @ts-ignore: decorator
@inline function tellOne(column: u32, what: u32): void {
  store<u32>(column, load<u32>(column, AROUND) + what, AROUND);
}

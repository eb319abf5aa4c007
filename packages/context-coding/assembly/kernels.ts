// Codes a matrix, both directions with one model: the twin of matrix-model.ts.

import { counted, fill, learn, learnt, probabilityOf, STATE, stepOf } from "./adaptive-bit";
import { encoding, LEAST_RANGE, place, range, setInterval, widen, WORD_BITS } from "./coder";
import {
  AROUND, COLUMN, endOfColumns, forget, LINE_COUNT, ROW_STEP, signAbove, signContext, skipRow, startColumns, tell, valueOf,
} from "./columns";
import {
  COLUMNS, EXPONENTS, FRESH_SIGNIFICANCE, LIVE_ROWS, NEAR_EXPONENTS, PATHS, PLACES, SIGNIFICANCE, SIGNS, STRETCH, VALUES,
} from "./memory";
import { codeMagnitude, codeSign, sizeOf, startWeights } from "./weight";

export { endsWell, finish, startDecoding, startEncoding } from "./coder";
export { columnsHaveWeights } from "./columns";
export { codeLines } from "./line-map";
export {
  BYTES, FOLLOWERS, FRESH_SIGNIFICANCE, layOut, LIVE_COLUMNS, LIVE_ROWS, NEARNESS, STEPS, STRETCH, VALUES,
} from "./memory";

let columns: u32 = 0;
/** What the sign of a row's last weight counts in contexts of signs: nothing in a grid. */
let rowSigns: u32 = 0;
let density: u32 = 0;
/** What is added to two logits so that 0 is the first bucket's least one. */
let bucketLogit: i32 = 0;

/** A row's state, the count of all columns', and where the significance state is of the weight that is to be coded, or 0. */
let rowState: u32 = 0;
let columnCount: u32 = 0;
let weightContext: u32 = 0;

/** Before the first row: `fresh` is the probability of a weight in units of 2^-16, and `logit` its logit. */
export function startRows(width: u32, places: u32, margin: u32, fresh: u32, logit: i32, lowest: i32, highest: i32): void {
  columns = width;
  rowSigns = places > 1 ? 0 : 3;
  density = fresh;
  bucketLogit = 32 * 64 - logit;
  columnCount = LINE_COUNT;
  startColumns(columns, places, margin, density);
  startWeights(lowest, highest);
  for (let i: u32 = 0; i < 1024; i++) {
    const state = load<u32>(FRESH_SIGNIFICANCE + 4 * i);
    fill(SIGNIFICANCE + STATE * i, 1, state >> 16, state & 1023);
  }
  fill(SIGNS, 162, 32768, 2);
  fill(EXPONENTS, 32, 32768, 0);
  fill(NEAR_EXPONENTS, 256, 0, 0);
  fill(PATHS, 2048, 32768, 1);
  fill(PLACES, 512, 32768, 1);
}

/** Codes `count` rows from `first`, whose values are the block's. @returns the number of weights, or -1 if a live row has none */
export function codeRows(first: u32, count: u32): i32 {
  let weights: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    if (!load<u8>(LIVE_ROWS + first + row)) {
      skipRow();
      continue;
    }
    const found = codeRow(VALUES + 2 * row * columns);
    if (!found) return -1;
    weights += found;
  }
  return weights;
}

function codeRow(values: u32): u32 {
  let lastSign: u32 = 0, weights: u32 = 0;
  rowState = density << 6;
  const end = endOfColumns();
  let column = COLUMNS;
  while (column < end) {
    column = encoding ? encodeZeros(column, end, values, place, range) : decodeZeros(column, end, values, place, range);
    if (range < LEAST_RANGE) widen();
    if (!weightContext) continue;
    lastSign = codeWeight(column, valueOf(column, values), lastSign);
    column += COLUMN;
    weights++;
  }
  columnCount = counted(columnCount);
  return weights;
}

// Half of the time goes into zeros. In a loop that calls nothing, in a function of its own, their variables are in registers; the
// functions are exported, for else the compiler would move them into the row's.

export function encodeZeros(column: u32, end: u32, values: u32, low: u64, width: u64): u32 {
  return codeZeros(true, column, end, values, low, width);
}

export function decodeZeros(column: u32, end: u32, values: u32, within: u64, width: u64): u32 {
  return codeZeros(false, column, end, values, within, width);
}

/**
 * Codes that elements are zeros, up to a weight, whose significance is coded but not learnt; up to the end of the row; or until the
 * interval must be widened. @returns the column of the next element
 */
// @ts-ignore: decorator
@inline function codeZeros(encoding: bool, column: u32, end: u32, values: u32, place: u64, range: u64): u32 {
  const columnStep = stepOf(columnCount);
  const logit = bucketLogit;
  let state = rowState, context: u32 = 0;
  while (column < end) {
    const words = range >> WORD_BITS;
    if (words < LEAST_RANGE >> WORD_BITS) break;
    const columnState = load<u32>(column);
    const significance = significanceOf(stretch(state) + stretch(columnState) + logit, load<u8>(column, AROUND));
    const foreseen = load<u32>(significance);
    const bound = words * <u64>probabilityOf(foreseen);
    if (encoding ? load<i16>(valueOf(column, values)) != 0 : place < bound) {
      range = bound;
      context = significance;
      break;
    }
    place -= bound;
    range -= bound;
    learn(significance, foreseen, 0);
    state = learnt(state, 0, load<i32>(column, ROW_STEP));
    store<u32>(column, learnt(columnState, 0, columnStep));
    forget(column);
    column += COLUMN;
  }
  setInterval(place, range);
  rowState = state;
  weightContext = context;
  return column;
}

// @ts-ignore: decorator
@inline function stretch(state: u32): i32 {
  return load<i16>(state >> 9 & ~1, STRETCH);
}

/** Where the significance state is, by a logit of which 64 make a bucket, and by which neighbours are weights. */
// @ts-ignore: decorator
@inline function significanceOf(logit: i32, neighbours: u32): u32 {
  if (<u32>logit > 64 * 64 - 1) logit = logit < 0 ? 0 : 64 * 64 - 1;
  return (logit & ~63 | neighbours) * 2 + SIGNIFICANCE;
}

/** Learns that there is a weight, and codes it. @returns its sign */
function codeWeight(column: u32, at: u32, lastSign: u32): u32 {
  learn(weightContext, load<u32>(weightContext), 1);
  rowState = learnt(rowState, 1, load<i32>(column, ROW_STEP));
  store<u32>(column, learnt(load<u32>(column), 1, stepOf(columnCount)));
  const around = load<u32>(column, AROUND);
  forget(column);
  const value: i32 = load<i16>(at);
  const positive = codeSign(u32(value > 0), signContext(around) + signAbove(column) + rowSigns * lastSign);
  const magnitude = codeMagnitude(abs(value), positive, around);
  store<i16>(at, positive ? magnitude : -magnitude);
  tell(column, 1 + positive, sizeOf(magnitude));
  return 1 + positive;
}

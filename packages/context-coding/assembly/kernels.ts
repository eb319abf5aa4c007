// Codes a matrix, both directions with one model: the twin of line-map.ts, matrix-model.ts and magnitude.ts.

import { codeBy, counted, fill, learn, moved, probabilityOf, stepOf } from "./adaptive-bit";
import { boundOf, code, encoding, filled, LEAST_RANGE, place, range, setInterval, widened, WORD_BITS } from "./coder";
import {
  COLD, COLUMNS, EXPONENTS, FRESH_SIGNIFICANCE, LIVE_COLUMNS, LIVE_ROWS, 
  NEAR_EXPONENTS, NEARNESS, PATHS, PLACES, PLACES_OF_GRID, RECORDS, SIGNIFICANCE, SIGNS, SINK, STRETCH, VALUES,
} from "./memory";

export { endsWell, finish, startDecoding, startEncoding } from "./coder";
export {
  BYTES, FRESH_SIGNIFICANCE, layOut, LIVE_COLUMNS, LIVE_ROWS, NEARNESS, PLACES_OF_GRID, STEPS, STRETCH, VALUES,
} from "./memory";

const LINE_COUNT_LIMIT: u32 = 255;

/** Codes a line map in place. @returns the number of live lines, or -1 if a flag says that some are empty and none is */
export function codeLines(rows: bool, count: u32, distance: u32): i32 {
  const lines = rows ? LIVE_ROWS : LIVE_COLUMNS;
  let empty: u32 = 0;
  for (let i: u32 = 0; i < count; i++) empty += u32(!load<u8>(lines + i));
  if (code(u32(!empty), 32768)) {
    memory.fill(lines, 1, count);
    return count;
  }
  fill(PATHS, 8, 32768, 1); // before they are those of magnitudes
  let live: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    let context: u32 = i > 0 ? load<u8>(lines + i - 1) : 0;
    if (i > 1) context += <u32>load<u8>(lines + i - 2) << 1;
    if (distance > 0 && i >= distance) context += <u32>load<u8>(lines + i - distance) << 2;
    const found = codeBy(PATHS + (context << 3), load<u8>(lines + i), LINE_COUNT_LIMIT);
    store<u8>(lines + i, found);
    live += found;
  }
  return live == count ? -1 : live;
}

let columns: u32 = 0;
let places: u32 = 0;
let endOfColumns: u32 = 0;
let middle: i32 = 0;
let density: u32 = 0;
let least: u32 = 0;
let greatest: u32 = 0;

const AROUND: usize = 4;
const FRESH_AROUND: usize = 8;
const VALUE: usize = 12;

/** Before the first row: `density` is the probability of a weight in units of 2^-16, and `logit` its logit. */
export function startRows(width: u32, gridPlaces: u32, margin: u32, fresh: u32, logit: i32, lowest: i32, highest: i32): void {
  columns = width;
  places = gridPlaces;
  middle = 2048 - logit;
  density = fresh;
  least = -lowest;
  greatest = highest;
  columnCount = 6 << 3;
  for (let i: u32 = 0; i < 1024; i++) {
    const fresh = load<u32>(FRESH_SIGNIFICANCE + (i << 2));
    fill(SIGNIFICANCE + (i << 3), 1, fresh >> 16, fresh & 1023);
  }
  fill(SIGNS, 162, 32768, 2);
  fill(EXPONENTS, 32, 32768, 0);
  fill(NEAR_EXPONENTS, 256, 0, 0);
  fill(PATHS, 2048, 32768, 1);
  fill(PLACES, 512, 32768, 1);
  let record = COLUMNS;
  for (let column: u32 = 0; column < columns + margin; column++) {
    const live = column < columns && load<u8>(LIVE_COLUMNS + column);
    store<u32>(RECORDS + (column << 2), live ? record : SINK);
    record += live ? 16 : 0;
  }
  endOfColumns = record;
  for (let column: u32 = 0; column < columns; column++) {
    if (!load<u8>(LIVE_COLUMNS + column)) continue;
    const record = load<u32>(RECORDS + (column << 2));
    const grid = PLACES_OF_GRID + 20 * (column % places);
    const fresh = (32 | 81 << 16) * load<u32>(grid);
    store<u32>(record, density << 6);
    store<u32>(record, fresh, AROUND);
    store<u32>(record, fresh, FRESH_AROUND);
    store<u32>(record, column << 1, VALUE);
    const cold = coldOf(record);
    store<u32>(cold, 0);
    for (let i: u32 = 4; i <= 16; i += 4) {
      const distance: i32 = load<i32>(grid + i);
      store<u32>(cold + i, distance < 0 ? SINK : load<u32>(RECORDS + (column + distance << 2)));
    }
  }
}

// @ts-ignore: decorator
@inline function coldOf(record: u32): u32 {
  return COLD + (record - COLUMNS << 1);
}

/** Codes `count` rows from `first`, whose values are the block's. @returns the number of weights, or -1 if a live row has none */
export function codeRows(first: u32, count: u32): i32 {
  let weights: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    if (load<u8>(LIVE_ROWS + first + row)) {
      const found = codeRow(VALUES + 2 * row * columns);
      if (!found) return -1;
      weights += found;
    } else {
      for (let column = COLUMNS; column < endOfColumns; column += 16) store<u32>(column, load<u32>(column, FRESH_AROUND), AROUND);
    }
  }
  return weights;
}

/** Whether all live columns have a weight. */
export function columnsHaveWeights(): bool {
  for (let column = COLUMNS; column < endOfColumns; column += 16) {
    if (!load<u32>(coldOf(column))) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline function stretch(state: u32): i32 {
  return load<i16>(state >> 9 & ~1, STRETCH);
}

// @ts-ignore: decorator
@inline function sizeOf(rank: i32): u32 {
  return min<u32>(8, 32 - clz<u32>(abs(rank) << 1));
}

// @ts-ignore: decorator
@inline function mark(record: u32, tells: u32): void {
  store<u32>(record, load<u32>(record, AROUND) + tells, AROUND);
}

let columnCount: u32 = 0;
let rowBit: u32 = 0;
let rowCount: u32 = 0;
let weightContext: u32 = 0;


// @ts-ignore: decorator
@inline function contextFor(row: u32, columnBit: u32, around: u32, middle: i32): u32 {
  let logit = stretch(row) + stretch(columnBit) + middle;
  if (<u32>logit > 4095) logit = logit < 0 ? 0 : 4095;
  return ((logit & ~63 | around) << 1) + SIGNIFICANCE;
}

/** Codes significance of columns until one has a weight, the interval is to be widened or the row ends. @returns the next column */
// @ts-ignore: decorator
@inline function codeZeros(encoding: bool, column: u32, end: u32, values: u32, within: u64, width: u64): u32 {
  let row = rowBit;
  let count = rowCount;
  const columnStep = stepOf(columnCount);
  const center = middle;
  let weight: u32 = 0;
  while (column < end) {
    const words = width >> WORD_BITS;
    if (words < LEAST_RANGE >> WORD_BITS) break;
    const columnBit = load<u32>(column);
    const context = contextFor(row, columnBit, load<u8>(column, AROUND), center);
    const state = load<u32>(context);
    const bound = words * <u64>probabilityOf(state);
    if (encoding ? load<i16>(values + load<u32>(column, VALUE)) != 0 : within < bound) {
      width = bound;
      weight = context;
      break;
    }
    within -= bound;
    width -= bound;
    learn(context, state, 0);
    row = moved(row, 0, stepOf(count));
    count = counted(count);
    store<u32>(column, moved(columnBit, 0, columnStep));
    store<u32>(column, load<u32>(column, FRESH_AROUND), AROUND);
    column += 16;
  }
  setInterval(within, width);
  rowBit = row;
  rowCount = count;
  weightContext = weight;
  return column;
}

export function decodeZeros(column: u32, end: u32, values: u32, within: u64, width: u64): u32 {
  return codeZeros(false, column, end, values, within, width);
}

export function encodeZeros(column: u32, end: u32, values: u32, within: u64, width: u64): u32 {
  return codeZeros(true, column, end, values, within, width);
}

function codeRow(values: u32): u32 {
  let lastSign: u32 = 0, weights: u32 = 0;
  rowBit = density << 6;
  rowCount = 6 << 3;
  let column = COLUMNS;
  const end = endOfColumns;
  while (column < end) {
    column = encoding ? encodeZeros(column, end, values, place, range) : decodeZeros(column, end, values, place, range);
    if (range < LEAST_RANGE) setInterval(widened(place), range << WORD_BITS);
    if (!weightContext) continue;
    const at = values + load<u32>(column, VALUE);
    lastSign = encoding
      ? encodeWeight(place, range, at, column, lastSign)
      : decodeWeight(place, range, at, column, lastSign);
    weights++;
    column += 16;
  }
  columnCount = counted(columnCount);
  return weights;
}

export function decodeWeight(within: u64, width: u64, at: u32, column: u32, lastSign: u32): u32 {
  return codeWeight(false, within, width, at, column, lastSign);
}

export function encodeWeight(within: u64, width: u64, at: u32, column: u32, lastSign: u32): u32 {
  return codeWeight(true, within, width, at, column, lastSign);
}

// @ts-ignore: decorator
@inline function codeWeight(encoding: bool, within: u64, width: u64, at: u32, column: u32, lastSign: u32): u32 {
  const value: i32 = load<i16>(at);
  const cold = coldOf(column);
  const around = load<u32>(column, AROUND);
  learn(weightContext, load<u32>(weightContext), 1);
  store<u32>(column, moved(load<u32>(column), 1, stepOf(columnCount)));
  rowBit = moved(rowBit, 1, stepOf(rowCount));
  rowCount = counted(rowCount);
  store<u32>(column, load<u32>(column, FRESH_AROUND), AROUND);
  let positive = u32(!least);
  if (least && greatest) {
    const context = (around >> 16) + load<u32>(cold) + (places > 1 ? 0 : 3 * lastSign) << 3;
    const state = load<u32>(context, SIGNS);
    const bound = boundOf(width, probabilityOf(state));
    positive = encoding ? u32(value > 0) : u32(within < bound);
    learn(context + SIGNS, state, positive);
    within -= positive ? 0 : bound;
    width = positive ? bound : width - bound;
    if (width < LEAST_RANGE) {
      within = encoding ? widened(within) : filled(within);
      width <<= WORD_BITS;
    }
  }
  store<u32>(cold, 1 + positive);
  const near = load<u8>(NEARNESS + (around >> 8 & 63));
  const magnitude = abs(value);
  const most = positive ? greatest : least;
  const mostExponent: u32 = 31 - clz(most);
  const wanted: u32 = 31 - clz(magnitude);
  const side = positive << 4;
  let exponent: u32 = 0;
  while (exponent < mostExponent) {
    const parent = EXPONENTS + (side + exponent << 3);
    const child = NEAR_EXPONENTS + (side + exponent << 6) + (near << 3);
    const parentState = load<u32>(parent);
    if (!load<u32>(child, 4)) {
      store<u32>(child, parentState);
      store<u32>(child, 32, 4);
    }
    const state = load<u32>(child);
    const bound = boundOf(width, probabilityOf(state));
    if (encoding ? exponent < wanted : within < bound) {
      width = bound;
      learn(child, state, 1);
      learn(parent, parentState, 1);
    } else {
      within -= bound;
      width -= bound;
      learn(child, state, 0);
      learn(parent, parentState, 0);
      break;
    }
    if (width < LEAST_RANGE) {
      within = encoding ? widened(within) : filled(within);
      width <<= WORD_BITS;
    }
    exponent++;
  }
  if (width < LEAST_RANGE) {
    within = encoding ? widened(within) : filled(within);
    width <<= WORD_BITS;
  }
  let path: u32 = 1;
  for (let bits = <i32>exponent - 1; bits >= 0; bits--) {
    let bit: u32 = 0;
    if (((path << 1 | 1) << bits) <= most) {
      const context = path < 64
        ? PATHS + (side + exponent << 9) + (path << 3)
        : PLACES + (side + exponent << 7) + (bits << 3);
      const state = load<u32>(context);
      const bound = boundOf(width, probabilityOf(state));
      bit = encoding ? magnitude >> bits & 1 : u32(within < bound);
      learn(context, state, bit);
      within -= bit ? 0 : bound;
      width = bit ? bound : width - bound;
      if (width < LEAST_RANGE) {
        within = encoding ? widened(within) : filled(within);
        width <<= WORD_BITS;
      }
    }
    path = path << 1 | bit;
  }
  setInterval(within, width);
  const weight: i32 = positive ? path : -path;
  store<i16>(at, weight);
  const size = sizeOf(weight) << 8;
  const sign = 1 + positive;
  const signs = places > 1 ? sign << 16 : 0;
  mark(load<u32>(cold, 4), 4 | size | 27 * signs);
  mark(load<u32>(cold, 8), 8 | size | 9 * signs);
  mark(load<u32>(cold, 12), 16 | size << 1 | 3 * signs);
  mark(load<u32>(cold, 16), 16 | size | 3 * signs);
  return sign;
}

// Codes a matrix, both directions with one model: the twin of line-map.ts, matrix-model.ts and magnitude.ts.

import { COUNT_LIMIT, codeBy, fill, freshBit, learnt, probabilityOf } from "./adaptive-bit";
import { code, codeForeseen } from "./coder";
import {
  ABOVE, COLUMN_BITS, COLUMN_WEIGHTS, EXPONENTS, FRESH_SIGNIFICANCE, LEFT, LINE, LINE_ABOVE, LIVE_COLUMNS, LIVE_NUMBERS, LIVE_ROWS, MIRRORED,
  NEAR_EXPONENTS, NEARNESS, PATHS, PLACES, SIGNIFICANCE, SIGNS, STRETCH, THIRD, VALUES,
} from "./memory";

export { endsWell, finish, startDecoding, startEncoding } from "./coder";
export {
  ABOVE, BYTES, FRESH_SIGNIFICANCE, layOut, LEFT, LIVE_COLUMNS, LIVE_ROWS, MIRRORED, NEARNESS, STEPS, STRETCH, THIRD, VALUES,
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
  fill(PATHS, 8, freshBit(32768, 1)); // before they are those of magnitudes
  let live: u32 = 0;
  for (let i: u32 = 0; i < count; i++) {
    let context: u32 = i > 0 ? load<u8>(lines + i - 1) : 0;
    if (i > 1) context += <u32>load<u8>(lines + i - 2) << 1;
    if (distance > 0 && i >= distance) context += <u32>load<u8>(lines + i - distance) << 2;
    const found = codeBy(PATHS + (context << 2), load<u8>(lines + i), LINE_COUNT_LIMIT);
    store<u8>(lines + i, found);
    live += found;
  }
  return live == count ? -1 : live;
}

let columns: u32 = 0;
let places: u32 = 0;
let margin: u32 = 0;
let liveColumns: u32 = 0;
let logit: i32 = 0;
let freshLine: u32 = 0;
let least: u32 = 0;
let greatest: u32 = 0;

/** Before the first row: `density` is the probability of a weight in units of 2^-16, and `logit` its logit. */
export function startRows(width: u32, gridPlaces: u32, lineMargin: u32, density: u32, densityLogit: i32, lowest: i32, highest: i32): void {
  columns = width;
  places = gridPlaces;
  margin = lineMargin;
  logit = densityLogit;
  freshLine = freshBit(density, 6);
  least = -lowest;
  greatest = highest;
  fill(COLUMN_BITS, columns, freshLine);
  memory.fill(COLUMN_WEIGHTS, 0, 2 * columns);
  memory.fill(LINE, 0, 2 * (margin + columns));
  memory.fill(LINE_ABOVE, 0, 2 * (margin + columns));
  memory.copy(SIGNIFICANCE, FRESH_SIGNIFICANCE, 4 * 1024);
  fill(SIGNS, 162, freshBit(32768, 2));
  fill(EXPONENTS, 32, freshBit(32768, 0));
  fill(NEAR_EXPONENTS, 256, 0);
  fill(PATHS, 2048, freshBit(32768, 1));
  fill(PLACES, 512, freshBit(32768, 1));
  liveColumns = 0;
  for (let column: u32 = 0; column < columns; column++) {
    if (!load<u8>(LIVE_COLUMNS + column)) continue;
    const entry = LIVE_NUMBERS + (liveColumns++ << 3);
    store<u32>(entry, column);
    store<u32>(entry, column % places, 4);
  }
}

/** Codes `count` rows from `first`, whose values are the block's. @returns the number of weights, or -1 if a live row has none */
export function codeRows(first: u32, count: u32): i32 {
  let weights: u32 = 0;
  for (let row: u32 = 0; row < count; row++) {
    if (load<u8>(LIVE_ROWS + first + row)) {
      const found = codeRow(VALUES + 2 * row * columns);
      if (!found) return -1;
      weights += found;
    }
    memory.copy(LINE_ABOVE, LINE, 2 * (margin + columns));
    memory.fill(LINE, 0, 2 * (margin + columns));
  }
  return weights;
}

/** Whether all live columns have a weight. */
export function columnsHaveWeights(): bool {
  for (let i: u32 = 0; i < liveColumns; i++) {
    if (!load<i16>(COLUMN_WEIGHTS + 2 * load<u32>(LIVE_NUMBERS + (i << 3)))) return false;
  }
  return true;
}

// @ts-ignore: decorator
@inline function stretch(state: u32): i32 {
  return load<i16>((state >> 20 << 1) + STRETCH);
}

// @ts-ignore: decorator
@inline function signOf(weight: i32): u32 {
  return weight > 0 ? 2 : weight >>> 31;
}

// @ts-ignore: decorator
@inline function sizeOf(rank: i32): u32 {
  return rank ? min<u32>(8, 33 - clz<u32>(abs(rank))) : 0;
}

/** Where the neighbour stands that a list of distances tells for a place of the grid. */
// @ts-ignore: decorator
@inline function neighbour(at: u32, distances: u32, place: u32): i32 {
  return load<i16>(at - 2 * load<u32>(distances + (place << 2)));
}

function codeRow(values: u32): u32 {
  const line = LINE + 2 * margin;
  const above = LINE_ABOVE + 2 * margin;
  let rowBit = freshLine, lastWeight: i32 = 0, weights: u32 = 0;
  for (let i: u32 = 0; i < liveColumns; i++) {
    const entry = LIVE_NUMBERS + (i << 3);
    const column = load<u32>(entry);
    const at = line + 2 * column;
    let a: i32, b: i32, c: i32, mirrored: u32 = 0;
    if (places > 1) {
      const place = load<u32>(entry, 4);
      a = neighbour(at, LEFT, place);
      b = neighbour(at, ABOVE, place);
      c = neighbour(at, THIRD, place);
      mirrored = load<u8>(MIRRORED + place);
    } else {
      a = load<i16>(at - 2);
      b = load<i16>(above + 2 * column);
      c = load<i16>(at - 4);
    }
    const value: i32 = load<i16>(values + 2 * column);
    const columnState = COLUMN_BITS + (column << 2);
    const columnBit = load<u32>(columnState);
    const bucket = ((stretch(rowBit) + stretch(columnBit) - logit) >> 6) + 32;
    const around = u32(a != 0) | u32(b != 0) << 1 | u32(c != 0) << 2 | mirrored << 3;
    const context = SIGNIFICANCE + (<u32>min(63, max(0, bucket)) << 6) + (around << 2);
    const state = load<u32>(context);
    const found = codeForeseen(u32(value != 0), probabilityOf(state));
    store<u32>(context, learnt(state, found, COUNT_LIMIT));
    rowBit = learnt(rowBit, found, COUNT_LIMIT);
    store<u32>(columnState, learnt(columnBit, found, COUNT_LIMIT));
    if (!found) continue;
    const lastPlace = COLUMN_WEIGHTS + 2 * column;
    let positive = u32(!least);
    if (least && greatest) {
      const last = signOf(load<i16>(lastPlace));
      const context = places > 1
        ? ((mirrored * 3 + signOf(a)) * 3 + signOf(b)) * 9 + 3 * signOf(c) + last
        : 3 * signOf(lastWeight) + last;
      positive = codeBy(SIGNS + (context << 2), u32(value > 0), COUNT_LIMIT);
    }
    const near = load<u8>(NEARNESS + sizeOf(a) + sizeOf(b) + (sizeOf(c) << mirrored));
    const magnitude = codeMagnitude(abs(value), positive, near);
    lastWeight = positive ? magnitude : -magnitude;
    store<i16>(values + 2 * column, lastWeight);
    store<i16>(at, lastWeight);
    store<i16>(lastPlace, lastWeight);
    weights++;
  }
  return weights;
}

function codeMagnitude(magnitude: u32, positive: u32, near: u32): i32 {
  const most = positive ? greatest : least;
  const mostExponent: u32 = 31 - clz(most);
  const wanted: u32 = 31 - clz(magnitude);
  const side = positive << 4;
  let exponent: u32 = 0;
  while (exponent < mostExponent) {
    const parent = EXPONENTS + (side + exponent << 2);
    const child = NEAR_EXPONENTS + (side + exponent << 5) + (near << 2);
    let state = load<u32>(child);
    if (!(state & 1023)) state = load<u32>(parent) & ~1023 | 4;
    const found = code(u32(exponent < wanted), probabilityOf(state));
    store<u32>(child, learnt(state, found, COUNT_LIMIT));
    store<u32>(parent, learnt(load<u32>(parent), found, COUNT_LIMIT));
    if (!found) break;
    exponent++;
  }
  let path: u32 = 1;
  for (let place = <i32>exponent - 1; place >= 0; place--) {
    let bit: u32 = 0;
    if (((path << 1 | 1) << place) <= most) {
      const state = path < 64
        ? PATHS + (side + exponent << 8) + (path << 2)
        : PLACES + (side + exponent << 6) + (place << 2);
      bit = codeBy(state, magnitude >> place & 1, COUNT_LIMIT);
    }
    path = path << 1 | bit;
  }
  return path;
}

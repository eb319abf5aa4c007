import { freshBit, learnt, probabilityOf } from "./adaptive-bit";
import { codeBit, LEAST_RANGE, type RangeCoder, WORD } from "./coding-interval";
import { squash, stretchTable } from "./logistic";
import { codeMagnitude, type MagnitudeBits, magnitudeBits, sizeOf } from "./magnitude";
import type { MatrixShape } from "./matrix-shape";
import { FOLLOWERS, followers, NONE } from "./neighbours";

export const STRETCH = /* @__PURE__ */ stretchTable();

/** Steps between the logits that a byte can tell, of which 128 is 0. */
const DENSITY_STEP = 24;

/** Logits that share a bucket are within 2^6. */
const BUCKET_BITS = 6;
const BUCKETS = 64;
/** A bucket's contexts: whether the third neighbour is a mirrored one, and which of three are weights. */
const BUCKET_CONTEXTS = 16;

/** The logit that a density byte stands for. */
export function densityLogit(density: number): number {
  return DENSITY_STEP * (density - 128);
}

/** The density byte of so many weights among so many elements: the first that tells no less. */
export function densityByte(weights: number, elements: number): number {
  const probability = Math.floor((65536 * weights) / elements);
  let density = 0;
  while (density < 255 && squash(densityLogit(density)) < probability) density++;
  return density;
}

/** The states of significance bits before any has come: of each bucket the probability in its middle. */
export function significanceBits(): Int32Array {
  return Int32Array.from({ length: BUCKETS * BUCKET_CONTEXTS }, (_, context) => {
    const bucket = Math.floor(context / BUCKET_CONTEXTS);
    return freshBit(squash(((bucket - BUCKETS / 2) << BUCKET_BITS) + 32), 12);
  });
}

/** What a model has learnt, and what it foresees the next elements by; of columns by their number among the live ones. */
export interface MatrixModel {
  readonly shape: MatrixShape;
  readonly logit: number;
  readonly columns: Uint32Array;
  readonly significance: Int32Array;
  readonly signs: Int32Array;
  readonly magnitudes: MagnitudeBits;
  readonly columnBits: Int32Array;
  /** Of the last weight of each column. */
  readonly columnSigns: Uint8Array;
  /** What weights have told of each column's next element; behind the last column what they tell of none that is coded. */
  readonly around: Int32Array;
  /** The same before any has. */
  readonly freshAround: Int32Array;
  /** Four of each column: those that its weights tell. */
  readonly told: Int32Array;
}

// What weights around an element tell of it is a number: which of its neighbours they are, the sum of their sizes, and the context of
// its sign.
const FIRST = 4;
const SECOND = 8;
const THIRD = 16;
const MIRRORED = 32;
const AROUND_BITS = FIRST | SECOND | THIRD | MIRRORED;
const SIZE = 1 << 8;
const SIZE_MASK = 63;
const SIGN = 1 << 16;

/** Zeros in front of a row for the neighbours before it. */
export function marginOf({ gridHeight, gridWidth }: MatrixShape): number {
  return Math.max(2, gridHeight * gridWidth);
}

/** A model that has learnt nothing but the density of the whole. */
export function matrixModel(shape: MatrixShape, density: number, columns: Uint32Array): MatrixModel {
  const { gridHeight, gridWidth, lowest, highest } = shape;
  const logit = densityLogit(density);
  const places = gridHeight * gridWidth;
  const behind = followers(shape);
  const numbers = new Int32Array(shape.columns + marginOf(shape)).fill(columns.length);
  columns.forEach((column, i) => {
    numbers[column] = i;
  });
  const freshAround = Int32Array.from(columns, (column) => (MIRRORED + 81 * SIGN) * behind[FOLLOWERS * (column % places)]);
  const told = new Int32Array(4 * columns.length);
  columns.forEach((column, i) => {
    for (let follower = 1; follower < FOLLOWERS; follower++) {
      const distance = behind[FOLLOWERS * (column % places) + follower];
      told[4 * i + follower - 1] = distance === NONE ? columns.length : numbers[column + distance];
    }
  });
  const around = new Int32Array(columns.length + 1);
  around.set(freshAround);
  return {
    shape,
    logit,
    columns,
    significance: significanceBits(),
    signs: new Int32Array(162).fill(freshBit(32768, 2)),
    magnitudes: magnitudeBits(lowest, highest),
    columnBits: new Int32Array(columns.length).fill(freshBit(squash(logit), 6)),
    columnSigns: new Uint8Array(columns.length),
    around,
    freshAround,
    told,
  };
}

/** Passes by a row that is not live. */
export function skipRow({ around, freshAround }: MatrixModel): void {
  around.set(freshAround);
}

/**
 * Codes the elements of a live row in its live columns: an encoder takes them from `values`, a decoder writes them there.
 *
 * @returns the number of weights
 */
export function codeRow(model: MatrixModel, coder: RangeCoder, values: Int16Array): number {
  const { logit, columns, significance, columnBits, around, freshAround } = model;
  const { interval } = coder;
  const encoding = coder.encoding === true;
  const middle = 2048 - logit;
  let rowBit = freshBit(squash(logit), 6);
  let rowSign = 0;
  let weights = 0;
  let place = interval[0];
  let range = interval[1];
  for (let i = 0; i < columns.length; i++) {
    const columnBit = columnBits[i];
    const told = around[i];
    around[i] = freshAround[i];
    const foreseen = STRETCH[rowBit >>> 20] + STRETCH[columnBit >>> 20] + middle;
    const context = (((foreseen < 0 ? 0 : foreseen > 4095 ? 4095 : foreseen) & ~63) | (told & AROUND_BITS)) >> 2;
    const state = significance[context];
    const bound = Math.floor(range / WORD) * probabilityOf(state);
    if (encoding ? values[columns[i]] === 0 : place >= bound) {
      place -= bound;
      range -= bound;
      significance[context] = learnt(state, 0);
      rowBit = learnt(rowBit, 0);
      columnBits[i] = learnt(columnBit, 0);
      if (range < LEAST_RANGE) {
        interval[0] = place;
        interval[1] = range;
        coder.widen();
        place = interval[0];
        range = interval[1];
      }
      continue;
    }
    range = bound;
    significance[context] = learnt(state, 1);
    rowBit = learnt(rowBit, 1);
    columnBits[i] = learnt(columnBit, 1);
    interval[0] = place;
    interval[1] = range;
    if (range < LEAST_RANGE) coder.widen();
    rowSign = codeWeight(model, coder, values, i, told, rowSign);
    place = interval[0];
    range = interval[1];
    weights++;
  }
  interval[0] = place;
  interval[1] = range;
  return weights;
}

function codeWeight(model: MatrixModel, coder: RangeCoder, values: Int16Array, i: number, told: number, rowSign: number): number {
  const { shape, columns, signs, columnSigns } = model;
  const column = columns[i];
  const value = values[column];
  const inGrid = shape.gridHeight * shape.gridWidth > 1;
  let positive = shape.lowest === 0 ? 1 : 0;
  if (shape.lowest !== 0 && shape.highest !== 0) {
    const context = (told >> 16) + columnSigns[i] + (inGrid ? 0 : 3 * rowSign);
    positive = codeBit(coder, value > 0 ? 1 : 0, probabilityOf(signs[context]));
    signs[context] = learnt(signs[context], positive);
  }
  const near = (told >> 8) & SIZE_MASK;
  const magnitude = codeMagnitude(model.magnitudes, coder, { magnitude: Math.abs(value), positive, near });
  values[column] = positive === 1 ? magnitude : -magnitude;
  columnSigns[i] = 1 + positive;
  const size = SIZE * sizeOf(magnitude);
  const sign = inGrid ? SIGN * (1 + positive) : 0;
  const around = model.around;
  const tells = model.told;
  around[tells[4 * i]] += FIRST + size + 27 * sign;
  around[tells[4 * i + 1]] += SECOND + size + 9 * sign;
  around[tells[4 * i + 2]] += THIRD + 2 * size + 3 * sign;
  around[tells[4 * i + 3]] += THIRD + size + 3 * sign;
  return 1 + positive;
}

import { freshBit, learnt, probabilityOf } from "./adaptive-bit";
import { boundOf, codeBit, isTooSmall, type RangeCoder, widen } from "./coding-interval";
import { type LiveColumns, liveColumns, signContext, sizesAround, tell } from "./live-columns";
import { STRETCH, squash } from "./logistic";
import { codeMagnitude, type MagnitudeBits, magnitudeBits, sizeOf } from "./magnitude";
import type { MatrixShape } from "./matrix-shape";

/** Steps between the logits that a byte can tell, of which 128 is 0. */
const DENSITY_STEP = 24;

/** Buckets of so many logits each. */
const BUCKET_LOGITS = 64;
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
    return freshBit(squash((bucket - BUCKETS / 2) * BUCKET_LOGITS + BUCKET_LOGITS / 2), 12);
  });
}

/** What a model has learnt, and what it foresees the next elements by. */
export interface MatrixModel {
  readonly shape: MatrixShape;
  readonly logit: number;
  readonly columns: LiveColumns;
  readonly significance: Int32Array;
  readonly signs: Int32Array;
  readonly magnitudes: MagnitudeBits;
}

/** A model that has learnt nothing but the density of the whole. */
export function matrixModel(shape: MatrixShape, density: number, columns: Uint32Array): MatrixModel {
  const logit = densityLogit(density);
  return {
    shape,
    logit,
    columns: liveColumns(columns, shape, squash(logit)),
    significance: significanceBits(),
    signs: new Int32Array(162).fill(freshBit(32768, 2)),
    magnitudes: magnitudeBits(shape.lowest, shape.highest),
  };
}

/**
 * Codes the elements of a live row in its live columns: an encoder takes them from `values`, a decoder writes them there.
 *
 * @returns the number of weights
 */
export function codeRow(model: MatrixModel, coder: RangeCoder, values: Int16Array): number {
  const { logit, significance } = model;
  const { numbers, bits, around, freshAround } = model.columns;
  const { interval } = coder;
  const encoding = coder.encoding === true;
  const stretch = STRETCH;
  const bucketLogit = (BUCKETS / 2) * BUCKET_LOGITS - logit;
  let rowBit = freshBit(squash(logit), 6);
  let rowSign = 0;
  let weights = 0;
  let place = interval[0]; // numbers of their own here, for most elements are zeros
  let range = interval[1];
  for (let i = 0; i < numbers.length; i++) {
    const columnBit = bits[i];
    const told = around[i];
    around[i] = freshAround[i];
    let weight = false;
    const logits = stretch[rowBit >>> 20] + stretch[columnBit >>> 20] + bucketLogit;
    const context = significanceContext(logits, told);
    const state = significance[context];
    const bound = boundOf(range, probabilityOf(state));
    // The processor foresees most bits: a branch each lets it go on.
    if (encoding ? values[numbers[i]] !== 0 : place < bound) {
      weight = true;
      range = bound;
      significance[context] = learnt(state, 1);
      rowBit = learnt(rowBit, 1);
      bits[i] = learnt(columnBit, 1);
    } else {
      place -= bound;
      range -= bound;
      significance[context] = learnt(state, 0);
      rowBit = learnt(rowBit, 0);
      bits[i] = learnt(columnBit, 0);
      if (!isTooSmall(range)) continue;
    }
    interval[0] = place;
    interval[1] = range;
    if (isTooSmall(range)) widen(coder);
    if (weight) {
      rowSign = codeWeight(model, coder, values, i, told, rowSign);
      weights++;
    }
    place = interval[0];
    range = interval[1];
  }
  interval[0] = place;
  interval[1] = range;
  return weights;
}

/** The context of significance, by a logit of which 64 make a bucket, and by which neighbours are weights. */
function significanceContext(logit: number, told: number): number {
  const within = logit < 0 ? 0 : logit > 4095 ? 4095 : logit;
  return ((within & ~63) | (told & 60)) >> 2;
}

/**
 * Codes a weight, by its column's number among those that are live, what was told of it, and the sign of the row's last weight.
 *
 * @returns its sign
 */
function codeWeight(
  model: MatrixModel,
  coder: RangeCoder,
  values: Int16Array,
  column: number,
  told: number,
  rowSign: number,
): number {
  const { columns } = model;
  const number = columns.numbers[column];
  const value = values[number];
  const context = signContext(told) + columns.signs[column] + (columns.signUnit === 0 ? 3 * rowSign : 0);
  const positive = codeSign(model, coder, value > 0 ? 1 : 0, context);
  const near = sizesAround(told);
  const magnitude = codeMagnitude(model.magnitudes, coder, Math.abs(value), positive, near);
  values[number] = positive === 1 ? magnitude : -magnitude;
  tell(columns, column, 1 + positive, sizeOf(magnitude));
  return 1 + positive;
}

function codeSign({ shape, signs }: MatrixModel, coder: RangeCoder, positive: number, context: number): number {
  if (shape.lowest === 0 || shape.highest === 0) return shape.lowest === 0 ? 1 : 0;
  const found = codeBit(coder, positive, probabilityOf(signs[context]));
  signs[context] = learnt(signs[context], found);
  return found;
}

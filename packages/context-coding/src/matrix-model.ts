import { freshBit, learnt, probabilityOf } from "./adaptive-bit";
import type { BitCoder } from "./line-map";
import { squash, stretchTable } from "./logistic";
import { codeMagnitude, type MagnitudeBits, magnitudeBits, sizeOf } from "./magnitude";
import type { MatrixShape } from "./matrix-shape";
import { gridNeighbours, type Neighbours } from "./neighbours";

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
export function significanceBits(): Uint32Array {
  return Uint32Array.from({ length: BUCKETS * BUCKET_CONTEXTS }, (_, context) => {
    const bucket = Math.floor(context / BUCKET_CONTEXTS);
    return freshBit(squash(((bucket - BUCKETS / 2) << BUCKET_BITS) + 32), 12);
  });
}

/** What a model has learnt, and the rows it looks back at. */
export interface MatrixModel {
  readonly shape: MatrixShape;
  readonly logit: number;
  readonly neighbours: Neighbours | undefined;
  readonly significance: Uint32Array;
  readonly signs: Uint32Array;
  readonly magnitudes: MagnitudeBits;
  readonly columnBits: Uint32Array;
  /** The last weight of each column. */
  readonly columnWeights: Int16Array;
  /** Zeros in front of a row, so that neighbours before it are zeros. */
  readonly margin: number;
  readonly line: Int16Array;
  readonly lineAbove: Int16Array;
}

/** Zeros in front of a row for the neighbours before it. */
export function marginOf({ gridHeight, gridWidth }: MatrixShape): number {
  return Math.max(2, gridHeight * gridWidth);
}

/** A model that has learnt nothing but the density of the whole. */
export function matrixModel(shape: MatrixShape, density: number): MatrixModel {
  const { columns, gridHeight, gridWidth, lowest, highest } = shape;
  const logit = densityLogit(density);
  const places = gridHeight * gridWidth;
  const margin = marginOf(shape);
  return {
    shape,
    logit,
    neighbours: places > 1 ? gridNeighbours(shape) : undefined,
    significance: significanceBits(),
    signs: new Uint32Array(162).fill(freshBit(32768, 2)),
    magnitudes: magnitudeBits(lowest, highest),
    columnBits: new Uint32Array(columns).fill(freshBit(squash(logit), 6)),
    columnWeights: new Int16Array(columns),
    margin,
    line: new Int16Array(margin + columns),
    lineAbove: new Int16Array(margin + columns),
  };
}

/** The row above becomes the one that was just coded, or an empty one, and the next row begins. */
export function nextLine({ line, lineAbove }: MatrixModel): void {
  lineAbove.set(line);
  line.fill(0);
}

/**
 * Codes the elements of a live row in its live columns: an encoder takes them from `values`, a decoder writes them there.
 *
 * @returns the number of weights
 */
export function codeRow(model: MatrixModel, code: BitCoder, liveColumns: Uint32Array, values: Int16Array): number {
  const { shape, logit, neighbours, significance, signs, columnBits, columnWeights, margin, line, lineAbove } = model;
  const places = shape.gridHeight * shape.gridWidth;
  let rowBit = freshBit(squash(logit), 6);
  let lastWeight = 0;
  let weights = 0;
  for (let i = 0; i < liveColumns.length; i++) {
    const column = liveColumns[i];
    const at = margin + column;
    let first: number;
    let second: number;
    let third: number;
    let mirrored = 0;
    if (neighbours === undefined) {
      first = line[at - 1];
      second = lineAbove[at];
      third = line[at - 2];
    } else {
      const place = column % places;
      first = line[at - neighbours.left[place]];
      second = line[at - neighbours.above[place]];
      third = line[at - neighbours.third[place]];
      mirrored = neighbours.mirrored[place];
    }
    const value = values[column];
    const columnBit = columnBits[column];
    const bucket = ((STRETCH[rowBit >>> 20] + STRETCH[columnBit >>> 20] - logit) >> BUCKET_BITS) + BUCKETS / 2;
    const around = (first !== 0 ? 1 : 0) + (second !== 0 ? 2 : 0) + (third !== 0 ? 4 : 0) + 8 * mirrored;
    const context = BUCKET_CONTEXTS * Math.min(BUCKETS - 1, Math.max(0, bucket)) + around;
    const found = code(value !== 0 ? 1 : 0, probabilityOf(significance[context]));
    significance[context] = learnt(significance[context], found);
    rowBit = learnt(rowBit, found);
    columnBits[column] = learnt(columnBit, found);
    if (found === 0) continue;
    let positive = shape.lowest === 0 ? 1 : 0;
    if (shape.lowest !== 0 && shape.highest !== 0) {
      const last = signOf(columnWeights[column]);
      const sign =
        neighbours === undefined
          ? 3 * signOf(lastWeight) + last
          : ((mirrored * 3 + signOf(first)) * 3 + signOf(second)) * 9 + 3 * signOf(third) + last;
      positive = code(value > 0 ? 1 : 0, probabilityOf(signs[sign]));
      signs[sign] = learnt(signs[sign], positive);
    }
    const near = sizeOf(first) + sizeOf(second) + sizeOf(third) * (1 + mirrored);
    const magnitude = codeMagnitude(model.magnitudes, code, { magnitude: Math.abs(value), positive, near });
    const weight = positive === 1 ? magnitude : -magnitude;
    values[column] = weight;
    line[at] = weight;
    columnWeights[column] = weight;
    lastWeight = weight;
    weights++;
  }
  return weights;
}

/** 0 of a zero, 1 of a negative weight, 2 of a positive one. */
function signOf(weight: number): number {
  return weight > 0 ? 2 : weight < 0 ? 1 : 0;
}

import { allocateCodes, type Codes } from "@deep-compression/bits";
import { addProduct } from "@deep-compression/kernels";
import { type CodeChoice, type CodePrices, codeChoice } from "./cheapest-code";

/** The weights of a layer as a matrix: a row an output, a column an input. */
export interface LayerShape {
  readonly rows: number;
  readonly columns: number;
}

export interface PassOptions extends LayerShape, CodePrices {
  /** U of {@link inverseFactor}, in the order of the columns. */
  readonly factor: Float64Array;
  /** What a squared error of each row's output is worth; default 1 for each. */
  readonly curvature?: Float64Array;
  /** What the centroids of each row are multiplied by; default 1 for each. */
  readonly scales?: Float32Array;
}

/** Rows that are gone through together, so that what carries errors over is a product of matrices. */
const ROWS = 512;

/** Columns within which each error is carried over by itself. */
const BLOCK = 16;

/**
 * Codes for all weights of a layer, column by column: the code k that makes
 *
 *     g_r (w - s_r c_k)^2 / U_jj^2 + lambda R_k
 *
 * least, after which the error is made up for by the columns behind, w_rl -= (w - s_r c_k) U_jl / U_jj. With lambda 0 this is
 * GPTQ (Frantar et al. 2023); with the bits of an entropy coder as R_k, weights are pruned and shared in one pass, where it spares
 * more bits than the outputs lose (rate-constrained optimal brain surgery).
 *
 * @param weights rows x columns, row-major, the columns in the order of the factor
 * @returns a code for each weight
 */
export function rateAwarePass(weights: Float64Array, options: PassOptions): Codes {
  const order = Uint32Array.from({ length: options.columns }, (_, j) => j);
  return passInOrder(weights, { ...options, order }).codes;
}

/** Codes and the squared error of the outputs, that of each row times its curvature: the square of the errors over U_jj. */
export interface PassResult {
  readonly codes: Codes;
  readonly error: number;
}

/** The same of weights, and for codes, that are not in the order of the factor: its column j is theirs of order[j]. */
export function passInOrder(weights: Float64Array, options: PassOptions & { readonly order: Uint32Array }): PassResult {
  const { rows, columns, order } = options;
  const codes = allocateCodes(options.centroids.length, rows * columns);
  const choose = codeChoice(options);
  const left = new Float64Array(Math.min(ROWS, rows) * columns);
  const errors = left.slice();
  let error = 0;
  for (let first = 0; first < rows; first += ROWS) {
    const count = Math.min(ROWS, rows - first);
    for (let at = 0, start = first * columns; at < count * columns; start += columns) {
      for (let j = 0; j < columns; j++, at++) left[at] = weights[start + order[j]!]!;
    }
    codeColumns(0, columns, { ...options, first, count, left, errors, codes, choose });
    error += squareOf(errors, first, count, options);
  }
  return { codes, error };
}

/** Some rows of weights, what is left of them and their errors over U_jj. */
interface Rows extends PassOptions {
  readonly order: Uint32Array;
  readonly first: number;
  readonly count: number;
  readonly left: Float64Array;
  readonly errors: Float64Array;
  readonly codes: Codes;
  readonly choose: CodeChoice;
}

/** Codes columns [start, end): the first half, whose errors are carried over to the second by one product, and that. */
function codeColumns(start: number, end: number, rows: Rows): void {
  if (end - start <= BLOCK) {
    codeBlock(start, end, rows);
    return;
  }
  const { columns, count, left, errors, factor } = rows;
  const middle = start + Math.ceil((end - start) / 2 / BLOCK) * BLOCK;
  codeColumns(start, middle, rows);
  addProduct(
    { values: left, start: middle, stride: columns },
    { values: errors, start, stride: columns },
    { values: factor, start: start * columns + middle, stride: columns },
    { rows: count, columns: end - middle, depth: middle - start, change: "subtract" },
  );
  codeColumns(middle, end, rows);
}

function codeBlock(start: number, end: number, rows: Rows): void {
  const { columns, factor, centroids, order, first, count, left, errors, codes, choose } = rows;
  for (let row = 0; row < count; row++) {
    const scale = rows.scales?.[first + row] ?? 1;
    const curvature = (rows.curvature?.[first + row] ?? 1) * scale * scale;
    const own = row * columns;
    for (let j = start; j < end; j++) {
      const diagonal = factor[j * columns + j]!;
      const code = choose(left[own + j]! / scale, curvature / (diagonal * diagonal));
      codes[(first + row) * columns + order[j]!] = code;
      const error = (left[own + j]! - scale * centroids[code]!) / diagonal;
      errors[own + j] = error;
      for (let l = j + 1, at = j * columns + j + 1; l < end; l++, at++) left[own + l]! -= error * factor[at]!;
    }
  }
}

/** Since H^-1 = U^T U, an error E U of weights has the squared error E U H U^T E^T = E E^T of outputs. */
function squareOf(errors: Float64Array, first: number, count: number, { columns, curvature }: PassOptions): number {
  let sum = 0;
  for (let row = 0, at = 0; row < count; row++) {
    let square = 0;
    for (let j = 0; j < columns; j++, at++) square += errors[at]! * errors[at]!;
    sum += (curvature?.[first + row] ?? 1) * square;
  }
  return sum;
}

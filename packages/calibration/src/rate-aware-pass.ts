import { allocateCodes, type Codes } from "@deep-compression/bits";

/** The weights of a layer as a matrix: a row an output, a column an input. */
export interface LayerShape {
  readonly rows: number;
  readonly columns: number;
}

/** What a code costs and what it means. */
export interface CodePrices {
  /** Values that weights share, zero among them where weights may be pruned. */
  readonly centroids: Float32Array;
  /** Bits that each code takes in the file, positions included. */
  readonly bits: Float64Array;
  /** The squared error that one bit is worth. */
  readonly lambda: number;
}

export interface PassOptions extends LayerShape, CodePrices {
  /** U of {@link inverseFactor}, in the order of the columns. */
  readonly factor: Float64Array;
  /** What a squared error of each row's output is worth; default 1 for each. */
  readonly curvature?: Float64Array;
  /** What the centroids of each row are multiplied by; default 1 for each. */
  readonly scales?: Float32Array;
}

/** Columns after which errors are carried over to all that come behind: until then they stay within the block. */
const BLOCK = 64;

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
  const { rows, columns, factor } = options;
  const codes = allocateCodes(options.centroids.length, rows * columns);
  const left = weights.slice();
  const errors = new Float64Array(BLOCK);
  for (let row = 0; row < rows; row++) {
    const own = left.subarray(row * columns, (row + 1) * columns);
    const ownCodes = codes.subarray(row * columns, (row + 1) * columns);
    for (let start = 0; start < columns; start += BLOCK) {
      const end = Math.min(columns, start + BLOCK);
      codeBlock(own, ownCodes, errors, { ...options, row, start, end });
      for (let j = start; j < end; j++) {
        const error = errors[j - start]!;
        if (error === 0) continue;
        for (let l = end, at = j * columns + end; l < columns; l++, at++) own[l]! -= error * factor[at]!;
      }
    }
  }
  return codes;
}

/** Codes a block of one row, and leaves the errors over U_jj. */
function codeBlock(
  weights: Float64Array,
  codes: Codes,
  errors: Float64Array,
  options: PassOptions & { readonly row: number; readonly start: number; readonly end: number },
): void {
  const { columns, factor, centroids, row, start, end } = options;
  const scale = options.scales?.[row] ?? 1;
  const prices = pricesOf(options);
  const curvature = (options.curvature?.[row] ?? 1) * scale * scale;
  for (let j = start; j < end; j++) {
    const diagonal = factor[j * columns + j]!;
    const code = cheapestCode(weights[j]! / scale, curvature / (diagonal * diagonal), { centroids, prices });
    codes[j] = code;
    const error = (weights[j]! - scale * centroids[code]!) / diagonal;
    errors[j - start] = error;
    for (let l = j + 1, at = j * columns + j + 1; l < end; l++, at++) weights[l]! -= error * factor[at]!;
  }
}

function pricesOf({ bits, lambda }: CodePrices): Float64Array {
  return bits.map((own) => lambda * own);
}

/** The code of the least cost, the lowest among equals. */
function cheapestCode(
  value: number,
  importance: number,
  { centroids, prices }: { readonly centroids: Float32Array; readonly prices: Float64Array },
): number {
  let [best, least] = [0, Number.POSITIVE_INFINITY];
  for (let code = 0; code < prices.length; code++) {
    const error = value - centroids[code]!;
    const cost = importance * error * error + prices[code]!;
    if (cost < least) [best, least] = [code, cost];
  }
  return best;
}

import { allocateCodes, type Codes } from "@deep-compression/bits";
import { type CodePrices, codeChoice } from "./cheapest-code";
import type { InverseFactor } from "./inverse-factor";
import { type LayerShape, passInOrder } from "./rate-aware-pass";

/** Rows of weights that get codes. */
export interface LayerRows extends LayerShape {
  readonly weights: Float64Array;
  /** What a squared error of each row's output is worth; default 1 for each. */
  readonly curvature?: Float64Array;
  /** What the centroids of each row are multiplied by; default 1 for each. */
  readonly scales?: Float32Array;
}

/** A way to choose codes. */
export interface LayerCoding {
  /** "compensated": errors of weights make up for each other; "separate": each by itself, by the variance of its input. */
  readonly method: "compensated" | "separate";
  /** What a squared error of a weight is taken to be worth, for each column. */
  readonly importance: Float64Array;
  /** Codes by their prices, and the squared error of the outputs where that comes of it. */
  code(rows: LayerRows, prices: CodePrices): { readonly codes: Codes; readonly error?: number };
}

/** By the factor of the inverse Hessian. */
export function compensatedCoding({ factor, order }: InverseFactor): LayerCoding {
  const columns = order.length;
  const importance = new Float64Array(columns);
  for (const [j, column] of order.entries()) importance[column] = factor[j * columns + j]! ** -2;
  return {
    method: "compensated",
    importance,
    code: (rows, prices) => passInOrder(rows.weights, { ...rows, ...prices, factor, order }),
  };
}

/** By the variance of each input alone. */
export function separateCoding(variances: Float64Array): LayerCoding {
  const importance = variances.map((variance) => Math.max(Number.MIN_VALUE ** 0.5, variance));
  return {
    method: "separate",
    importance,
    code: (rows, prices) => ({ codes: nearestCodes(rows, importance, prices) }),
  };
}

function nearestCodes(layer: LayerRows, importance: Float64Array, prices: CodePrices): Codes {
  const { weights, rows, columns } = layer;
  const codes = allocateCodes(prices.centroids.length, weights.length);
  const choose = codeChoice(prices);
  for (let row = 0, at = 0; row < rows; row++) {
    const scale = layer.scales?.[row] ?? 1;
    const worth = (layer.curvature?.[row] ?? 1) * scale * scale;
    for (let j = 0; j < columns; j++, at++) codes[at] = choose(weights[at]! / scale, worth * importance[j]!);
  }
  return codes;
}

import type { Codes } from "@deep-compression/bits";
import type { DampedHessian } from "./damped-hessian";
import type { LayerShape } from "./rate-aware-pass";

/** A c = b of the centroids c that codes stand for: A_kl sums g s^2 H_ij over pairs of weights of the codes k and l, and b_k sums g s (W H)_rj. */
export interface NormalEquations {
  readonly matrix: Float64Array;
  readonly right: Float64Array;
}

export interface EquationOptions extends LayerShape, DampedHessian {
  /** The centroids: codes of 0 are left out. */
  readonly centroids: Float32Array;
  /** W H of the weights W that are to be come close to. */
  readonly products: Float64Array;
  readonly curvature?: Float64Array;
  readonly scales?: Float32Array;
}

/** Rows that read a row of the Hessian together, while it is in a cache. */
const ROWS = 16;

/** The normal equations, of the weights whose centroids are not 0 only: of p of the weights they take rows (p columns)^2 / 2 additions. */
export function normalEquations(codes: Codes, options: EquationOptions): NormalEquations {
  const { rows, columns, products, centroids, curvature, scales } = options;
  const size = centroids.length;
  const halves = new Float64Array(size * size);
  const right = new Float64Array(size);
  for (let row = 0, at = 0; row < rows; row++) {
    const worth = (curvature?.[row] ?? 1) * (scales?.[row] ?? 1);
    for (let j = 0; j < columns; j++, at++) right[codes[at]!]! += worth * products[at]!;
  }
  for (let first = 0; first < rows; first += ROWS) {
    addPairs(halves, Math.min(rows, first + ROWS) - first, first, codes, options);
  }
  const matrix = halves.map((value, at) => value + halves[(at % size) * size + Math.floor(at / size)]!);
  return { matrix, right };
}

/** The weights of a row whose centroids are not 0. */
interface KeptWeights {
  readonly columns: Uint32Array;
  readonly codes: Uint16Array;
}

function keptOf(codes: Codes, row: number, { columns, centroids, dead }: EquationOptions): KeptWeights {
  const kept = { columns: new Uint32Array(columns), codes: new Uint16Array(columns) };
  let count = 0;
  for (let j = 0; j < columns; j++) {
    const code = codes[row * columns + j]!;
    if (centroids[code] === 0 || dead?.[j] === 1) continue;
    kept.columns[count] = j;
    kept.codes[count++] = code;
  }
  return { columns: kept.columns.subarray(0, count), codes: kept.codes.subarray(0, count) };
}

/** Adds each pair of weights of a row once, and a half of each weight with itself. */
function addPairs(halves: Float64Array, count: number, first: number, codes: Codes, options: EquationOptions): void {
  const { columns, hessian, extra, dead, centroids, curvature, scales } = options;
  const size = centroids.length;
  const kept = Array.from({ length: count }, (_, row) => keptOf(codes, first + row, options));
  const places = new Uint32Array(count);
  for (let i = 0; i < columns; i++) {
    const moments = hessian.subarray(i * columns, (i + 1) * columns);
    const own = (dead?.[i] === 1 ? 0 : moments[i]!) + (extra?.[i] ?? 0);
    for (let row = 0; row < count; row++) {
      const code = codes[(first + row) * columns + i]!;
      if (centroids[code] === 0) continue;
      const scale = scales?.[first + row] ?? 1;
      const worth = (curvature?.[first + row] ?? 1) * scale * scale;
      halves[code * size + code]! += (worth / 2) * own;
      if (dead?.[i] === 1) continue;
      addRow(halves, code * size, kept[row]!, { count: places[row]!, moments, worth });
      places[row]!++;
    }
  }
}

/** Adds the moments of one weight and the `count` kept ones before it, each where the other's code says. */
function addRow(
  sums: Float64Array,
  base: number,
  { columns, codes }: KeptWeights,
  { count, moments, worth }: { readonly count: number; readonly moments: Float64Array; readonly worth: number },
): void {
  for (let t = 0; t < count; t++) sums[base + codes[t]!]! += worth * moments[columns[t]!]!;
}

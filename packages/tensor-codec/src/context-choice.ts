import { elementCount } from "@deep-compression/bits";
import { zeroIndex } from "@deep-compression/codebook";
import type { Grid } from "@deep-compression/context-coding";
import { histogram } from "@deep-compression/huffman";
import type { CentroidPrecision } from "./centroid-precision";
import type { CodedSection } from "./coded-section";
import { tryEncodeContext } from "./context-form";
import { behindScales } from "./section";
import { matrixOf } from "./section-head";
import { allCodes, type SharedWeights } from "./shared-weights";
import type { WeightOf } from "./stored-weight";
import { MAX_ELEMENTS_PER_BYTE, wrapSection } from "./wrapped-section";

/** What decoding takes in WebAssembly (measured): of an element, of one that is not 0 besides, and at most of an element. */
const NANOSECONDS = { element: 20, weight: 150, most: 100 } as const;

/** About how many nanoseconds decoding takes in the form context, of so many elements of which some are not 0. */
export function contextTime(elements: number, weights: number): number {
  const { element, weight, most } = NANOSECONDS;
  return Math.min(most * elements, element * elements + weight * weights);
}

/** Of fewer elements the model learns too little: Huffman codes of normal weights take fewer bytes (measured). */
const LEAST_ELEMENTS = 500;

/** What the choice of the form leaves open. */
interface ContextOptions {
  readonly precision: CentroidPrecision;
  /** Only fewer bytes are wanted: those of the best of the other forms. */
  readonly below?: number;
  /** Nanoseconds that decoding may take. */
  readonly mostTime?: number;
}

/** The smallest section in the form context; undefined if there is none, or none within the options. */
export function contextSection(weights: SharedWeights, options: ContextOptions): CodedSection | undefined {
  const { precision, below, mostTime = Number.POSITIVE_INFINITY } = options;
  const { shape } = weights;
  const elements = elementCount(shape);
  if (below !== undefined && elements < LEAST_ELEMENTS) return undefined;
  if (mostTime <= 0 || contextTime(elements, 0) > mostTime) return undefined;
  const stored = withAllCodes(weights);
  if (stored === undefined || contextTime(elements, countWeights(stored)) > mostTime) return undefined;
  const grid = bestGrid(stored, { shape, precision });
  const unscaled = tryEncodeContext({ ...stored, ...(grid && { grid }) }, { shape, precision });
  const section = unscaled && behindScales(unscaled);
  if (section === undefined || below === undefined) return section && wrapSection(section, shape);
  const { length } = section.bytes;
  // Not so small that readers would count its elements as free ones.
  if (length < below && elements <= MAX_ELEMENTS_PER_BYTE * length) return wrapSection(section, shape);
  return undefined;
}

type ContextWeight = WeightOf<"context">;

/** A code an element, and the center unless that is 0; undefined if there is a -0, whose sign would be lost. */
function withAllCodes(weights: SharedWeights): ContextWeight | undefined {
  const { codes, centroids } = allCodes(weights);
  if (centroids.some((centroid) => Object.is(centroid, -0))) return undefined;
  const scales = weights.scales && { scales: weights.scales };
  const counts = histogram(codes, centroids.length);
  const center = counts.reduce((most, count, code) => (count > counts[most]! ? code : most), 0);
  return { form: "context", codes, centroids, ...scales, ...(centroids[center] !== 0 && { center }) };
}

/** The elements that are not of the center. */
function countWeights({ codes, centroids, center = zeroIndex(centroids) }: ContextWeight): number {
  let weights = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] !== center) weights++;
  return weights;
}

/** Grids are compared on about so many elements: on all of a small matrix. */
const SAMPLED_ELEMENTS = 2 ** 16;

/** The grid with which the rows in the middle of the matrix take the fewest bytes. */
function bestGrid(
  stored: ContextWeight,
  { shape, precision }: { readonly shape: readonly number[]; readonly precision: CentroidPrecision },
): Grid | undefined {
  const [first, ...others] = candidateGrids(shape);
  if (others.length === 0) return first;
  const { rows, columns } = matrixOf(shape);
  const count = Math.min(rows, Math.max(1, Math.floor(SAMPLED_ELEMENTS / columns)));
  const start = Math.floor((rows - count) / 2) * columns;
  const sample = { ...stored, codes: stored.codes.subarray(start, start + count * columns) };
  const bytesWith = (grid: Grid | undefined) =>
    tryEncodeContext({ ...sample, ...(grid && { grid }) }, { shape: [count, columns], precision })?.bytes.length ??
    Number.POSITIVE_INFINITY;
  let best = { grid: first, bytes: bytesWith(first) };
  for (const grid of others) {
    const bytes = bytesWith(grid);
    if (bytes < best.bytes) best = { grid, bytes };
  }
  return best.grid;
}

/** Images that fully connected layers see: their sides, and how many columns a matrix has at least. */
const SIDES = { least: 4, most: 64 } as const;
const LEAST_COLUMNS = 64;

/** Kernels by the shape, [O, I, kh, kw] or [O, I, k]; of a matrix square images that divide its columns; and none. */
export function candidateGrids(shape: readonly number[]): (Grid | undefined)[] {
  if (shape.length > 2) {
    const [height = 1, ...others] = shape.length > 3 ? shape.slice(2) : [1, ...shape.slice(2)];
    const kernel = { height, width: elementCount(others) };
    return kernel.height * kernel.width > 1 ? [kernel, undefined] : [undefined];
  }
  const { rows, columns } = matrixOf(shape);
  if (rows === 1 || columns < LEAST_COLUMNS) return [undefined];
  const sides = Array.from({ length: SIDES.most - SIDES.least + 1 }, (_, i) => SIDES.least + i);
  const images = sides.filter((side) => columns % (side * side) === 0).map((side) => ({ height: side, width: side }));
  return [undefined, ...images];
}

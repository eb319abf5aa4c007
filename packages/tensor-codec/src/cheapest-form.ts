import { type Codes, elementCount } from "@deep-compression/bits";
import { withZero, zeroIndex } from "@deep-compression/codebook";
import { CHUNK_SYMBOLS, histogram } from "@deep-compression/huffman";
import {
  bitmask,
  type DensityClasses,
  type Layout,
  relativeIndex,
  type SparseVector,
  scanVector,
  submatrixLevels,
} from "@deep-compression/sparse";
import { candidateClasses, candidateMaps, candidateOrders, type LayoutOptions } from "./candidate-layouts";
import type { CentroidPrecision } from "./centroid-precision";
import { codebookLength } from "./codebook-bytes";
import type { CodedSection } from "./coded-section";
import { contextSection } from "./context-choice";
import {
  type BoundedCost,
  bitmaskCost,
  commonValueCost,
  countEntries,
  denseCost,
  type EntryCounts,
  gapsCost,
} from "./form-costs";
import { encodeLineMaps } from "./line-maps";
import { encodeScales } from "./scales";
import { encodeSection } from "./section";
import type { CodedForm, SymbolForm } from "./section-flags";
import { matrixOf, rowMajor } from "./section-head";
import { allCodes, type NonZeroCodes, nonZeroCodes, type SharedWeights, withCodeOfZero } from "./shared-weights";
import { sortedMaskCost } from "./sorted-mask-cost";
import type { CodedWeight } from "./stored-weight";
import { wrapSection } from "./wrapped-section";

/** What the choice of a form leaves open. */
export interface FormOptions extends LayoutOptions {
  /** "auto": the one that takes the fewest bytes. */
  readonly form: "auto" | CodedForm;
  readonly gapBits: "auto" | number;
  readonly precision: CentroidPrecision;
  /**
   * The nanoseconds that decoding may take in the form context, by estimate, for the form to be chosen among others; default 0: it is not.
   */
  readonly contextTime?: number;
}

/** A way to store a tensor, and about how many bytes its section takes: see `streamCost`. */
export interface FormCandidate {
  readonly form: SymbolForm;
  readonly layout: Layout;
  /** 1..8; 1 in other forms than gaps. */
  readonly gapBits: number;
  readonly bytes: number;
  /** Whether its section takes just so many. */
  readonly isExact: boolean;
  /** The codes in the layout's scan order; none in the dense form. */
  readonly entries?: SparseVector<Codes>;
  /** Where the layout has levels: bytes of the mask that are told by runs. */
  readonly runBytes?: number;
}

/** A candidate that is not costed yet. */
interface Candidate extends Omit<FormCandidate, "bytes" | "isExact"> {
  /** Bytes of the section before its streams. */
  readonly headBytes: number;
  readonly streams: BoundedCost;
}

/** A column-major scan of many entries is taken only if it saves as much: writing a matrix column by column is slow. */
const COLUMN_GAIN = 0.998;

/**
 * The section that takes the fewest bytes of those that the options allow, the first of gaps, bitmask, dense, context among
 * equals; undefined if none is possible: only the dense form keeps the sign of a -0, and the form context has limits.
 */
export function cheapestSection(weights: SharedWeights, options: FormOptions): CodedSection | undefined {
  const { form, precision, contextTime = 0 } = options;
  if (form === "context") return contextSection(weights, { precision });
  const best = cheapestOfSymbols(weights, options);
  if (form !== "auto" || best === undefined) return best;
  return contextSection(weights, { precision, below: best.bytes.length, mostTime: contextTime }) ?? best;
}

/**
 * The cheapest of the forms with symbol streams. The candidates are costed from counts, and those that come close are encoded,
 * and wrapped where that saves enough.
 */
function cheapestOfSymbols(weights: SharedWeights, options: FormOptions): CodedSection | undefined {
  const { shape } = weights;
  const encoded = (stored: CodedWeight) =>
    wrapSection(encodeSection(stored, { shape, precision: options.precision }), shape);
  if (isDense(weights, options)) return encoded(denselyStored(weights));
  const { length } = weights.codes;
  let best: { readonly section: CodedSection; readonly place: number } | undefined;
  for (const [tried, { candidate, place }] of closeCandidates(candidatesOf(weights, options)).entries()) {
    // What wrapping makes of a section no estimate tells: where it saves bytes, more are tried.
    const isWrapped = best?.section.isWrapped === true;
    if (tried >= mostEncoded(length) && !(isWrapped && length <= FEW_CODES)) break;
    if (best !== undefined && !isWrapped && leastBytes(candidate) > best.section.bytes.length) continue;
    const section = encoded(storeIn(candidate, weights));
    const more = best === undefined ? -1 : section.bytes.length - best.section.bytes.length;
    if (best === undefined || more < 0 || (more === 0 && place < best.place)) best = { section, place };
  }
  return best?.section;
}

/** Candidates within this much of the best estimate are encoded: where equal symbols stand together, run lengths take less. */
const MARGIN = 1.02;
const MARGIN_BYTES = 16;

/** How few bytes the section of a candidate may take. */
function leastBytes({ bytes, isExact }: Pick<FormCandidate, "bytes" | "isExact">): number {
  return isExact ? bytes : (bytes - MARGIN_BYTES) / MARGIN;
}

/** Of few codes sections are encoded in no time. */
const FEW_CODES = 1024;

/** The more codes there are, the better the estimates and the longer it takes to encode them. */
function mostEncoded(codes: number): number {
  return codes <= CHUNK_SYMBOLS ? 6 : 2;
}

/** A candidate that may be the smallest, and its place among all. */
interface CloseCandidate {
  readonly candidate: FormCandidate;
  readonly place: number;
}

/** The candidates of which one may be the smallest, costed, those of the fewest bytes first. */
function closeCandidates(candidates: readonly Candidate[]): CloseCandidate[] {
  const bounded = candidates.map((candidate, place) => ({
    candidate,
    place,
    bound: candidate.headBytes + candidate.streams.least,
  }));
  const costed: CloseCandidate[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const { candidate, place, bound } of bounded.sort((a, b) => a.bound - b.bound)) {
    if (leastBytes({ bytes: bound, isExact: false }) > least) break;
    const one = withCost(candidate);
    least = Math.min(least, one.bytes);
    costed.push({ candidate: one, place });
  }
  const ascending = costed.sort((a, b) => a.candidate.bytes - b.candidate.bytes || a.place - b.place);
  const exact = ascending.find(({ candidate }) => candidate.isExact);
  // Of those whose bytes are exact only the first of the smallest.
  return ascending.filter((one) => one === exact || (!one.candidate.isExact && leastBytes(one.candidate) <= least));
}

function withCost({ headBytes, streams, ...candidate }: Candidate): FormCandidate {
  const { bytes, isExact } = streams.cost();
  return { ...candidate, bytes: headBytes + bytes, isExact };
}

/** Of more elements than this positions take memory that matters; */
const MANY_ELEMENTS = 2 ** 22;
/** and a form that has them is not tried where at least this fraction of elements is not zero: it cannot gain. */
const MOSTLY_NON_ZERO = 3 / 4;

/** Whether no other form is possible, wanted or worth a try. */
function isDense(weights: SharedWeights, { form }: FormOptions): boolean {
  if (form !== "auto") return form === "dense";
  if (!hasZeros(weights)) return true;
  const { rows, columns } = matrixOf(weights.shape);
  const elements = rows * columns;
  const zeros = elements - countNonZeros(weights);
  if (elements > MANY_ELEMENTS) return zeros <= (1 - MOSTLY_NON_ZERO) * elements;
  return elements >= LEAST_ELEMENTS && zeros <= FEW_ZEROS * elements && areScattered(weights, { rows, columns, zeros });
}

/** Of so few zeros the dense form takes no more bytes than a mask or gaps beside the other values, */
const FEW_ZEROS = 1 / 8;
/** of so many elements, for which tables are short, */
const LEAST_ELEMENTS = 64;
/** and where zeros seldom stand side by side, in rows or columns. */
const SINGLE = 3 / 4;

/** Whether a scan along rows or along columns meets hardly any zeros one after the other, so that no line is empty either. */
function areScattered(
  weights: SharedWeights,
  { rows, columns, zeros }: { readonly rows: number; readonly columns: number; readonly zeros: number },
): boolean {
  const isZero = zeroMask(weights);
  let [alongRow, alongColumn] = [0, 0];
  for (let at = 0; at < isZero.length; at++) {
    if (isZero[at] === 0) continue;
    if (at % columns > 0 && isZero[at - 1] === 1) alongRow++;
    if (at >= columns && isZero[at - columns] === 1) alongColumn++;
  }
  const most = (1 - SINGLE) * zeros;
  return (columns === 1 || alongRow <= most) && (rows === 1 || alongColumn <= most);
}

/** 1 for each element that is 0. */
function zeroMask({ shape, positions, codes, centroids }: SharedWeights): Uint8Array {
  const mask = new Uint8Array(elementCount(shape)).fill(positions === undefined ? 0 : 1);
  if (positions !== undefined) for (let i = 0; i < positions.length; i++) mask[positions[i]!] = 0;
  const zero = centroids.indexOf(0);
  if (positions === undefined && zero >= 0) for (let i = 0; i < codes.length; i++) if (codes[i] === zero) mask[i] = 1;
  return mask;
}

function countNonZeros({ positions, codes, centroids }: SharedWeights): number {
  if (positions !== undefined) return positions.length;
  const zero = centroids.indexOf(0);
  let count = 0;
  for (let i = 0; i < codes.length; i++) if (codes[i] !== zero) count++;
  return count;
}

/** All ways to store the weights with symbol streams that the options allow and that may be the smallest. */
export function formCandidates(weights: SharedWeights, options: FormOptions): FormCandidate[] {
  return candidatesOf(weights, options).map(withCost);
}

function candidatesOf(weights: SharedWeights, options: FormOptions): Candidate[] {
  const { scales, ...unscaled } = weights;
  if (scales === undefined) return unscaledCandidates(weights, options);
  const bytes = encodeScales(scales).length;
  return unscaledCandidates(unscaled, options).map((one) => ({ ...one, headBytes: one.headBytes + bytes }));
}

function unscaledCandidates(weights: SharedWeights, options: FormOptions): Candidate[] {
  const wanted = (form: CodedForm) => options.form === "auto" || options.form === form;
  const dense = wanted("dense") ? [denseCandidate(weights, options)] : [];
  if (isDense(weights, options)) return dense;
  const nonZero = nonZeroCodes(weights);
  if (nonZero === undefined) return dense;
  const found = sparseCandidates(nonZero, weights.shape, options);
  const gaps = wanted("gaps") ? found.flatMap((candidate) => candidate.gaps) : [];
  const masks = wanted("bitmask") ? found.flatMap((candidate) => candidate.bitmask) : [];
  return [...gaps, ...masks, ...dense];
}

function hasZeros({ shape, positions, centroids }: SharedWeights): boolean {
  const { rows, columns } = matrixOf(shape);
  return positions === undefined ? centroids.includes(0) : positions.length < rows * columns;
}

function denseCandidate({ shape, codes, centroids, positions }: SharedWeights, options: FormOptions): Candidate {
  const layout = rowMajor(shape);
  const zeros = positions === undefined ? 0 : layout.rows * layout.columns - positions.length;
  const counts = histogram(codes, Math.max(1, centroids.length)).subarray(0, centroids.length);
  const streams = denseCost(counts, { zero: zeroIndex(centroids), zeros });
  const headBytes = 1 + codebookLength(zeros > 0 ? withZero(centroids) : centroids, options.precision);
  return { form: "dense", layout, gapBits: 1, headBytes, streams };
}

/** The candidates of one layout. */
interface LayoutCandidates {
  readonly gaps: readonly Candidate[];
  readonly bitmask: Candidate;
}

function sparseCandidates(codes: NonZeroCodes, shape: readonly number[], options: FormOptions): LayoutCandidates[] {
  const { positions } = codes;
  const matrix = { ...matrixOf(shape), positions };
  const maps = candidateMaps(matrix, options);
  const [first = "row-major", ...otherOrders] = candidateOrders(matrix, options);
  const valueCost = commonValueCost(codes.codes, codes.centroids);
  const codebook = codebookLength(codes.centroids, options.precision);
  const costsOf = (order: Layout["order"], some: readonly DensityClasses[]) =>
    some.map((classes) =>
      layoutCandidates(codes, { ...matrixOf(shape), order, ...classes }, { ...options, codebook, valueCost }),
    );
  if (positions.length <= CHUNK_SYMBOLS) return [first, ...otherOrders].flatMap((order) => costsOf(order, maps));
  const plain = costsOf(first, maps);
  const other = otherOrders.flatMap((order) => costsOf(order, maps));
  const turned = other.length > 0 && leastOf(other) < COLUMN_GAIN * leastOf(plain);
  const order = turned ? otherOrders[0]! : first;
  const classes = costsOf(order, candidateClasses(matrix, options));
  const inLevels = options.levels === "never" ? [] : classes;
  const sorted = inLevels.map((found) => ({ ...found, gaps: [], bitmask: sortedCandidate(found, codes, valueCost) }));
  return [...(turned ? other : plain), ...classes, ...sorted];
}

/** The candidate of a mask whose submatrices are sorted into levels; the one without, if all are of one level. */
function sortedCandidate(
  { bitmask: plain }: LayoutCandidates,
  codes: NonZeroCodes,
  valueCost: EntryCounts["valueCost"] | undefined,
) {
  const levels = plain.entries && submatrixLevels(plain.layout, plain.entries.positions);
  if (levels === undefined) return plain;
  const layout = { ...plain.layout, levels };
  const { rows, columns } = layout;
  const entries = scanVector(layout, { length: rows * columns, positions: codes.positions, values: codes.codes });
  const values = countEntries(entries, { centroids: codes.centroids, valueCost }).valueCost();
  return {
    ...plain,
    layout,
    entries,
    ...sortedMaskCost(layout, { entries, values }),
    headBytes: plain.headBytes + levels.length / 2,
  };
}

function leastOf(candidates: readonly LayoutCandidates[]): number {
  return Math.min(
    ...candidates.flatMap(({ gaps, bitmask: mask }) => [...gaps, mask].map((one) => withCost(one).bytes)),
  );
}

function layoutCandidates(
  { positions, codes, centroids }: NonZeroCodes,
  layout: Layout,
  options: FormOptions & Pick<Partial<EntryCounts>, "valueCost"> & { readonly codebook: number },
): LayoutCandidates {
  const entries = scanVector(layout, { length: layout.rows * layout.columns, positions, values: codes });
  const counts = countEntries(entries, { centroids, valueCost: options.valueCost });
  const headBytes = 1 + options.codebook + encodeLineMaps(layout).length;
  const widths = options.gapBits === "auto" ? [1, 2, 3, 4, 5, 6, 7, 8] : [options.gapBits];
  const candidate = (form: SymbolForm, gapBits: number, streams: BoundedCost): Candidate => ({
    form,
    layout,
    gapBits,
    headBytes,
    streams,
    entries,
  });
  return {
    gaps: widths.map((gapBits) => candidate("gaps", gapBits, gapsCost(counts, gapBits))),
    bitmask: candidate("bitmask", 1, bitmaskCost(counts, entries)),
  };
}

/** The weights as a candidate stores them. */
export function storeIn(
  { form, layout, gapBits, entries, runBytes }: FormCandidate,
  weights: SharedWeights,
): CodedWeight {
  const { scales } = weights;
  if (form === "dense" || entries === undefined) return denselyStored(weights);
  const centroids = weights.centroids.filter((centroid) => centroid !== 0);
  if (form === "bitmask") {
    const { length, mask, values } = bitmask<Codes>().encode(entries);
    const levels = runBytes !== undefined && { runBytes };
    return { form, layout, mask: { length, mask, values }, centroids, ...levels, ...(scales && { scales }) };
  }
  const values = withCodeOfZero(entries.values, centroids);
  const gaps = relativeIndex<Codes>({ gapBits, filler: zeroIndex(centroids) }).encode({ ...entries, values });
  return { form, layout, gaps, centroids: withZero(centroids), ...(scales && { scales }) };
}

function denselyStored(weights: SharedWeights): CodedWeight {
  const { scales } = weights;
  return { form: "dense", ...allCodes(weights), ...(scales && { scales }) };
}

import { type Codes, varintLength } from "@deep-compression/bits";
import { histogram } from "@deep-compression/huffman";
import { bitmask, type Layout, relativeIndex, type SparseVector, scanVector } from "@deep-compression/sparse";
import { type CentroidPrecision, centroidSize } from "./centroid-bytes";
import {
  type CodedTensor,
  type SparseCodedTensor,
  withAllCodes,
  withCodeOfZero,
  withoutZeroCodes,
} from "./coded-tensor";
import { encodeLineMaps, type LineMaps } from "./line-maps";
import { candidateClasses, candidateMaps, candidateOrders, type LayoutOptions } from "./matrix-layouts";
import type { CodedForm } from "./section-flags";
import { matrixOf } from "./section-parts";
import { type CodedWeight, insertZero, zeroIndex } from "./stored-weight";
import { EXACT_SYMBOLS, streamCost } from "./stream-cost";
import { bitmaskCost, countWalked, gapsCost, type WalkedEntries } from "./walked-costs";
import { encodeWeight } from "./weight-section";

/** What a plan leaves open. */
export interface FormOptions extends LayoutOptions {
  readonly form: "auto" | CodedForm;
  readonly gapBits: "auto" | number;
  readonly precision: CentroidPrecision;
}

/** A way to store a tensor, and about how many bytes its section takes: exact for short streams, see `streamCost`. */
export interface FormCandidate {
  readonly form: CodedForm;
  readonly layout: Layout;
  /** 1..8; 1 in other forms than gaps. */
  readonly gapBits: number;
  readonly bytes: number;
  /** The entries in the order of the layout's walk; none in the dense form. */
  readonly walked?: WalkedEntries;
}

/** A weight in a form, and the bytes of its section. */
export interface EncodedForm {
  readonly stored: CodedWeight;
  readonly bytes: Uint8Array;
}

/** Candidates within this much of the best estimate are encoded; run lengths, for one, are not estimated exactly. */
const MARGIN = 1.02;
const MARGIN_BYTES = 16;

/** A column-major walk of many entries is taken only if it saves as much: writing a matrix column by column is slow. */
const COLUMN_GAIN = 0.998;

/**
 * The form that takes the fewest bytes of those that the options allow, the first of gaps, bitmask, dense among equals;
 * undefined if none is possible: only the dense form keeps the sign of a -0. The candidates are costed from counts, and
 * those that come close are encoded.
 */
export function chooseForm(tensor: CodedTensor, options: FormOptions): EncodedForm | undefined {
  const candidates = formCandidates(tensor, options);
  const least = Math.min(...candidates.map(({ bytes }) => bytes));
  const close = candidates
    .filter(({ bytes }) => bytes <= MARGIN * least + MARGIN_BYTES)
    .sort((a, b) => a.bytes - b.bytes)
    .slice(0, mostEncoded(tensor.codes.length));
  let best: EncodedForm | undefined;
  for (const candidate of candidates.filter((one) => close.includes(one))) {
    const stored = buildForm(tensor, candidate);
    const bytes = encodeWeight(stored, options.precision);
    if (best === undefined || bytes.length < best.bytes.length) best = { stored, bytes };
  }
  return best;
}

/** How many candidates may be encoded: the more codes there are, the better the estimates and the longer it takes. */
function mostEncoded(codes: number): number {
  if (codes <= 1024) return Number.POSITIVE_INFINITY;
  return codes <= EXACT_SYMBOLS ? 6 : 2;
}

/** All ways to store a tensor that the options allow and that may be the smallest. */
export function formCandidates(tensor: CodedTensor, options: FormOptions): FormCandidate[] {
  const wanted = (form: CodedForm) => options.form === "auto" || options.form === form;
  const dense = wanted("dense") ? [denseCandidate(tensor, options)] : [];
  if (options.form === "dense" || (options.form === "auto" && !hasZeros(tensor))) return dense;
  const sparse = withoutZeroCodes(tensor);
  if (sparse === undefined) return dense;
  const found = sparseCandidates(sparse, options);
  const gaps = wanted("gaps") ? found.flatMap((candidate) => candidate.gaps) : [];
  const masks = wanted("bitmask") ? found.flatMap((candidate) => candidate.bitmask) : [];
  return [...gaps, ...masks, ...dense];
}

function hasZeros({ shape, positions, centroids }: CodedTensor): boolean {
  const { rows, columns } = matrixOf(shape);
  return positions === undefined ? centroids.includes(0) : positions.length < rows * columns;
}

function denseCandidate(tensor: CodedTensor, { precision }: FormOptions): FormCandidate {
  const { rows, columns } = matrixOf(tensor.shape);
  const { codes, centroids, positions } = tensor;
  const counts = Array.from(histogram(codes, Math.max(1, centroids.length)).subarray(0, centroids.length));
  const zeros = positions === undefined ? 0 : rows * columns - positions.length;
  if (zeros > 0) counts.splice(zeroIndex(centroids), 0, zeros);
  const layout: Layout = { rows: 1, columns: rows * columns, order: "row-major" };
  const bytes = 1 + codebookBytes(counts.length, precision) + streamCost([Uint32Array.from(counts)]);
  return { form: "dense", layout, gapBits: 1, bytes };
}

/** The candidates of one layout. */
interface LayoutCandidates {
  readonly gaps: readonly FormCandidate[];
  readonly bitmask: FormCandidate;
}

function sparseCandidates(tensor: SparseCodedTensor, options: FormOptions): LayoutCandidates[] {
  const { positions } = tensor;
  const matrix = { ...matrixOf(tensor.shape), positions };
  const maps = candidateMaps(matrix, options);
  const [first, ...otherOrders] = candidateOrders(matrix, options);
  const costsOf = (order: Layout["order"], some: readonly LineMaps[]) =>
    some.map((lineMaps) => layoutCandidates(tensor, { ...matrixOf(tensor.shape), order, ...lineMaps }, options));
  if (positions.length <= EXACT_SYMBOLS) return [first, ...otherOrders].flatMap((order) => costsOf(order, maps));
  const plain = costsOf(first, maps);
  const other = otherOrders.flatMap((order) => costsOf(order, maps));
  const turned = other.length > 0 && leastOf(other) < COLUMN_GAIN * leastOf(plain);
  const classes = costsOf(turned ? otherOrders[0] : first, candidateClasses(matrix, options));
  return [...(turned ? other : plain), ...classes];
}

function leastOf(candidates: readonly LayoutCandidates[]): number {
  return Math.min(...candidates.flatMap(({ gaps, bitmask: mask }) => [...gaps, mask].map(({ bytes }) => bytes)));
}

function layoutCandidates(tensor: SparseCodedTensor, layout: Layout, options: FormOptions): LayoutCandidates {
  const { centroids } = tensor;
  const walked = { ...walkTensor(tensor, layout), centroids };
  const counts = countWalked(walked);
  const base = 1 + codebookBytes(centroids.length, options.precision) + encodeLineMaps(layout).length;
  const widths = options.gapBits === "auto" ? [1, 2, 3, 4, 5, 6, 7, 8] : [options.gapBits];
  return {
    gaps: widths.map((gapBits) => ({ form: "gaps", layout, gapBits, bytes: base + gapsCost(counts, gapBits), walked })),
    bitmask: { form: "bitmask", layout, gapBits: 1, bytes: base + bitmaskCost(counts, walked), walked },
  };
}

/** The weight that a candidate of the tensor describes. */
export function buildForm(tensor: CodedTensor, { form, layout, gapBits, walked }: FormCandidate): CodedWeight {
  if (form === "dense" || walked === undefined) {
    const { codes, centroids } = withAllCodes(tensor);
    return { form: "dense", codes, centroids };
  }
  const { centroids } = walked;
  if (form === "bitmask") {
    const { length, mask, values } = bitmask<Codes>().encode(walked);
    return { form, layout, mask: { length, mask, values }, centroids };
  }
  const values = withCodeOfZero(walked.values, centroids);
  const gaps = relativeIndex<Codes>({ gapBits, filler: zeroIndex(centroids) }).encode({ ...walked, values });
  return { form, layout, gaps, centroids: insertZero(centroids) };
}

function walkTensor({ positions, codes }: SparseCodedTensor, layout: Layout): SparseVector<Codes> {
  return scanVector(layout, { length: layout.rows * layout.columns, positions, values: codes });
}

function codebookBytes(centroids: number, precision: CentroidPrecision): number {
  return varintLength(centroids) + centroids * centroidSize(precision);
}

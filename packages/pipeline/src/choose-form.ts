import { type Codes, varintLength } from "@deep-compression/bits";
import { histogram } from "@deep-compression/huffman";
import { bitmask, type Layout, relativeIndex, sparseVector, walk, walkLength } from "@deep-compression/sparse";
import { type CentroidPrecision, centroidSize } from "./centroid-bytes";
import { encodeLineMaps } from "./line-maps";
import { candidateLayouts, type LayoutOptions, type NonZeros, walkPositions } from "./matrix-layouts";
import type { CodedForm } from "./section-flags";
import { matrixOf } from "./section-parts";
import { type CodedWeight, insertZero, zeroIndex } from "./stored-weight";
import { gapCounts, streamCost, summarizeGaps } from "./stream-cost";

/** A tensor as codes of distinct, ascending centroids, row-major. */
export interface CodedTensor {
  readonly shape: readonly number[];
  readonly codes: Codes;
  readonly centroids: Float32Array;
}

/** What a plan leaves open. */
export interface FormOptions extends LayoutOptions {
  readonly form: "auto" | CodedForm;
  readonly gapBits: "auto" | number;
  readonly precision: CentroidPrecision;
}

/** A way to store a tensor, and the bytes that its section takes (see {@link streamCost} for how exact). */
export interface FormCandidate {
  readonly form: CodedForm;
  readonly layout: Layout;
  /** 1..8; 1 in other forms than gaps. */
  readonly gapBits: number;
  readonly bytes: number;
}

/**
 * The cheapest form that the options allow, the first of gaps, bitmask, dense among equals; undefined if none is
 * possible: only the dense form keeps the sign of a -0.
 */
export function chooseForm(tensor: CodedTensor, options: FormOptions): CodedWeight | undefined {
  const candidates = formCandidates(tensor, options);
  if (candidates.length === 0) return undefined;
  return buildForm(
    tensor,
    candidates.reduce((best, candidate) => (candidate.bytes < best.bytes ? candidate : best)),
  );
}

/** All ways to store a tensor that the options allow. */
export function formCandidates(tensor: CodedTensor, options: FormOptions): FormCandidate[] {
  const wanted = (form: CodedForm) => options.form === "auto" || options.form === form;
  const dense = wanted("dense") ? [denseCandidate(tensor, options)] : [];
  if (options.form === "dense" || tensor.centroids.some((centroid) => Object.is(centroid, -0))) return dense;
  if (options.form === "auto" && !tensor.centroids.includes(0)) return dense;
  const sparse = withZero(tensor);
  const zero = zeroIndex(sparse.centroids);
  const counts = histogram(sparse.codes, sparse.centroids.length);
  counts[zero] = 0;
  const { positions } = sparseVector(sparse.codes, { zero });
  const mask = new Uint8Array(sparse.codes.length);
  for (const position of positions) mask[position] = 1;
  const matrix = { ...matrixOf(tensor.shape), positions, mask };
  const layouts = candidateLayouts(matrix, options);
  return [
    ...(wanted("gaps") ? layouts.flatMap((layout) => gapCandidates({ matrix, layout, counts, zero }, options)) : []),
    ...(wanted("bitmask") ? layouts.map((layout) => bitmaskCandidate({ matrix, layout, counts, zero }, options)) : []),
    ...dense,
  ];
}

function denseCandidate({ codes, centroids }: CodedTensor, { precision }: FormOptions): FormCandidate {
  const layout: Layout = { rows: 1, columns: codes.length, order: "row-major" };
  const bytes = 1 + codebookBytes(centroids.length, precision) + streamCost(histogram(codes, centroids.length));
  return { form: "dense", layout, gapBits: 1, bytes };
}

interface SparseTensor {
  readonly matrix: NonZeros & { readonly mask: Uint8Array };
  readonly layout: Layout;
  /** Of the codes, none for 0. */
  readonly counts: Uint32Array;
  readonly zero: number;
}

function gapCandidates(tensor: SparseTensor, options: FormOptions): FormCandidate[] {
  const { matrix, layout, counts, zero } = tensor;
  const summary = summarizeGaps(walkPositions(matrix, layout));
  const base = 1 + codebookBytes(counts.length - 1, options.precision) + encodeLineMaps(layout).length;
  const widths = options.gapBits === "auto" ? [1, 2, 3, 4, 5, 6, 7, 8] : [options.gapBits];
  return widths.map((gapBits) => {
    const gaps = gapCounts(summary, gapBits);
    const values = streamCost(counts.map((count, code) => (code === zero ? gaps.fillers : count)));
    const entries = matrix.positions.length + gaps.fillers;
    const bytes = base + varintLength(entries) + varintLength(values) + values + streamCost(gaps.counts);
    return { form: "gaps", layout, gapBits, bytes };
  });
}

function bitmaskCandidate({ matrix, layout, counts, zero }: SparseTensor, { precision }: FormOptions): FormCandidate {
  const mask = walkedMask(matrix.mask, layout);
  const positions = streamCost(histogram(mask, 256));
  const values = streamCost(counts.length > 1 ? counts.filter((_, code) => code !== zero) : counts);
  const base = 1 + codebookBytes(counts.length - 1, precision) + encodeLineMaps(layout).length;
  return { form: "bitmask", layout, gapBits: 1, bytes: base + varintLength(positions) + positions + values };
}

/** The weight that a candidate describes. */
export function buildForm(tensor: CodedTensor, { form, layout, gapBits }: FormCandidate): CodedWeight {
  if (form === "dense") return { form, codes: tensor.codes, centroids: tensor.centroids };
  const { codes, centroids } = withZero(tensor);
  const zero = zeroIndex(centroids);
  const vector = sparseVector(walk(layout, codes), { zero });
  if (form === "gaps") {
    return { form, layout, gaps: relativeIndex<Codes>({ gapBits, filler: zero }).encode(vector), centroids };
  }
  const values = codesFor(centroids.length - 1, vector.values, (code) => (code > zero ? code - 1 : code));
  const mask = bitmask<Codes>().encode({ ...vector, values });
  return { form, layout, mask, centroids: centroids.filter((_, code) => code !== zero) };
}

/** The tensor with 0 among its centroids, whether or not an element is 0. */
function withZero(tensor: CodedTensor): CodedTensor {
  const { codes, centroids } = tensor;
  if (centroids.includes(0)) return tensor;
  const zero = zeroIndex(centroids);
  const shifted = codesFor(centroids.length + 1, codes, (code) => (code >= zero ? code + 1 : code));
  return { ...tensor, codes: shifted, centroids: insertZero(centroids) };
}

/** Codes in the array type that decoding gives for an alphabet. */
function codesFor(alphabet: number, codes: Codes, map: (code: number) => number): Codes {
  return (alphabet <= 256 ? new Uint8Array(codes.length) : new Uint16Array(codes.length)).map((_, i) => map(codes[i]));
}

function walkedMask(mask: Uint8Array, layout: Layout): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(walkLength(layout) / 8));
  const walked = walk(layout, mask);
  for (let i = 0; i < walked.length; i++) bytes[i >>> 3] |= walked[i] << (i & 7);
  return bytes;
}

function codebookBytes(centroids: number, precision: CentroidPrecision): number {
  return varintLength(centroids) + centroids * centroidSize(precision);
}

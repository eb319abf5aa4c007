import { type Codes, elementCount } from "@deep-compression/bits";
import { withZero, zeroIndex } from "@deep-compression/codebook";
import { CHUNK_SYMBOLS, histogram } from "@deep-compression/huffman";
import {
  type BitmaskVector,
  type DensityClasses,
  estimatedSubmatrixCounts,
  type Layout,
  lineCounts,
  type SparseVector,
  type SubmatrixCounts,
  scanMask,
  scanVector,
  submatrixCounts,
  submatrixLevels,
} from "@deep-compression/sparse";
import { candidateClasses, candidateMaps, candidateOrders, type LayoutOptions } from "./candidate-layouts";
import type { CentroidPrecision } from "./centroid-precision";
import { codebookLength } from "./codebook-bytes";
import {
  type BoundedCost,
  bitmaskCost,
  commonValueCost,
  countEntries,
  countSubmatrices,
  denseCost,
  type EntryCounts,
  gapsCost,
  isCountedInChunks,
  once,
} from "./form-costs";
import { encodeLineMaps, lineMapCoding } from "./line-maps";
import { encodeScales } from "./scales";
import type { CodedForm, SymbolForm } from "./section-flags";
import { matrixOf, rowMajor } from "./section-head";
import { type NonZeroCodes, nonZeroCodes, type SharedWeights } from "./shared-weights";
import { sortedMaskCost } from "./sorted-mask-cost";

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
  /** The codes in the layout's scan order, in which they are put when they are asked for; none in the dense form. */
  readonly entries?: () => SparseVector<Codes>;
  /** The same by a mask, where they are not put in their order for another reason. */
  readonly mask?: () => BitmaskVector<Codes>;
  /** Where the layout has levels: bytes of the mask that are told by runs. */
  readonly runBytes?: number;
}

/** A candidate that is not costed yet. */
export interface Candidate extends Omit<FormCandidate, "bytes" | "isExact"> {
  /** Bytes of the section before its streams. */
  readonly headBytes: number;
  readonly streams: BoundedCost;
}

/** Of more codes classes in levels hardly cost less if they are fewer. */
const MANY_CODES = 2 ** 20;

/** A column-major scan of many entries is taken only if it saves as much: writing a matrix column by column is slow. */
const COLUMN_GAIN = 0.998;

/** Of more entries some tell about what layouts with classes take, and whether columns may gain anything; */
const SAMPLED_ENTRIES = 2 ** 19;
/** about so many of them do. */
const COUNTED_ENTRIES = 2 ** 17;
/** Columns that seem to cost so much more do not gain: such a guess is off by less. */
const COLUMN_LOSS = 1.03;

/** Of more elements than this positions take memory that matters; */
const MANY_ELEMENTS = 2 ** 22;
/** and a form that has them is not tried where at least this fraction of elements is not zero: it cannot gain. */
const MOSTLY_NON_ZERO = 3 / 4;

/** Whether no other form is possible, wanted or worth a try. */
export function isDense(weights: SharedWeights, { form }: FormOptions): boolean {
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

/** The same, with its cost. */
export function withCost({ headBytes, streams, ...candidate }: Candidate): FormCandidate {
  const { bytes, isExact } = streams.cost();
  return { ...candidate, bytes: headBytes + bytes, isExact };
}

/** Likewise, before they are costed. */
export function candidatesOf(weights: SharedWeights, options: FormOptions): Candidate[] {
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

/** Whether all entries are counted, or some of many, which tell about as much. */
type Counted = "all" | "some";

/** The candidates of one layout, and what they were costed by. */
interface LayoutCandidates {
  readonly gaps: readonly Candidate[];
  readonly bitmask: Candidate;
  readonly counts: EntryCounts;
  /** Where entries were counted by submatrix. */
  readonly submatrices?: readonly SubmatrixCounts[];
}

function sparseCandidates(codes: NonZeroCodes, shape: readonly number[], options: FormOptions): LayoutCandidates[] {
  const { positions } = codes;
  const standing = { ...matrixOf(shape), positions };
  const matrix = { ...standing, counts: once(() => lineCounts(standing)) };
  const maps = candidateMaps(matrix, options);
  const [first = "row-major", ...otherOrders] = candidateOrders(matrix, options);
  const valueCost = commonValueCost(codes.codes, codes.centroids);
  const codebook = codebookLength(codes.centroids, options.precision);
  const costsOf = (order: Layout["order"], some: readonly DensityClasses[], counted: Counted = "all") =>
    some.map((classes) =>
      layoutCandidates(codes, { ...matrixOf(shape), order, ...classes }, { ...options, codebook, valueCost, counted }),
    );
  if (positions.length <= CHUNK_SYMBOLS) return [first, ...otherOrders].flatMap((order) => costsOf(order, maps));
  // Of many codes it hardly matters that some empty lines are left out, and others not.
  const fullest = maps.slice(-1);
  const plain = costsOf(first, maps.length > 1 ? [{}, ...fullest] : maps);
  const isLarge = positions.length > SAMPLED_ENTRIES;
  const leastPlain = leastOf(plain);
  const mayTurn = (order: Layout["order"]) =>
    !isLarge || leastOf(costsOf(order, fullest, "some")) < COLUMN_LOSS * leastPlain;
  const other = otherOrders.filter(mayTurn).flatMap((order) => costsOf(order, fullest));
  const turned = other.length > 0 && leastOf(other) < COLUMN_GAIN * leastPlain;
  const order = turned ? otherOrders[0]! : first;
  const hasLevels = options.levels !== "never";
  const [cheapest, ...fewer] = candidateClasses(matrix, options);
  const some = cheapest === undefined ? [] : [cheapest];
  const tried = hasLevels && positions.length > MANY_CODES ? some : [...some, ...fewer];
  const classes = costsOf(order, tried, isLarge ? "some" : "all");
  const inLevels = hasLevels ? classes : [];
  return [...(turned ? other : plain), ...classes, ...inLevels.map((found) => sortedCandidate(found, codes))];
}

/** The candidate of a mask whose submatrices are sorted into levels; the one without, if all are of one level. */
function sortedCandidate(found: LayoutCandidates, codes: NonZeroCodes): LayoutCandidates {
  const { bitmask: plain, counts, submatrices = [] } = found;
  const levels = submatrixLevels(submatrices);
  if (levels === undefined) return { ...found, gaps: [] };
  const layout = { ...plain.layout, levels };
  const sorted: Candidate = {
    ...plain,
    layout,
    entries: scanned(codes, layout),
    mask: masked(codes, layout),
    ...sortedMaskCost(submatrices, { levels, values: counts.valueCost() }),
    headBytes: plain.headBytes + levels.length / 2,
  };
  return { ...found, gaps: [], bitmask: sorted };
}

function leastOf(candidates: readonly LayoutCandidates[]): number {
  return Math.min(
    ...candidates.flatMap(({ gaps, bitmask: mask }) => [...gaps, mask].map((one) => withCost(one).bytes)),
  );
}

/** The codes in scan order, once they are asked for. */
function scanned({ positions, codes }: NonZeroCodes, layout: Layout): () => SparseVector<Codes> {
  return once(() => scanVector(layout, { length: layout.rows * layout.columns, positions, values: codes }));
}

function masked({ positions, codes }: NonZeroCodes, layout: Layout): () => BitmaskVector<Codes> {
  return () => scanMask(layout, { length: layout.rows * layout.columns, positions, values: codes });
}

function layoutCandidates(
  codes: NonZeroCodes,
  layout: Layout,
  options: FormOptions &
    Pick<Partial<EntryCounts>, "valueCost"> & { readonly codebook: number; readonly counted: Counted },
): LayoutCandidates {
  const { counted } = options;
  const entries = scanned(codes, layout);
  const bySubmatrix = counted === "some" || isCountedUnscanned(codes, layout);
  const submatrices = bySubmatrix ? countedBySubmatrix(codes, layout, counted) : undefined;
  const counts =
    submatrices === undefined
      ? countEntries(entries(), { centroids: codes.centroids, valueCost: options.valueCost })
      : countSubmatrices(submatrices, codes);
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
    bitmask: {
      ...candidate("bitmask", 1, bitmaskCost(counts)),
      ...(submatrices && { mask: masked(codes, layout) }),
    },
    counts,
    ...(submatrices && { submatrices }),
  };
}

/** Of many entries only those of the layout that is taken are put in their order, unless they are in it already. */
function isCountedUnscanned({ codes }: NonZeroCodes, { order, rowClasses, columnClasses }: Layout): boolean {
  const isScanned = order === "row-major" && rowClasses === undefined && columnClasses === undefined;
  return codes.length > CHUNK_SYMBOLS && !isScanned;
}

function countedBySubmatrix(
  { positions, codes, centroids }: NonZeroCodes,
  layout: Layout,
  counted: Counted,
): SubmatrixCounts[] {
  const alphabet = isCountedInChunks(centroids) ? Math.max(1, centroids.length) : 0;
  const vector = { length: layout.rows * layout.columns, positions, values: codes };
  if (counted === "all") return submatrixCounts(inBlocks(layout), vector, { alphabet });
  return estimatedSubmatrixCounts(inBlocks(layout), vector, { alphabet, entries: COUNTED_ENTRIES });
}

/** Blocks of lines that are counted by themselves where a layout has no classes of density. */
const BLOCKS = 15;

/** The same scan cut into blocks of lines, so that what differs from one end of it to the other shows in the counts. */
function inBlocks(layout: Layout): Layout {
  if (lineMapCoding(layout) !== "empty") return layout;
  const alongRows = layout.order === "row-major";
  const classes = alongRows ? layout.rowClasses : layout.columnClasses;
  const length = alongRows ? layout.rows : layout.columns;
  const blocks = Uint8Array.from({ length }, (_, line) =>
    classes?.[line] === 0 ? 0 : 1 + Math.floor((BLOCKS * line) / length),
  );
  return { ...layout, ...(alongRows ? { rowClasses: blocks } : { columnClasses: blocks }) };
}

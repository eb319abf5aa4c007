import type { Codes } from "@deep-compression/bits";
import { withZero, zeroIndex } from "@deep-compression/codebook";
import { CHUNK_SYMBOLS } from "@deep-compression/huffman";
import { bitmask, relativeIndex } from "@deep-compression/sparse";
import type { CodedSection } from "./coded-section";
import { contextSection } from "./context-choice";
import {
  type Candidate,
  candidatesOf,
  type FormCandidate,
  type FormOptions,
  isDense,
  withCost,
} from "./form-candidates";
import { encodeSection } from "./section";
import { allCodes, type SharedWeights, withCodeOfZero } from "./shared-weights";
import type { CodedWeight } from "./stored-weight";
import { wrapSection } from "./wrapped-section";

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
  const margin = marginOf(length);
  let best: { readonly section: CodedSection; readonly place: number } | undefined;
  for (const [tried, { candidate, place }] of closeCandidates(candidatesOf(weights, options), length).entries()) {
    // What wrapping makes of a section no estimate tells: where it saves bytes, more are tried.
    const isWrapped = best?.section.isWrapped === true;
    if (tried >= mostEncoded(length) && !(isWrapped && length <= FEW_CODES)) break;
    if (best !== undefined && !isWrapped && leastBytes(candidate, margin) > best.section.bytes.length) continue;
    const section = encoded(storeIn(candidate, weights));
    const more = best === undefined ? -1 : section.bytes.length - best.section.bytes.length;
    if (best === undefined || more < 0 || (more === 0 && place < best.place)) best = { section, place };
  }
  return best?.section;
}

/** Candidates within this much of the best estimate are encoded: where equal symbols stand together, run lengths take less. */
const [MARGIN, MARGIN_OF_MANY] = [1.02, 1.01];
/** Of many codes estimates of one form, with levels or without, err alike: those within this much of the best of it. */
const MARGIN_OF_KIND = 1.003;
const MARGIN_BYTES = 16;

/** Of more codes the estimates are better, and there is no table with a pattern that wrapping finds. */
const MANY_CODES = 2 ** 18;

function marginOf(codes: number): number {
  return codes <= MANY_CODES ? MARGIN : MARGIN_OF_MANY;
}

/** How few bytes the section of a candidate may take. */
function leastBytes({ bytes, isExact }: Pick<FormCandidate, "bytes" | "isExact">, margin: number): number {
  return isExact ? bytes : (bytes - MARGIN_BYTES) / margin;
}

/** Of few codes sections are encoded in no time. */
const FEW_CODES = 1024;

/** The more codes there are, the longer it takes to encode them. */
function mostEncoded(codes: number): number {
  return codes <= CHUNK_SYMBOLS ? 6 : 2;
}

/** A candidate that may be the smallest, and its place among all. */
interface CloseCandidate {
  readonly candidate: FormCandidate;
  readonly place: number;
}

/** The candidates of which one may be the smallest, costed, those of the fewest bytes first. */
function closeCandidates(candidates: readonly Candidate[], codes: number): CloseCandidate[] {
  const margin = marginOf(codes);
  const bounded = candidates.map((candidate, place) => ({
    candidate,
    place,
    bound: candidate.headBytes + candidate.streams.least,
  }));
  const costed: CloseCandidate[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (const { candidate, place, bound } of bounded.sort((a, b) => a.bound - b.bound)) {
    if (leastBytes({ bytes: bound, isExact: false }, margin) > least) break;
    const one = withCost(candidate);
    least = Math.min(least, one.bytes);
    costed.push({ candidate: one, place });
  }
  const ascending = costed.sort((a, b) => a.candidate.bytes - b.candidate.bytes || a.place - b.place);
  const best = (isSame: (other: FormCandidate) => boolean) => ascending.find(({ candidate }) => isSame(candidate));
  return ascending.filter((one) => {
    const { candidate } = one;
    // Of those whose bytes are exact only the first of the smallest.
    if (candidate.isExact) return one === best(({ isExact }) => isExact);
    if (leastBytes(candidate, margin) > least) return false;
    const ofKind = best((other) => kindOf(other) === kindOf(candidate))!.candidate.bytes;
    return codes <= MANY_CODES || candidate.bytes <= MARGIN_OF_KIND * ofKind;
  });
}

function kindOf({ form, layout }: FormCandidate): string {
  return layout.levels === undefined ? form : `${form} in levels`;
}

/** The weights as a candidate stores them. */
export function storeIn(
  { form, layout, gapBits, entries, mask: maskOf, runBytes }: FormCandidate,
  weights: SharedWeights,
): CodedWeight {
  const { scales } = weights;
  if (form === "dense" || entries === undefined) return denselyStored(weights);
  const centroids = weights.centroids.filter((centroid) => centroid !== 0);
  if (form === "bitmask") {
    const { length, mask, values } = maskOf?.() ?? bitmask<Codes>().encode(entries());
    const levels = runBytes !== undefined && { runBytes };
    return { form, layout, mask: { length, mask, values }, centroids, ...levels, ...(scales && { scales }) };
  }
  const scanned = entries();
  const values = withCodeOfZero(scanned.values, centroids);
  const gaps = relativeIndex<Codes>({ gapBits, filler: zeroIndex(centroids) }).encode({ ...scanned, values });
  return { form, layout, gaps, centroids: withZero(centroids), ...(scales && { scales }) };
}

function denselyStored(weights: SharedWeights): CodedWeight {
  const { scales } = weights;
  return { form: "dense", ...allCodes(weights), ...(scales && { scales }) };
}

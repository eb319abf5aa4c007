import type { KernelOption } from "@deep-compression/runtime";
import { blocksOf, type FloatKernels, floatKernels } from "./float-kernels";
import { MAGNITUDE_BITS, type Ranked, radixSelect } from "./radix-select";
import { patternsOf } from "./value-arrays";

/** From how many values on a bracket from a sample pays; fewer are soon looked through by radix. */
const MIN_SAMPLED = 2 ** 19;
const SAMPLE_SIZE = 2 ** 17;
/** Standard deviations of the sample's rank to each side of the bracket: one in 5e8 brackets misses. */
const DEVIATIONS = 6;
/** The fraction of all values that may lie in the bracket; 1.7 % are to be expected. */
const MAX_CANDIDATES = 1 / 16;

/** Magnitude bits of infinity: those of NaN are above. */
const INFINITY_BITS = 0x7f800000;

/**
 * The `rank`-th largest magnitude of all the values (rank from 1 to their number), how many of those equal to it belong to
 * the `rank` largest, and whether a value may be NaN, which makes the others meaningless: false if it was seen that none is.
 *
 * Exact whatever the sample says: a sample brackets the magnitude, one pass counts what is above the bracket and takes
 * what is in it, and the rest of the rank is looked for among those. Should the bracket miss, or hold too much, all
 * values are looked through by radix.
 */
export function selectLargest(
  arrays: readonly Float32Array[],
  rank: number,
  options: KernelOption = {},
): { readonly threshold: number; readonly ties: number; readonly mayHaveNaN: boolean } {
  const total = arrays.reduce((sum, { length }) => sum + length, 0);
  const sampled = total >= MIN_SAMPLED ? selectInBracket(arrays, { total, rank }, options) : undefined;
  const { bits, ties } = sampled ?? radixSelect(allPatterns(arrays), rank);
  const mayHaveNaN = sampled?.mayHaveNaN ?? true;
  return { threshold: new Float32Array(Uint32Array.of(bits).buffer)[0], ties, mayHaveNaN };
}

/** Magnitude bits from `low` to `high`, both included. */
interface Bracket {
  readonly low: number;
  readonly high: number;
}

function selectInBracket(
  arrays: readonly Float32Array[],
  { total, rank }: { readonly total: number; readonly rank: number },
  options: KernelOption,
): (Ranked & { readonly mayHaveNaN: boolean }) | undefined {
  const bracket = bracketOf(sampleOf(allPatterns(arrays), total), rank / total);
  const candidates = new Uint32Array(Math.ceil(total * MAX_CANDIDATES));
  const kernels = floatKernels(options.kernels);
  let above = 0;
  let within = 0;
  let mayHaveNaN = false;
  for (const values of arrays) {
    const pass = { ...bracket, candidates, within };
    const found = kernels ? passBlocks(kernels, values, pass) : passPlain(patternsOf(values), pass);
    if (found === undefined) return undefined;
    above += found.above;
    within = found.within;
    mayHaveNaN ||= found.mayHaveNaN;
  }
  if (rank <= above || rank > above + within) return undefined;
  if (bracket.low === bracket.high) return { bits: bracket.low, ties: rank - above, mayHaveNaN };
  return { ...radixSelect([candidates.subarray(0, within)], rank - above), mayHaveNaN };
}

function allPatterns(arrays: readonly Float32Array[]): Uint32Array[] {
  return arrays.map((values) => patternsOf(values));
}

/** Takes one element of each stretch of like length, at a place that no period of the values can agree with. */
function sampleOf(patterns: readonly Uint32Array[], total: number): Uint32Array {
  const stretch = Math.floor(total / SAMPLE_SIZE);
  const sample = new Uint32Array(SAMPLE_SIZE);
  let array = 0;
  let start = 0;
  for (let i = 0; i < SAMPLE_SIZE; i++) {
    const place = i * stretch + ((Math.imul(i, 0x9e3779b1) >>> 8) % stretch);
    while (place - start >= patterns[array].length) start += patterns[array++].length;
    sample[i] = patterns[array][place - start];
  }
  return sample;
}

/** The bracket in which the element with this fraction of all at or above it almost certainly lies. */
function bracketOf(sample: Uint32Array, fraction: number): Bracket {
  const middle = fraction * SAMPLE_SIZE;
  const margin = DEVIATIONS * Math.sqrt(middle * (1 - fraction) + 1);
  const at = (rank: number) => radixSelect([sample], rank).bits;
  return {
    high: middle - margin < 1 ? MAGNITUDE_BITS : at(Math.floor(middle - margin)),
    low: middle + margin > SAMPLE_SIZE ? 0 : at(Math.ceil(middle + margin)),
  };
}

/** What a pass goes by: the bracket, and the candidates taken so far. A bracket of one magnitude needs no list of them. */
interface Pass extends Bracket {
  readonly candidates: Uint32Array;
  readonly within: number;
}

/** How many values are above the bracket, and how many candidates there are now; undefined if too many are in it. */
type Passed = { readonly above: number; readonly within: number; readonly mayHaveNaN: boolean } | undefined;

function passBlocks(kernels: FloatKernels, values: Float32Array, { low, high, candidates, ...pass }: Pass): Passed {
  let above = 0;
  let within = pass.within;
  let mayHaveNaN = false;
  for (const { count } of blocksOf(kernels, values)) {
    const taken = kernels.takeBetween(count, low, high);
    above += kernels.countAbove();
    mayHaveNaN ||= kernels.mayHaveNaN() !== 0;
    if (low !== high) {
      if (within + taken > candidates.length) return undefined;
      candidates.set(kernels.first.subarray(0, taken), within);
    }
    within += taken;
  }
  return { above, within, mayHaveNaN };
}

function passPlain(patterns: Uint32Array, { low, high, candidates, ...pass }: Pass): Passed {
  let above = 0;
  let within = pass.within;
  let largest = 0;
  for (let i = 0; i < patterns.length; i++) {
    const key = patterns[i] & MAGNITUDE_BITS;
    largest = Math.max(largest, key);
    above += (high - key) >>> 31; // without a branch: half the values may be above, in any order
    if (((key - low) | (high - key)) < 0) continue;
    if (low !== high) {
      if (within === candidates.length) return undefined;
      candidates[within] = key;
    }
    within++;
  }
  return { above, within, mayHaveNaN: largest > INFINITY_BITS };
}

import { checkChoice, checkInteger, checkNumber } from "@deep-compression/runtime";
import { binsAround, candidateCuts, thinnedCuts } from "./candidate-cuts";
import { type RateOptions, rateCosts } from "./cell-costs";
import { MAX_SIZE } from "./check-arguments";
import { codebookOfCells, type EntropyConstrainedFit } from "./codebook-of-cells";
import type { Distribution } from "./distribution";
import { type Cells, entropyCells } from "./entropy-cells";
import { nearestFloat16 } from "./nearest-float16";
import { totalWeight } from "./range-sums";
import { refineCells } from "./refine-cells";
import { MAX_REACH } from "./trial-positions";

export interface EntropyConstrainedOptions {
  /** The squared error that one bit is worth, finite and at least 0: minimises distortion + lambda * bits. */
  readonly lambda: number;
  /** The most centroids, that of zero included; default 256, at most 65,536. */
  readonly maxSize?: number;
  /** What a centroid costs where it is stored; default 19, a float16 and a code length. */
  readonly bitsPerCentroid?: number;
  /**
   * "symbol": 0 is a centroid, which the zeros of the distribution share, and to which values near it may fall (a dead
   * zone). Left out only if nothing needs it. Default "none": the zeros are coded elsewhere and cost nothing here.
   */
  readonly zero?: "none" | "symbol";
  /** The bits of each symbol as it is really coded, from the counts of all symbols; default ideal, -log2 p. */
  readonly codeLengths?: (counts: Uint32Array) => ArrayLike<number>;
  /** What centroids are rounded to before their error is counted; default "float32". */
  readonly precision?: "float32" | "float16";
}

const DEFAULT_BITS_PER_CENTROID = 19;

/**
 * Up to so many distinct values a fit takes time in proportion to them: fewer bins, fewer positions for each cut, and no
 * rounds with the real code lengths, which gain less than 0.1 % of bytes there.
 */
const FEW_POINTS = 8192;

/** Bins for each step of the uniform quantizer that high-rate theory calls for; and the least and most of them. */
const BINS_PER_STEP = 16;
const MIN_BINS = 1024;
const MIN_BINS_OF_FEW = 64;
const MAX_BINS = 1 << 17;

/** Where points are dense, cuts for the width of a bin: with as many as there are points the time of a fit is ten times as long. */
const CUTS_PER_BIN = 2;

/** Rounds with the real code lengths; it is rare that the fifth still gains. */
const MAX_LENGTH_ROUNDS = 8;

/**
 * The codebook and thresholds that make distortion + lambda * bits least: entropy-constrained scalar quantization. At high
 * rates it ends in a nearly uniform quantizer, at lambda 0 in k-means, at large lambda in one centroid.
 *
 * Dynamic programming over bins finds the optimum for ideal rates, then cuts are refined on all values, then, where these are
 * more than 8,192, again for the code lengths that `codeLengths` gives, while that pays. Milliseconds, whatever the number of
 * values, and for a few hundred less than a tenth of one; where more than `maxSize` centroids would pay, the search is longer.
 *
 * @throws TypeError, RangeError if an option is out of its range, or code lengths are not as many as the counts or no numbers
 */
export function fitEntropyConstrained(data: Distribution, options: EntropyConstrainedOptions): EntropyConstrainedFit {
  checkOptions(options);
  if (options.zero !== "symbol") return fit({ ...data, zeros: 0 }, options);
  // Nothing needs a symbol for zero: perhaps it does not pay.
  const without = data.zeros > 0 || data.count === 0 ? undefined : fit(data, { ...options, zero: "none" });
  // It never does for ideal rates, since a mean is no worse than 0; what is refined further may end elsewhere.
  if (without !== undefined && isFew(data)) return without;
  const withZero = fit(data, options);
  if (without === undefined) return withZero;
  const cost = ({ distortion, bits }: EntropyConstrainedFit) => distortion + options.lambda * bits;
  return cost(without) < cost(withZero) ? without : withZero;
}

function fit(data: Distribution, options: EntropyConstrainedOptions): EntropyConstrainedFit {
  const { lambda, maxSize = 256, bitsPerCentroid = DEFAULT_BITS_PER_CENTROID, zero = "none", codeLengths } = options;
  const stored = options.precision === "float16" ? nearestFloat16 : Math.fround;
  const candidates = cutsOfFit(data, { lambda, maxSize });
  const reach = reachAcross(data, candidates);
  const codebook = (cells: Cells) =>
    codebookOfCells(data, cells, { lambda, bitsPerCentroid, codeLengths, round: stored });
  const refine = ({ cuts, zeroCell }: Cells, rate: Pick<RateOptions, "lengths" | "round">) => {
    const costs = rateCosts(data, { lambda, zeroCell, ...rate });
    return codebook({ cuts: refineCells(data, cuts, { costs, radii: binsAround(candidates, cuts), reach }), zeroCell });
  };
  const start = entropyCells(data, candidates, { lambda, bitsPerCentroid, maxSize, zeroCell: zero === "symbol" });
  const exact = candidates.length > data.points.length;
  if (isFew(data)) return (exact ? codebook(start) : refine(start, { lengths: undefined })).fit;
  let best = refine(start, { lengths: undefined });
  for (let i = 0; i < MAX_LENGTH_ROUNDS && codeLengths !== undefined; i++) {
    const next = refine(best.cells, { lengths: best.lengths });
    if (!(next.cost < best.cost)) break;
    best = next;
  }
  if (options.precision !== "float16") return best.fit;
  const rounded = refine(best.cells, { lengths: best.lengths, round: stored });
  return rounded.cost < best.cost ? rounded.fit : best.fit;
}

function isFew({ points }: Distribution): boolean {
  return points.length <= FEW_POINTS;
}

/** Positions on each side of a cut among many points: twice as many take twice the time, and spare no bytes. */
const REACH = 4;

/** The same among few: no more than two bins hold. */
function reachAcross(data: Distribution, candidates: Uint32Array): number {
  if (!isFew(data)) return REACH;
  return Math.min(MAX_REACH, Math.ceil((2 * data.points.length) / (candidates.length - 1)));
}

interface Sizes {
  readonly lambda: number;
  readonly maxSize: number;
}

/** Where dynamic programming may cut. */
function cutsOfFit(data: Distribution, sizes: Sizes): Uint32Array {
  const bins = binCount(data, sizes);
  const cuts = candidateCuts(data, bins);
  const isSizeFree = stepCount(data, sizes) < sizes.maxSize;
  return isFew(data) || !isSizeFree ? cuts : thinnedCuts(data, cuts, rangeOf(data) / (CUTS_PER_BIN * bins));
}

/** Enough bins for cells of the width that is best at high rates. */
function binCount(data: Distribution, sizes: Sizes): number {
  const { points } = data;
  const steps = stepCount(data, sizes);
  const cells = steps < sizes.maxSize ? steps : sizes.maxSize / 2;
  const least = isFew(data) ? Math.max(MIN_BINS_OF_FEW, (points.length * MIN_BINS) / FEW_POINTS) : MIN_BINS;
  return Math.ceil(Math.min(Math.max(least, BINS_PER_STEP * cells), MAX_BINS));
}

/** Cells of the width that is best at high rates, d^2 = 6 lambda / ln 2 over the mean importance, in the range of the values. */
function stepCount(data: Distribution, { lambda }: Sizes): number {
  const importance = totalWeight(data) / data.count;
  return rangeOf(data) / Math.sqrt((6 * lambda) / Math.LN2 / importance);
}

function rangeOf({ points }: Distribution): number {
  return (points.at(-1) ?? 0) - (points.at(0) ?? 0);
}

function checkOptions(options: EntropyConstrainedOptions): void {
  const { lambda, maxSize = 256, bitsPerCentroid = DEFAULT_BITS_PER_CENTROID, zero = "none" } = options;
  const { precision = "float32" } = options;
  checkNumber("lambda", lambda, { minimum: 0 });
  checkNumber("bitsPerCentroid", bitsPerCentroid, { minimum: 0 });
  checkInteger("maxSize", maxSize, { minimum: 1, maximum: MAX_SIZE });
  checkChoice("zero", zero, ["none", "symbol"]);
  checkChoice("precision", precision, ["float32", "float16"]);
}

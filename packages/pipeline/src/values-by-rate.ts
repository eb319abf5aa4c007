import { inFloat16Range, isFloat16 } from "@deep-compression/bits";
import { type QuantizedValues, sampledValues } from "@deep-compression/codebook";
import {
  codedBits,
  fitAtLambda,
  fitToDistortion,
  quantizeAtStep,
  quantizeByFit,
  quantizeUniformly,
  type RateOptions,
  rateSource,
  stepAtLambda,
} from "@deep-compression/rate-control";
import type { PrunedWeights } from "@deep-compression/sparse";
import { hasMoreValues } from "./few-values";
import { isRatePlan, type TensorPlan } from "./plan";

/** What is done to shared values before they are taken: kernels are balanced, for one. */
export type Refine = (shared: QuantizedValues) => QuantizedValues;

/** What the plan says of values shared by rate; float16 centroids only where no weight is beyond their range. */
export function rateOptions({ values }: PrunedWeights, plan: TensorPlan): RateOptions {
  const { share, centroids = "auto", zeros = "auto" } = plan;
  const size = isRatePlan(share) ? share.size : undefined;
  const precision = centroids === "float16" && !inFloat16Range(values) ? "float32" : centroids;
  return { centroids: precision, zeros, ...(size !== undefined && { size }) };
}

/** Of more weights, codes take memory that matters: those that cost less by an estimate are taken. */
const MANY_WEIGHTS = 2 ** 22;

/** Of more than so many, sections take time, and estimates are off by hardly as much as this: what costs more is not tried. */
const [SOME_WEIGHTS, ESTIMATE_ERROR] = [2 ** 18, 0.005];

/** Of two ways, whose costs are estimates, those of which one may be the cheaper. */
function cheaperWays(
  values: Float32Array,
  ways: readonly [QuantizedValues, QuantizedValues],
  costs: readonly [number, number],
): readonly QuantizedValues[] {
  if (values.length <= SOME_WEIGHTS) return ways;
  const [one, other] = costs;
  const isClear = Math.abs(one - other) > ESTIMATE_ERROR * Math.min(one, other);
  if (values.length <= MANY_WEIGHTS && !isClear) return ways;
  return one <= other ? [ways[0]] : [ways[1]];
}

/** Bits of a stored centroid and its code length; of a grid, the step to the next multiple and that. */
const CENTROID_BITS = { float16: 16 + 3, float32: 32 + 3, grid: 1.5 + 3 } as const;

/** From so many bits a weight on a fitted codebook gains nothing over a grid (measured), and is not tried; */
const HIGH_RATE = 5.75;
/** of so few weights, of which centroids one by one are a good part of the bytes, from this rate on, */
const FEW_WEIGHTS = 2048;
const HIGH_RATE_OF_FEW = 3.5;
/** or where they take more than a fit may gain, in bits a weight: */
const MOST_GAIN = 0.5;
/** unless each value stands for so many weights. Then a fit finds what values there are. */
const REPEATS = 2;

/** Whether a fitted codebook cannot take fewer bits than a grid that takes so many. */
function isGridBest(values: Float32Array, { centroids }: QuantizedValues, gridBits: number): boolean {
  if (values.length > FEW_WEIGHTS) return gridBits >= HIGH_RATE * values.length;
  const morePrecise = (CENTROID_BITS.float16 - CENTROID_BITS.grid) * centroids.length;
  const isHigh = gridBits >= HIGH_RATE_OF_FEW * values.length || morePrecise > MOST_GAIN * values.length;
  return isHigh && hasMoreValues(values, values.length / REPEATS);
}

/** Whether values may be rounded to a grid: neither their number nor their precision is given. */
function allowsGrid({ share, centroids }: TensorPlan): boolean {
  return !(isRatePlan(share) && share.size !== undefined) && centroids !== "float16";
}

/** Shared values on a grid, and those of a fitted codebook, unless it cannot gain. */
function candidates(
  { values }: PrunedWeights,
  grid: QuantizedValues | undefined,
  options: {
    readonly fitted: () => QuantizedValues | undefined;
    /** What is made little, of values that take so many bits. */
    readonly cost: (shared: QuantizedValues, bits: number) => number;
  },
): readonly QuantizedValues[] {
  const { fitted, cost } = options;
  if (grid === undefined) return [fitted()].filter((one) => one !== undefined);
  const gridBits = codedBits(grid, CENTROID_BITS.grid);
  if (isGridBest(values, grid, gridBits)) return [grid];
  const other = fitted();
  if (other === undefined) return [grid];
  return cheaperWays(values, [grid, other], [cost(grid, gridBits), cost(other, fittedBits(other))]);
}

const unrefined: Refine = (shared) => shared;

/** Shared values where a bit is worth `lambda` of squared error: that of which distortion + lambda * bits is least is best. */
export function valuesAtLambda(
  weights: PrunedWeights,
  options: { readonly plan: TensorPlan; readonly lambda: number; readonly refine: Refine | undefined },
): readonly QuantizedValues[] {
  const { plan, lambda, refine = unrefined } = options;
  const { values } = weights;
  const rate = rateOptions(weights, plan);
  const grid = allowsGrid(plan) ? quantizeAtStep(values, stepAtLambda(lambda), rate) : undefined;
  const fitted = () => refine(quantizeByFit(values, fitAtLambda(rateSource(weights, rate), lambda), rate));
  const cost = ({ distortion }: QuantizedValues, bits: number) => distortion + lambda * bits;
  return candidates(weights, grid && refine(grid), { fitted, cost });
}

/** Shared values within a squared error of `most`, pruning included: that of the fewest bits is best; none if none is within. */
export function valuesWithinError(
  weights: PrunedWeights,
  options: { readonly plan: TensorPlan; readonly most: number; readonly refine: Refine | undefined },
): readonly QuantizedValues[] {
  const { plan, most, refine } = options;
  const { values, pruned } = weights;
  if (values.length === 0 || !(most > pruned)) return [];
  const { zeros } = rateOptions(weights, plan);
  const uniform = { zeros, ...(refine && { refine }) };
  const onGrid = (some: Float32Array) =>
    allowsGrid(plan) ? quantizeUniformly(some, ((most - pruned) * some.length) / values.length, uniform) : undefined;
  const fitted = () => fittedWithinError(weights, options);
  const cost = (_: QuantizedValues, bits: number) => bits; // all are within the error
  const gridBits = refine === undefined ? sampledBits(values, onGrid) : undefined;
  if (gridBits === undefined || gridBits >= HIGH_RATE * values.length) {
    return candidates(weights, onGrid(values), { fitted, cost });
  }
  const other = fitted();
  if (other !== undefined && (1 + ESTIMATE_ERROR) * fittedBits(other) < gridBits) return [other];
  return candidates(weights, onGrid(values), { fitted: () => other, cost });
}

/** Of more weights a sample of so many tells about what a grid takes, before all are put on one. */
const SAMPLED_WEIGHTS = 2 ** 17;

/** About the bits of many values on a grid; undefined of few, or if there is none. */
function sampledBits(
  values: Float32Array,
  onGrid: (some: Float32Array) => QuantizedValues | undefined,
): number | undefined {
  if (values.length <= 2 * SAMPLED_WEIGHTS) return undefined;
  const sample = onGrid(sampledValues(values, SAMPLED_WEIGHTS));
  return sample && (codedBits(sample, CENTROID_BITS.grid) * values.length) / SAMPLED_WEIGHTS;
}

function fittedBits(fitted: QuantizedValues): number {
  return codedBits(fitted, CENTROID_BITS[isFloat16(fitted.centroids) ? "float16" : "float32"]);
}

/** Undefined if no fit comes so close. */
function fittedWithinError(
  weights: PrunedWeights,
  { plan, most, refine }: { readonly plan: TensorPlan; readonly most: number; readonly refine: Refine | undefined },
): QuantizedValues | undefined {
  const rate = rateOptions(weights, plan);
  if (refine !== undefined) return refinedWithinError(weights, { rate, most, refine });
  const isSampled = weights.values.length > FITTED_WEIGHTS;
  const sampled = { rate, mostSorted: FITTED_WEIGHTS, most, aim: (1 - SAMPLING_ERROR) * most, tries: 2 };
  // A few values far out, which the sample lacks, may lose more than all others.
  return (
    (isSampled ? fitWithin(weights, sampled) : undefined) ?? fitWithin(weights, { rate, most, aim: most, tries: 8 })
  );
}

/** A sampled fit may miss the error by a little: then the next aims lower. */
function fitWithin(
  weights: PrunedWeights,
  options: {
    readonly rate: RateOptions;
    readonly mostSorted?: number;
    readonly most: number;
    readonly aim: number;
    readonly tries: number;
  },
): QuantizedValues | undefined {
  const { rate, most, mostSorted } = options;
  const { values, pruned } = weights;
  const source = rateSource(weights, { ...rate, ...(mostSorted !== undefined && { mostSorted }) });
  let { aim } = options;
  for (let tries = 0; tries < options.tries; tries++) {
    const point = fitToDistortion(source, aim);
    if (point === undefined) return undefined;
    const shared = quantizeByFit(values, point, rate);
    const distortion = pruned + shared.distortion;
    if (distortion <= most) return shared;
    aim *= Math.min(0.9999, (0.9999 * most) / distortion);
  }
  return undefined;
}

/** Of more weights a sample of so many is fitted, which takes no more bits that one sees. */
const FITTED_WEIGHTS = 2 ** 19;

/** How far the error of all weights is seldom above that of such a sample: one and a half standard deviations. */
const SAMPLING_ERROR = 0.002;

/** So close below the bound what refining has made of an error need be; 2 % of it are a seventieth of a bit a weight. */
const NEAR_BOUND = 0.98;

/** Fits of a tensor, of which the first is a search. */
const MOST_FITS = 8;

/** Refining adds to the error of a fit: then the next aims lower. */
function refinedWithinError(
  weights: PrunedWeights,
  { rate, most, refine }: { readonly rate: RateOptions; readonly most: number; readonly refine: Refine },
): QuantizedValues | undefined {
  const { values, pruned } = weights;
  const source = rateSource(weights, rate);
  let point = fitToDistortion(source, most);
  let within: QuantizedValues | undefined;
  for (let fits = 1; point !== undefined; fits++) {
    const shared = refine(quantizeByFit(values, point, rate));
    const distortion = pruned + shared.distortion;
    if (distortion <= most && shared.distortion > (within?.distortion ?? -1)) within = shared;
    const isNear = distortion >= NEAR_BOUND * most || fits >= MOST_FITS / 2;
    if (fits >= MOST_FITS || (within !== undefined && isNear) || !(distortion > pruned)) break;
    const lambda = (0.99 * point.lambda * (most - pruned)) / (distortion - pruned);
    point = fitAtLambda(source, lambda, { precision: isFloat16(point.fit.centroids) ? "float16" : "float32" });
  }
  return within;
}

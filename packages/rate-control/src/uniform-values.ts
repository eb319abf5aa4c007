import { allocateCodes, type Codes, fromFloat16, toFloat16 } from "@deep-compression/bits";
import { type QuantizedValues, type SharedValues, sampledValues, squaredError } from "@deep-compression/codebook";
import { histogram, symbolBits } from "@deep-compression/huffman";
import type { RateOptions } from "./rate-distortion";

/** Codes are of 16 bits, and one may be the zero's. */
const MAX_VALUES = 65535;

/** Steps of the values' range; more would take memory, and be finer than the values of most tensors. */
const MAX_STEPS = 2 ** 22;

/** Tries of a step, and how close below the bound the error of one is good enough: 1 % is a hundred and fortieth of a bit. */
const MAX_TRIES = 12;
const NEAR = 0.99;

/** What is said of values rounded to a grid. */
export interface UniformOptions extends Pick<RateOptions, "zeros"> {
  /** What is done to the codes of each try, as balancing. */
  readonly refine?: (shared: QuantizedValues) => QuantizedValues;
}

/**
 * Values rounded to multiples of one step, as coarse as goes with a squared error of `most`. Such a codebook takes next to
 * nothing, and entropy coding leaves at most 0.25 bits a weight to gain by another: the less, the smaller the error (Gish and
 * Pierce, 1968).
 *
 * @returns undefined if that takes more distinct values than codes can tell apart
 */
export function quantizeUniformly(
  values: Float32Array,
  most: number,
  options: UniformOptions,
): QuantizedValues | undefined {
  const { refine } = options;
  if (refine !== undefined) return refinedOnGrid(values, most, { ...options, refine });
  if (values.length <= FEW_VALUES) return quantizeOnLadder(values, most, options);
  const errorOf = (some: Float32Array) => (step: number) => errorAtStep(some, step, options);
  const sample = values.length > MANY_VALUES ? sampledValues(values, SAMPLED_VALUES) : values;
  const guess = guessedStep(values, most);
  const start =
    sample === values ? guess : searchStep(guess, (AIM * most * sample.length) / values.length, errorOf(sample));
  // Without codes until the step is found: of a large tensor they are large.
  const step = searchStep(start, most, errorOf(values));
  return step > 0 ? quantizeAtStep(values, step, options) : undefined;
}

/** Of more values than these the search for a step begins at that of a sample of so many. */
const [MANY_VALUES, SAMPLED_VALUES] = [2 ** 18, 2 ** 17];

/** An error anywhere within a step d has a mean square of d^2 / 12. */
function guessedStep(values: Float32Array, most: number): number {
  return Math.sqrt((12 * most) / Math.max(1, values.length));
}

/** The same with what refining makes of the codes of each try. */
function refinedOnGrid(
  values: Float32Array,
  most: number,
  options: UniformOptions & Required<Pick<UniformOptions, "refine">>,
): QuantizedValues | undefined {
  let best: { readonly step: number; readonly refined: QuantizedValues } | undefined;
  searchStep(guessedStep(values, most), most, (step) => {
    const rounded = quantizeAtStep(values, step, options);
    const refined = rounded && options.refine(rounded);
    if (refined !== undefined && refined.distortion <= most && step > (best?.step ?? 0)) best = { step, refined };
    return refined?.distortion;
  });
  return best?.refined;
}

/** How close below the bound the next step aims. */
const AIM = 0.998;

/**
 * The coarsest step that is tried and has an error of at most `most`; 0 if none has.
 *
 * @param errorAt the error of a step, or undefined where the search ends
 */
function searchStep(start: number, most: number, errorAt: (step: number) => number | undefined): number {
  let step = start;
  let [within, beyond] = [0, Number.POSITIVE_INFINITY];
  for (let tries = 0; tries < MAX_TRIES && step > 0; tries++) {
    const tried = storedStep(step);
    const distortion = errorAt(tried);
    if (distortion === undefined) break;
    if (distortion > most) beyond = Math.min(beyond, tried);
    else if (tried > within) within = tried;
    if (within > 0 && ((tried === within && distortion >= NEAR * most) || tries >= MAX_TRIES / 2)) break;
    const wanted = tried * Math.sqrt((AIM * most) / distortion);
    const isBetween = wanted > within && wanted < beyond;
    const between = beyond < Number.POSITIVE_INFINITY ? Math.sqrt(Math.max(within, beyond / 4) * beyond) : 1.5 * within;
    step = isBetween ? wanted : between;
  }
  return within;
}

/** Of so few, luck decides how well a step goes with the values: steps that do not depend on the error are tried. */
const FEW_VALUES = 2048;

/** Steps of the ladder in a factor of two. */
const STEPS_A_DOUBLING = 8;

/** Where so many values share one on average, they stand in clusters: then a finer step may go better with them than a coarser one. */
const CLUSTERED = 32;

/** About the bits of a code length. */
const LENGTH_BITS = 3;

/** About the bits of values on a grid: of their codes, and of the gaps between multiples in universal codes. */
function gridBits({ codes, centroids }: QuantizedValues, step: number): number {
  const multiples = Array.from(centroids, (centroid) => Math.round(centroid / step));
  const common = Math.max(1, multiples.reduce(greatestDivisor, 0)); // a grid of this coarser step, as readers and writers find it
  const gaps = multiples.slice(1).map((multiple, i) => (multiple - multiples[i]!) / common);
  return gaps.reduce((bits, gap) => bits + 2 * Math.log2(gap), codedBits({ codes, centroids }, LENGTH_BITS + 1));
}

function greatestDivisor(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : greatestDivisor(b, a % b);
}

/**
 * Values rounded at the coarsest of the steps 2^(1/8) apart whose error is within `most`, so that more error never takes a finer
 * one; values in clusters at the one within a factor of two that takes the fewest bits. Undefined if no step is within the error.
 */
function quantizeOnLadder(
  values: Float32Array,
  most: number,
  options: Pick<RateOptions, "zeros">,
): QuantizedValues | undefined {
  const rung = (step: number) => Math.ceil(STEPS_A_DOUBLING * Math.log2(step));
  const magnitude = values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
  if (!(most > 0) || magnitude === 0) return undefined;
  const finest = rung(Math.sqrt((12 * most) / Math.max(1, values.length)) / 4);
  const tryRung = (at: number) => {
    const step = storedStep(2 ** (at / STEPS_A_DOUBLING));
    const isWithin = step > 0 && errorAtStep(values, step, { ...options, most }) <= most;
    const shared = isWithin ? quantizeAtStep(values, step, options) : undefined;
    return shared && { shared, bits: () => gridBits(shared, step) };
  };
  let at = rung(3 * magnitude);
  let best: ReturnType<typeof tryRung>;
  while (best === undefined && at >= finest) best = tryRung(at--);
  if (best === undefined || CLUSTERED * best.shared.centroids.length > values.length) return best?.shared;
  for (const last = at - STEPS_A_DOUBLING; at > last; at--) {
    const finer = tryRung(at);
    if (finer !== undefined && finer.bits() < best.bits()) best = finer;
  }
  return best.shared;
}

/** The squared error of {@link quantizeAtStep}, or more than `most` if it is that. */
function errorAtStep(
  values: Float32Array,
  step: number,
  { zeros, most = Number.POSITIVE_INFINITY }: Pick<RateOptions, "zeros"> & { readonly most?: number },
): number {
  let sum = 0;
  for (let i = 0; i < values.length && sum <= most; i++) {
    const value = values[i]!;
    const error = value - Math.fround(multipleOf(value, step, zeros) * step);
    sum += error * error;
  }
  return sum;
}

function multipleOf(value: number, step: number, zeros: RateOptions["zeros"]): number {
  const multiple = Math.round(value / step);
  return multiple === 0 && zeros === "keep" ? Math.sign(value) : multiple;
}

/** Below it float16, whose last digit is 2^-24 there, is not precise enough for a step; nor is any above its range. */
const LEAST_HALF = 0x80;
const INFINITE_HALF = 0x7c00;

/** The float16 below: a step then takes two bytes less, and readers and writers find it in the values. */
function storedStep(step: number): number {
  const half = toFloat16(step);
  const below = fromFloat16(half) <= step ? half : half - 1;
  return below >= LEAST_HALF && half < INFINITE_HALF ? fromFloat16(below) : Math.fround(step);
}

/**
 * Values rounded to multiples of a step, a float32; with `zeros` "keep" none to 0.
 *
 * @returns undefined if that takes more distinct values than codes can tell apart
 */
export function quantizeAtStep(
  values: Float32Array,
  step: number,
  { zeros }: Pick<RateOptions, "zeros">,
): QuantizedValues | undefined {
  const [least, most] = extremesOf(values).map((value) => multipleOf(value, step, zeros)) as [number, number];
  if (!(most - least < MAX_STEPS)) return undefined;
  const codeOf = new Int32Array(most - least + 1);
  markMultiples(codeOf, values, { step, zeros, least });
  const multiples: number[] = [];
  for (let at = 0; at < codeOf.length; at++) {
    if (codeOf[at] !== 1) continue;
    codeOf[at] = multiples.length;
    multiples.push(at + least);
  }
  if (multiples.length > MAX_VALUES) return undefined;
  const centroids = Float32Array.from(multiples, (multiple) => multiple * step);
  // Steps so small that a float32 does not tell them apart are finer than the values themselves.
  if (centroids.some((centroid, code) => centroid === centroids[code - 1] || !Number.isFinite(centroid)))
    return undefined;
  const codes = allocateCodes(centroids.length, values.length);
  takeCodes(codes, codeOf, values, { step, zeros, least });
  return { codes, centroids, distortion: squaredError(values, { codes, centroids }) };
}

/** The multiples that values round to, and which of them is the first that has a code. */
interface Multiples extends Pick<RateOptions, "zeros"> {
  readonly step: number;
  readonly least: number;
}

function markMultiples(codeOf: Int32Array, values: Float32Array, { step, zeros, least }: Multiples): void {
  for (let i = 0; i < values.length; i++) codeOf[multipleOf(values[i]!, step, zeros) - least] = 1;
}

function takeCodes(codes: Codes, codeOf: Int32Array, values: Float32Array, { step, zeros, least }: Multiples): void {
  for (let i = 0; i < values.length; i++) codes[i] = codeOf[multipleOf(values[i]!, step, zeros) - least]!;
}

/** The least of values and the greatest, and 0 if that is beyond them. */
function extremesOf(values: Float32Array): [number, number] {
  let [least, most] = [0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i]!;
    if (value < least) least = value;
    else if (value > most) most = value;
  }
  return [least, most];
}

/** About the bits of codes, and of a codebook of so many bits a centroid. */
export function codedBits({ codes, centroids }: SharedValues, bitsPerCentroid: number): number {
  const counts = histogram(codes, Math.max(1, centroids.length));
  const bits = symbolBits(counts);
  return counts.reduce(
    (sum, count, code) => (count > 0 ? sum + count * bits[code]! : sum),
    bitsPerCentroid * centroids.length,
  );
}

/** The step whose rounding loses as much as goes with a lambda: at a squared error of d^2 / 12 a bit is worth 2 ln 2 of it. */
export function stepAtLambda(lambda: number): number {
  return storedStep(Math.sqrt((6 * lambda) / Math.LN2));
}

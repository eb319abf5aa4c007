import { elementCount } from "@deep-compression/bits";
import { elementsOfValues, isFloatType, type Tensor, type ValueInfo } from "@deep-compression/network";
import { quoted, seededRandom } from "@deep-compression/runtime";
import type { NamedTensors } from "./executor";
import { deadLeaves, letterPage } from "./made-up-pictures";
import { noise, voicedSound } from "./made-up-signals";

/** Least and largest value of a picture's pixels, and largest amplitude of a signal. No model says which it expects. */
export interface ValueRange {
  readonly pixels: readonly [number, number];
  readonly amplitude: number;
}

export const VALUE_RANGES: readonly ValueRange[] = [
  { pixels: [-1, 1], amplitude: 1 },
  { pixels: [0, 1], amplitude: 0.1 },
  { pixels: [0, 255], amplitude: 32767 },
];

/** What is left open by what a graph declares of its inputs. */
export interface OpenChoices {
  /** Of every dimension without a size, but for batches. */
  readonly size: number;
  /** Integers are below that. */
  readonly integers: number;
}

/** Items that are made up: of pictures one of leaves and a page, of signals a voice and noise. */
export const MADE_UP_ITEMS = 2;

const PICTURE_SIZES = [256, 320, 224, 128, 64, 32];
/** Of 512 samples are the windows of speech detectors, 64 of them seen before in some: of fewer these make nothing. */
const SIGNAL_SIZES = [576, 512, 16000, 4096, 1024, 256];
const SEQUENCE_SIZES = [64, 32, 128, 16, 8, 1];
const INTEGER_BOUNDS = [100, 2];

/** What to try, the likeliest first. */
export function openChoices(inputs: readonly ValueInfo[]): readonly OpenChoices[] {
  const first = inputs.find(({ type, name }) => isFloatType(type ?? "float32") && !isState(name)) ?? inputs[0];
  const isOpen = inputs.some(({ shape = [] }) =>
    shape.some((size, axis) => (axis > 0 || shape.length === 1) && !isKnown(size)),
  );
  const hasIntegers = inputs.some(({ type }) => type !== undefined && !isFloatType(type));
  const sizes = isOpen ? sizesFor(first) : [1];
  return (hasIntegers ? INTEGER_BOUNDS : [1]).flatMap((integers) => sizes.map((size) => ({ size, integers })));
}

function sizesFor(first: ValueInfo | undefined): readonly number[] {
  if (first === undefined || !isFloatType(first.type ?? "float32")) return SEQUENCE_SIZES;
  const { shape = [] } = first;
  if (shape.length === 4) return PICTURE_SIZES;
  return shape.filter((size) => size !== 1).length <= 2 ? SIGNAL_SIZES : SEQUENCE_SIZES;
}

/** Elements of an input that are too many to make up. */
const MOST_ELEMENTS = 2 ** 24;

/**
 * An item for the inputs that a graph declares, one run after the other. The same number gives the same item, whatever the range: only
 * scaled. Floats of rank 4 are pictures, others signals, of which each run has the next part; states are zeros; integers are small, of
 * masks 1.
 *
 * @param item 0 to {@link MADE_UP_ITEMS} - 1
 * @param choices.runs of a network that takes a signal part by part, how many. Default: 1
 * @param choices.batch items at once, where a graph leaves open how many. Default: 1
 * @throws RangeError for an input of which too little is known, or that is too large
 */
export function madeUpItem(
  inputs: readonly ValueInfo[],
  item: number,
  choices: OpenChoices & { readonly range: ValueRange; readonly runs?: number; readonly batch?: number },
): readonly NamedTensors[] {
  const { runs = 1, batch = 1 } = choices;
  const batches = new Set(
    inputs.map(({ shape }) => shape?.[0]).filter((size) => typeof size === "string" && size !== ""),
  );
  const parts = inputs.map((input, i) => {
    const { name, type = "float32", shape: declared } = input;
    if (declared === undefined) throw new RangeError(`input ${quoted(name)} has no declared shape`);
    const open = isState(name) ? 1 : choices.size;
    const sizeOf = (size: number | string, axis: number) => {
      if (isKnown(size)) return size;
      return batches.has(size) || (axis === 0 && declared.length > 1) ? batch : open;
    };
    const shape = declared.map(sizeOf);
    const elements = elementCount(shape);
    if (elements > MOST_ELEMENTS) throw new RangeError(`input ${quoted(name)} of ${elements} elements is too large`);
    const random = seededRandom(1 + item + MADE_UP_ITEMS * i);
    const values = valuesFor({ ...input, type, shape }, item, { ...choices, random, runs });
    return { name, type, shape, values, elements };
  });
  return Array.from({ length: runs }, (_, run) => {
    const tensors = parts.map(({ name, type, shape, values, elements }) => {
      const from = values.length === elements ? 0 : run * elements; // all but signals are the same in each run
      const part = values.subarray(from, from + elements);
      return [name, { name, type, shape, bytes: elementsOfValues(type, part) } satisfies Tensor] as const;
    });
    return new Map(tensors);
  });
}

/**
 * Ways to make up inputs of what a graph declares, the likeliest first: for what it leaves open, sizes and integers, each has other values.
 * A network may refuse some, or all.
 *
 * @param options.batch items at once, where the graph leaves open how many. Default: 1
 */
export function madeUpInputs(
  inputs: readonly ValueInfo[],
  options: { readonly batch?: number } = {},
): readonly (() => NamedTensors)[] {
  const [range] = VALUE_RANGES as readonly [ValueRange];
  return openChoices(inputs).map((choices) => () => madeUpItem(inputs, 0, { ...choices, ...options, range })[0]!);
}

function isKnown(size: number | string): size is number {
  return typeof size === "number" && size > 0;
}

/** What one run hands to the next, by its name: zeros at first. */
export function isState(name: string): boolean {
  return /state|hidden|cell|cache|past|memory|(^|[^a-z])[hc]_?(0|in|prev)?$/i.test(name);
}

/** The values of an input: of a signal those of all runs, of all else those of any. */
function valuesFor(
  { name, type, shape }: Required<ValueInfo> & { readonly shape: readonly number[] },
  item: number,
  {
    range,
    integers,
    random,
    runs,
  }: OpenChoices & { readonly range: ValueRange; readonly random: () => number; readonly runs: number },
): Float32Array {
  const length = elementCount(shape);
  if (isFloatType(type) && isState(name)) return new Float32Array(length);
  const isPicture = shape.length === 4 && length > 1;
  if (isFloatType(type) && isPicture) return picture(shape, item, { pixels: range.pixels, random });
  if (isFloatType(type)) {
    const signal = (item === 0 ? voicedSound : noise)(length * runs, random);
    return signal.map((value) => value * range.amplitude);
  }
  if (type === "uint8" && isPicture) return picture(shape, item, { pixels: [0, 255], random }).map(Math.round);
  if (type === "bool" || /mask/i.test(name)) return new Float32Array(length).fill(1);
  if (/(^|[^a-z])sr$|sampl/i.test(name)) return new Float32Array(length).fill(SAMPLE_RATE);
  if (/type|segment/i.test(name)) return new Float32Array(length);
  return Float32Array.from({ length }, () => Math.floor(integers * random()));
}

/** Samples a second, of models of speech. */
const SAMPLE_RATE = 16000;

/** Channels of a picture; an axis of more is one of rows or columns. */
const MOST_CHANNELS = 4;

function picture(
  shape: readonly number[],
  item: number,
  { pixels: [low, high], random }: { readonly pixels: readonly [number, number]; readonly random: () => number },
): Float32Array {
  const [items, second, third, fourth] = shape as readonly [number, number, number, number];
  const channelsFirst = second <= MOST_CHANNELS || fourth > MOST_CHANNELS;
  const [channels, height, width] = channelsFirst ? [second, third, fourth] : [fourth, second, third];
  const draw = item === 0 ? deadLeaves : letterPage;
  const size = channels * height * width;
  const values = new Float32Array(items * size);
  for (let i = 0; i < items; i++) {
    const drawn = draw({ height, width, channels }, random);
    const plane = height * width;
    const placed = channelsFirst
      ? drawn.map((_, at) => drawn[(at % plane) * channels + Math.floor(at / plane)]!)
      : drawn;
    values.set(
      placed.map((value) => low + (high - low) * value),
      i * size,
    );
  }
  return values;
}

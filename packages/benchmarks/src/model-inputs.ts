import { floatTensor, type Tensor } from "@deep-compression/network";
import { drawnText, type Picture, photo, turned } from "./pictures";
import { melFrames, recordedVoice, VOICE_RATE } from "./voice";

/** Arrays by the name of the input, for several items at once. */
export type ModelInputs = Readonly<Record<string, Tensor>>;

/** What makes real input for a model, by its name in models.ts: nothing is random, nothing is downloaded. */
const MAKERS: Readonly<Record<string, () => ModelInputs>> = {
  "PP-OCRv4 det": () => ({ x: channelsFirst([page(4), page(3), photo(1, 320, 320)], OF_IMAGENET) }),
  "PP-OCRv4 rec": () => ({ x: channelsFirst(textLines(320), AROUND_0) }),
  "PP-OCR cls": () => ({
    x: channelsFirst(
      textLines(192).flatMap((line) => [line, turned(line)]),
      AROUND_0,
    ),
  }),
  "Silero VAD 4": () => ({
    input: voiceWindows(512),
    sr: SAMPLE_RATE,
    h: zeros([2, WINDOWS, 64]),
    c: zeros([2, WINDOWS, 64]),
  }),
  "Silero VAD 5": () => ({ input: voiceWindows(576), sr: SAMPLE_RATE, state: zeros([2, WINDOWS, 128]) }),
  "Silero VAD 5, float16": () => ({ input: voiceWindows(576), state: zeros([2, WINDOWS, 128]) }),
  "Silero VAD 6": () => ({ input: voiceWindows(576), sr: SAMPLE_RATE, state: zeros([2, WINDOWS, 128]) }),
  "BlazeFace front": () => ({ "input:0": channelsLast(photos(128), { scale: 1 / 127.5, offset: -1 }) }),
  "BlazeFace back": () => ({ "input:0": channelsLast(photos(256), { scale: 1 / 127.5, offset: -1 }) }),
  "M-LSD tiny": () => ({ "input_image_with_alpha:0": withOnes(photos(512)) }),
  "M-LSD large": () => ({ "input_image_with_alpha:0": withOnes(photos(320)) }),
  "mel spectrogram": () => ({ input: voiceSeconds() }),
  "speech embedding": () => ({ input_1: melWindows() }),
};

/** Real input of a model that onnxruntime runs. @throws RangeError if it is none of models.ts */
export function modelInputs(name: string): ModelInputs {
  const make = MAKERS[name];
  if (make) return make();
  throw new RangeError(`no input is known for "${name}"`);
}

/** How a pixel value becomes a number, for all channels or each. */
export interface Normalization {
  readonly scale: number | readonly number[];
  readonly offset: number | readonly number[];
}

export const AROUND_0: Normalization = { scale: 1 / 127.5, offset: -1 };
/** Means and deviations of ImageNet's channels. */
const [MEANS, DEVIATIONS] = [[0.485, 0.456, 0.406] as const, [0.229, 0.224, 0.225] as const];
export const OF_IMAGENET: Normalization = {
  scale: DEVIATIONS.map((deviation) => 1 / 255 / deviation),
  offset: MEANS.map((mean, channel) => -mean / DEVIATIONS[channel]!),
};

function normalized({ pixels }: Picture, { scale, offset }: Normalization): Float32Array {
  const of = (value: number | readonly number[], i: number) => (typeof value === "number" ? value : value[i % 3]!);
  return pixels.map((pixel, i) => pixel * of(scale, i) + of(offset, i));
}

export function channelsLast(pictures: readonly Picture[], normalization: Normalization): Tensor {
  const [{ width, height }] = pictures as readonly [Picture];
  return stacked(
    pictures.map((picture) => normalized(picture, normalization)),
    [height, width, 3],
  );
}

export function channelsFirst(pictures: readonly Picture[], normalization: Normalization): Tensor {
  const [{ width, height }] = pictures as readonly [Picture];
  const size = width * height;
  const planes = pictures.map((picture) => {
    const values = normalized(picture, normalization);
    return Float32Array.from(values, (_, i) => values[3 * (i % size) + Math.floor(i / size)]!);
  });
  return stacked(planes, [3, height, width]);
}

/** Pixels as they are, and a fourth channel of ones, as M-LSD wants them. */
function withOnes(pictures: readonly Picture[]): Tensor {
  const [{ width, height }] = pictures as readonly [Picture];
  const values = pictures.map(({ pixels }) =>
    Float32Array.from({ length: 4 * width * height }, (_, i) => (i % 4 === 3 ? 1 : pixels[3 * (i >> 2) + (i % 4)]!)),
  );
  return stacked(values, [height, width, 4]);
}

export function stacked(items: readonly Float32Array[], shape: readonly number[]): Tensor {
  const length = shape.reduce((product, size) => product * size, 1);
  const all = new Float32Array(items.length * length);
  for (const [i, item] of items.entries()) all.set(item, i * length);
  return floatTensor("", [items.length, ...shape], all);
}

function zeros(shape: readonly number[]): Tensor {
  return floatTensor("", shape, new Float32Array(shape.reduce((product, size) => product * size, 1)));
}

const LINES = ["DEEP COMPRESSION", "MODELS OF 2015", "WEIGHTS AND 128 BITS", "THE HUFFMAN CODE"] as const;

function textLines(width: number): readonly Picture[] {
  return LINES.map((line) =>
    drawnText([line], { width, height: 48, dot: Math.min(5, Math.floor(width / 6 / line.length)) }),
  );
}

function page(dot: number): Picture {
  return drawnText(LINES, { width: 320, height: 320, dot });
}

/** Four of the photographs. */
function photos(size: number): readonly Picture[] {
  return [1, 2, 3, 4].map((number) => photo(number, size, size));
}

const WINDOWS = 64;
/** Where the voice of the recording is well under way, in samples. */
const START = 2 * VOICE_RATE;
const SAMPLE_RATE = sampleRate(VOICE_RATE);

/** Samples a second as a model of speech is told them. */
export function sampleRate(rate: number): Tensor {
  return { name: "", type: "int64", shape: [], bytes: new Uint8Array(BigInt64Array.of(BigInt(rate)).buffer) };
}

/** Windows of 512 new samples each, with as many before them as the model wants to see again; the state is zero for each. */
function voiceWindows(length: number): Tensor {
  const voice = recordedVoice();
  const windows = Array.from({ length: WINDOWS }, (_, i) => {
    const end = START + 512 * (i + 1);
    return voice.slice(end - length, end);
  });
  return stacked(windows, [length]);
}

/** Samples in -1..1 as 16-bit integers. */
export function asIntegers(samples: Float32Array): Float32Array {
  return samples.map((sample) => Math.round(sample * 32768));
}

/** Two seconds, each an item, as 16-bit integers. */
function voiceSeconds(): Tensor {
  const voice = asIntegers(recordedVoice());
  const seconds = [0, 1].map((i) => voice.slice(START + i * VOICE_RATE, START + (i + 1) * VOICE_RATE));
  return stacked(seconds, [VOICE_RATE]);
}

/** Eight windows of 76 frames, each eight frames after the one before. */
function melWindows(): Tensor {
  const frames = melFrames(recordedVoice().subarray(START), 76 + 7 * 8);
  const windows = Array.from({ length: 8 }, (_, i) =>
    Float32Array.from(frames.slice(8 * i, 8 * i + 76).flatMap((frame) => [...frame])),
  );
  return stacked(windows, [76, 32, 1]);
}

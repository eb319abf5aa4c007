import { floatTensor, type Tensor } from "@deep-compression/network";
import type { CalibrationInputs } from "./calibration-items";
import { asIntegers, sampleRate, stacked } from "./model-inputs";
import { type ModelItems, openInRuntime } from "./onnxruntime-session";
import { melFrames, recordedVoice, VOICE_RATE } from "./voice";

/** Loudness of the recording, one pass through it each, and of what judges. */
const [LOUDNESS, UNSEEN_LOUDNESS] = [[1, 0.4, 0.15] as const, [0.7, 0.25] as const];

/** The recording's part that weights are fitted to; the rest is to judge by. */
const FITTED_SECONDS = 8;

/** A part of the recording, once at each loudness. */
function streams(rate: number, loudness: readonly number[], from: number, to?: number): readonly Float32Array[] {
  const part = recordedVoice(rate).subarray(from * rate, to && to * rate);
  return loudness.map((factor) => part.map((sample) => factor * sample));
}

/** What is made of each stream: of those that weights are fitted to, and of those that judge. */
function ofStreams(itemsOf: (streams: readonly Float32Array[]) => ModelItems): CalibrationInputs {
  return {
    calibration: [itemsOf(streams(VOICE_RATE, LOUDNESS, 0, FITTED_SECONDS))],
    unseen: itemsOf(streams(VOICE_RATE, UNSEEN_LOUDNESS, FITTED_SECONDS)),
  };
}

/** Parts of `length` frames or samples, every `step` of them. */
function windows<Frames extends { readonly length: number; slice(start: number, end: number): Frames }>(
  frames: Frames,
  { length, step }: { readonly length: number; readonly step: number },
): readonly Frames[] {
  const count = Math.max(0, Math.floor((frames.length - length) / step) + 1);
  return Array.from({ length: count }, (_, i) => frames.slice(i * step, i * step + length));
}

/** Seconds of the recorded voice as 16-bit integers, four of them a second. */
export function voiceSeconds(): CalibrationInputs {
  return ofStreams((voices) => {
    const seconds = voices.flatMap((voice) => windows(asIntegers(voice), { length: VOICE_RATE, step: VOICE_RATE / 4 }));
    return { count: seconds.length, arrays: { input: stacked(seconds, [VOICE_RATE]) } };
  });
}

/** Frames that the speech embedding sees at once, and of how many values; a frame is a hundredth of a second. */
const [FRAMES, BANDS] = [76, 32];

/** Windows of 76 frames of mel spectrograms of the recorded voice, each eight frames after the one before. */
export function melWindows(): CalibrationInputs {
  return ofStreams((voices) => {
    const all = voices.flatMap((voice) => {
      const frames = melFrames(voice, Math.floor((100 * voice.length) / VOICE_RATE) - 3);
      return windows(frames, { length: FRAMES, step: 8 }).map((some) =>
        Float32Array.from(some.flatMap((frame) => [...frame])),
      );
    });
    return { count: all.length, arrays: { input_1: stacked(all, [FRAMES, BANDS, 1]) } };
  });
}

/** What a detector of speech takes. */
interface Detector {
  /** Samples of a window at 16,000 a second: those that are new, and those before them that are seen again. */
  readonly newSamples: number;
  readonly seenAgain: number;
  /** Its states, each [2, 1, width], by the name of the input; the output that is the next one has its own. */
  readonly states: Readonly<Record<string, { readonly next: string; readonly width: number }>>;
  /** Whether it is told the samples a second, and takes 8,000 of them as well, by a branch of its own. */
  readonly takesRate: boolean;
}

const STATE = { state: { next: "stateN", width: 128 } };

/** Silero's detectors: version 4, and those after it. */
const DETECTORS = {
  four: {
    newSamples: 512,
    seenAgain: 0,
    states: { h: { next: "hn", width: 64 }, c: { next: "cn", width: 64 } },
    takesRate: true,
  },
  five: { newSamples: 512, seenAgain: 64, states: STATE, takesRate: true },
  fiveOfOneRate: { newSamples: 512, seenAgain: 64, states: STATE, takesRate: false },
} as const satisfies Readonly<Record<string, Detector>>;

/**
 * Windows of the recorded voice, as a stream: each with the state that the dense model has come to. Weights are fitted to it at each
 * rate that the model takes, and judged at 16,000 samples a second.
 */
export async function voiceStreams(model: string, version: keyof typeof DETECTORS): Promise<CalibrationInputs> {
  const detector = DETECTORS[version];
  const items = (rate: number, loudness: readonly number[], from: number, to?: number) =>
    streamed(model, { detector, rate, voices: streams(rate, loudness, from, to) });
  const fitted = [await items(VOICE_RATE, LOUDNESS, 0, FITTED_SECONDS)];
  if (detector.takesRate) fitted.push(await items(VOICE_RATE / 2, LOUDNESS, 0, FITTED_SECONDS));
  return { calibration: fitted, unseen: await items(VOICE_RATE, UNSEEN_LOUDNESS, FITTED_SECONDS) };
}

async function streamed(
  model: string,
  options: { readonly detector: Detector; readonly rate: number; readonly voices: readonly Float32Array[] },
): Promise<ModelItems> {
  const { detector, rate, voices } = options;
  const [newSamples, seenAgain] = [detector.newSamples, detector.seenAgain].map((at) => (at * rate) / VOICE_RATE) as [
    number,
    number,
  ];
  const told: Record<string, Tensor> = detector.takesRate ? { sr: sampleRate(rate) } : {};
  const states = Object.entries(detector.states);
  const session = await openInRuntime(model);
  const seen: Float32Array[] = [];
  const before = states.map((): Float32Array[] => []);
  for (const voice of voices) {
    let now = states.map(([, { width }]) => new Float32Array(2 * width));
    for (const window of windows(voice, { length: newSamples + seenAgain, step: newSamples })) {
      seen.push(window);
      for (const [i, values] of now.entries()) before[i]!.push(values);
      const given = states.map(([name, { width }], i) => [name, floatTensor("", [2, 1, width], now[i]!)] as const);
      const input = floatTensor("", [1, window.length], window);
      const outputs = await session.run({ input, ...told, ...Object.fromEntries(given) });
      now = states.map(([, { next }]) => new Float32Array(outputs[next]!.bytes.slice().buffer));
    }
  }
  await session.close();
  const kept = states.map(([name, { width }], i) => {
    return [name, { ...stacked(before[i]!, [2 * width]), shape: [2 * seen.length, 1, width] }] as const;
  });
  const input = stacked(seen, [newSamples + seenAgain]);
  return { count: seen.length, arrays: { input, ...Object.fromEntries(kept), ...told } };
}

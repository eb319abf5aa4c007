import { floatTensor, type Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { AROUND_0, channelsFirst, sampleRate, stacked } from "./model-inputs";
import { type ModelItems, openInRuntime } from "./onnxruntime-session";
import { drawnLetters, drawnText, type Picture, turned } from "./pictures";
import { recordedVoice } from "./voice";

/** Some hundred inputs of a model to fit weights to, and others to judge by. */
export interface CalibrationInputs {
  /** Sets that differ in what all items of a run have in common. */
  readonly calibration: readonly ModelItems[];
  readonly unseen: ModelItems;
}

/** Lines of words, half of them on their head, as noisy pictures of 48 x 192. */
export function directionLines(): CalibrationInputs {
  const line = (random: () => number) => {
    const picture = textLine(192, random);
    return random() < 0.5 ? picture : turned(picture);
  };
  return textInputs(line, { calibration: 512, unseen: 512 });
}

/** Lines of words as noisy pictures of 48 x 320. */
export function readLines(): CalibrationInputs {
  return textInputs((random) => textLine(320, random), { calibration: 256, unseen: 128 });
}

function textInputs(
  line: (random: () => number) => Picture,
  counts: { readonly calibration: number; readonly unseen: number },
): CalibrationInputs {
  const items = (seed: number, count: number): ModelItems => {
    const random = seededRandom(seed);
    return {
      count,
      arrays: {
        x: channelsFirst(
          Array.from({ length: count }, () => line(random)),
          AROUND_0,
        ),
      },
    };
  };
  return { calibration: [items(1, counts.calibration)], unseen: items(2, counts.unseen) };
}

/** One to three words of random letters, in dots of 3 to 5 pixels, on paper of some grey, with noise. */
function textLine(width: number, random: () => number): Picture {
  const dot = 3 + Math.floor(3 * random());
  const letters = Math.floor(width / (6 * dot));
  const drawable = drawnLetters();
  const words = Array.from({ length: letters }, (_, i) =>
    i > 0 && random() < 0.15 ? " " : drawable[Math.floor(drawable.length * random())]!,
  );
  const picture = drawnText([words.join("")], { width, height: 48, dot });
  const contrast = 0.5 + 0.5 * random();
  const shift = 40 * (random() - 0.5);
  const noise = 30 * random();
  const pixels = picture.pixels.map((pixel) =>
    Math.min(255, Math.max(0, 128 + contrast * (pixel - 128) + shift + noise * (random() - 0.5))),
  );
  return { ...picture, pixels };
}

/** Samples a second that detectors of speech take, each by a branch of its own, and of a window those that are new and that are seen again. */
const VOICE_WINDOWS = {
  16000: { newSamples: 512, seenAgain: 64 },
  8000: { newSamples: 256, seenAgain: 32 },
} as const;

type Rate = keyof typeof VOICE_WINDOWS;

/** The recording's part that weights are fitted to; the rest is to judge by. */
const FITTED_SECONDS = 8;

/** Loudness of the recording, one pass through it each. */
const [LOUDNESS, UNSEEN_LOUDNESS] = [[1, 0.4, 0.15] as const, [0.7, 0.25] as const];

/**
 * Windows of the recorded voice, as a stream: each with the state that the dense model has come to. Weights are fitted to it at both
 * rates that the model takes, and judged at the higher one.
 */
export async function voiceStreams(model: string): Promise<CalibrationInputs> {
  const part = (rate: Rate, loudness: readonly number[], from: number, to?: number) => {
    const voice = recordedVoice(rate).subarray(from * rate, to && to * rate);
    return streamed(
      model,
      rate,
      loudness.map((factor) => voice.map((sample) => factor * sample)),
    );
  };
  return {
    calibration: [await part(16_000, LOUDNESS, 0, FITTED_SECONDS), await part(8_000, LOUDNESS, 0, FITTED_SECONDS)],
    unseen: await part(16_000, UNSEEN_LOUDNESS, FITTED_SECONDS),
  };
}

async function streamed(model: string, rate: Rate, streams: readonly Float32Array[]): Promise<ModelItems> {
  const { newSamples, seenAgain } = VOICE_WINDOWS[rate];
  const sr = sampleRate(rate);
  const session = await openInRuntime(model);
  const [windows, states]: [Float32Array[], Float32Array[]] = [[], []];
  for (const samples of streams) {
    let state: Tensor = floatTensor("", [2, 1, 128], new Float32Array(256));
    for (let start = seenAgain; start + newSamples <= samples.length; start += newSamples) {
      const window = samples.slice(start - seenAgain, start + newSamples);
      windows.push(window);
      states.push(new Float32Array(state.bytes.slice().buffer));
      const input = floatTensor("", [1, window.length], window);
      const { stateN } = await session.run({ input, state, sr });
      state = stateN!;
    }
  }
  await session.close();
  return {
    count: windows.length,
    arrays: {
      input: stacked(windows, [newSamples + seenAgain]),
      state: { ...stacked(states, [256]), shape: [2 * states.length, 1, 128] },
      sr,
    },
  };
}

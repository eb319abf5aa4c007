import { floatTensor, type Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { AROUND_0, channelsFirst, SAMPLE_RATE, stacked } from "./model-inputs";
import { type ModelItems, openInRuntime } from "./onnxruntime-session";
import { drawnLetters, drawnText, type Picture, turned } from "./pictures";
import { recordedVoice, VOICE_RATE } from "./voice";

/** Some hundred inputs of a model to fit weights to, and others to judge by. */
export interface CalibrationInputs {
  readonly calibration: ModelItems;
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
  return { calibration: items(1, counts.calibration), unseen: items(2, counts.unseen) };
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

/** Samples that a detector of speech takes anew, and those before that it sees again. */
const [NEW_SAMPLES, SEEN_AGAIN] = [512, 64];

/** The recording's part that weights are fitted to; the rest is to judge by. */
const FITTED_SECONDS = 8;

/** Loudness of the recording, one pass through it each. */
const [LOUDNESS, UNSEEN_LOUDNESS] = [[1, 0.4, 0.15] as const, [0.7, 0.25] as const];

/** Windows of the recorded voice, as a stream: each with the state that the dense model has come to. */
export async function voiceStreams(model: string): Promise<CalibrationInputs> {
  const voice = recordedVoice();
  const cut = FITTED_SECONDS * VOICE_RATE;
  return {
    calibration: await streamed(
      model,
      LOUDNESS.map((factor) => voice.subarray(0, cut).map((sample) => factor * sample)),
    ),
    unseen: await streamed(
      model,
      UNSEEN_LOUDNESS.map((factor) => voice.subarray(cut).map((sample) => factor * sample)),
    ),
  };
}

async function streamed(model: string, streams: readonly Float32Array[]): Promise<ModelItems> {
  const session = await openInRuntime(model);
  const [windows, states]: [Float32Array[], Float32Array[]] = [[], []];
  for (const samples of streams) {
    let state: Tensor = floatTensor("", [2, 1, 128], new Float32Array(256));
    for (let start = SEEN_AGAIN; start + NEW_SAMPLES <= samples.length; start += NEW_SAMPLES) {
      const window = samples.slice(start - SEEN_AGAIN, start + NEW_SAMPLES);
      windows.push(window);
      states.push(new Float32Array(state.bytes.slice().buffer));
      const input = floatTensor("", [1, window.length], window);
      const { stateN } = await session.run({ input, state, sr: SAMPLE_RATE });
      state = stateN!;
    }
  }
  await session.close();
  return {
    count: windows.length,
    arrays: {
      input: stacked(windows, [NEW_SAMPLES + SEEN_AGAIN]),
      state: { ...stacked(states, [256]), shape: [2 * states.length, 1, 128] },
      sr: SAMPLE_RATE,
    },
  };
}

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

/** Samples of a window of Basic Pitch, and how many of them a second has. */
const [PITCH_WINDOW, PITCH_RATE] = [43_844, 22_050];

/** Windows of chords, and of the recorded voice: the first to fit weights to, others to judge by. */
export function pitchWindows(): CalibrationInputs {
  const voice = recordedVoice(PITCH_RATE);
  const voiceWindow = (i: number) => voice.slice(i * PITCH_WINDOW, (i + 1) * PITCH_WINDOW);
  const items = (seed: number, chords: number, sung: readonly number[]): ModelItems => {
    const random = seededRandom(seed);
    const windows = [...Array.from({ length: chords }, () => chordWindow(random)), ...sung.map(voiceWindow)];
    const { bytes } = stacked(windows, [PITCH_WINDOW]);
    return {
      count: windows.length,
      arrays: { input_2: { name: "input_2", type: "float32", shape: [windows.length, PITCH_WINDOW, 1], bytes } },
    };
  };
  return { calibration: [items(1, 20, [0, 1, 2])], unseen: items(2, 12, [3, 4]) };
}

/** Two seconds of notes that come in one after the other, each of some harmonics that die away, with noise. */
function chordWindow(random: () => number): Float32Array {
  const samples = new Float32Array(PITCH_WINDOW);
  const noise = 0.01 * random();
  for (let i = 0; i < samples.length; i++) samples[i] = noise * (2 * random() - 1);
  const notes = 2 + Math.floor(6 * random());
  for (let note = 0; note < notes; note++) {
    // A key of the piano from the second octave to the sixth.
    const frequency = 440 * 2 ** ((Math.floor(48 * random()) - 33) / 12);
    const [start, loudness, decay] = [
      Math.floor(0.8 * PITCH_WINDOW * random()),
      0.05 + 0.2 * random(),
      1 + 4 * random(),
    ];
    const harmonics = 1 + Math.floor(6 * random());
    const fall = 0.3 + 0.5 * random();
    for (let i = start; i < samples.length; i++) {
      const seconds = (i - start) / PITCH_RATE;
      const envelope = loudness * Math.min(1, 100 * seconds) * Math.exp(-decay * seconds);
      for (let harmonic = 1; harmonic <= harmonics; harmonic++)
        samples[i]! += envelope * fall ** (harmonic - 1) * Math.sin(2 * Math.PI * frequency * harmonic * seconds);
    }
  }
  return samples;
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

import { readFileSync } from "node:fs";
import { shippedFile } from "./model-folder";

/** Samples a second that the models of speech take. */
export const VOICE_RATE = 16_000;

const RECORDED_RATE = 44_100;
/** Of the canonical header of a .wav file. */
const WAV_HEADER = 44;

/** The recording of a singing voice that audio-lena ships, 12 s, in -1..1, at so many samples a second. */
export function recordedVoice(rate = VOICE_RATE): Float32Array {
  const { buffer, byteOffset, byteLength } = readFileSync(shippedFile("audio-lena", "lena.wav"));
  const view = new DataView(buffer, byteOffset + WAV_HEADER, byteLength - WAV_HEADER);
  const step = RECORDED_RATE / rate;
  const samples = Math.floor(view.byteLength / 2 / step) - 1;
  return Float32Array.from({ length: samples }, (_, i) => {
    // The mean of the samples in between keeps most of what lies beyond the new rate out.
    const [first, end] = [Math.floor(i * step), Math.floor((i + 1) * step)];
    let sum = 0;
    for (let at = first; at < end; at++) sum += view.getInt16(2 * at, true);
    return sum / (end - first) / 32768;
  });
}

const WINDOW = 400;
const HOP = 160;
const SPECTRUM = 512;
const BANDS = 32;
const [LOWEST, HIGHEST] = [60, 3800];

/** Frames of a mel spectrogram, in the units of openWakeWord: a tenth of decibels, and 2. */
export function melFrames(samples: Float32Array, frames: number): readonly Float32Array[] {
  return Array.from({ length: frames }, (_, frame) => melFrame(samples.subarray(frame * HOP, frame * HOP + WINDOW)));
}

function melFrame(samples: Float32Array): Float32Array {
  const bands = new Float32Array(BANDS);
  const edges = Array.from({ length: BANDS + 2 }, (_, i) =>
    hertz(mel(LOWEST) + (i * (mel(HIGHEST) - mel(LOWEST))) / (BANDS + 1)),
  );
  for (let bin = 0; bin < SPECTRUM / 2; bin++) {
    const frequency = (bin * VOICE_RATE) / SPECTRUM;
    const power = powerAt(samples, bin);
    for (let band = 0; band < BANDS; band++) {
      const [low, middle, high] = [edges[band]!, edges[band + 1]!, edges[band + 2]!];
      const height = Math.min((frequency - low) / (middle - low), (high - frequency) / (high - middle));
      if (height > 0) bands[band]! += height * power;
    }
  }
  return bands.map((power) => (10 * Math.log10(Math.max(power, 1e-10))) / 10 + 2);
}

/** Power of one frequency under a Hann window, of samples as 16-bit integers. */
function powerAt(samples: Float32Array, bin: number): number {
  let [real, imaginary] = [0, 0];
  for (let i = 0; i < WINDOW; i++) {
    const value = samples[i]! * 32768 * (0.5 - 0.5 * Math.cos((2 * Math.PI * i) / WINDOW));
    const angle = (2 * Math.PI * bin * i) / SPECTRUM;
    real += value * Math.cos(angle);
    imaginary -= value * Math.sin(angle);
  }
  return real * real + imaginary * imaginary;
}

function mel(frequency: number): number {
  return 2595 * Math.log10(1 + frequency / 700);
}

function hertz(mels: number): number {
  return 700 * (10 ** (mels / 2595) - 1);
}

import { seededRandom } from "@deep-compression/runtime";
import type { CalibrationInputs } from "./calibration-items";
import { stacked } from "./model-inputs";
import type { ModelItems } from "./onnxruntime-session";
import { recordedVoice } from "./voice";

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

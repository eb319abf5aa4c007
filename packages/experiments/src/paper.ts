import type { NetworkName } from "./recipe";

/** A layer as the paper counts it: bits before and after Huffman coding, rate in percent of 32-bit dense weights. */
export interface PaperLayer {
  readonly layer: string;
  readonly keptPercent: number;
  readonly valueBits: readonly [number, number];
  readonly gapBits: readonly [number, number];
  readonly ratePercent: number;
}

/** The networks of the paper by the names of their architectures. */
export type PaperNetworkName = NetworkName | "alexnet" | "vgg-16";

/** What the paper reports of a network (Deep Compression, tables 1 to 5); errors are top-1. */
export interface PaperNetwork {
  readonly layers: readonly PaperLayer[];
  readonly total: Omit<PaperLayer, "layer">;
  readonly ratio: number;
  readonly denseErrorPercent: number;
  readonly errorPercent: number;
}

type Bits = PaperLayer["valueBits"];

function layer(name: string, keptPercent: number, valueBits: Bits, gapBits: Bits, ratePercent: number): PaperLayer {
  return { layer: name, keptPercent, valueBits, gapBits, ratePercent };
}

export const PAPER: Readonly<Record<PaperNetworkName, PaperNetwork>> = {
  "lenet-300-100": {
    layers: [
      layer("ip1", 8, [6, 4.4], [5, 3.7], 2.32),
      layer("ip2", 9, [6, 4.4], [5, 4.3], 3.04),
      layer("ip3", 26, [6, 4.3], [5, 3.2], 12.7),
    ],
    // The paper's total of 5.1 bits a value fits none of its layers; it is repeated as printed.
    total: { keptPercent: 8, valueBits: [6, 5.1], gapBits: [5, 3.7], ratePercent: 2.49 },
    ratio: 40,
    denseErrorPercent: 1.64,
    errorPercent: 1.58,
  },
  "lenet-5": {
    layers: [
      layer("conv1", 66, [8, 7.2], [5, 1.5], 67.45),
      layer("conv2", 12, [8, 7.2], [5, 3.9], 5.28),
      layer("ip1", 8, [5, 4.5], [5, 4.5], 2.45),
      layer("ip2", 19, [5, 5.2], [5, 3.7], 6.13),
    ],
    total: { keptPercent: 8, valueBits: [5.3, 4.1], gapBits: [5, 4.4], ratePercent: 2.55 },
    ratio: 39,
    denseErrorPercent: 0.8,
    errorPercent: 0.74,
  },
  alexnet: {
    layers: [
      layer("conv1", 84, [8, 6.3], [4, 1.2], 20.53),
      layer("conv2", 38, [8, 5.5], [4, 2.3], 9.43),
      layer("conv3", 35, [8, 5.1], [4, 2.6], 8.44),
      layer("conv4", 37, [8, 5.2], [4, 2.5], 9.11),
      layer("conv5", 37, [8, 5.6], [4, 2.5], 9.43),
      layer("fc6", 9, [5, 3.9], [4, 3.2], 2.39),
      layer("fc7", 9, [5, 3.6], [4, 3.7], 2.46),
      layer("fc8", 25, [5, 4], [4, 3.2], 5.85),
    ],
    total: { keptPercent: 11, valueBits: [5.4, 4], gapBits: [4, 3.2], ratePercent: 2.88 },
    ratio: 35,
    denseErrorPercent: 42.78,
    errorPercent: 42.78,
  },
  "vgg-16": {
    layers: [
      layer("conv1_1", 58, [8, 6.8], [5, 1.7], 29.97),
      layer("conv1_2", 22, [8, 6.5], [5, 2.6], 6.99),
      layer("conv2_1", 34, [8, 5.6], [5, 2.4], 8.91),
      layer("conv2_2", 36, [8, 5.9], [5, 2.3], 9.31),
      layer("conv3_1", 53, [8, 4.8], [5, 1.8], 11.15),
      layer("conv3_2", 24, [8, 4.6], [5, 2.9], 5.67),
      layer("conv3_3", 42, [8, 4.6], [5, 2.2], 8.96),
      layer("conv4_1", 32, [8, 4.6], [5, 2.6], 7.29),
      layer("conv4_2", 27, [8, 4.2], [5, 2.9], 5.93),
      layer("conv4_3", 34, [8, 4.4], [5, 2.5], 7.47),
      layer("conv5_1", 35, [8, 4.7], [5, 2.5], 8),
      layer("conv5_2", 29, [8, 4.6], [5, 2.7], 6.52),
      layer("conv5_3", 36, [8, 4.6], [5, 2.3], 7.79),
      layer("fc6", 4, [5, 3.6], [5, 3.5], 1.1),
      layer("fc7", 4, [5, 4], [5, 4.3], 1.25),
      layer("fc8", 23, [5, 4], [5, 3.4], 5.24),
    ],
    total: { keptPercent: 7.5, valueBits: [6.4, 4.1], gapBits: [5, 3.1], ratePercent: 2.05 },
    ratio: 49,
    denseErrorPercent: 31.5,
    errorPercent: 31.17,
  },
};

import type { NetworkName } from "./recipe";

/** A layer as the paper counts it: bits before and after Huffman coding, rate in percent of 32-bit dense weights. */
export interface PaperLayer {
  readonly layer: string;
  readonly keptPercent: number;
  readonly valueBits: readonly [number, number];
  readonly gapBits: readonly [number, number];
  readonly ratePercent: number;
}

/** What the paper reports of a network (Deep Compression, tables 1, 2 and 3). */
export interface PaperNetwork {
  readonly layers: readonly PaperLayer[];
  readonly total: Omit<PaperLayer, "layer">;
  readonly ratio: number;
  readonly denseErrorPercent: number;
  readonly errorPercent: number;
}

function layer(
  name: string,
  keptPercent: number,
  valueBits: readonly [number, number],
  gapBits: readonly [number, number],
  ratePercent: number,
): PaperLayer {
  return { layer: name, keptPercent, valueBits, gapBits, ratePercent };
}

export const paper: Readonly<Record<NetworkName, PaperNetwork>> = {
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
};

import type { Layer } from "@deep-compression/inference";
import { grouped } from "./terminal";

/**
 * Energy of 32-bit operations in picojoules, 45 nm (Deep Compression, section 1; Horowitz, ISSCC 2014): memory outside the
 * chip, memory on the chip, a multiplication, an addition.
 */
const PICOJOULES = { dram: 640, sram: 5, multiplication: 3.7, addition: 0.9 } as const;

/** Sizes of memory on a chip that weights may fit. */
const CHIP_MIB = [1, 4, 8] as const;

/** What weights cost by the paper's argument, and in words. It is a model, not a measurement. */
export interface ModelledEnergy {
  readonly heldBytes: number;
  readonly denseBytes: number;
  /** Microjoules a run: weights read once from outside the chip unless they fit a memory of `chipBytes` on it. */
  readonly chips: readonly { readonly chipBytes: number; readonly held: number; readonly dense: number }[];
  readonly lines: readonly string[];
}

/** Reads of weights, and a multiplication and an addition for each non-zero weight and item of the batch. */
export function modelledEnergy(layers: readonly Layer[], batch: number): ModelledEnergy {
  const sum = (part: (layer: Layer) => number) => layers.reduce((total, layer) => total + part(layer), 0);
  const heldBytes = sum(({ bytes }) => bytes);
  const [elements, nonZeros] = [sum((layer) => layer.elements), sum((layer) => layer.nonZeros)];
  const denseBytes = 4 * elements;
  const arithmetic = PICOJOULES.multiplication + PICOJOULES.addition;
  const microjoules = (bytes: number, products: number, chipBytes: number) =>
    ((bytes / 4) * (bytes <= chipBytes ? PICOJOULES.sram : PICOJOULES.dram) + products * batch * arithmetic) / 1e6;
  const chips = CHIP_MIB.map((size) => {
    const chipBytes = size * 2 ** 20;
    return {
      chipBytes,
      held: microjoules(heldBytes, nonZeros, chipBytes),
      dense: microjoules(denseBytes, elements, chipBytes),
    };
  });
  const lines = [
    `energy by the paper's model, not measured (45 nm: ${PICOJOULES.dram} pJ for 32 bits from outside the chip, ${PICOJOULES.sram} on it, ${arithmetic.toFixed(1)} a product; a weight of a convolution counted once an item):`,
    ...CHIP_MIB.map((size, i) => {
      const { held, dense, chipBytes } = chips[i]!;
      const fits = (bytes: number) => (bytes <= chipBytes ? "fit" : "do not fit");
      return `  ${size} MiB on the chip: weights as held (${grouped(heldBytes)} bytes) ${fits(heldBytes)}, ${held.toPrecision(3)} uJ; dense (${grouped(denseBytes)}) ${fits(denseBytes)}, ${dense.toPrecision(3)} uJ`;
    }),
  ];
  return { heldBytes, denseBytes, chips, lines };
}

import { kernelChoice } from "@deep-compression/runtime";
import { KERNELS_TEXT } from "./kernels.generated";

/** Elements of a block, the most a kernel takes in one call; assembly/floats.ts has the same numbers. */
export const BLOCK_ELEMENTS = 16384;
const INPUT_OFFSET = 0x10000;
const FIRST_OFFSET = 0x20000;
const SECOND_OFFSET = 0x30000;

/** What assembly/floats.ts exports. */
type FloatExports = {
  readonly memory: WebAssembly.Memory;
  readonly takeNonZeros: (count: number, zero: number, base: number) => number;
  readonly firstNotFinite: (count: number) => number;
  readonly takeBetween: (count: number, low: number, high: number) => number;
  readonly countAbove: () => number;
  readonly mayHaveNaN: () => number;
};

/** The kernels, and what of their memory is whose: the block that they are given, and two outputs as large. */
export interface FloatKernels extends Omit<FloatExports, "memory"> {
  readonly input: Float32Array;
  readonly first: Uint32Array;
  readonly second: Float32Array;
}

/** The kernels, or undefined if the plain version is wanted or WebAssembly is not to be had. */
export const floatKernels = /* @__PURE__ */ kernelChoice(KERNELS_TEXT, openKernels, undefined);

function openKernels({ memory: { buffer }, ...kernels }: FloatExports): FloatKernels | undefined {
  return {
    ...kernels,
    input: new Float32Array(buffer, INPUT_OFFSET, BLOCK_ELEMENTS),
    first: new Uint32Array(buffer, FIRST_OFFSET, BLOCK_ELEMENTS),
    second: new Float32Array(buffer, SECOND_OFFSET, BLOCK_ELEMENTS),
  };
}

/** Copies the values to the kernels' input, block by block: of each, the index of its first element and their count. */
export function* blocksOf(
  { input }: FloatKernels,
  values: Float32Array,
): Generator<{ readonly base: number; readonly count: number }> {
  for (let base = 0; base < values.length; base += BLOCK_ELEMENTS) {
    const block = values.subarray(base, base + BLOCK_ELEMENTS);
    input.set(block);
    yield { base, count: block.length };
  }
}

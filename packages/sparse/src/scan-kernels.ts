import { wasmModule } from "@deep-compression/bits";
import { kernelsHex } from "./kernels.generated";

/** Which version of a function does the work: WebAssembly (default where it is to be had), or its plain TypeScript twin. */
export interface KernelOption {
  readonly kernels?: "wasm" | "plain";
}

/** Elements of a block, the most a kernel takes in one call; assembly/scan.ts has the same numbers. */
export const blockElements = 16384;
const inputOffset = 0x10000;
const firstOffset = 0x20000;
const secondOffset = 0x30000;

/** What assembly/scan.ts exports. */
type ScanExports = {
  readonly countNonZeros: (count: number, zero: number) => number;
  readonly takeNonZeros: (count: number, zero: number, base: number) => number;
  readonly firstNotFinite: (count: number) => number;
  readonly takeBetween: (count: number, low: number, high: number) => number;
  readonly countAbove: () => number;
};

/** The kernels, and the parts of their memory: the block to scan, and two outputs as large. */
export interface ScanKernels extends ScanExports {
  readonly input: Float32Array;
  readonly first: Uint32Array;
  readonly second: Float32Array;
}

/** The kernels, or undefined if the plain version is wanted or WebAssembly is not to be had. */
export function scanKernels({ kernels = "wasm" }: KernelOption): ScanKernels | undefined {
  if (kernels === "wasm") return instance();
  if (kernels === "plain") return undefined;
  throw new TypeError(`kernels: expected "wasm" or "plain", got ${String(kernels)}`);
}

const instance = /* @__PURE__ */ once((): ScanKernels | undefined => {
  const module = wasmModule(kernelsHex);
  if (module === undefined) return undefined;
  const { exports } = new WebAssembly.Instance(module);
  const { buffer } = exports.memory as WebAssembly.Memory;
  return {
    ...(exports as ScanExports),
    input: new Float32Array(buffer, inputOffset, blockElements),
    first: new Uint32Array(buffer, firstOffset, blockElements),
    second: new Float32Array(buffer, secondOffset, blockElements),
  };
});

/** Copies the values to the kernels' input, block by block: of each, the index of its first element and their count. */
export function* blocksOf(
  { input }: ScanKernels,
  values: Float32Array,
): Generator<{ readonly base: number; readonly count: number }> {
  for (let base = 0; base < values.length; base += blockElements) {
    const block = values.subarray(base, base + blockElements);
    input.set(block);
    yield { base, count: block.length };
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

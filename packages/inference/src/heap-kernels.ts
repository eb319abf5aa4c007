import { checkChoice, type KernelOption, wasmModule } from "@deep-compression/runtime";
import type { ConvolutionKernels } from "./convolution-kernels";
import { type Heap, type PagedMemory, plainMemory } from "./heap";
import { KERNELS_HEX } from "./kernels.generated";
import { plainKernels } from "./plain-kernels";

/** The loops that have a version in WebAssembly and a twin in TypeScript. Addresses are bytes in the heap. */
export interface HeapKernels extends ConvolutionKernels {
  /**
   * C [m x n] = op(A) [m x k] op(B) [k x n], or += where `accumulate` is 1. Leading dimensions in elements; `transposeA` 1: A is stored
   * [k x m]; `transposeB` 1: B is stored [n x k]. `scratch` is the address of `gemmScratch(m, n)` bytes; none is used
   * where only B is transposed.
   */
  gemm(
    m: number,
    n: number,
    k: number,
    a: number,
    lda: number,
    transposeA: number,
    b: number,
    ldb: number,
    transposeB: number,
    c: number,
    ldc: number,
    accumulate: number,
    scratch: number,
  ): void;
  /** y [outputs] += a tile of `GroupedRows` times x [inputs]. */
  groupedProduct(...args: [...GroupedArguments, x: number, inputs: number, y: number]): void;
  /** y [outputs][4] += a tile of `GroupedRows` times x [inputs][4]; `groupedProduct8`: of 8. */
  groupedProduct4(...args: [...GroupedArguments, x: number, y: number]): void;
  groupedProduct8(...args: [...GroupedArguments, x: number, y: number]): void;
  /** y [outputs] += `CodedColumns` of entries of 16 bits times x [inputs]; `columnsProduct32`: of 32 bits. */
  columnsProduct16(...args: [...ColumnsArguments, x: number, y: number]): void;
  columnsProduct32(...args: [...ColumnsArguments, x: number, y: number]): void;
  /** y [outputs][8] += `CodedColumns` times x [inputs][8]; `wide` 1: entries of 32 bits. */
  columnsProduct8(...args: [...ColumnsArguments, wide: number, x: number, y: number]): void;
}

/** Where the parts of a tile lie. */
type GroupedArguments = [runs: number, runCount: number, offsets: number, groups: number, codebook: number];
/** Where the parts of a matrix lie; the codebook is readable for whole vectors of four. */
type ColumnsArguments = [starts: number, inputs: number, entries: number, codebook: number, filler: number];

/** Bytes that `gemm` works in. */
export function gemmScratch(m: number, n: number): number {
  return 128 + 4 * 256 * (m + 4 + n + 8);
}

/** A memory, the first address in it that may be used, and the loops over it. */
interface KernelMemory {
  readonly memory: PagedMemory;
  readonly base: number;
  kernels(heap: Heap): HeapKernels;
}

let compiled: { readonly module: WebAssembly.Module | undefined } | undefined;

/**
 * A memory with loops in WebAssembly, or in TypeScript where there is none or it is asked for.
 *
 * @throws TypeError, RangeError for an unknown name of kernels
 */
export function kernelMemory({ kernels = "wasm" }: KernelOption): KernelMemory {
  if (checkChoice("kernels", kernels, ["wasm", "plain"]) === "wasm") {
    compiled ??= { module: wasmModule(KERNELS_HEX) };
    if (compiled.module !== undefined) return wasmKernelMemory(compiled.module);
  }
  return { memory: plainMemory(), base: 64, kernels: plainKernels };
}

function wasmKernelMemory(module: WebAssembly.Module): KernelMemory {
  const memory = new WebAssembly.Memory({ initial: 2 });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as HeapKernels & {
    heapBase(): number;
  };
  return { memory, base: exports.heapBase(), kernels: () => exports };
}

import { checkChoice, type KernelOption, wasmModule } from "@deep-compression/runtime";
import type { ConvolutionKernels } from "./convolution-kernels";
import type { ElementwiseKernels } from "./elementwise-kernels";
import { type Heap, type PagedMemory, plainMemory } from "./heap";
import { KERNELS_HEX } from "./kernels.generated";
import { plainKernels } from "./plain-kernels";
import type { PoolingKernels } from "./pooling-kernels";
import type { SparseKernels } from "./sparse-kernels";

/** The loops that have a version in WebAssembly and a twin in TypeScript. Addresses are bytes in the heap. */
export interface HeapKernels extends ConvolutionKernels, ElementwiseKernels, PoolingKernels, SparseKernels {
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
}

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

import type { ConvolutionKernels } from "./convolution-kernels";
import type { ElementwiseKernels } from "./elementwise-kernels";
import type { PoolingKernels } from "./pooling-kernels";
import type { SparseKernels } from "./sparse-kernels";

/** A module of loops in WebAssembly: one of kernels.generated.ts. A session has those that its operators name. */
export type KernelModule = string;

/** The loops that have a version in WebAssembly and a twin in TypeScript. Addresses are bytes in the heap. */
export interface HeapKernels extends ConvolutionKernels, ElementwiseKernels, PoolingKernels, SparseKernels {
  /**
   * C [m x n] = op(A) [m x k] op(B) [k x n], or += where `accumulate` is 1. Leading dimensions in elements; `transposeA` 1: A is stored
   * [k x m]; `transposeB` 1: B is stored [n x k]. `scratch` is the address of `gemmScratch(m, n, threads)` bytes; none is used
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

/** Bytes that `gemm` works in: on several threads each works in its own. */
export function gemmScratch(m: number, n: number, threads = 1): number {
  return threads * (128 + 4 * 256 * (m + 4 + n + 8));
}

import { plainElementwiseKernels } from "./elementwise-kernels";
import type { Heap } from "./heap";
import type { HeapKernels } from "./heap-kernels";
import { plainConvolutionKernels } from "./plain-convolution";
import { plainSparseKernels } from "./plain-sparse-kernels";
import { plainPoolingKernels } from "./pooling-kernels";

/** The loops in TypeScript. */
export function plainKernels(heap: Heap): HeapKernels {
  const floats = () => new Float32Array(heap.buffer, 0, heap.buffer.byteLength >> 2);
  return {
    ...plainConvolutionKernels(floats),
    ...plainElementwiseKernels(floats),
    ...plainPoolingKernels(floats),
    gemm(m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate) {
      const memory = floats();
      const [rowA, stepA] = transposeA === 0 ? [lda, 1] : [1, lda];
      const [rowB, stepB] = transposeB === 0 ? [ldb, 1] : [1, ldb];
      for (let i = 0; i < m; i++) {
        for (let j = 0; j < n; j++) {
          const to = c / 4 + i * ldc + j;
          let [sum, x, y] = [accumulate === 0 ? 0 : memory[to]!, a / 4 + i * rowA, b / 4 + j * stepB];
          for (let depth = 0; depth < k; depth++, x += stepA, y += rowB) sum += memory[x]! * memory[y]!;
          memory[to] = sum;
        }
      }
    },
    ...plainSparseKernels(heap),
  };
}

import { plainElementwiseKernels } from "./elementwise-kernels";
import { type Heap, plainMemory } from "./heap";
import type { HeapKernels } from "./heap-kernels";
import type { KernelMemory } from "./kernel-memory";
import { plainConvolutionKernels } from "./plain-convolution";
import { plainSparseKernels } from "./plain-sparse-kernels";
import { plainPoolingKernels } from "./pooling-kernels";

/** A memory with all loops in TypeScript: what sessions run on where there is no WebAssembly. */
export function plainKernels(): KernelMemory {
  return { memory: plainMemory(), base: 64, kernels: plainLoops };
}

function plainLoops(heap: Heap): HeapKernels {
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

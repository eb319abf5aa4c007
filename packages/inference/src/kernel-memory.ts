import { checkChoice, type KernelOption, wasmModule } from "@deep-compression/runtime";
import { type Heap, type PagedMemory, plainMemory } from "./heap";
import type { HeapKernels } from "./heap-kernels";
import { KERNELS_HEX } from "./kernels.generated";
import { plainKernels } from "./plain-kernels";

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

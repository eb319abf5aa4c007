import { checkChoice, type KernelOption, wasmModule } from "@deep-compression/runtime";
import type { Heap, PagedMemory } from "./heap";
import type { HeapKernels } from "./heap-kernels";
import { KERNELS_TEXT } from "./kernels.generated";

/** A memory, the first address in it that may be used, and the loops over it. */
export interface KernelMemory {
  readonly memory: PagedMemory;
  readonly base: number;
  kernels(heap: Heap): HeapKernels;
}

/** Which loops a session runs. */
export interface KernelOptions extends KernelOption {
  /** The twins in TypeScript, for `kernels: "plain"` and where there is no WebAssembly. Default: none. */
  readonly plain?: () => KernelMemory;
}

let compiled: { readonly module: WebAssembly.Module | undefined } | undefined;

/**
 * A memory with loops in WebAssembly, or in TypeScript where there is none or it is asked for.
 *
 * @throws TypeError, RangeError for an unknown name of kernels, or where the twins are needed and were not given
 */
export function kernelMemory({ kernels = "wasm", plain }: KernelOptions): KernelMemory {
  if (checkChoice("kernels", kernels, ["wasm", "plain"]) === "wasm") {
    compiled ??= { module: wasmModule(KERNELS_TEXT) };
    if (compiled.module !== undefined) return wasmKernelMemory(compiled.module);
  }
  if (plain !== undefined) return plain();
  const why = kernels === "wasm" ? "there is no WebAssembly here" : 'kernels: "plain" needs them';
  throw new RangeError(`options.plain: expected the export plainKernels, since ${why}, got undefined`);
}

function wasmKernelMemory(module: WebAssembly.Module): KernelMemory {
  const memory = new WebAssembly.Memory({ initial: 2 });
  const exports = new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as HeapKernels & {
    heapBase(): number;
  };
  return { memory, base: exports.heapBase(), kernels: () => exports };
}

import { checkChoice, type KernelOption, wasmModule } from "@deep-compression/runtime";
import type { Heap, PagedMemory } from "./heap";
import type { HeapKernels, KernelModule } from "./heap-kernels";

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

/** The first address behind those of assembly/rooms.ts. */
export const HEAP_BASE = 70_800;

const compiled = new Map<KernelModule, WebAssembly.Module | undefined>();

/**
 * A memory with loops in WebAssembly, those of some modules, or with all in TypeScript where there is none or it is asked for.
 *
 * @throws TypeError, RangeError for an unknown name of kernels, or where the twins are needed and were not given
 */
export function kernelMemory(
  { kernels = "wasm", plain }: KernelOptions,
  modules: readonly KernelModule[],
): KernelMemory {
  if (checkChoice("kernels", kernels, ["wasm", "plain"]) === "wasm") {
    for (const text of modules) if (!compiled.has(text)) compiled.set(text, wasmModule(text));
    const found = modules.map((text) => compiled.get(text));
    if (typeof WebAssembly !== "undefined" && !found.includes(undefined)) {
      const memory = new WebAssembly.Memory({ initial: 2 });
      const loops = kernelsOn(memory, found as WebAssembly.Module[]);
      return { memory, base: HEAP_BASE, kernels: () => loops };
    }
  }
  if (plain !== undefined) return plain();
  const why = kernels === "wasm" ? "there is no WebAssembly here" : 'kernels: "plain" needs them';
  throw new RangeError(`options.plain: expected the export plainKernels, since ${why}, got undefined`);
}

/** The loops of modules over one memory. */
export function kernelsOn(memory: WebAssembly.Memory, modules: readonly WebAssembly.Module[]): HeapKernels {
  return Object.assign({}, ...modules.map((module) => new WebAssembly.Instance(module, { env: { memory } }).exports));
}

import { checkChoice } from "./arguments";
import { wasmModule } from "./wasm-module";

/** Which version of a loop does the work: WebAssembly, or its twin in TypeScript. Both make the same of everything. */
export type KernelName = "wasm" | "plain";

export interface KernelOption {
  /** Default: WebAssembly where there is any. */
  readonly kernels?: KernelName;
}

/** What a module exports: its memory, addresses in it, and functions of numbers. */
type Exported = WebAssembly.Memory & WebAssembly.Global<"i32"> & ((...numbers: number[]) => number);

/** An instance of a module: its functions, its memory, and the addresses by name. */
export interface WasmInstance {
  readonly functions: Readonly<Record<string, (...numbers: number[]) => number>>;
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly at: Readonly<Record<string, number>>;
}

/**
 * Gives the kernels of a name. Those in WebAssembly are made of the inlined module when they are first asked for; where there
 * is no WebAssembly, the plain ones stand in for them.
 *
 * @throws TypeError, RangeError for another name
 */
export function kernelChoice<K>(hex: string, open: (instance: WasmInstance) => K, plain: K): (name?: KernelName) => K {
  let made: { readonly kernels: K } | undefined;
  return (name = "wasm") => {
    if (checkChoice("kernels", name, ["wasm", "plain"]) === "plain") return plain;
    made ??= { kernels: openModule(hex, open, plain) };
    return made.kernels;
  };
}

function openModule<K>(hex: string, open: (instance: WasmInstance) => K, plain: K): K {
  const module = wasmModule(hex);
  if (module === undefined) return plain;
  const functions = new WebAssembly.Instance(module).exports as Record<string, Exported>;
  const at = Object.fromEntries(Object.entries(functions).map(([name, { value }]) => [name, value]));
  return open({ functions, memory: new Uint8Array(functions.memory.buffer), at });
}

/** Loops over symbols: in WebAssembly, or their twin in TypeScript. */
export type KernelName = "wasm" | "plain";

/**
 * The kernels of a name; by default those in WebAssembly, which are made when they are first asked for, and the plain ones
 * where there is no WebAssembly. TypeError for another name.
 */
export function kernelChoice<K>(wasm: () => K | undefined, plain: K): (name: KernelName | undefined) => K {
  let made: K | undefined;
  return (name = "wasm") => {
    if (name === "plain") return plain;
    if (name !== "wasm") throw new TypeError(`kernels: expected "wasm" or "plain", got ${name}`);
    made ??= wasm() ?? plain;
    return made;
  };
}

/** What a module of WebAssembly exports: its memory, addresses in it, and functions of numbers. */
export type Exported = WebAssembly.Memory & WebAssembly.Global<"i32"> & ((...numbers: number[]) => number);

/** An instance: its functions, its memory, and the addresses by name. */
export function instanceOf(module: WebAssembly.Module): {
  readonly functions: Readonly<Record<string, Exported>>;
  readonly memory: Uint8Array<ArrayBuffer>;
  readonly at: Readonly<Record<string, number>>;
} {
  const functions = new WebAssembly.Instance(module).exports as Record<string, Exported>;
  const at = Object.fromEntries(Object.entries(functions).map(([name, { value }]) => [name, value]));
  return { functions, memory: new Uint8Array(functions.memory.buffer), at };
}

import { checkChoice } from "./arguments";
import { wasmModule } from "./wasm-module";

/** Which version of a loop does the work: WebAssembly, or its twin in TypeScript. Both make the same of everything. */
export type KernelName = "wasm" | "plain";

/** The option of all that has kernels. */
export interface KernelOption {
  /** Default: WebAssembly where there is any. */
  readonly kernels?: KernelName;
}

/**
 * Gives the kernels of a name. Those in WebAssembly are made of the inlined module when they are first asked for; where there
 * is no WebAssembly, the plain ones stand in for them.
 *
 * @param text the module as text, which `wasmModule` takes; it imports nothing
 * @throws TypeError, RangeError in the function that it gives, for another name
 */
export function kernelChoice<K, E extends WebAssembly.Exports>(
  text: string,
  open: (exports: E) => K,
  plain: K,
): (name?: KernelName) => K {
  let made: readonly [K] | undefined;
  return (name = "wasm") => {
    if (checkChoice("kernels", name, ["wasm", "plain"]) === "plain") return plain;
    if (made === undefined) {
      const module = wasmModule(text);
      made = [module ? open(new WebAssembly.Instance(module).exports as E) : plain];
    }
    return made[0];
  };
}

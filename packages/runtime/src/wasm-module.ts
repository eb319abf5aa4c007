/**
 * Compiles a WebAssembly module that is inlined in hexadecimal; undefined where WebAssembly, or a feature the module uses, is
 * missing or forbidden (a page's content security policy may): then the plain TypeScript version of the same function
 * does the work.
 */
export function wasmModule(hex: string): WebAssembly.Module | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    return new WebAssembly.Module(Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16)));
  } catch {
    return undefined;
  }
}

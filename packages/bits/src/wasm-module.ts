/**
 * Compiles a WebAssembly module that is inlined as base64; undefined where WebAssembly, or a feature the module uses, is
 * missing or forbidden (a page's content security policy may): then the plain TypeScript version of the same function
 * does the work.
 */
export function wasmModule(base64: string): WebAssembly.Module | undefined {
  if (typeof WebAssembly === "undefined") return undefined;
  try {
    return new WebAssembly.Module(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)));
  } catch {
    return undefined;
  }
}

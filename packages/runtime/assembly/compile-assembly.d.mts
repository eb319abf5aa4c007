/** The mirror of `textBytes` in src/wasm-module.ts. */
export function bytesText(bytes: Uint8Array): string;

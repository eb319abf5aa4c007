/** Bytes that the caller must write all of: they may hold anything, and where there is Node's Buffer are had for less. */
export function uninitializedBytes(length: number): Uint8Array<ArrayBuffer> {
  const { Buffer } = globalThis as { readonly Buffer?: { allocUnsafeSlow?(length: number): Uint8Array<ArrayBuffer> } };
  const bytes = Buffer?.allocUnsafeSlow?.(length);
  return bytes === undefined ? new Uint8Array(length) : new Uint8Array(bytes.buffer);
}

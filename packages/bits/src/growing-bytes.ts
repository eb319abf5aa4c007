/** Returns `bytes`, or a copy with zeros behind it, long enough for `length`; doubling keeps appending linear. */
export function grown(bytes: Uint8Array, length: number): Uint8Array {
  if (length <= bytes.length) return bytes;
  const larger = new Uint8Array(Math.max(length, 2 * bytes.length));
  larger.set(bytes);
  return larger;
}

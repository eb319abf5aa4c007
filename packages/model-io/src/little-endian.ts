/** A copy of `bytes` with every group of `size` bytes reversed: big-endian numbers to little-endian and back. */
export function swapped(bytes: Uint8Array, size: number): Uint8Array {
  const result = bytes.slice();
  if (size === 1) return result;
  for (let start = 0; start < result.length; start += size) result.subarray(start, start + size).reverse();
  return result;
}

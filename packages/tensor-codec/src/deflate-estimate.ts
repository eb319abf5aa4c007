/**
 * Bytes that deflate leaves of these elements at least, roughly: what order-0 codes of each plane would take, halved, since half of
 * the elements may be copies of others; 0 where more are. It costs a hundredth of deflating them.
 *
 * @param size bytes of an element
 */
export function leastDeflatedBytes(elements: Uint8Array, size: number): number {
  const count = elements.length / size;
  if (2 * distinctElements(elements, size) < count) return 0;
  let bits = 0;
  for (let plane = 0; plane < size; plane++) {
    const counts = new Uint32Array(256);
    for (let at = plane; at < elements.length; at += size) counts[elements[at]!]!++;
    for (const n of counts) if (n > 0) bits -= n * Math.log2(n / count);
  }
  return bits / 16;
}

/** Elements of different hashes: as many as there are different ones, or fewer. */
function distinctElements(elements: Uint8Array, size: number): number {
  const hashes = new Set<number>();
  for (let at = 0; at < elements.length; at += size) {
    let hash = 0;
    for (let i = at; i < at + size; i++) hash = (Math.imul(hash, 0x01000193) ^ elements[i]!) | 0;
    hashes.add(hash);
  }
  return hashes.size;
}

/** Longest code word of RFC 1951. */
const MAX_LENGTH = 15;

/** A table of a prefix code whose code words stand in a stream with their first bit lowest. */
export interface PrefixTable {
  /** By the next `bits` bits: a symbol times 16 plus the length of its code word; 0 where there is none. */
  readonly entries: Uint16Array;
  readonly bits: number;
}

/**
 * The table of the canonical code with these lengths, 0 for a symbol that is absent. Undefined if they are those of no prefix code, or of
 * one that is not complete, unless it has one code word of one bit or none, as zlib takes them.
 */
export function prefixTable(lengths: Uint8Array): PrefixTable | undefined {
  const counts = new Uint16Array(MAX_LENGTH + 1);
  for (let symbol = 0; symbol < lengths.length; symbol++) counts[lengths[symbol]!]!++;
  counts[0] = 0;
  const bits = counts.findLastIndex((count) => count > 0);
  let left = 1;
  const next = new Uint16Array(MAX_LENGTH + 2);
  for (let length = 1; length <= MAX_LENGTH; length++) {
    left = 2 * left - counts[length]!;
    if (left < 0) return undefined;
    next[length + 1] = (next[length]! + counts[length]!) << 1;
  }
  if (left > 0 && bits > 1) return undefined;
  if (bits < 1) return { entries: new Uint16Array(1), bits: 0 };
  const entries = new Uint16Array(1 << bits);
  for (let symbol = 0; symbol < lengths.length; symbol++) {
    const length = lengths[symbol]!;
    if (length === 0) continue;
    const word = reversed(next[length]!++, length);
    for (let at = word; at < entries.length; at += 1 << length) entries[at] = 16 * symbol + length;
  }
  return { entries, bits };
}

function reversed(word: number, length: number): number {
  let from = 0;
  for (let bit = 0; bit < length; bit++) from |= ((word >>> bit) & 1) << (length - 1 - bit);
  return from;
}

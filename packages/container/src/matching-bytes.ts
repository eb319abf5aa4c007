/** A stretch of the new bytes that the old ones have too. */
export interface Match {
  /** Where it begins in the old bytes. */
  readonly from: number;
  /** Where it begins in the new bytes. */
  readonly to: number;
  readonly length: number;
}

/** Shorter stretches save little more than a step takes. */
const BLOCK_BYTES = 32;

/** Slots of the table of blocks, at most; of longer files every second, fourth, ... block is in it. */
const MOST_SLOTS = 2 ** 22;

const MULTIPLIER = 0x01000193;
/** MULTIPLIER to the power BLOCK_BYTES - 1, modulo 2^32: what the first byte of a block is multiplied by. */
const FIRST_FACTOR = /* @__PURE__ */ power(BLOCK_BYTES - 1);

function power(exponent: number): number {
  let value = 1;
  for (let i = 0; i < exponent; i++) value = Math.imul(value, MULTIPLIER);
  return value;
}

/**
 * Stretches of the new bytes that the old ones have too, in the order of the new ones, none overlapping another: blocks of the
 * old file are found by a rolling hash (as rsync does), and grow both ways as far as they match. Where the files go side by
 * side, no block needs to be found.
 */
export function matchingBytes(old: Uint8Array, made: Uint8Array): Match[] {
  const table = blockTable(old);
  const matches: Match[] = [];
  let reached = 0;
  let distance = 0;
  let hash = hashOf(made, 0);
  for (let at = 0; at + BLOCK_BYTES <= made.length; ) {
    const found = isBlock(old, at + distance, made, at) ? at + distance : table.find(hash, made, at);
    if (found === undefined) {
      hash = rolled(hash, made, at++);
      continue;
    }
    let back = 0;
    while (at - back > reached && found - back > 0 && old[found - back - 1] === made[at - back - 1]) back++;
    let length = back + BLOCK_BYTES;
    const [from, to] = [found - back, at - back];
    while (from + length < old.length && to + length < made.length && old[from + length] === made[to + length])
      length++;
    matches.push({ from, to, length });
    reached = to + length;
    distance = from - to;
    at = reached;
    hash = hashOf(made, at);
  }
  return matches;
}

function hashOf(bytes: Uint8Array, at: number): number {
  let hash = 0;
  for (let i = 0; i < BLOCK_BYTES; i++) hash = (Math.imul(hash, MULTIPLIER) + (bytes[at + i] ?? 0)) | 0;
  return hash;
}

/** The hash of the block one further. */
function rolled(hash: number, bytes: Uint8Array, at: number): number {
  const without = hash - Math.imul(bytes[at]!, FIRST_FACTOR);
  return (Math.imul(without, MULTIPLIER) + (bytes[at + BLOCK_BYTES] ?? 0)) | 0;
}

function isBlock(old: Uint8Array, from: number, made: Uint8Array, to: number): boolean {
  if (from < 0 || from + BLOCK_BYTES > old.length) return false;
  for (let i = 0; i < BLOCK_BYTES; i++) if (old[from + i] !== made[to + i]) return false;
  return true;
}

/** Blocks of the old file by their hash; of those that share a slot the first. */
function blockTable(old: Uint8Array) {
  const blocks = Math.floor(old.length / BLOCK_BYTES);
  const bits = Math.max(4, Math.min(Math.log2(MOST_SLOTS), Math.ceil(Math.log2(2 * blocks + 1))));
  const stride = Math.max(1, Math.ceil((2 * blocks) / MOST_SLOTS));
  const slots = new Int32Array(2 ** bits); // number of the block, from 1
  const slotOf = (hash: number) => Math.imul(hash, 0x9e3779b1) >>> (32 - bits);
  for (let block = 0; block < blocks; block += stride) {
    const slot = slotOf(hashOf(old, block * BLOCK_BYTES));
    if (slots[slot] === 0) slots[slot] = block + 1;
  }
  return {
    find(hash: number, made: Uint8Array, at: number): number | undefined {
      const block = slots[slotOf(hash)]!;
      if (block === 0) return undefined;
      const from = (block - 1) * BLOCK_BYTES;
      return isBlock(old, from, made, at) ? from : undefined;
    },
  };
}

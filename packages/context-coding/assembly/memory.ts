// Where things lie. The tables are written once, by the TypeScript that makes them for its twin too.

/** Logits by probabilities of 12 bits; steps by counts; fresh significance states; what sums of sizes tell apart. */
export const STRETCH: u32 = 1024;
export const STEPS: u32 = STRETCH + 2 * 4096;
export const FRESH_SIGNIFICANCE: u32 = STEPS + 4 * 1024;
export const NEARNESS: u32 = FRESH_SIGNIFICANCE + 4 * 1024;

/** States: see matrix-model.ts and magnitude.ts. */
export const SIGNIFICANCE: u32 = NEARNESS + 64;
export const SIGNS: u32 = SIGNIFICANCE + 4 * 1024;
export const EXPONENTS: u32 = SIGNS + 4 * 164;
export const NEAR_EXPONENTS: u32 = EXPONENTS + 4 * 32;
export const PATHS: u32 = NEAR_EXPONENTS + 4 * 256;
export const PLACES: u32 = PATHS + 4 * 2048;
const BEHIND: u32 = PLACES + 4 * 512;

/** What is as long as a matrix: flags of live rows and columns, neighbours by place in the grid, and a block of values. */
export let LIVE_ROWS: u32 = 0;
export let LIVE_COLUMNS: u32 = 0;
export let LEFT: u32 = 0;
export let ABOVE: u32 = 0;
export let THIRD: u32 = 0;
export let MIRRORED: u32 = 0;
export let VALUES: u32 = 0;
export let BYTES: u32 = 0;

/** By column: states, last weights; the row that is coded and the one above, behind a margin; of live columns the number and the place in the grid. */
export let COLUMN_BITS: u32 = 0;
export let COLUMN_WEIGHTS: u32 = 0;
export let LINE: u32 = 0;
export let LINE_ABOVE: u32 = 0;
export let LIVE_NUMBERS: u32 = 0;

let next: u64 = 0;

function take(bytes: u64): u32 {
  const from = next;
  next += bytes + 15 & ~15;
  return <u32>from;
}

/** Lays out memory for a matrix, a block of `block` values and `length` bytes. @returns whether there is enough */
export function layOut(rows: u32, columns: u32, places: u32, margin: u32, block: u32, length: u32): bool {
  next = BEHIND;
  LIVE_ROWS = take(rows);
  LIVE_COLUMNS = take(columns);
  LEFT = take(4 * <u64>places);
  ABOVE = take(4 * <u64>places);
  THIRD = take(4 * <u64>places);
  MIRRORED = take(places);
  COLUMN_BITS = take(4 * <u64>columns);
  COLUMN_WEIGHTS = take(2 * <u64>columns);
  LINE = take(2 * (<u64>margin + columns));
  LINE_ABOVE = take(2 * (<u64>margin + columns));
  LIVE_NUMBERS = take(8 * <u64>columns);
  VALUES = take(2 * <u64>block);
  BYTES = take(<u64>length);
  const pages = (next + 65535) >> 16;
  const missing = <i64>pages - <i64>memory.size();
  return pages < 65536 && (missing <= 0 || memory.grow(<i32>missing) >= 0);
}

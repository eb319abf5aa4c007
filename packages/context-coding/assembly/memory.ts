// Where things lie. The tables are written once, by the TypeScript that makes them for its twin too.

/** Logits by probabilities of 12 bits; steps by counts; fresh significance states; what sums of sizes tell apart. */
export const STRETCH: u32 = 1024;
export const STEPS: u32 = STRETCH + 2 * 4096;
export const FRESH_SIGNIFICANCE: u32 = STEPS + 8 * 1024;
export const NEARNESS: u32 = FRESH_SIGNIFICANCE + 4 * 1024;

/** States: see matrix-model.ts and magnitude.ts. */
export const SIGNIFICANCE: u32 = NEARNESS + 64;
export const SIGNS: u32 = SIGNIFICANCE + 8 * 1024;
export const EXPONENTS: u32 = SIGNS + 8 * 162;
export const NEAR_EXPONENTS: u32 = EXPONENTS + 8 * 32;
export const PATHS: u32 = NEAR_EXPONENTS + 8 * 256;
export const PLACES: u32 = PATHS + 8 * 2048;

/** A column that there is not: what weights tell it is not read. */
export const NO_COLUMN: u32 = PLACES + 8 * 512;
const BEHIND: u32 = NO_COLUMN + 16;

/** What is as long as a matrix: flags of live rows and columns, what follows a place of the grid, a block of values, the stream. */
export let LIVE_ROWS: u32 = 0;
export let LIVE_COLUMNS: u32 = 0;
export let FOLLOWERS: u32 = 0;
export let VALUES: u32 = 0;
export let BYTES: u32 = 0;

/** What is known of live columns: see columns.ts. */
export let COLUMNS: u32 = 0;
export let COLUMN_WEIGHTS: u32 = 0;
/** Where a column's is in the first of them; as of those behind the last that followers may be. */
export let COLUMN_ADDRESSES: u32 = 0;

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
  FOLLOWERS = take(20 * <u64>places);
  COLUMNS = take(16 * <u64>columns);
  COLUMN_WEIGHTS = take(32 * <u64>columns);
  COLUMN_ADDRESSES = take(4 * (<u64>columns + margin));
  VALUES = take(2 * <u64>block);
  BYTES = take(<u64>length);
  const pages = (next + 65535) >> 16;
  const missing = <i64>pages - <i64>memory.size();
  return pages < 65536 && (missing <= 0 || memory.grow(<i32>missing) >= 0);
}

import { crc32c, FormatError } from "@deep-compression/bits";
import { breather, quoted } from "@deep-compression/runtime";
import { BLOCK_BYTES } from "./limits";

/** A range of bytes of the file, with one CRC-32C a block (docs/format.md, "Checksums"). */
export interface StoredRange {
  readonly offset: number;
  readonly length: number;
  readonly checksums: readonly number[];
}

/** Names what is being verified, for the error. */
export interface RangeOwner {
  readonly tensor?: string;
  readonly section: string;
}

/** Checksums that `length` bytes have: one a block begun, none if there are no bytes. */
export function blockCount(length: number): number {
  return Math.ceil(length / BLOCK_BYTES);
}

/** The range that `bytes` make, before it has a place. */
export function checksummed(bytes: Uint8Array): Omit<StoredRange, "offset"> {
  const { length } = bytes;
  return { length, checksums: Array.from({ length: blockCount(length) }, (_, block) => crc32c(blockOf(bytes, block))) };
}

/** Checks every block of a range whose bytes are all at hand. @throws FormatError "bad-checksum" */
export function checkRange(range: StoredRange, bytes: Uint8Array, owner: RangeOwner): void {
  for (let block = 0; block < range.checksums.length; block++) {
    checkBlock(range, { block, bytes: blockOf(bytes, block) }, owner);
  }
}

/** As {@link checkRange}, with turns for others in between: a block takes milliseconds. @throws as that */
export async function checkRangeInTurns(range: StoredRange, bytes: Uint8Array, owner: RangeOwner): Promise<void> {
  const breathe = breather();
  for (let block = 0; block < range.checksums.length; block++) {
    checkBlock(range, { block, bytes: blockOf(bytes, block) }, owner);
    await breathe();
  }
}

/** Checks one block of a range. @throws FormatError "bad-checksum" */
export function checkBlock(
  range: StoredRange,
  part: { readonly block: number; readonly bytes: Uint8Array },
  owner: RangeOwner,
): void {
  if (crc32c(part.bytes) === range.checksums[part.block]) return;
  const offset = range.offset + part.block * BLOCK_BYTES;
  const what = owner.tensor === undefined ? owner.section : `${owner.section} of tensor ${quoted(owner.tensor)}`;
  const message = `${what}: the bytes from ${offset} do not match their checksum`;
  throw new FormatError("bad-checksum", message, { offset, ...owner });
}

function blockOf(bytes: Uint8Array, block: number): Uint8Array {
  return bytes.subarray(block * BLOCK_BYTES, (block + 1) * BLOCK_BYTES);
}

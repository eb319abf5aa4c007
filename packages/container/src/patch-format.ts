import { byteReader, byteWriter, crc32c, FormatError, fromZigzag, toZigzag } from "@deep-compression/bits";
import { deflate } from "@deep-compression/bits/deflate";
import { inflate } from "@deep-compression/bits/inflate";

/** What makes one file of another: bytes of the old one, and bytes of its own, in turns (docs/patches.md). */
export interface Patch {
  readonly old: PatchedFile;
  readonly new: PatchedFile;
  readonly steps: readonly PatchStep[];
}

export interface PatchedFile {
  readonly length: number;
  /** In hexadecimal. */
  readonly sha256: string;
}

/** First bytes of the old file, which can be none, then bytes of the patch, which can be none. */
export interface PatchStep {
  /** Where in the old file the copied bytes begin. */
  readonly from: number;
  readonly copied: number;
  readonly added: Uint8Array;
}

/** 0x89 as in a `.dcz` file; then "DCP". */
export const PATCH_MAGIC: readonly number[] = [0x89, 0x44, 0x43, 0x50];

/** The version of docs/patches.md that is read and written. */
export const PATCH_VERSION = 1;

/** More bytes are deflated by a quick search: half the time, and a fraction of a percent more bytes. */
const CAREFUL_BYTES = 2 ** 24;

/** Bytes of magic, version and checksum. */
const HEADER_BYTES = 9;
const HASH_BYTES = 32;

/** What a patch may hold when it is inflated: its own bytes of the new file, and its steps. */
export const MAX_PATCH_BYTES = 2 ** 30;

/** New files that are longer than this many times the old one and the patch together are refused: no model needs it. */
export const MAX_PATCH_EXPANSION = 8;

/** The bytes of a patch. */
export function encodePatch(patch: Patch): Uint8Array {
  const plain = byteWriter();
  plain.varint(patch.steps.length);
  let expected = 0;
  for (const { from, copied, added } of patch.steps) {
    plain.varint(copied);
    if (copied > 0) {
      plain.varint(toZigzag(from - expected));
      expected = from + copied;
    }
    plain.varint(added.length);
  }
  for (const { added } of patch.steps) plain.bytes(added);
  const steps = plain.finish();
  const deflated = deflate(steps, { level: steps.length > CAREFUL_BYTES ? 5 : 9 });
  const isSmaller = deflated.length < steps.length;
  const body = byteWriter();
  for (const { length, sha256 } of [patch.old, patch.new]) {
    body.varint(length);
    body.bytes(Uint8Array.from(sha256.match(/../g) ?? [], (digits) => Number.parseInt(digits, 16)));
  }
  body.varint(isSmaller ? steps.length : 0);
  body.bytes(isSmaller ? deflated : steps);
  const bytes = body.finish();
  const out = byteWriter();
  out.bytes(Uint8Array.from(PATCH_MAGIC));
  out.u8(PATCH_VERSION);
  out.u32(crc32c(bytes));
  out.bytes(bytes);
  return out.finish();
}

/** Reads a patch: what it says of both files, and how the new one is made of the old. @throws FormatError */
export function decodePatch(bytes: Uint8Array): Patch {
  const wrong = PATCH_MAGIC.findIndex((byte, i) => bytes[i] !== byte);
  if (wrong >= 0) throw new FormatError("bad-magic", "this is no .dczp file", { offset: wrong });
  const header = byteReader(bytes);
  header.bytes(PATCH_MAGIC.length);
  const version = header.u8();
  if (version !== PATCH_VERSION)
    throw new FormatError("unsupported-version", `version ${version} of patches is not known, only ${PATCH_VERSION}`);
  if (header.u32() !== crc32c(bytes.subarray(HEADER_BYTES)))
    throw new FormatError("bad-checksum", "the patch does not match its checksum", { offset: HEADER_BYTES });
  const old = { length: header.varint(), sha256: hexOf(header.bytes(HASH_BYTES)) };
  const made = { length: header.varint(), sha256: hexOf(header.bytes(HASH_BYTES)) };
  if (made.length > MAX_PATCH_EXPANSION * (old.length + bytes.length))
    throw new FormatError(
      "limit-exceeded",
      `a file of ${made.length} bytes is more than the patch and ${old.length} bytes justify`,
    );
  const plainLength = header.varint({ max: MAX_PATCH_BYTES });
  const stored = header.bytes(header.remaining);
  const plain = plainLength === 0 ? stored : inflate(stored, { length: plainLength });
  const steps = decodeSteps(plain, { old: old.length, made: made.length });
  return { old, new: made, steps };
}

function decodeSteps(plain: Uint8Array, lengths: { readonly old: number; readonly made: number }): PatchStep[] {
  const reader = byteReader(plain);
  const count = reader.varint({ max: plain.length }); // a step takes two bytes
  const heads: { from: number; copied: number; length: number }[] = [];
  let expected = 0;
  let left = lengths.made;
  for (let i = 0; i < count; i++) {
    const copied = reader.varint({ max: left });
    const from = copied === 0 ? 0 : expected + fromZigzag(reader.varint());
    if (from < 0 || from + copied > lengths.old)
      throw new FormatError("out-of-range", `step ${i} copies bytes that the old file does not have`);
    if (copied > 0) expected = from + copied;
    const length = reader.varint({ max: left - copied });
    left -= copied + length;
    heads.push({ from, copied, length });
  }
  if (left > 0) throw new FormatError("truncated", `the steps make ${left} bytes less than the new file has`);
  const steps = heads.map(({ from, copied, length }) => ({ from, copied, added: reader.bytes(length) }));
  reader.expectEnd();
  return steps;
}

function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

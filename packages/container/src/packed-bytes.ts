import { type ByteReader, type ByteWriter, FormatError } from "@deep-compression/bits";
import { deflate } from "@deep-compression/bits/deflate";
import { inflate } from "@deep-compression/bits/inflate";
import { byteCoding, byteDecoder, MAX_MIXED_BYTES } from "@deep-compression/context-coding";
import { MAX_BYTES_PER_MIXED_BYTE } from "./limits";

/** How bytes are packed (docs/format.md, "Packed bytes"). */
export type Packing = "none" | "deflated" | "mixed";

/** What is known of packed bytes from their head. */
export interface PackingInfo {
  readonly packing: Packing;
  /** Bytes that they stand for. */
  readonly plainLength: number;
}

/** Bytes as a file has them. */
export interface PackedBytes extends PackingInfo {
  readonly stored: Uint8Array;
}

/** What stands before the bytes, for each packing that can refer to it. */
export interface PackingDictionaries {
  readonly deflated: Uint8Array;
  readonly mixed: Uint8Array;
}

/** More bytes are deflated by a quick search: half the time, and a fraction of a percent more bytes. */
const CAREFUL_BYTES = 2 ** 24;

/** Fewer bytes are not worth the milliseconds in which mixing learns the dictionary. */
const LEAST_MIXED_BYTES = 256;

/**
 * The bytes in the packing that takes the fewest.
 *
 * @param options.mixedUpTo they are mixed if deflate makes at most so many bytes of them: readers need about 2 microseconds for each of those
 */
export function packed(
  bytes: Uint8Array,
  options: { readonly dictionaries: PackingDictionaries; readonly mixedUpTo: number },
): PackedBytes {
  const { dictionaries, mixedUpTo } = options;
  const { length: plainLength } = bytes;
  const deflated = deflate(bytes, { dictionary: dictionaries.deflated, level: plainLength > CAREFUL_BYTES ? 5 : 9 });
  const choices: PackedBytes[] = [
    { packing: "none", stored: bytes, plainLength },
    { packing: "deflated", stored: deflated, plainLength },
  ];
  if (plainLength >= LEAST_MIXED_BYTES && plainLength <= MAX_MIXED_BYTES && deflated.length <= mixedUpTo) {
    const stored = byteCoding({ length: plainLength, dictionary: dictionaries.mixed }).encode(bytes);
    if (plainLength <= MAX_BYTES_PER_MIXED_BYTE * stored.length)
      choices.push({ packing: "mixed", stored, plainLength });
  }
  return choices.reduce((best, choice) => (choice.stored.length < best.stored.length ? choice : best));
}

/** The mirror of {@link packed}. @throws FormatError */
export function unpacked({ stored, packing, plainLength }: PackedBytes, dictionaries: PackingDictionaries): Uint8Array {
  if (packing === "none") return stored;
  if (packing === "deflated") return inflate(stored, { length: plainLength, dictionary: dictionaries.deflated });
  return byteDecoder({ length: plainLength, dictionary: dictionaries.mixed }).decode(stored);
}

/** As {@link unpacked}, with turns for others in between where that takes long. @throws FormatError */
export async function unpackedInTurns(bytes: PackedBytes, dictionaries: PackingDictionaries): Promise<Uint8Array> {
  if (bytes.packing !== "mixed") return unpacked(bytes, dictionaries);
  return byteDecoder({ length: bytes.plainLength, dictionary: dictionaries.mixed }).decodeInTurns(bytes.stored);
}

/** Writes what a reader must know of packed bytes. */
export function writePacking(out: ByteWriter, { packing, plainLength }: PackingInfo): void {
  out.varint(packing === "none" ? 0 : 2 * plainLength + (packing === "mixed" ? 1 : 0));
}

/**
 * The mirror of {@link writePacking}.
 *
 * @param options.length of the bytes as they are stored; of those that follow if it is not known
 * @param options.max bytes that they may stand for
 * @throws FormatError
 */
export function readPacking(
  reader: ByteReader,
  options: { readonly length?: number; readonly max: number },
): PackingInfo {
  const offset = reader.offset;
  const number = reader.varint({ max: 2 * options.max + 1 });
  const length = options.length ?? reader.remaining;
  if (number === 0) return { packing: "none", plainLength: length };
  const packing = number % 2 === 1 ? "mixed" : "deflated";
  const plainLength = Math.floor(number / 2);
  const most = packing === "mixed" ? Math.min(MAX_MIXED_BYTES, MAX_BYTES_PER_MIXED_BYTE * length) : options.max;
  if (plainLength > most) {
    const message = `at most ${most} bytes expected, ${packing} to ${length}, got ${plainLength}`;
    throw new FormatError("limit-exceeded", message, { offset });
  }
  return { packing, plainLength };
}

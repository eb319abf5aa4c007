import { byteReader, byteWriter, crc32c, FormatError } from "@deep-compression/bits";
import { MAX_DIRECTORY_BYTES } from "./limits";

/** 0x89 is no ASCII and no UTF-8 start, so that neither a text nor a 7-bit copy passes for a file; then "DCZ". */
export const MAGIC: readonly number[] = [0x89, 0x44, 0x43, 0x5a];

/** The version of docs/format.md that is read and written. */
export const FORMAT_VERSION = 1;

/** Bytes in front of the directory: magic, version, length of the directory, checksum. */
export const HEADER_BYTES = 13;

/** Bytes of the header that the checksum covers, before the directory's. */
const CHECKED_BYTES = 9;

/** What the header says. */
export interface Header {
  readonly version: number;
  readonly directoryLength: number;
  readonly checksum: number;
}

/** The header of a file with this directory (docs/format.md, "Header"). */
export function encodeHeader(directory: Uint8Array): Uint8Array {
  const out = byteWriter();
  out.bytes(Uint8Array.from(MAGIC));
  out.u8(FORMAT_VERSION);
  out.u32(directory.length);
  out.u32(crc32c(directory, crc32c(out.finish())));
  return out.finish();
}

/**
 * Reads a header. Its checksum is looked at with the directory, which it covers too.
 *
 * @param bytes the first {@link HEADER_BYTES} bytes of the file, or all of a shorter one
 * @throws FormatError "bad-magic", "unsupported-version", "truncated", "limit-exceeded"
 */
export function decodeHeader(bytes: Uint8Array): Header {
  const wrong = bytes.subarray(0, MAGIC.length).findIndex((byte, i) => byte !== MAGIC[i]);
  if (wrong >= 0) throw new FormatError("bad-magic", "this is no .dcz file", { offset: wrong });
  const reader = byteReader(bytes);
  reader.bytes(MAGIC.length);
  const versionOffset = reader.offset;
  const version = reader.u8();
  if (version !== FORMAT_VERSION) {
    const message = `version ${version} of the format is not known, only ${FORMAT_VERSION}`;
    throw new FormatError("unsupported-version", message, { offset: versionOffset });
  }
  const lengthOffset = reader.offset;
  const directoryLength = reader.u32();
  const checksum = reader.u32();
  if (directoryLength > MAX_DIRECTORY_BYTES) {
    const message = `a directory of at most ${MAX_DIRECTORY_BYTES} bytes expected, got ${directoryLength}`;
    throw new FormatError("limit-exceeded", message, { offset: lengthOffset });
  }
  return { version, directoryLength, checksum };
}

/** Checks header and directory against the header's checksum. @throws FormatError "bad-checksum" */
export function checkDirectory(header: Uint8Array, directory: Uint8Array, { checksum }: Header): void {
  if (crc32c(directory, crc32c(header.subarray(0, CHECKED_BYTES))) === checksum) return;
  throw new FormatError("bad-checksum", "the header and the directory do not match their checksum", {
    offset: CHECKED_BYTES,
    section: "directory",
  });
}

import {
  type BitReader,
  type ByteReader,
  byteReader,
  type Codes,
  checkBitEnd,
  FormatError,
} from "@deep-compression/bits";
import type { ChunkDecoders } from "./chunk-kernels";
import { bitWidth } from "./histogram";

/** A stream to be read, its arguments checked. */
export interface EncodedStream {
  readonly bytes: Uint8Array;
  readonly alphabet: number;
  readonly count: number;
  readonly baseOffset: number;
  readonly decoders: ChunkDecoders;
  /** Room for the symbols; taken when the bytes are found to be enough for them, if it is not given. */
  readonly into?: Codes;
}

/** A stream whose beginning is read. */
export interface OpenStream extends EncodedStream {
  /** Stands behind the mode. */
  readonly reader: BitReader;
}

/** Checks that the bytes are enough for symbols of a bit each, before memory is taken. @throws FormatError "truncated" */
export function checkBitEach({
  bytes,
  count,
  baseOffset,
}: Pick<EncodedStream, "bytes" | "count" | "baseOffset">): void {
  if (count <= 8 * bytes.length) return;
  const message = `${count} symbols do not fit in ${bytes.length} bytes`;
  throw new FormatError("truncated", message, { offset: baseOffset + bytes.length });
}

/** A symbol in as many bits as the alphabet needs. @throws FormatError "truncated", "out-of-range" */
export function readSymbol(reader: BitReader, alphabet: number, offset: number): number {
  const symbol = reader.read(bitWidth(alphabet));
  if (symbol < alphabet) return symbol;
  throw new FormatError("out-of-range", `symbol: expected less than ${alphabet}, got ${symbol}`, { offset });
}

/** A reader of the bytes behind the bits that are read, whose padding must be zero. @throws FormatError "not-canonical" */
export function bytesBehind({ reader, bytes, baseOffset }: OpenStream): ByteReader {
  const start = Math.ceil(reader.position / 8);
  checkBitEnd(bytes.subarray(0, start), reader.position, baseOffset);
  return byteReader(bytes.subarray(start), { baseOffset: baseOffset + start });
}

import { FormatError, type FormatErrorCode } from "@deep-compression/bits";
import type { Piece } from "./sparse-bytes";

/** Wire types of protobuf (protobuf.dev, "Encoding"). */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Longest varint. */
const MAX_VARINT = 10;

/** Bytes that hold the head of a field, and its value too if that is a number. */
export const FIELD_ROOM = 2 * MAX_VARINT;

/** A field of a message: where its value stands, after the length of a `bytes` field. */
export interface Field {
  readonly number: number;
  readonly wireType: number;
  readonly start: number;
  readonly end: number;
}

/** A FormatError of an ONNX file. */
export function protobufError(code: FormatErrorCode, message: string, offset: number): FormatError {
  return new FormatError(code, `ONNX: ${message}`, { offset });
}

/**
 * The field at `position` of a message that goes up to `end`.
 *
 * @param piece with at least {@link FIELD_ROOM} bytes from there, or all up to `end`
 * @throws FormatError unless the whole field is inside the message
 */
export function fieldAt(piece: Piece, position: number, end: number): Field {
  const tagEnd = varintEnd(piece, position, end);
  const tag = Number(varintAt(piece, position, tagEnd));
  const [number, wireType] = [Math.floor(tag / 8), tag % 8];
  if (!(number >= 1 && number < 2 ** 29))
    throw protobufError("out-of-range", `no field has the number ${number}`, position);
  const until = (start: number, length: number) => {
    if (length <= end - start) return { number, wireType, start, end: start + length };
    throw protobufError("truncated", `a field of ${length} bytes, ${end - start} left`, start);
  };
  switch (wireType) {
    case WIRE.varint:
      return until(tagEnd, varintEnd(piece, tagEnd, end) - tagEnd);
    case WIRE.fixed64:
      return until(tagEnd, 8);
    case WIRE.fixed32:
      return until(tagEnd, 4);
    case WIRE.bytes: {
      const start = varintEnd(piece, tagEnd, end);
      const length = varintAt(piece, tagEnd, start);
      if (typeof length === "number" && length >= 0) return until(start, length);
      throw protobufError("out-of-range", `a field of ${BigInt.asUintN(64, BigInt(length))} bytes`, tagEnd);
    }
  }
  throw protobufError("out-of-range", `unknown wire type ${wireType}`, tagEnd);
}

/** Where the varint at `position` ends, at most ten bytes further. @throws FormatError */
export function varintEnd({ start, bytes }: Piece, position: number, end: number): number {
  const limit = Math.min(end, position + MAX_VARINT);
  for (let at = position; at < limit; at++) if (bytes[at - start]! < 0x80) return at + 1;
  throw protobufError(end < position + MAX_VARINT ? "truncated" : "out-of-range", "a varint does not end", position);
}

/** The varint from `position` to `end` as an int64: a bigint where a number would not be exact. */
export function varintAt({ start, bytes }: Piece, position: number, end: number): number | bigint {
  let value = 0;
  if (end - position < 8) {
    for (let at = end - 1; at >= position; at--) value = value * 128 + (bytes[at - start]! & 0x7f);
    return value;
  }
  let wide = 0n;
  for (let at = end - 1; at >= position; at--) wide = (wide << 7n) | BigInt(bytes[at - start]! & 0x7f);
  wide = BigInt.asIntN(64, wide);
  return Number.isSafeInteger(Number(wide)) ? Number(wide) : wide;
}

import { FormatError, type FormatErrorCode } from "@deep-compression/bits";
import type { PbfReader } from "pbf";

/** Wire types of protobuf (protobuf.dev, "Encoding"). */
export const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** A field of a message, wholly inside the bytes; `pbf.pos` stands at its value, after the length of a `bytes` field. */
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
 * The field at `pbf.pos` of a message that goes up to `end`. pbf itself reads past a message's end without complaint, so
 * each value is measured before it is read.
 *
 * @throws FormatError
 */
export function readField(pbf: PbfReader, end: number): Field {
  const offset = pbf.pos;
  const tag = readVarint(pbf, end);
  const [number, wireType] = [Math.floor(tag / 8), tag % 8];
  if (number === 0 || number >= 2 ** 29)
    throw protobufError("out-of-range", `no field has the number ${number}`, offset);
  return { number, wireType, ...measure(pbf, wireType, end) };
}

function measure(pbf: PbfReader, wireType: number, end: number): { readonly start: number; readonly end: number } {
  const start = pbf.pos;
  const until = (length: number) => {
    if (length <= end - pbf.pos) return { start: pbf.pos, end: pbf.pos + length };
    throw protobufError("truncated", `a field of ${length} bytes, ${end - pbf.pos} left`, start);
  };
  switch (wireType) {
    case WIRE.varint:
      return until(varintLength(pbf, end));
    case WIRE.fixed64:
      return until(8);
    case WIRE.fixed32:
      return until(4);
    case WIRE.bytes:
      return until(readVarint(pbf, end));
  }
  throw protobufError("out-of-range", `unknown wire type ${wireType}`, start);
}

/** Length of the varint at `pbf.pos`, at most ten bytes. */
function varintLength(pbf: PbfReader, end: number): number {
  for (let at = pbf.pos; at < end && at < pbf.pos + 10; at++) if (pbf.buf[at]! < 0x80) return at - pbf.pos + 1;
  const code = end - pbf.pos < 10 ? "truncated" : "out-of-range";
  throw protobufError(code, "a varint does not end", pbf.pos);
}

/** A varint that JavaScript holds exactly; signed as int64. `code` is that of one beyond. */
function readVarint(pbf: PbfReader, end: number, code: FormatErrorCode = "out-of-range"): number {
  const start = pbf.pos;
  const length = varintLength(pbf, end);
  const value = pbf.readVarint(true);
  if (!Number.isSafeInteger(value)) throw protobufError(code, `an integer beyond 2^53: ${value}`, start);
  pbf.pos = start + length;
  return value;
}

/** @throws FormatError unless a field is of this wire type */
export function expectWire(field: Field, wireType: number): void {
  if (field.wireType === wireType) return;
  const message = `field ${field.number} has wire type ${field.wireType}, not ${wireType}`;
  throw protobufError("out-of-range", message, field.start);
}

/** The value of a varint field. @throws FormatError */
export function readInt(pbf: PbfReader, field: Field): number {
  expectWire(field, WIRE.varint);
  return readVarint(pbf, field.end, "unsupported");
}

/** The value of a float field. @throws FormatError */
export function readFloat(pbf: PbfReader, field: Field): number {
  expectWire(field, WIRE.fixed32);
  return pbf.readFloat();
}

/** A view of the bytes of a field. @throws FormatError */
export function readBytes(pbf: PbfReader, field: Field): Uint8Array {
  expectWire(field, WIRE.bytes);
  return pbf.buf.subarray(field.start, field.end);
}

/** The value of a string field. @throws FormatError */
export function readText(pbf: PbfReader, field: Field): string {
  const bytes = readBytes(pbf, field);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw protobufError("out-of-range", `field ${field.number} is not valid UTF-8`, field.start);
  }
}

/** The integers of a repeated field, packed or not. @throws FormatError */
export function readInts(pbf: PbfReader, field: Field): number[] {
  if (field.wireType !== WIRE.bytes) return [readInt(pbf, field)];
  const values: number[] = [];
  while (pbf.pos < field.end) values.push(readVarint(pbf, field.end, "unsupported"));
  return values;
}

/** The 64-bit integers of a repeated field, packed or not, as two's complement. @throws FormatError */
export function* readBigInts(pbf: PbfReader, field: Field): Generator<bigint> {
  if (field.wireType !== WIRE.bytes) expectWire(field, WIRE.varint);
  while (pbf.pos < field.end) {
    const end = pbf.pos + varintLength(pbf, field.end);
    let value = 0n;
    for (let shift = 0n; pbf.pos < end; shift += 7n) value |= BigInt(pbf.buf[pbf.pos++]! & 0x7f) << shift;
    yield BigInt.asUintN(64, value);
  }
}

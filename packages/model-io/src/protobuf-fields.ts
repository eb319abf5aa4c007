import { type Field, protobufError, WIRE } from "./protobuf";
import type { FieldReader, ProtobufReader } from "./protobuf-message";

/** Reads the value of a field; undefined for one of another wire type. */
type Read<T> = (reader: ProtobufReader, field: Field) => T | undefined;

/** A field that stands once at most; of several the last counts. */
function one<T, A>(number: number, read: Read<T>, absent: A): FieldReader<T | A> {
  return { number, start: () => absent, next: (reader, field, before) => read(reader, field) ?? before };
}

/** A repeated field. */
function each<T>(number: number, read: Read<T>): FieldReader<T[]> {
  return {
    number,
    start: () => [],
    next(reader, field, values) {
      const value = read(reader, field);
      if (value !== undefined) values.push(value);
      return values;
    },
  };
}

function readInt(reader: ProtobufReader, { wireType, start, end }: Field): number | bigint | undefined {
  return wireType === WIRE.varint ? reader.intAt(start, end).value : undefined;
}

function readFloat(reader: ProtobufReader, { wireType, start, end }: Field): number | undefined {
  return wireType === WIRE.fixed32 ? floatsOf(reader.bytes(start, end))[0] : undefined;
}

function readBytes(reader: ProtobufReader, { wireType, start, end }: Field): Uint8Array | undefined {
  return wireType === WIRE.bytes ? reader.bytes(start, end) : undefined;
}

function readText(reader: ProtobufReader, field: Field): string | undefined {
  const bytes = readBytes(reader, field);
  return bytes && textOf(bytes);
}

function floatsOf(bytes: Uint8Array): number[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length / 4 }, (_, i) => view.getFloat32(4 * i, true));
}

const UTF_8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The first of the lone surrogates that stand for bytes which are no UTF-8, as Python's "surrogateescape" has them. */
const ESCAPED_BYTE = 0xdc00;

/**
 * The text of these bytes. What is no UTF-8 becomes a text with lone surrogates, another one for other bytes, so that
 * names stay distinct; {@link isUtf8} tells it.
 */
function textOf(bytes: Uint8Array): string {
  try {
    return UTF_8.decode(bytes);
  } catch {
    return Array.from(bytes, (byte) => String.fromCharCode(byte < 0x80 ? byte : ESCAPED_BYTE + byte)).join("");
  }
}

/** Whether a text that was read was UTF-8. */
export function isUtf8(text: string): boolean {
  return !/\p{Surrogate}/u.test(text);
}

/** An int64, exact. */
export const int = /* @__NO_SIDE_EFFECTS__ */ <A>(number: number, absent: A): FieldReader<number | bigint | A> =>
  one(number, readInt, absent);

/** An int32 or an enumeration. */
export const smallInt = /* @__NO_SIDE_EFFECTS__ */ <A>(number: number, absent: A): FieldReader<number | A> =>
  one(number, (reader, field) => (field.wireType === WIRE.varint ? Number(readInt(reader, field)) : undefined), absent);

export const float = /* @__NO_SIDE_EFFECTS__ */ (number: number): FieldReader<number | undefined> =>
  one(number, readFloat, undefined);

export const text = /* @__NO_SIDE_EFFECTS__ */ <A>(number: number, absent: A): FieldReader<string | A> =>
  one(number, readText, absent);

export const texts = /* @__NO_SIDE_EFFECTS__ */ (number: number): FieldReader<string[]> => each(number, readText);

/** A field of which only this matters: that it is there. */
export const presence = /* @__NO_SIDE_EFFECTS__ */ (number: number): FieldReader<boolean> =>
  one(number, () => true, false);

/** Repeated int64s, packed or not. @throws FormatError in reading */
/* @__NO_SIDE_EFFECTS__ */ export function ints(number: number): FieldReader<(number | bigint)[]> {
  return {
    number,
    start: () => [],
    next(reader, field, values) {
      if (field.wireType !== WIRE.bytes && field.wireType !== WIRE.varint) return values;
      for (let position = field.start; position < field.end; ) {
        const { value, end } = reader.intAt(position, field.end);
        values.push(value);
        position = end;
      }
      return values;
    },
  };
}

/** Repeated floats, packed or not. @throws FormatError in reading */
/* @__NO_SIDE_EFFECTS__ */ export function floats(number: number): FieldReader<number[]> {
  return {
    number,
    start: () => [],
    next(reader, field, values) {
      if (field.wireType !== WIRE.bytes && field.wireType !== WIRE.fixed32) return values;
      if ((field.end - field.start) % 4 !== 0)
        throw protobufError("out-of-range", `field ${number} has a broken last number`, field.start);
      for (const value of floatsOf(reader.bytes(field.start, field.end))) values.push(value);
      return values;
    },
  };
}

/** Where data of a tensor stand: how many fields hold them, and the last of those. */
export interface Run extends Field {
  readonly count: number;
}

/** A field of a tensor's data, of which only the place is read; `unpacked` is the wire type of a number by itself. */
/* @__NO_SIDE_EFFECTS__ */ export function data(number: number, unpacked?: number): FieldReader<Run | undefined> {
  return {
    number,
    isData: true,
    start: () => undefined,
    next(_, { wireType, start, end }, before) {
      if (wireType !== WIRE.bytes && wireType !== unpacked) return before;
      return { number, wireType, start, end, count: (before?.count ?? 0) + 1 };
    },
  };
}

import type { PbfReader } from "pbf";
import { expectWire, type Field, protobufError, readField, WIRE } from "./protobuf";

/** How a field of a message is read: what it is before it is met, and after each time. */
export interface FieldReader<T> {
  readonly number: number;
  start(): T;
  next(pbf: PbfReader, field: Field, before: T): T;
}

/** The fields of a message by the names that their values get. */
export type Fields<T> = { readonly [K in keyof T]: FieldReader<T[K]> };

/** What a message of these fields holds. */
export type Values<F> = F extends Fields<infer T> ? T : never;

/** Reads the value of a field. */
type Read<T> = (pbf: PbfReader, field: Field) => T;

/** A field that stands once at most; of several the last counts. */
export function one<T, A>(number: number, read: Read<T>, absent: A): FieldReader<T | A> {
  return { number, start: () => absent, next: read };
}

/** A repeated field. */
export function each<T>(number: number, read: Read<T>): FieldReader<T[]> {
  return all(number, (pbf, field) => [read(pbf, field)]);
}

/** A repeated field of which one may hold many values. */
export function all<T>(number: number, read: Read<Iterable<T>>): FieldReader<T[]> {
  return {
    number,
    start: () => [],
    next(pbf, field, values) {
      for (const value of read(pbf, field)) values.push(value);
      return values;
    },
  };
}

/** A repeated field of numbers of `size` bytes, packed or not: a view of each run. @throws FormatError in reading */
export function fixed(number: number, size: 4 | 8): FieldReader<Uint8Array[]> {
  return each(number, (pbf, field) => {
    if (field.wireType !== WIRE.bytes) expectWire(field, size === 4 ? WIRE.fixed32 : WIRE.fixed64);
    if ((field.end - field.start) % size !== 0)
      throw protobufError("out-of-range", `field ${number} has a broken last number`, field.start);
    return pbf.buf.subarray(field.start, field.end);
  });
}

/** A field that we cannot read. */
export function refused(number: number, message: string): FieldReader<undefined> {
  const refuse = (_: PbfReader, { start }: Field) => {
    throw protobufError("unsupported", message, start);
  };
  return one(number, refuse, undefined);
}

/** What `read` gives, and where it stood. */
export function located<T>(read: Read<T>): Read<{ readonly value: T; readonly offset: number }> {
  return (pbf, field) => ({ value: read(pbf, field), offset: field.start });
}

/** Reads a message that is a field of another. @throws FormatError in reading */
export function message<T extends object>(fields: Fields<T>): Read<T> {
  return (pbf, field) => {
    expectWire(field, WIRE.bytes);
    return readFields(pbf, field.end, fields);
  };
}

/** Reads the fields between `pbf.pos` and `end`; others are skipped. @throws FormatError */
export function readFields<T extends object>(pbf: PbfReader, end: number, fields: Fields<T>): T {
  const values = {} as T;
  for (const key in fields) values[key] = fields[key].start();
  while (pbf.pos < end) {
    const field = readField(pbf, end);
    for (const key in fields)
      if (fields[key].number === field.number) values[key] = fields[key].next(pbf, field, values[key]);
    pbf.pos = field.end;
  }
  return values;
}

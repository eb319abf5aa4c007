import { type Field, fieldAt, varintAt, varintEnd, WIRE } from "./protobuf";
import { pieceFinder, type SparseBytes } from "./sparse-bytes";

/** Messages inside one another that protobuf itself reads (`CodedInputStream::SetRecursionLimit`). */
export const MAX_DEPTH = 100;

/** Reads the fields of a file. */
export interface ProtobufReader {
  /** The bytes of a field's value, as a view. @throws FormatError if they are not in memory */
  bytes(start: number, end: number): Uint8Array;
  fieldAt(position: number, end: number): Field;
  /** The int64 from `start` on, and where it ends. */
  intAt(start: number, end: number): { readonly value: number | bigint; readonly end: number };
  /** Notes a message deeper than {@link MAX_DEPTH}, which is skipped. */
  skipDeep(offset: number): void;
  /** Where the first such message stands. */
  deepOffset(): number | undefined;
}

/** A place in a file, and how many messages are around it. */
export interface Place {
  readonly start: number;
  readonly end: number;
  readonly depth: number;
}

/** How a field of a message is read: what it is before it is met, and after each time. */
export interface FieldReader<T> {
  readonly number: number;
  /** The message that the field holds. */
  readonly message?: () => AnyMessage;
  /** Data of a tensor: only its place is noted. */
  readonly isData?: true;
  start(): T;
  /** @param depth messages around the field */
  next(reader: ProtobufReader, field: Field, before: T, depth: number): T;
}

/** The fields of a message by the names that their values get. */
export type Fields<T> = { readonly [K in keyof T]: FieldReader<T[K]> };

/** A kind of message. */
export interface Message<T> {
  readonly fields: Fields<T>;
  readonly keys: ReadonlyMap<number, Extract<keyof T, string>>;
}

/** A kind of message, as far as one need know it to go through it. */
export interface AnyMessage {
  readonly fields: Readonly<Record<string, FieldReader<unknown>>>;
  readonly keys: ReadonlyMap<number, string>;
}

/** A kind of message with these fields; others are skipped. */
/* @__NO_SIDE_EFFECTS__ */ export function message<T extends object>(fields: Fields<T>): Message<T> {
  const keys = new Map<number, Extract<keyof T, string>>();
  for (const key in fields) keys.set(fields[key].number, key);
  return { fields, keys };
}

/** A reader over what is in memory of a file. */
export function protobufReader(file: SparseBytes): ProtobufReader {
  const pieceOf = pieceFinder(file);
  let deep: number | undefined;
  return {
    bytes(start, end) {
      if (start === end) return new Uint8Array(0);
      const piece = pieceOf(start, end);
      return piece.bytes.subarray(start - piece.start, end - piece.start);
    },
    fieldAt: (position, end) => fieldAt(pieceOf(position, position + 1), position, end),
    intAt(start, end) {
      const piece = pieceOf(start, start + 1);
      const after = varintEnd(piece, start, end);
      return { value: varintAt(piece, start, after), end: after };
    },
    skipDeep(offset) {
      deep ??= offset;
    },
    deepOffset: () => deep,
  };
}

/** Reads a message. A field of another wire type than its own is skipped, as protobuf does. @throws FormatError */
export function readMessage<T extends object>(reader: ProtobufReader, place: Place, kind: Message<T>): T {
  const { fields } = kind;
  const values = {} as T;
  for (const key in fields) values[key] = fields[key].start();
  return readFields(reader, place, { kind, values });
}

/** Reads the fields of a message on top of those read before. */
function readFields<T extends object>(
  reader: ProtobufReader,
  place: Place,
  { kind, values }: { readonly kind: Message<T>; readonly values: T },
): T {
  const { fields, keys } = kind;
  for (let position = place.start; position < place.end; ) {
    const field = reader.fieldAt(position, place.end);
    const key = keys.get(field.number);
    if (key !== undefined) values[key] = fields[key].next(reader, field, values[key], place.depth);
    position = field.end;
  }
  return values;
}

/** What a message holds, and where it stands. */
export type Located<T> = T & { readonly place: Place };

function readChild<T extends object>(
  reader: ProtobufReader,
  { wireType, start, end }: Field,
  { kind, depth, before }: { readonly kind: Message<T>; readonly depth: number; readonly before?: T | undefined },
): Located<T> | undefined {
  if (wireType !== WIRE.bytes) return undefined;
  const place: Place = { start, end, depth };
  if (depth > MAX_DEPTH) {
    reader.skipDeep(start);
    return undefined;
  }
  const values = before ? readFields(reader, place, { kind, values: before }) : readMessage(reader, place, kind);
  return Object.assign(values, { place });
}

/** A message; several are parts of one, as protobuf has it. */
/* @__NO_SIDE_EFFECTS__ */ export function child<T extends object>(
  number: number,
  kind: () => Message<T>,
): FieldReader<Located<T> | undefined> {
  return {
    number,
    message: kind,
    start: () => undefined,
    next: (reader, field, before, depth) =>
      readChild(reader, field, { kind: kind(), depth: depth + 1, before }) ?? before,
  };
}

/** Repeated messages. */
/* @__NO_SIDE_EFFECTS__ */ export function children<T extends object>(
  number: number,
  kind: () => Message<T>,
): FieldReader<Located<T>[]> {
  return {
    number,
    message: kind,
    start: () => [],
    next(reader, field, values, depth) {
      const value = readChild(reader, field, { kind: kind(), depth: depth + 1 });
      if (value !== undefined) values.push(value);
      return values;
    },
  };
}

import { type ByteReader, type ByteWriter, FormatError } from "@deep-compression/bits";
import { elementBytes, elementTypeOfCode, elementTypes } from "./element-types";
import type { Attribute } from "./graph";
import { readCount } from "./graph-count";
import { readText, writeText } from "./graph-text";
import { assertTensor, elementCount, type Tensor } from "./tensor";

/** The low three bits of an attribute's head (docs/format.md, "Attributes"); the rest is the payload. */
const kinds = { int: 0, ints: 1, float: 2, floats: 3, string: 4, strings: 5, tensor: 6 } as const;
const kindCount = 8;

/** The NaN that is written of all. A JavaScript number keeps no bits of a NaN, and engines differ in what they make of them. */
const writtenNaN = 0x7fc00000;
/** The bit that tells a quiet NaN from one that signals. */
const quietBit = 0x400000;

/** 2^49 values of a zigzag integer leave room for the kind below them in a varint of at most 2^53 - 1. */
const largestInt = 2 ** 48;

/** Attributes in ascending order of their names (by UTF-16 code unit): a count, then name and value of each. */
export function writeAttributes(writer: ByteWriter, attributes: Readonly<Record<string, Attribute>>): void {
  const names = Object.keys(attributes).sort();
  writer.varint(names.length);
  for (const name of names) {
    writeText(writer, name);
    writeAttribute(writer, attributes[name]);
  }
}

/** The mirror of {@link writeAttributes}; see readFloat for what it changes in the reader's bytes. @throws FormatError */
export function readAttributes(reader: ByteReader): Readonly<Record<string, Attribute>> {
  const count = readCount(reader, "attributes");
  const entries: [string, Attribute][] = [];
  for (let index = 0; index < count; index++) entries.push([readText(reader), readAttribute(reader)]);
  return Object.fromEntries(entries);
}

function writeAttribute(writer: ByteWriter, value: Attribute): void {
  const head = (kind: number, payload: number) => writer.varint(payload * kindCount + kind);
  if (typeof value === "number") {
    head(kinds.int, zigzag(value));
  } else if (typeof value === "string") {
    head(kinds.string, 0);
    writeText(writer, value);
  } else if ("float" in value) {
    head(kinds.float, 0);
    writeFloats(writer, [value.float]);
  } else if ("floats" in value) {
    head(kinds.floats, value.floats.length);
    writeFloats(writer, value.floats);
  } else if ("strings" in value) {
    head(kinds.strings, value.strings.length);
    for (const text of value.strings) writeText(writer, text);
  } else if ("tensor" in value) {
    assertTensor(value.tensor);
    head(kinds.tensor, elementTypes[value.tensor.type].code);
    writeTensor(writer, value.tensor);
  } else {
    head(kinds.ints, value.length);
    for (const int of value) writer.varint(zigzag(int));
  }
}

function readAttribute(reader: ByteReader): Attribute {
  const offset = reader.offset;
  const head = reader.varint();
  const payload = Math.floor(head / kindCount);
  switch (head % kindCount) {
    case kinds.int:
      return unzigzag(payload);
    case kinds.ints:
      return readList(payload, () => unzigzag(reader.varint()));
    case kinds.float:
      return { float: readFloat(reader) };
    case kinds.floats:
      return { floats: readList(payload, () => readFloat(reader)) };
    case kinds.string:
      return readText(reader);
    case kinds.strings:
      return { strings: readList(payload, () => readText(reader)) };
    case kinds.tensor:
      return { tensor: readTensor(reader, payload) };
  }
  throw new FormatError("out-of-range", `an attribute of unknown kind ${head % kindCount}`, { offset });
}

function readList<T>(count: number, readOne: () => T): T[] {
  const list: T[] = [];
  for (let index = 0; index < count; index++) list.push(readOne());
  return list;
}

/** 0, -1, 1, -2, ... become 0, 1, 2, 3, ...: small numbers of either sign are short. */
function zigzag(value: number): number {
  if (!Number.isInteger(value) || Math.abs(value) > largestInt) {
    throw new RangeError(`attribute: expected a whole number within 2^48 of zero, got ${value}`);
  }
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
}

function writeFloats(writer: ByteWriter, values: readonly number[]): void {
  const view = new DataView(new ArrayBuffer(4));
  for (const value of values) {
    if (!Object.is(Math.fround(value), value)) {
      throw new RangeError(`attribute: expected a float32 (see float()), got ${value}`);
    }
    view.setFloat32(0, value);
    writer.u32(Number.isNaN(value) ? writtenNaN : view.getUint32(0));
  }
}

/** A float; in the reader's bytes a quiet NaN becomes the one that is written. */
function readFloat(reader: ByteReader): number {
  const offset = reader.offset;
  const { buffer, byteOffset } = reader.bytes(4);
  const view = new DataView(buffer, byteOffset, 4);
  const value = view.getFloat32(0, true);
  if (!Number.isNaN(value)) return value;
  if ((view.getUint32(0, true) & quietBit) === 0) {
    throw new FormatError("not-canonical", "an attribute holds a NaN that signals", { offset });
  }
  view.setUint32(0, writtenNaN, true);
  return Number.NaN;
}

function writeTensor(writer: ByteWriter, tensor: Tensor): void {
  writeText(writer, tensor.name);
  writer.varint(tensor.shape.length);
  for (const size of tensor.shape) writer.varint(size);
  writer.bytes(tensor.bytes);
}

function readTensor(reader: ByteReader, code: number): Tensor {
  const offset = reader.offset;
  const type = elementTypeOfCode(code);
  if (!type) throw new FormatError("out-of-range", `an attribute of unknown element type ${code}`, { offset });
  const name = readText(reader);
  const rank = readCount(reader, "dimensions");
  const shape = readList(rank, () => reader.varint());
  const byteLength = elementBytes(type, elementCount(shape));
  // Also false for the Infinity that absurd sizes multiply to.
  if (!(byteLength <= reader.remaining)) {
    throw new FormatError("truncated", `an attribute of ${byteLength} bytes, ${reader.remaining} left`, { offset });
  }
  return { name, type, shape, bytes: reader.bytes(byteLength) };
}

import {
  type ByteReader,
  type ByteWriter,
  elementCount,
  FormatError,
  fromZigzag,
  toZigzag,
} from "@deep-compression/bits";
import { checkInteger, quoted } from "@deep-compression/runtime";
import { ELEMENT_TYPES, elementBytes, elementTypeOfCode } from "./element-types";
import type { Attribute } from "./graph";
import { readList, readText, repeated, writeList, writeText } from "./graph-primitives";
import { assertTensor, type Tensor } from "./tensor";

/** The low three bits of an attribute's head (docs/format.md, "Attributes"); the rest is the payload. */
const KINDS = { int: 0, ints: 1, float: 2, floats: 3, string: 4, strings: 5, tensor: 6 } as const;
const KIND_COUNT = 8;

/** The NaN that is written of all. A JavaScript number keeps no bits of a NaN, and engines differ in what they make of them. */
const WRITTEN_NAN = 0x7fc00000;
/** The bit that tells a quiet NaN from one that signals. */
const QUIET_BIT = 0x400000;

/** 2^49 values of a zigzag integer leave room for the kind below them in a varint of at most 2^53 - 1. */
const MAX_INT = 2 ** 48;

/** What the bytes of a graph have no room for, in words by the member of an attribute. */
const ATTRIBUTES_NOT_HELD: Readonly<Record<string, string>> = {
  tensorName: "tensor that has a name in the network",
  graph: "subgraphs",
  graphs: "subgraphs",
  opaque: "attribute of its kind",
};

/** Attributes in ascending order of their names (by UTF-16 code unit): a count, then name and value of each. */
export function writeAttributes(writer: ByteWriter, attributes: Readonly<Record<string, Attribute>>): void {
  const entries = Object.entries(attributes).sort(([a], [b]) => (a < b ? -1 : 1));
  writeList(writer, entries, ([name, value]) => {
    writeText(writer, name);
    writeAttribute(writer, name, value);
  });
}

/** The mirror of {@link writeAttributes}; see readFloat for what it changes in the reader's bytes. @throws FormatError */
export function readAttributes(reader: ByteReader): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(readList(reader, "attributes", () => [readText(reader), readAttribute(reader)] as const));
}

function writeAttribute(writer: ByteWriter, name: string, value: Attribute): void {
  const head = (kind: number, payload: number) => writer.varint(payload * KIND_COUNT + kind);
  if (typeof value === "number" || typeof value === "bigint") {
    head(KINDS.int, zigzag(value));
  } else if (typeof value === "string") {
    head(KINDS.string, 0);
    writeText(writer, value);
  } else if ("float" in value) {
    head(KINDS.float, 0);
    writeFloats(writer, [value.float]);
  } else if ("floats" in value) {
    head(KINDS.floats, value.floats.length);
    writeFloats(writer, value.floats);
  } else if ("strings" in value) {
    head(KINDS.strings, value.strings.length);
    for (const text of value.strings) writeText(writer, text);
  } else if ("tensor" in value) {
    assertTensor(value.tensor);
    head(KINDS.tensor, ELEMENT_TYPES[value.tensor.type].code);
    writeTensor(writer, value.tensor);
  } else if ("length" in value) {
    head(KINDS.ints, value.length);
    for (const int of value) writer.varint(zigzag(int));
  } else {
    const [kind] = Object.keys(value);
    throw new RangeError(`attribute ${quoted(name)}: the bytes of a graph hold no ${ATTRIBUTES_NOT_HELD[kind!]}`);
  }
}

function readAttribute(reader: ByteReader): Attribute {
  const offset = reader.offset;
  const head = reader.varint();
  const payload = Math.floor(head / KIND_COUNT);
  switch (head % KIND_COUNT) {
    case KINDS.int:
      return unzigzag(payload);
    case KINDS.ints:
      return repeated(payload, () => unzigzag(reader.varint()));
    case KINDS.float:
      return { float: readFloat(reader) };
    case KINDS.floats:
      return { floats: repeated(payload, () => readFloat(reader)) };
    case KINDS.string:
      return readText(reader);
    case KINDS.strings:
      return { strings: repeated(payload, () => readText(reader)) };
    case KINDS.tensor:
      return { tensor: readTensor(reader, payload) };
  }
  throw new FormatError("out-of-range", `an attribute of unknown kind ${head % KIND_COUNT}`, { offset });
}

/** 0, -1, 1, -2, ... become 0, 1, 2, 3, ...: small numbers of either sign are short. */
function zigzag(value: number | bigint): number {
  if (typeof value === "bigint") throw new RangeError(`attribute: expected whole numbers up to 2^48, got ${value}`);
  return toZigzag(-checkInteger("attribute", value, { minimum: -MAX_INT, maximum: MAX_INT }));
}

function unzigzag(value: number): number {
  return 0 - fromZigzag(value); // not -0
}

function writeFloats(writer: ByteWriter, values: readonly number[]): void {
  const view = new DataView(new ArrayBuffer(4));
  for (const value of values) {
    if (!Object.is(Math.fround(value), value)) {
      throw new RangeError(`attribute: expected a float32 (see float()), got ${value}`);
    }
    view.setFloat32(0, value);
    writer.u32(Number.isNaN(value) ? WRITTEN_NAN : view.getUint32(0));
  }
}

/** A float; in the reader's bytes a quiet NaN becomes the one that is written. */
function readFloat(reader: ByteReader): number {
  const offset = reader.offset;
  const { buffer, byteOffset } = reader.bytes(4);
  const view = new DataView(buffer, byteOffset, 4);
  const value = view.getFloat32(0, true);
  if (!Number.isNaN(value)) return value;
  if ((view.getUint32(0, true) & QUIET_BIT) === 0) {
    throw new FormatError("not-canonical", "an attribute holds a NaN that signals", { offset });
  }
  view.setUint32(0, WRITTEN_NAN, true);
  return Number.NaN;
}

function writeTensor(writer: ByteWriter, tensor: Tensor): void {
  writeText(writer, tensor.name);
  writeList(writer, tensor.shape, (size) => writer.varint(size));
  writer.bytes(tensor.bytes);
}

function readTensor(reader: ByteReader, code: number): Tensor {
  const offset = reader.offset;
  const type = elementTypeOfCode(code);
  if (!type) throw new FormatError("out-of-range", `an attribute of unknown element type ${code}`, { offset });
  const name = readText(reader);
  const shape = readList(reader, "dimensions", () => reader.varint());
  const byteLength = elementBytes(type, elementCount(shape));
  // Also false for the Infinity that absurd sizes multiply to.
  if (!(byteLength <= reader.remaining)) {
    throw new FormatError("truncated", `an attribute of ${byteLength} bytes, ${reader.remaining} left`, { offset });
  }
  return { name, type, shape, bytes: reader.bytes(byteLength) };
}

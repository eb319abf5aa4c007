import { type ByteReader, type ByteWriter, byteReader, byteWriter, FormatError } from "@deep-compression/bits";
import { misfit, type Node } from "./graph";
import { readAttributes, writeAttributes } from "./graph-attributes";
import { type GraphNames, INPUT_REFERENCES } from "./graph-names";
import { readList, readOptionalText, readText, writeList, writeOptionalText, writeText } from "./graph-primitives";

/** Heads of a node; higher ones repeat an earlier record. */
const HEADS = { unnamed: 0, named: 1, repeat: 2 } as const;

/**
 * Longest record that may be repeated. A repeat takes one byte, so this bounds how much a byte can stand for; the record of
 * a convolution with every attribute takes about 30 bytes.
 */
export const MAX_REPEATED_RECORD = 40;

/** Writes node records, each of which may repeat an earlier one (docs/format.md, "Node records"). */
export function writeNodes(writer: ByteWriter, nodes: readonly Node[], names: GraphNames): void {
  const records = new Map<string, number>();
  for (const node of nodes) {
    const body = byteWriter();
    writeRecord(body, node, names);
    const record = body.finish();
    const key = node.name === undefined && record.length <= MAX_REPEATED_RECORD ? record.join() : undefined;
    const repeated = key === undefined ? undefined : records.get(key);
    if (repeated !== undefined) {
      writer.varint(HEADS.repeat + repeated);
      continue;
    }
    if (key !== undefined) records.set(key, records.size);
    writer.varint(node.name === undefined ? HEADS.unnamed : HEADS.named);
    if (node.name !== undefined) writeText(writer, node.name);
    writer.bytes(record);
  }
}

/** The mirror of {@link writeNodes}. @throws FormatError */
export function readNodes(
  reader: ByteReader,
  options: { bytes: Uint8Array; count: number; names: GraphNames },
): Node[] {
  const { bytes, count, names } = options;
  const records: { readonly start: number; readonly end: number }[] = [];
  const nodes: Node[] = [];
  for (let index = 0; index < count; index++) {
    const offset = reader.offset;
    const head = reader.varint();
    if (head >= HEADS.repeat) {
      const record = records[head - HEADS.repeat];
      if (!record) throw new FormatError("out-of-range", `node ${index} repeats a record not yet met`, { offset });
      const again = byteReader(bytes.subarray(record.start, record.end), { baseOffset: record.start });
      nodes.push(readRecord(again, names));
      continue;
    }
    const name = head === HEADS.named ? { name: readText(reader) } : {};
    const start = reader.offset;
    nodes.push({ ...readRecord(reader, names), ...name });
    const end = reader.offset;
    if (head === HEADS.unnamed && end - start <= MAX_REPEATED_RECORD) records.push({ start, end });
  }
  return nodes;
}

function writeRecord(writer: ByteWriter, node: Node, names: GraphNames): void {
  if (node.domain !== undefined || node.overload !== undefined)
    throw misfit(node, "the bytes of a graph hold only operators of ONNX's own domain");
  writeText(writer, node.op);
  writeList(writer, node.inputs, (input) => {
    const reference = names.referenceOf(input);
    writer.varint(reference);
    if (reference === INPUT_REFERENCES.newName) writeText(writer, input);
    names.use(input);
  });
  writeList(writer, node.outputs, (output) => {
    writeOptionalText(writer, output === names.automaticName() ? undefined : output);
    names.define(output);
  });
  names.endNode(node.outputs);
  writeAttributes(writer, node.attributes);
}

function readRecord(reader: ByteReader, names: GraphNames): Node {
  const op = readText(reader);
  const inputs = readList(reader, "inputs", () => {
    const name = readInput(reader, names);
    names.use(name);
    return name;
  });
  const outputs = readList(reader, "outputs", () => {
    const name = readOptionalText(reader) ?? names.automaticName();
    names.define(name);
    return name;
  });
  names.endNode(outputs);
  return { op, inputs, outputs, attributes: readAttributes(reader) };
}

function readInput(reader: ByteReader, names: GraphNames): string {
  const offset = reader.offset;
  const reference = reader.varint();
  if (reference === INPUT_REFERENCES.newName) return readText(reader);
  const name = names.nameOf(reference);
  if (name === undefined)
    throw new FormatError("out-of-range", `input reference ${reference} is to no value`, { offset });
  return name;
}

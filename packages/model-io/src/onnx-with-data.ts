import { type ByteSource, bytesSource, checkSource, concatenated, readExactly } from "@deep-compression/bits";
import { concatenatedSource } from "./concatenated-source";
import { checkDataName, DATA_LOCATION, EXTERNAL_DATA, MIN_DATA, RAW_DATA, writePlace } from "./external-place";
import { MODEL } from "./onnx-messages";
import { type Field, WIRE } from "./protobuf";
import { type ProtobufReader, protobufReader } from "./protobuf-message";
import { readOutline } from "./protobuf-outline";
import { written } from "./protobuf-writer";

/** An ONNX file without the data of its large tensors, and a file of those, which is read as it is asked for. */
export interface SplitOnnx {
  readonly model: Uint8Array;
  readonly data: ByteSource;
}

/** The way from the model to its tensors: `graph` of ModelProto, `initializer` of GraphProto. */
const PATH = [7, 5];

interface Range {
  readonly start: number;
  readonly end: number;
}

/** What the new file is made of: bytes, and those of the old file. */
type Part = Uint8Array | Range;

/**
 * Takes the data of an ONNX file's large initializers out into another file (ONNX's docs/ExternalData.md), without reading them. All else
 * is copied as it is, so nothing needs to be understood. Tensors of subgraphs, of Constant nodes and of fewer than 1,024 bytes stay
 * inside.
 *
 * @param options.dataName the path of the other file, as the model is to name it
 * @throws FormatError for a source that is no protobuf; RangeError for a name that is no path inside the folder; TypeError for what is
 * no source
 */
export async function splitOnnx(source: ByteSource, options: { readonly dataName: string }): Promise<SplitOnnx> {
  checkSource("source", source);
  const dataName = checkDataName(options.dataName);
  const reader = protobufReader(await readOutline(source, MODEL));
  const data: Range[] = [];
  let offset = 0;
  const place = (range: Range): Uint8Array => {
    const length = range.end - range.start;
    const { parts } = written((writer) =>
      writePlace(writer, { location: dataName, offset: String(offset), length: String(length) }),
    );
    data.push(range);
    offset += length;
    return concatenated(parts as readonly Uint8Array[]);
  };
  const parts = splitMessage(reader, { start: 0, end: source.byteLength }, { path: PATH, place });
  const bytes: Uint8Array[] = [];
  for (const part of merged(parts)) {
    const own = part instanceof Uint8Array ? part : await readExactly(source, part.start, part.end - part.start);
    bytes.push(own);
  }
  const slices = data.map(({ start, end }) => sliceOf(source, start, end));
  return {
    model: concatenated(bytes),
    data: slices.length === 0 ? bytesSource(new Uint8Array(0)) : concatenatedSource(slices),
  };
}

/** A message whose children down the path have become others. */
function splitMessage(
  reader: ProtobufReader,
  { start, end }: Range,
  { path, place }: { readonly path: readonly number[]; readonly place: (data: Range) => Uint8Array },
): Part[] {
  if (path.length === 0) return splitTensor(reader, { start, end }, place);
  const parts: Part[] = [];
  for (let position = start; position < end; ) {
    const field = reader.fieldAt(position, end);
    if (field.number === path[0] && field.wireType === WIRE.bytes) {
      const child = splitMessage(reader, field, { path: path.slice(1), place });
      parts.push(headOf(field.number, bytesIn(child)), ...child);
    } else parts.push({ start: position, end: field.end });
    position = field.end;
  }
  return parts;
}

/** A TensorProto whose raw data, if they are many, are in the other file. */
function splitTensor(reader: ProtobufReader, { start, end }: Range, place: (data: Range) => Uint8Array): Part[] {
  const fields: (Field & { readonly from: number })[] = [];
  for (let position = start; position < end; ) {
    const field = reader.fieldAt(position, end);
    fields.push({ ...field, from: position });
    position = field.end;
  }
  // Of a field that stands twice the last counts.
  const raw = fields.findLast(({ number, wireType }) => number === RAW_DATA && wireType === WIRE.bytes);
  const isElsewhere = fields.some(({ number }) => number === EXTERNAL_DATA || number === DATA_LOCATION);
  if (raw === undefined || isElsewhere || raw.end - raw.start < MIN_DATA) return [{ start, end }];
  const others = fields.filter(({ number }) => number !== RAW_DATA);
  return [...others.map((field) => ({ start: field.from, end: field.end })), place(raw)];
}

/** The tag and length of a field that holds a message of so many bytes. */
function headOf(number: number, byteLength: number): Uint8Array {
  const { parts } = written((writer) => writer.head(number, byteLength));
  return concatenated(parts as readonly Uint8Array[]);
}

function bytesIn(parts: readonly Part[]): number {
  return parts.reduce((sum, part) => sum + (part instanceof Uint8Array ? part.length : part.end - part.start), 0);
}

/** The same with ranges that touch made one. */
function merged(parts: readonly Part[]): Part[] {
  const list: Part[] = [];
  for (const part of parts) {
    const last = list.at(-1);
    if (part instanceof Uint8Array || last === undefined || last instanceof Uint8Array || last.end !== part.start)
      list.push(part);
    else list[list.length - 1] = { start: last.start, end: part.end };
  }
  return list;
}

/** The bytes of a source from `start` up to `end`. */
function sliceOf(source: ByteSource, start: number, end: number): ByteSource {
  const byteLength = end - start;
  return {
    byteLength,
    slice: (from, to = byteLength) => source.slice(start + from, start + Math.min(to, byteLength)),
  };
}

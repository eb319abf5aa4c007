import { elementCount, FormatError, type FormatErrorCode } from "@deep-compression/bits";
import {
  assertGraph,
  decodeGraph,
  type ElementType,
  elementBytes,
  encodeGraph,
  type Graph,
  type Tensor,
} from "@deep-compression/network";
import { type HeaderEntry, LENGTH_BYTES, readHeaderEntries } from "./safetensors-header";

const METADATA_KEY = "__metadata__";

/** Metadata under which we keep a network's graph (base64 of docs/format.md, "The graph"): the format itself has none. */
export const SAFETENSORS_GRAPH_KEY = "deep-compression.graph";

const DTYPES: ReadonlyMap<ElementType, string> = new Map([
  ["bool", "BOOL"],
  ["uint8", "U8"],
  ["int8", "I8"],
  ["uint16", "U16"],
  ["int16", "I16"],
  ["uint32", "U32"],
  ["int32", "I32"],
  ["uint64", "U64"],
  ["int64", "I64"],
  ["float16", "F16"],
  ["bfloat16", "BF16"],
  ["float32", "F32"],
  ["float64", "F64"],
  ["complex64", "C64"],
  ["float8e4m3fn", "F8_E4M3"],
  ["float8e5m2", "F8_E5M2"],
  ["float8e8m0", "F8_E8M0"],
  ["float4e2m1", "F4"],
]);
const TYPE_OF_DTYPE: ReadonlyMap<string, ElementType> = new Map([...DTYPES].map(([type, dtype]) => [dtype, type]));

/** A tensor without its elements. */
export type TensorHead = Omit<Tensor, "bytes">;

/** A tensor and where its elements lie in the file. */
export interface LocatedTensor extends TensorHead {
  readonly start: number;
  readonly end: number;
}

/** All that a file says before its data. */
export interface SafetensorsDirectory {
  readonly graph: Graph | undefined;
  /** Absent if there is none but the graph. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** In the order of their data, which they fill. */
  readonly tensors: readonly LocatedTensor[];
}

/** What the header of a file of `fileLength` bytes says. @throws FormatError unless the tensors fill the data exactly */
export function decodeDirectory(header: Uint8Array, fileLength: number): SafetensorsDirectory {
  const dataStart = LENGTH_BYTES + header.length;
  let metadata: Readonly<Record<string, string>> = {};
  const tensors: LocatedTensor[] = [];
  for (const entry of readHeaderEntries(header)) {
    if (entry.key === METADATA_KEY) metadata = readMetadata(entry.value);
    else tensors.push(readEntry(entry, { dataStart, fileLength }));
  }
  tensors.sort((a, b) => a.start - b.start || a.end - b.end);
  let position = dataStart;
  for (const { name, start, end } of tensors) {
    if (start !== position) {
      const message = `tensor "${name}" begins at ${start - dataStart} of the data, ${position - dataStart} expected`;
      throw new FormatError("invalid-table", message, { offset: position, tensor: name });
    }
    position = end;
  }
  if (position !== fileLength) {
    const message = `${fileLength - position} bytes belong to no tensor`;
    throw new FormatError("trailing-data", message, { offset: position });
  }
  return { tensors, ...withGraph(tensors, metadata) };
}

/**
 * Length and header of a file of these tensors: all that stands before their elements, whose start it aligns to 8 bytes.
 * The mirror of {@link decodeDirectory}.
 *
 * @throws RangeError for an element type or a name that safetensors has not
 */
export function encodeDirectory(
  tensors: readonly TensorHead[],
  more: { readonly graph: Graph | undefined; readonly metadata?: Readonly<Record<string, string>> },
): Uint8Array {
  const metadata = { ...more.metadata, ...(more.graph && { [SAFETENSORS_GRAPH_KEY]: graphText(more.graph, tensors) }) };
  const parts =
    Object.keys(metadata).length === 0 ? [] : [`${JSON.stringify(METADATA_KEY)}:${JSON.stringify(metadata)}`];
  let position = 0;
  for (const { name, type, shape } of tensors) {
    const dtype = DTYPES.get(type);
    if (!dtype) throw new RangeError(`tensor "${name}": safetensors has no type for ${type}`);
    if (name === METADATA_KEY) throw new RangeError(`tensor "${name}": safetensors keeps this name for itself`);
    const end = position + elementBytes(type, elementCount(shape));
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [position, end] })}`);
    position = end;
  }
  const header = new TextEncoder().encode(`{${parts.join()}}`);
  const dataStart = LENGTH_BYTES + Math.ceil(header.length / 8) * 8;
  const bytes = new Uint8Array(dataStart).fill(0x20, LENGTH_BYTES + header.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(dataStart - LENGTH_BYTES), true);
  bytes.set(header, LENGTH_BYTES);
  return bytes;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}

function readMetadata(value: unknown): Readonly<Record<string, string>> {
  if (isObject(value) && Object.values(value).every((text) => typeof text === "string")) {
    return value as Readonly<Record<string, string>>;
  }
  throw new FormatError("invalid-table", `${METADATA_KEY} must hold texts only`, { offset: 8 });
}

function readEntry(
  { key, value }: HeaderEntry,
  file: { readonly dataStart: number; readonly fileLength: number },
): LocatedTensor {
  const fail = (message: string, code: FormatErrorCode = "invalid-table") =>
    new FormatError(code, `tensor "${key}": ${message}`, { offset: 8, tensor: key });
  if (!isObject(value)) throw fail("expected an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string") throw fail(`expected dtype as a text, got ${JSON.stringify(dtype) ?? "none"}`);
  const type = TYPE_OF_DTYPE.get(dtype);
  if (!type) throw fail(`dtype ${JSON.stringify(dtype)} is not supported`, "unsupported");
  if (!isSizes(shape)) throw fail("shape must be a list of sizes");
  const [begin, end, ...more] = isSizes(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || more.length > 0) throw fail("data_offsets must be two sizes");
  const expected = elementBytes(type, elementCount(shape));
  if (end - begin !== expected) throw fail(`${type} [${shape}] takes ${expected} bytes, got ${end - begin}`);
  const dataLength = file.fileLength - file.dataStart;
  if (end > dataLength) throw fail(`it ends at ${end} of ${dataLength} bytes of data`, "truncated");
  return { name: key, type, shape, start: file.dataStart + begin, end: file.dataStart + end };
}

function graphText(graph: Graph, tensors: readonly TensorHead[]): string {
  const bytes = encodeGraph(graph, { tensorNames: tensors.map(({ name }) => name) });
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function withGraph(
  tensors: readonly TensorHead[],
  metadata: Readonly<Record<string, string>>,
): Omit<SafetensorsDirectory, "tensors"> {
  const { [SAFETENSORS_GRAPH_KEY]: text, ...rest } = metadata;
  const kept = Object.keys(rest).length === 0 ? {} : { metadata: rest };
  if (text === undefined) return { graph: undefined, ...kept };
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const tensorNames = tensors.map(({ name }) => name);
    const graph = decodeGraph(bytes, { tensorNames });
    assertGraph(graph, tensorNames);
    return { graph, ...kept };
  } catch (cause) {
    throw new FormatError("invalid-table", `metadata "${SAFETENSORS_GRAPH_KEY}" holds no graph`, { offset: 8, cause });
  }
}

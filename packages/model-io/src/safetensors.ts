import { FormatError } from "@deep-compression/bits";
import {
  assertNetwork,
  decodeGraph,
  type ElementType,
  elementBytes,
  elementCount,
  encodeGraph,
  type Graph,
  type Network,
  type Tensor,
} from "@deep-compression/network";
import { plainBytes } from "./plain-bytes";
import { type HeaderEntry, readHeader } from "./safetensors-header";

const metadataKey = "__metadata__";

/** Metadata under which we keep a network's graph (base64 of docs/format.md, "The graph"): the format itself has none. */
export const safetensorsGraphKey = "deep-compression.graph";

const dtypes: ReadonlyMap<ElementType, string> = new Map([
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
const typeOfDtype: ReadonlyMap<string, ElementType> = new Map([...dtypes].map(([type, dtype]) => [dtype, type]));

/**
 * Reads a safetensors file: the tensors in the order of their data, and the metadata. Its tensors are views of `bytes`.
 * @throws FormatError unless the tensors fill the data exactly, without holes or overlaps
 */
export function readSafetensors(bytes: Uint8Array): Network {
  const { entries, dataStart } = readHeader(bytes);
  const data = plainBytes(bytes).subarray(dataStart);
  let metadata: Readonly<Record<string, string>> = {};
  const located: { readonly tensor: Tensor; readonly begin: number; readonly end: number }[] = [];
  for (const entry of entries) {
    if (entry.key === metadataKey) metadata = readMetadata(entry.value);
    else located.push(readEntry(entry, data));
  }
  located.sort((a, b) => a.begin - b.begin || a.end - b.end);
  let position = 0;
  for (const { tensor, begin, end } of located) {
    if (begin !== position) {
      const message = `tensor "${tensor.name}" begins at ${begin} of the data, ${position} expected`;
      throw new FormatError("invalid-table", message, { offset: dataStart + position, tensor: tensor.name });
    }
    position = end;
  }
  if (position !== data.length) {
    const message = `${data.length - position} bytes belong to no tensor`;
    throw new FormatError("trailing-data", message, { offset: dataStart + position });
  }
  return withGraph(
    located.map(({ tensor }) => tensor),
    metadata,
  );
}

/**
 * Writes a safetensors file, tensors in their order. The graph, if there is one, goes into the metadata.
 * @throws RangeError for an element type that safetensors has not; as assertNetwork for a network that is not whole
 */
export function writeSafetensors(network: Network): Uint8Array {
  assertNetwork(network);
  const { graph, tensors } = network;
  const metadata = { ...network.metadata, ...(graph ? { [safetensorsGraphKey]: graphText(graph, tensors) } : {}) };
  const parts =
    Object.keys(metadata).length === 0 ? [] : [`${JSON.stringify(metadataKey)}:${JSON.stringify(metadata)}`];
  let position = 0;
  for (const { name, type, shape, bytes } of tensors) {
    const dtype = dtypes.get(type);
    if (!dtype) throw new RangeError(`tensor "${name}": safetensors has no type for ${type}`);
    if (name === metadataKey) throw new RangeError(`tensor "${name}": safetensors keeps this name for itself`);
    const data_offsets = [position, position + bytes.length];
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets })}`);
    position += bytes.length;
  }
  const header = new TextEncoder().encode(`{${parts.join()}}`);
  const dataStart = 8 + Math.ceil(header.length / 8) * 8;
  const file = new Uint8Array(dataStart + position).fill(0x20, 8 + header.length, dataStart);
  new DataView(file.buffer).setBigUint64(0, BigInt(dataStart - 8), true);
  file.set(header, 8);
  let offset = dataStart;
  for (const { bytes } of tensors) {
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
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
  throw new FormatError("invalid-table", `${metadataKey} must hold texts only`, { offset: 8 });
}

function readEntry({ key, value }: HeaderEntry, data: Uint8Array): { tensor: Tensor; begin: number; end: number } {
  const fail = (message: string) =>
    new FormatError("invalid-table", `tensor "${key}": ${message}`, { offset: 8, tensor: key });
  if (!isObject(value)) throw fail("expected an object");
  const { dtype, shape, data_offsets: offsets } = value;
  const type = typeof dtype === "string" ? typeOfDtype.get(dtype) : undefined;
  if (!type) throw fail(`unknown dtype ${JSON.stringify(dtype)}`);
  if (!isSizes(shape)) throw fail("shape must be a list of sizes");
  if (!isSizes(offsets) || offsets.length !== 2) throw fail("data_offsets must be two sizes");
  const [begin, end] = offsets;
  const expected = elementBytes(type, elementCount(shape));
  if (end - begin !== expected) throw fail(`${type} [${shape}] takes ${expected} bytes, got ${end - begin}`);
  if (end > data.length) {
    const message = `tensor "${key}" ends at ${end} of ${data.length} bytes of data`;
    throw new FormatError("truncated", message, { offset: 8, tensor: key });
  }
  return { tensor: { name: key, type, shape, bytes: data.subarray(begin, end) }, begin, end };
}

function graphText(graph: Graph, tensors: readonly Tensor[]): string {
  const bytes = encodeGraph(graph, { tensorNames: tensors.map(({ name }) => name) });
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function withGraph(tensors: readonly Tensor[], metadata: Readonly<Record<string, string>>): Network {
  const { [safetensorsGraphKey]: text, ...rest } = metadata;
  const kept = Object.keys(rest).length === 0 ? {} : { metadata: rest };
  if (text === undefined) return { graph: undefined, tensors, ...kept };
  try {
    const bytes = Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
    const network = { graph: decodeGraph(bytes, { tensorNames: tensors.map(({ name }) => name) }), tensors, ...kept };
    assertNetwork(network);
    return network;
  } catch (cause) {
    throw new FormatError("invalid-table", `metadata "${safetensorsGraphKey}" holds no graph`, { offset: 8, cause });
  }
}

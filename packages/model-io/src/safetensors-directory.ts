import { elementCount, FormatError } from "@deep-compression/bits";
import { assertGraph, ELEMENT_TYPES, elementBytes, type Graph } from "@deep-compression/network";
import { decodeGraph, encodeGraph } from "@deep-compression/network/graph-encoding";
import { quoted } from "@deep-compression/runtime";
import { countText } from "./count-text";
import { isObject } from "./json-text";
import { dtypeOf } from "./safetensors-dtypes";
import {
  hasLoneSurrogate,
  isLocated,
  type LocatedTensor,
  readEntry,
  type TensorHead,
  type UnreadTensor,
} from "./safetensors-entry";
import { LENGTH_BYTES, readHeaderEntries } from "./safetensors-header";

const METADATA_KEY = "__metadata__";

/** Metadata under which we keep a network's graph (base64 of docs/format.md, "The graph"): the format itself has none. */
export const SAFETENSORS_GRAPH_KEY = "deep-compression.graph";

/** All that a file says before its data. */
export interface SafetensorsDirectory {
  readonly graph: Graph | undefined;
  /** Why the graph that the metadata hold is not read. */
  readonly graphError?: FormatError;
  /** Absent if there is none but the graph. */
  readonly metadata?: Readonly<Record<string, string>>;
  /** In the order of their data, which they fill together with `unread`. */
  readonly tensors: readonly LocatedTensor[];
  readonly unread: readonly UnreadTensor[];
}

/** What the header of a file of `fileLength` bytes says. @throws FormatError unless the tensors fill the data exactly */
export function decodeDirectory(header: Uint8Array, fileLength: number): SafetensorsDirectory {
  const dataStart = LENGTH_BYTES + header.length;
  let metadata: Readonly<Record<string, string>> = {};
  const entries: (LocatedTensor | UnreadTensor)[] = [];
  for (const entry of readHeaderEntries(header)) {
    if (entry.key === METADATA_KEY) metadata = readMetadata(entry.value);
    else entries.push(readEntry(entry, { dataStart, fileLength }));
  }
  entries.sort((a, b) => a.start - b.start || a.end - b.end);
  let position = dataStart;
  for (const { name, start, end } of entries) {
    if (start !== position) {
      const message = `tensor ${quoted(name)} begins at ${start - dataStart} of the data, ${position - dataStart} expected`;
      throw new FormatError("invalid-table", message, { offset: position, tensor: name });
    }
    position = end;
  }
  if (position !== fileLength) {
    const message = `${countText(fileLength - position, "byte")} at the end belong to no tensor`;
    throw new FormatError("trailing-data", message, { offset: position });
  }
  const tensors = entries.filter(isLocated);
  const unread = entries.filter((entry): entry is UnreadTensor => !isLocated(entry));
  return { tensors, unread, ...withGraph(tensors, metadata) };
}

/**
 * Length and header of a file of these tensors: all that stands before their elements, whose start it aligns to 8 bytes.
 * The mirror of {@link decodeDirectory}.
 *
 * @throws RangeError for an element type, a name or a number of elements that safetensors has not
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
    const dtype = dtypeOf(type);
    if (!dtype) throw new RangeError(`tensor ${quoted(name)}: safetensors has no type for ${type}`);
    if (name === METADATA_KEY) throw new RangeError(`tensor ${quoted(name)}: safetensors keeps this name for itself`);
    if ((ELEMENT_TYPES[type].bits * elementCount(shape)) % 8 !== 0) {
      const message = `safetensors takes whole bytes only, not an odd number of elements of ${type}`;
      throw new RangeError(`tensor ${quoted(name)}: ${message}`);
    }
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

/** The texts of the metadata; null stands for none, as in the library. */
function readMetadata(value: unknown): Readonly<Record<string, string>> {
  if (value === null) return {};
  const isText = (text: unknown) => typeof text === "string" && !hasLoneSurrogate(text);
  if (isObject(value) && Object.entries(value).every(([key, text]) => isText(key) && isText(text))) {
    return value as Readonly<Record<string, string>>;
  }
  throw new FormatError("invalid-table", `${METADATA_KEY} must hold texts only`, { offset: LENGTH_BYTES });
}

function graphText(graph: Graph, tensors: readonly TensorHead[]): string {
  const bytes = encodeGraph(graph, { tensorNames: tensors.map(({ name }) => name) });
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
}

function withGraph(
  tensors: readonly TensorHead[],
  metadata: Readonly<Record<string, string>>,
): Omit<SafetensorsDirectory, "tensors" | "unread"> {
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
    const message = `metadata ${quoted(SAFETENSORS_GRAPH_KEY)} holds no graph`;
    return { graph: undefined, graphError: new FormatError("invalid-table", message, { offset: 8, cause }), ...kept };
  }
}

import { type ByteSource, concatenated, FormatError, readExactly } from "@deep-compression/bits";
import { assertGraph, assertNetwork, assertTensor, type Network, type NetworkSource } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { countText } from "./count-text";
import { plainBytes } from "./file-bytes";
import { fileName } from "./model-folder";
import type { FolderReader, ModelPlace, OpenedModel } from "./opened-model";
import { decodeDirectory, encodeDirectory, type SafetensorsDirectory } from "./safetensors-directory";
import type { UnreadTensor } from "./safetensors-entry";
import { LENGTH_BYTES, readHeaderLength } from "./safetensors-header";

/**
 * Reads a safetensors file: the tensors in the order of their data, and the metadata. Its tensors are views of `bytes`.
 *
 * @throws FormatError unless the tensors fill the data exactly, without holes or overlaps; "unsupported" for an element
 * type that no tensor of ours has
 */
export function readSafetensors(bytes: Uint8Array): Network {
  const plain = plainBytes(bytes);
  const headerLength = readHeaderLength(plain.subarray(0, LENGTH_BYTES), plain.length);
  const header = plain.subarray(LENGTH_BYTES, LENGTH_BYTES + headerLength);
  const { tensors, unread, graphError, ...rest } = decodeDirectory(header, plain.length);
  if (graphError) throw graphError;
  for (const { name, dtype, start } of unread) {
    const message = `tensor ${quoted(name)}: dtype ${dtype} is not supported`;
    throw new FormatError("unsupported", message, { offset: start, tensor: name });
  }
  return {
    ...rest,
    tensors: tensors.map(({ start, end, ...head }) => ({ ...head, bytes: plain.subarray(start, end) })),
  };
}

/**
 * Opens a safetensors file of any size: its tensors are read when they are asked for. What is of an element type that no
 * tensor of ours has is left in the file, and noted.
 *
 * @throws FormatError as {@link readSafetensors}
 */
export async function openSafetensors(source: ByteSource, place: ModelPlace = {}): Promise<OpenedModel> {
  const { tensors, unread, graphError, ...rest } = await readDirectory(source);
  const name = fileName(place.name, "model.safetensors");
  const notes = [...unreadNotes(unread), ...(await indexNotes(name, place.folder))];
  return {
    format: "safetensors",
    network: {
      ...rest,
      tensors: tensors.map(({ start, end, ...head }) => ({
        ...head,
        read: () => readExactly(source, start, end - start),
        ...(source.slices && { reads: source.slices }),
      })),
    },
    ...(graphError && { graphProblem: graphError.message }),
    ...(notes.length > 0 && { notes }),
    files: [{ name, source }],
    holes: tensors.map(({ start, end }, tensor) => ({ tensor, start, end, encoding: "bytes" })),
  };
}

/** What a file says before its data. @throws FormatError */
export async function readDirectory(source: ByteSource): Promise<SafetensorsDirectory> {
  const length = await readExactly(source, 0, Math.min(LENGTH_BYTES, source.byteLength));
  const headerLength = readHeaderLength(length, source.byteLength);
  const header = await readExactly(source, LENGTH_BYTES, headerLength);
  return decodeDirectory(plainBytes(header), source.byteLength);
}

/** What to say of data that are kept but are no tensors of ours. */
export function unreadNotes(unread: readonly UnreadTensor[]): readonly string[] {
  if (unread.length === 0) return [];
  const types = [...new Set(unread.map(({ dtype }) => dtype))];
  const shown = types.slice(0, 4).join(", ") + (types.length > 4 ? ", ..." : "");
  return [`kept unread: ${countText(unread.length, "tensor")} of types not known here (${shown})`];
}

/** One file of several is opened by itself; that it is one of several may be a surprise. */
async function indexNotes(name: string, folder: FolderReader | undefined): Promise<readonly string[]> {
  const [, stem] = /^(.+)-\d{5}-of-\d{5}\.safetensors$/.exec(name) ?? [];
  if (stem === undefined) return [];
  const index = `${stem}.safetensors.index.json`;
  const isThere = (await folder?.(index)) !== undefined;
  return [
    isThere
      ? `this is one file of a model in several: ${quoted(index)} beside it is the whole`
      : `this is one file of a model in several, and no ${quoted(index)} is beside it`,
  ];
}

/**
 * Writes a safetensors file, tensors in their order. The graph, if there is one, goes into the metadata.
 *
 * @throws RangeError for an element type that safetensors has not; as assertNetwork for a network that is not whole
 */
export function writeSafetensors(network: Network): Uint8Array {
  assertNetwork(network);
  const { tensors } = network;
  return concatenated([encodeDirectory(tensors, network), ...tensors.map(({ bytes }) => bytes)]);
}

/**
 * As {@link writeSafetensors}, but part by part: the header, then the elements of each tensor, read one tensor at a time.
 *
 * @throws RangeError for an element type that safetensors has not, a graph that does not fit the tensors, or elements
 * that do not fill their shape
 */
export async function* writeSafetensorsParts(network: NetworkSource): AsyncGenerator<Uint8Array, void, void> {
  const { graph, metadata, tensors } = network;
  const names = new Set<string>();
  for (const { name } of tensors) {
    if (names.has(name)) throw new RangeError(`two tensors are named ${quoted(name)}`);
    names.add(name);
  }
  if (graph) assertGraph(graph, names);
  yield encodeDirectory(tensors, { graph, metadata });
  for (const tensor of tensors) {
    const bytes = await tensor.read();
    assertTensor({ ...tensor, bytes });
    yield bytes;
  }
}

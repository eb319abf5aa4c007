import { type ByteSource, readExactly } from "@deep-compression/bits";
import { assertGraph, assertNetwork, assertTensor, type Network, type NetworkSource } from "@deep-compression/network";
import { concatenated, plainBytes } from "./file-bytes";
import { decodeDirectory, encodeDirectory } from "./safetensors-directory";
import { LENGTH_BYTES, readHeaderLength } from "./safetensors-header";

/**
 * Reads a safetensors file: the tensors in the order of their data, and the metadata. Its tensors are views of `bytes`.
 *
 * @throws FormatError unless the tensors fill the data exactly, without holes or overlaps
 */
export function readSafetensors(bytes: Uint8Array): Network {
  const plain = plainBytes(bytes);
  const headerLength = readHeaderLength(plain.subarray(0, LENGTH_BYTES), plain.length);
  const header = plain.subarray(LENGTH_BYTES, LENGTH_BYTES + headerLength);
  const { tensors, ...rest } = decodeDirectory(header, plain.length);
  return {
    ...rest,
    tensors: tensors.map(({ start, end, ...head }) => ({ ...head, bytes: plain.subarray(start, end) })),
  };
}

/** As {@link readSafetensors}, of a file of any size: tensors are read when they are asked for. @throws FormatError */
export async function openSafetensors(source: ByteSource): Promise<NetworkSource> {
  const length = await readExactly(source, 0, Math.min(LENGTH_BYTES, source.byteLength));
  const headerLength = readHeaderLength(length, source.byteLength);
  const header = await readExactly(source, LENGTH_BYTES, headerLength);
  const { tensors, ...rest } = decodeDirectory(plainBytes(header), source.byteLength);
  return {
    ...rest,
    tensors: tensors.map(({ start, end, ...head }) => ({
      ...head,
      read: () => readExactly(source, start, end - start),
    })),
  };
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
    if (names.has(name)) throw new RangeError(`two tensors are named "${name}"`);
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

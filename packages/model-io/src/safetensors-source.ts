import { type ByteSource, readExactly } from "@deep-compression/bits";
import { assertGraph, assertTensor, type NetworkSource } from "@deep-compression/network";
import { plainBytes } from "./plain-bytes";
import { decodeDirectory, encodeDirectory } from "./safetensors-directory";
import { LENGTH_BYTES, readHeaderLength } from "./safetensors-header";

/**
 * Opens a safetensors file of any size: reads its header, and each tensor's bytes when they are asked for. Tensors come
 * in the order of their data. As strict as {@link readSafetensors}.
 *
 * @throws FormatError unless the tensors fill the data exactly, without holes or overlaps
 */
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
 * A safetensors file part by part: its header, then the elements of each tensor, read one tensor at a time.
 *
 * @throws RangeError for an element type that safetensors has not, a graph that does not fit the tensors, or elements
 * that do not fill their shape
 */
export async function* writeSafetensorsParts(network: NetworkSource): AsyncGenerator<Uint8Array, void, void> {
  const { graph, metadata, tensors } = network;
  const names = tensors.map(({ name }) => name);
  const seen = new Set<string>();
  for (const name of names) {
    if (seen.has(name)) throw new RangeError(`two tensors are named "${name}"`);
    seen.add(name);
  }
  if (graph) assertGraph(graph, names);
  yield encodeDirectory(tensors, { graph, metadata });
  for (const tensor of tensors) {
    const bytes = await tensor.read();
    assertTensor({ ...tensor, bytes });
    yield bytes;
  }
}

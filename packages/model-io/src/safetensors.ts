import { assertNetwork, type Network } from "@deep-compression/network";
import { plainBytes } from "./plain-bytes";
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

/**
 * Writes a safetensors file, tensors in their order. The graph, if there is one, goes into the metadata.
 *
 * @throws RangeError for an element type that safetensors has not; as assertNetwork for a network that is not whole
 */
export function writeSafetensors(network: Network): Uint8Array {
  assertNetwork(network);
  const { tensors } = network;
  const head = encodeDirectory(tensors, network);
  const file = new Uint8Array(tensors.reduce((length, { bytes }) => length + bytes.length, head.length));
  file.set(head);
  let offset = head.length;
  for (const { bytes } of tensors) {
    file.set(bytes, offset);
    offset += bytes.length;
  }
  return file;
}

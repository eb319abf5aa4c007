import { type ByteSource, openContainer } from "@deep-compression/container";
import type { Network, Tensor } from "@deep-compression/network";
import { readGraph } from "./read-graph";
import { checkClaims, decodeTensor, expandTensor, type ReadOptions } from "./stored-tensor";

/**
 * The network of a `.dcz` file, every tensor with all its elements. The bytes of raw tensors are views into what the
 * source gave.
 *
 * @throws FormatError, TypeError for what is no source
 */
export async function decompress(source: ByteSource, options: ReadOptions = {}): Promise<Network> {
  const file = await openContainer(source);
  checkClaims(file.tensors, options);
  const graph = await readGraph(file);
  const tensors: Tensor[] = [];
  for (const info of file.tensors) {
    tensors.push(expandTensor(decodeTensor(info, (await file.read(info.name)).sections)));
  }
  return { graph, tensors, metadata: file.metadata };
}

/**
 * One tensor of a `.dcz` file with all its elements; of the file only the header, the directory and this tensor's bytes
 * are read.
 *
 * @throws RangeError if there is no tensor of that name, FormatError, TypeError for what is no source
 */
export async function readTensor(source: ByteSource, name: string, options: ReadOptions = {}): Promise<Tensor> {
  const file = await openContainer(source);
  checkClaims(file.tensors, options);
  const { sections } = await file.read(name);
  const info = file.tensors.findIndex((tensor) => tensor.name === name);
  return expandTensor(decodeTensor(file.tensors[info], sections));
}

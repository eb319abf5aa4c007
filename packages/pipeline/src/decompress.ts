import { type ByteSource, openContainer } from "@deep-compression/container";
import type { Network, Tensor } from "@deep-compression/network";
import { readGraph } from "./read-graph";
import { checkClaims, decodeTensor, expandTensor, type ReadOptions } from "./stored-tensor";

/**
 * The network of a `.dcz` file, every tensor with all its elements.
 *
 * @throws FormatError
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

import { FormatError } from "@deep-compression/bits";
import { type ByteSource, type ContainerReader, openContainer } from "@deep-compression/container";
import { assertGraph, decodeGraph, type Graph, type Network, type Tensor } from "@deep-compression/network";
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

/** The graph of a file, checked against the names of its tensors; undefined if it has none. @throws FormatError */
export async function readGraph(file: ContainerReader): Promise<Graph | undefined> {
  const bytes = await file.readGraph();
  if (bytes === undefined) return undefined;
  const tensorNames = file.tensors.map(({ name }) => name);
  const graph = decodeGraph(bytes, { tensorNames });
  try {
    assertGraph(graph, tensorNames);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("out-of-range", `the graph makes no sense: ${why}`, { section: "graph", cause });
  }
  return graph;
}

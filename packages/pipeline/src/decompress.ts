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
  const offset = file.graph?.offset ?? 0;
  try {
    const graph = decodeGraph(bytes, { tensorNames });
    assertGraph(graph, tensorNames);
    return graph;
  } catch (cause) {
    const message = `graph: ${cause instanceof Error ? cause.message : String(cause)}`;
    // What is no FormatError comes from assertGraph: the bytes are a graph, but one that cannot run.
    const { code, offset: within = 0 } = cause instanceof FormatError ? cause : { code: "out-of-range" as const };
    throw new FormatError(code, message, { section: "graph", offset: offset + within, cause });
  }
}

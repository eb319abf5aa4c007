import { FormatError } from "@deep-compression/bits";
import type { ContainerInfo, ContainerReader } from "@deep-compression/container";
import { assertGraph, decodeGraph, type Graph } from "@deep-compression/network";

/** The graph of a file, checked against the names of its tensors; undefined if it has none. @throws FormatError */
export async function readGraph(file: ContainerReader): Promise<Graph | undefined> {
  const bytes = await file.readGraph();
  return bytes === undefined ? undefined : graphOf(bytes, file);
}

/** The graph that the bytes are, checked against the names of the file's tensors. @throws FormatError */
export function graphOf(bytes: Uint8Array, file: Pick<ContainerInfo, "tensors" | "graph">): Graph {
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

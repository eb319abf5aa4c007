import { FormatError } from "@deep-compression/bits";
import type { ContainerInfo } from "@deep-compression/container";
import { assertGraph, type Graph } from "@deep-compression/network";
import { decodeGraph } from "@deep-compression/network/graph-encoding";

/** The graph that the bytes are, checked against the names of the file's tensors. @throws FormatError */
export function readGraph(bytes: Uint8Array, file: Pick<ContainerInfo, "tensors" | "model">): Graph {
  const tensorNames = file.tensors.map(({ name }) => name);
  const { offset = 0, packing = "none" } = file.model ?? {};
  try {
    const graph = decodeGraph(bytes, { tensorNames });
    assertGraph(graph, tensorNames);
    return graph;
  } catch (cause) {
    const message = `graph: ${cause instanceof Error ? cause.message : String(cause)}`;
    // What is no FormatError comes from assertGraph: the bytes are a graph, but one that cannot run.
    const { code, offset: within = 0 } = cause instanceof FormatError ? cause : { code: "out-of-range" as const };
    // Bytes of a packed graph have no place of their own in the file.
    throw new FormatError(code, message, {
      section: "graph",
      offset: offset + (packing === "none" ? within : 0),
      cause,
    });
  }
}

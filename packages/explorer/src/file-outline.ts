import type { ValueInfo } from "@deep-compression/network";
import { type Certificate, type FileSizes, type OpenedFile, readCertificate } from "@deep-compression/pipeline";
import { type GraphNode, graphNodes } from "./graph-list";

/** A graph without its attributes, which may hold tensors. */
export interface GraphOutline {
  readonly name?: string;
  readonly opset: number;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly GraphNode[];
}

/** What a file tells as soon as it is open, before any tensor is decoded: plain data, which a worker can send. */
export interface FileOutline {
  readonly name: string;
  readonly sizes: FileSizes;
  readonly metadata: Readonly<Record<string, string>>;
  /** Names of the model's own files, if they are in the file. */
  readonly modelFiles: readonly string[];
  readonly graph?: GraphOutline;
  readonly graphProblem?: string;
  readonly certificate?: Certificate;
  /** Why what should be a certificate is none. */
  readonly certificateProblem?: string;
}

/** The outline of an open file. */
export function outlineOf(name: string, file: OpenedFile): FileOutline {
  const { sizes, metadata, files, graph, graphProblem } = file;
  return {
    name,
    sizes,
    metadata,
    modelFiles: files.map((one) => one.name),
    ...(graph && { graph: graphOutline(graph, sizes) }),
    ...(graphProblem !== undefined && { graphProblem }),
    ...certificateOf(metadata),
  };
}

function graphOutline(graph: NonNullable<OpenedFile["graph"]>, { tensors }: FileSizes): GraphOutline {
  const { name, opset, inputs, outputs } = graph;
  const names = tensors.map(({ tensor }) => tensor);
  return { ...(name !== undefined && { name }), opset, inputs, outputs, nodes: graphNodes(graph, names) };
}

function certificateOf(metadata: OpenedFile["metadata"]): Pick<FileOutline, "certificate" | "certificateProblem"> {
  try {
    const certificate = readCertificate(metadata);
    return certificate === undefined ? {} : { certificate };
  } catch (error) {
    return { certificateProblem: error instanceof Error ? error.message : String(error) };
  }
}

// The one place that says which reader of files the loader builds on. It is a part of its own for bundlers, and so is what
// understands graphs and models of other formats: each comes when it is needed, the reader while the first bytes of a file do.
import type { ByteSource } from "@deep-compression/bits";
import type { GraphReader, OpenWithOptions, ReadableFile } from "@deep-compression/pipeline/read";
import type { WorkerOptions } from "@deep-compression/pipeline/workers";

export type { ReadableFile, ReadOptions } from "@deep-compression/pipeline/read";

/** The models that are understood if the caller says nothing else. */
const FORMATS: NonNullable<OpenWithOptions["formats"]> = {
  onnx: async (source, place) => (await import("./onnx-models")).openOnnx(source, place),
  safetensors: async (source, place) => (await import("./other-models")).openModel(source, place),
  "tensorflow.js": async (source, place) => (await import("./other-models")).openModel(source, place),
};

const readNetworkGraph: GraphReader = async (bytes, file) => (await import("./network-graph")).readGraph(bytes, file);

/** Begins to load what reads and decodes. */
export function reader(): Promise<typeof import("./worker-reader")> {
  return import("./worker-reader");
}

/** Opens a file whose tensors workers decode. @throws FormatError, TypeError, RangeError */
export async function openFile(source: ByteSource, options: WorkerOptions): Promise<ReadableFile> {
  const { openInWorkers } = await reader();
  return openInWorkers(source, { formats: FORMATS, graph: readNetworkGraph, ...options });
}

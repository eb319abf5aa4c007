import type { ByteSource } from "@deep-compression/bits";
import type { NetworkSource } from "@deep-compression/network";

/** The formats of models that are read. */
export type ModelFormat = "onnx" | "safetensors" | "tensorflow.js";

/** A file of a model. */
export interface ModelFile {
  /** Relative to the model's folder, with "/" between its parts. */
  readonly name: string;
  readonly source: ByteSource;
}

/** Where the elements of a tensor stand in the files of a model, taken back to back. */
export interface Hole {
  /** Index of the tensor in the network. */
  readonly tensor: number;
  readonly start: number;
  readonly end: number;
  /** "bytes": the tensor's own bytes; "varints": each element as a protobuf varint. */
  readonly encoding: "bytes" | "varints";
}

/** A model whose tensors are read when they are asked for, and the files that it came from. */
export interface OpenedModel {
  readonly format: ModelFormat;
  /** With the graph, if the format has one and it was understood. */
  readonly network: NetworkSource;
  /** Why there is no graph although the format has one, in one line. */
  readonly graphProblem?: string;
  /** What a person should know of how the model was taken, a line each: what is kept but is no tensor, what lies beside it. */
  readonly notes?: readonly string[];
  /** Names of the tensors that the model multiplies by or looks up in, where the files tell it without a graph of ours. */
  readonly weights?: ReadonlySet<string>;
  /** The main file first. */
  readonly files: readonly ModelFile[];
  /** Ascending and disjoint. A tensor has one at most: what has none is read, but is no tensor of a compressed file. */
  readonly holes: readonly Hole[];
}

/** Gives another file of a model's folder by its relative name; undefined if there is none. */
export type FolderReader = (name: string) => Promise<ByteSource | undefined>;

/** Where a model came from. */
export interface ModelPlace {
  /** Name or path of the main file. */
  readonly name?: string;
  /** The folder of the main file; without it, no other file of the model is read. */
  readonly folder?: FolderReader;
}

import type { ModelFile, ModelFormat } from "@deep-compression/model-io";
import type { Graph, Network, NetworkSource, Tensor, TensorSource } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { type OpenedDirectory, readStored } from "./open-directory";
import type { StoredWeightOf, StoredWeights } from "./stored-weights";

/** A `.dcz` file, opened: what it says of itself, and its tensors, read when they are asked for. */
export interface ReadableFile {
  readonly graph: Graph | undefined;
  /** Why there is no graph although the model has one, in one line. */
  readonly graphProblem?: string;
  /** Of the network, and of the file. */
  readonly metadata: Readonly<Record<string, string>>;
  /** The format of the model that the file was made of, if it has the model's own files. */
  readonly format?: ModelFormat;
  /**
   * The files of that model, the main one first: bit for bit, but for the elements of tensors that lost something. They are put
   * together as they are read. None if the file was made of a network.
   */
  readonly files: readonly ModelFile[];
  /** Bytes of the file. */
  readonly byteLength: number;
  /** The file as a network whose tensors are read one at a time: to compress it anew, or to write it in another format. */
  readonly source: NetworkSource;
  /** One tensor with all its elements; reads only its bytes. @throws RangeError if there is none of that name; FormatError */
  tensor(name: string): Promise<Tensor>;
  /** All tensors in the order of the file, one in memory at a time. @throws FormatError */
  tensors(): AsyncGenerator<Tensor, void, void>;
  /** All of it. The bytes of raw tensors are views into what the source gave. @throws FormatError */
  network(): Promise<Network>;
  /**
   * Codes, gaps, masks and codebooks as stored; no dense weight is built. Where entries stand is checked when a weight is
   * used.
   *
   * @throws FormatError
   */
  weights(): Promise<StoredWeights>;
}

/** What a file gives that is opened. */
export function readableFile(opened: OpenedDirectory): ReadableFile {
  const { file, graph, graphProblem, metadata, files, format, decoders } = opened;
  const byName = new Map(opened.tensors.map((tensor) => [tensor.name, tensor]));
  const tensor = async ({ name, type, shape, read }: TensorSource) => ({ name, type, shape, bytes: await read() });
  async function* tensors() {
    for (const one of opened.tensors) yield await tensor(one);
  }
  return {
    graph,
    ...(graphProblem !== undefined && { graphProblem }),
    metadata,
    byteLength: file.byteLength,
    ...(format !== undefined && { format }),
    files,
    source: { graph, metadata, tensors: opened.tensors.map(({ entry, ...one }) => one) },
    tensor: async (name: string) => tensor(named(byName, name)),
    tensors,
    async network() {
      const all: Tensor[] = [];
      for await (const one of tensors()) all.push(one);
      return { graph, metadata, tensors: all };
    },
    async weights() {
      const stored = new Map<string, () => StoredWeightOf | Tensor>();
      for (const one of opened.tensors) {
        if (one.entry !== undefined) {
          const found = await readStored(file, one.entry, decoders);
          stored.set(one.name, () => decoders.storedWeight(found));
        } else {
          const found = await tensor(one);
          stored.set(one.name, () => decoders.rawWeight(found));
        }
      }
      return weightsOf(stored);
    },
  };
}

/** Weights of which each is made when it is asked for. */
export function weightsOf(stored: ReadonlyMap<string, () => StoredWeightOf | Tensor>): StoredWeights {
  return Object.freeze({ names: [...stored.keys()], weight: (name: string) => named(stored, name)() });
}

/** What belongs to the tensor of a name. @throws RangeError if there is none */
export function named<T>(tensors: ReadonlyMap<string, T>, name: string): T {
  const found = tensors.get(name);
  if (found !== undefined) return found;
  throw new RangeError(`name: expected that of a tensor in the file, got ${quoted(name)}`);
}

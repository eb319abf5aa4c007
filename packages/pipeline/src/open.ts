import type { ByteSource } from "@deep-compression/bits";
import { type ContainerInfo, readContainerStream } from "@deep-compression/container";
import type { ModelFile, ModelFormat } from "@deep-compression/model-io";
import {
  floatValues,
  type Graph,
  type Network,
  type NetworkSource,
  type Tensor,
  type TensorSource,
  valuesOfType,
} from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { checkEntries, type StoredWeight } from "@deep-compression/tensor-codec";
import type { ReadOptions } from "./expansion-limit";
import { envelopeRow, type FileSizes, fileSizes, type Ledger, type LedgerRow, ledgerOf, tensorRow } from "./ledger";
import { checkedModel, filling, openDirectory, readStored } from "./open-directory";
import {
  decodeTensor,
  dequantizeTensor,
  inTensor,
  type StoredTensor,
  type TensorEntry,
  tensorEntries,
} from "./tensor-entry";

/** Weights by name, in the form in which the file holds them; what `inference` runs from. */
export interface StoredWeights {
  readonly names: readonly string[];
  /** @throws RangeError if there is no tensor of that name */
  weight(name: string): StoredWeightOf | Omit<Tensor, "name">;
}

/** Floats of 16 or 32 bits as they are stored, with their shape; tensors of all other types come with all their elements. */
export interface StoredWeightOf {
  readonly shape: readonly number[];
  readonly type: "float32" | "float16" | "bfloat16";
  /** Values and centroids are among those of the type. */
  readonly stored: StoredWeight;
}

/** A `.dcz` file, opened: what it says of itself, and its tensors, read when they are asked for. */
export interface OpenedFile {
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
  /** Where every byte of the file went; takes as long as decoding. @throws FormatError */
  ledger(): Promise<Ledger>;
  /** The rows of the ledger in its order, one tensor in memory at a time. @throws FormatError */
  ledgerRows(): AsyncGenerator<LedgerRow, void, void>;
  /** What the ledger comes to, tensor by tensor: the directory tells it, nothing is decoded. */
  readonly sizes: FileSizes;
  /** Checks every byte of the file. @param options.onRead told the name of each tensor before it is read @throws FormatError */
  verify(options?: { readonly onRead?: (name: string) => void }): Promise<void>;
}

/**
 * Opens a `.dcz` file: reads its header, directory and graph or envelope, and holds what they claim against the file's bytes.
 *
 * @throws FormatError, TypeError for what is no source
 */
export async function open(source: ByteSource, options: ReadOptions = {}): Promise<OpenedFile> {
  const opened = await openDirectory(source, options);
  const { file, entries, graph, graphProblem, metadata, files, envelope, format } = opened;
  const byName = new Map(opened.tensors.map((tensor) => [tensor.name, tensor]));
  const tensor = async ({ name, type, shape, read }: TensorSource) => ({ name, type, shape, bytes: await read() });
  const checked = async (entry: TensorEntry) => {
    const stored = await readStored(file, entry);
    if (stored.form === "coded") inTensor(entry, "decoded", () => checkEntries(stored.section.stored));
    return stored;
  };
  async function* tensors() {
    for (const one of opened.tensors) yield await tensor(one);
  }
  const inEnvelope = opened.tensors.filter(({ entry }) => entry === undefined);
  async function* ledgerRows() {
    for (const entry of entries) yield tensorRow(await checked(entry));
    for (const one of inEnvelope) yield envelopeRow(one);
  }
  return Object.freeze({
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
          const found = await readStored(file, one.entry);
          stored.set(one.name, () => storedWeight(found));
        } else {
          const found = await tensor(one);
          stored.set(one.name, () => rawWeight(found));
        }
      }
      return Object.freeze({ names: [...stored.keys()], weight: (name: string) => named(stored, name)() });
    },
    async ledger() {
      const rows: LedgerRow[] = [];
      for await (const row of ledgerRows()) rows.push(row);
      return ledgerOf(file, rows);
    },
    ledgerRows,
    sizes: fileSizes(file, entries, inEnvelope),
    async verify({ onRead }: { readonly onRead?: (name: string) => void } = {}) {
      for (const [i, entry] of entries.entries()) {
        onRead?.(entry.name);
        const stored = await checked(entry);
        if (stored.form === "raw" && envelope !== undefined) filling(entry, stored.bytes, envelope.holes[i]!);
      }
    },
  });
}

/**
 * The tensors of a `.dcz` file in its order, each with all its elements as soon as its bytes are there, from the pieces of a
 * download. Memory holds one tensor and its section. A file that ends early is found out after the tensors before.
 *
 * @throws FormatError, TypeError for pieces that are none
 */
export async function* tensorsOfStream(
  pieces: AsyncIterable<Uint8Array>,
  options: ReadOptions = {},
): AsyncGenerator<Tensor, void, void> {
  let file: Pick<ContainerInfo, "tensors" | "model"> = { tensors: [], model: undefined };
  let entries: readonly TensorEntry[] = [];
  let next = 0;
  for await (const part of readContainerStream(pieces)) {
    if (part.part === "directory") {
      file = part.info;
      entries = tensorEntries(file, options);
    } else if (part.part === "model") {
      checkedModel(part.model, file, entries); // only to refuse one that is none
    } else {
      yield dequantizeTensor(decodeTensor(entries[next++]!, part.tensor.sections[0]!.bytes));
    }
  }
}

/** What belongs to the tensor of a name. @throws RangeError if there is none */
function named<T>(tensors: ReadonlyMap<string, T>, name: string): T {
  const found = tensors.get(name);
  if (found !== undefined) return found;
  throw new RangeError(`name: expected that of a tensor in the file, got ${quoted(name)}`);
}

function storedWeight(tensor: StoredTensor): StoredWeightOf | Tensor {
  const { type, shape } = tensor.entry;
  if (tensor.form !== "coded" || !(type === "float32" || type === "float16" || type === "bfloat16"))
    return rawWeight(dequantizeTensor(tensor));
  const { stored } = tensor.section;
  if (type === "float32") return { shape, type, stored };
  const centroids = valuesOfType(type, stored.centroids);
  // A weight that its type rounds to 0 is one no more, and in the form gaps only fillers are 0. Scaled values are rounded one by one.
  const isKept =
    !("scales" in stored && stored.scales !== undefined) &&
    centroids.every((value, code) => (value === 0) === (stored.centroids[code] === 0));
  return isKept ? { shape, type, stored: { ...stored, centroids } } : rawWeight(dequantizeTensor(tensor));
}

function rawWeight(tensor: Tensor): StoredWeightOf | Tensor {
  const { type, shape } = tensor;
  return type === "float32" ? { shape, type, stored: { form: "raw", values: floatValues(tensor) } } : tensor;
}

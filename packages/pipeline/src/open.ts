import { type ByteSource, FormatError } from "@deep-compression/bits";
import {
  type ContainerInfo,
  type ContainerReader,
  type Envelope,
  type Model,
  openContainer,
  readContainerStream,
} from "@deep-compression/container";
import {
  assertGraph,
  decodeGraph,
  type Graph,
  type Network,
  type NetworkSource,
  numericValues,
  type Tensor,
} from "@deep-compression/network";
import { checkEntries, type StoredWeight } from "@deep-compression/tensor-codec";
import { checkHoles } from "./check-holes";
import type { ReadOptions } from "./expansion-limit";
import { type Ledger, ledgerOf, tensorRow } from "./ledger";
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
  /**
   * Tensors of bool, of integers of any width and of floats of 16, 32 and 64 bits come as raw float32 values, which
   * hold those of up to 16 bits exactly and round those of 32 bits and more.
   *
   * @throws RangeError if there is no tensor of that name, TypeError if its type has no float32 values: floats of 8 and 4
   * bits and complex numbers
   */
  weight(name: string): { readonly shape: readonly number[]; readonly stored: StoredWeight };
}

/** A `.dcz` file, opened: what it says of itself, and its tensors, read when they are asked for. */
export interface OpenedFile {
  readonly graph: Graph | undefined;
  readonly metadata: Readonly<Record<string, string>>;
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
  /** Checks every byte of the file. @param options.onRead told the name of each tensor before it is read @throws FormatError */
  verify(options?: { readonly onRead?: (name: string) => void }): Promise<void>;
}

/**
 * Opens a `.dcz` file: reads its header, directory and graph or envelope, and holds what they claim against the file's bytes.
 *
 * @throws FormatError, TypeError for what is no source
 */
export async function open(source: ByteSource, options: ReadOptions = {}): Promise<OpenedFile> {
  const { file, entries, graph } = await openDirectory(source, options);
  const { metadata, byteLength } = file;
  const byName = new Map(entries.map((entry) => [entry.name, entry]));
  const read = (entry: TensorEntry) => readStored(file, entry);
  const tensor = async (entry: TensorEntry) => dequantizeTensor(await read(entry));
  const checked = async (entry: TensorEntry) => {
    const stored = await read(entry);
    if (stored.form === "coded") inTensor(entry, "decoded", () => checkEntries(stored.section.stored));
    return stored;
  };
  async function* tensors() {
    for (const entry of entries) yield await tensor(entry);
  }
  return Object.freeze({
    graph,
    metadata,
    byteLength,
    source: {
      graph,
      metadata,
      tensors: entries.map((entry) => {
        const { name, type, shape } = entry;
        return { name, type, shape, read: async () => (await tensor(entry)).bytes };
      }),
    },
    tensor: async (name: string) => tensor(named(byName, name)),
    tensors,
    async network() {
      const all: Tensor[] = [];
      for await (const one of tensors()) all.push(one);
      return { graph, metadata, tensors: all };
    },
    async weights() {
      const stored = new Map<string, StoredTensor>();
      for (const entry of entries) stored.set(entry.name, await read(entry));
      const weight = (name: string) => storedWeight(named(stored, name));
      return Object.freeze({ names: [...stored.keys()], weight });
    },
    async ledger() {
      const rows = [];
      for (const entry of entries) rows.push(tensorRow(await checked(entry)));
      return ledgerOf(file, rows);
    },
    async verify({ onRead }: { readonly onRead?: (name: string) => void } = {}) {
      for (const entry of entries) {
        onRead?.(entry.name);
        await checked(entry);
      }
    },
  });
}

/** A file's directory, its tensors checked, and its graph or its envelope, whose holes they fit. @throws FormatError, TypeError for what is no source */
export async function openDirectory(
  source: ByteSource,
  options: ReadOptions,
): Promise<{
  readonly file: ContainerReader;
  readonly entries: readonly TensorEntry[];
  readonly graph: Graph | undefined;
  readonly envelope: Envelope | undefined;
}> {
  const file = await openContainer(source);
  const entries = tensorEntries(file, options);
  return { file, entries, ...checkedModel(await file.readModel(), file, entries) };
}

/** What a file says of its network, held against its tensors. @throws FormatError */
function checkedModel(
  model: Model | undefined,
  file: Pick<ContainerInfo, "tensors" | "model">,
  entries: readonly TensorEntry[],
): { readonly graph: Graph | undefined; readonly envelope: Envelope | undefined } {
  if (model?.kind === "graph") return { graph: graphOf(model.bytes, file), envelope: undefined };
  if (model?.kind === "envelope") checkHoles(model.envelope, entries);
  return { graph: undefined, envelope: model?.envelope };
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

async function readStored(file: ContainerReader, entry: TensorEntry): Promise<StoredTensor> {
  const { sections } = await file.read(entry.name);
  return decodeTensor(entry, sections[0]!.bytes);
}

/** What belongs to the tensor of a name. @throws RangeError if there is none */
function named<T>(tensors: ReadonlyMap<string, T>, name: string): T {
  const found = tensors.get(name);
  if (found !== undefined) return found;
  throw new RangeError(`name: expected that of a tensor in the file, got "${name}"`);
}

function storedWeight(tensor: StoredTensor) {
  const { shape } = tensor.entry;
  if (tensor.form === "coded") return { shape, stored: tensor.section.stored };
  return { shape, stored: { form: "raw" as const, values: numericValues(dequantizeTensor(tensor)) } };
}

/** The graph that the bytes are, checked against the names of the file's tensors. @throws FormatError */
function graphOf(bytes: Uint8Array, file: Pick<ContainerInfo, "tensors" | "model">): Graph {
  const tensorNames = file.tensors.map(({ name }) => name);
  const { offset = 0, plainLength = 0 } = file.model ?? {};
  try {
    const graph = decodeGraph(bytes, { tensorNames });
    assertGraph(graph, tensorNames);
    return graph;
  } catch (cause) {
    const message = `graph: ${cause instanceof Error ? cause.message : String(cause)}`;
    // What is no FormatError comes from assertGraph: the bytes are a graph, but one that cannot run.
    const { code, offset: within = 0 } = cause instanceof FormatError ? cause : { code: "out-of-range" as const };
    // Bytes of a deflated graph have no place of their own in the file.
    throw new FormatError(code, message, {
      section: "graph",
      offset: offset + (plainLength === 0 ? within : 0),
      cause,
    });
  }
}

import { type ByteSource, FormatError } from "@deep-compression/bits";
import {
  type ContainerInfo,
  type ContainerReader,
  type Envelope,
  type Hole,
  type Model,
  openContainer,
} from "@deep-compression/container";
import type { ModelFile, ModelFormat, ModelPlace, OpenedModel } from "@deep-compression/model-io";
import { packVarints } from "@deep-compression/model-io/pack-varints";
import { tellsOfGraph } from "@deep-compression/model-io/tells-of-graph";
import type { Graph, TensorSource } from "@deep-compression/network";
import { breather, quoted } from "@deep-compression/runtime";
import { checkHoles } from "./check-holes";
import type { Decoders } from "./decoders";
import type { ReadOptions } from "./expansion-limit";
import { formatOf } from "./model-formats";
import { filledFrom, restoredFiles } from "./restored-files";
import { type StoredTensor, type TensorEntry, tensorEntries } from "./tensor-entry";

/** A tensor of a file: of its directory or, without an entry there, one that stands in the model's own files. */
export interface FileTensor extends TensorSource {
  readonly entry: TensorEntry | undefined;
}

/** Opens a model of a format, given its main file. */
export type ModelOpener = (source: ByteSource, place: ModelPlace) => Promise<OpenedModel>;

/** Reads the graph of a file that was made of a network. @throws FormatError */
export type GraphReader = (bytes: Uint8Array, file: Pick<ContainerInfo, "tensors" | "model">) => Graph | Promise<Graph>;

/** What decodes tensors and reads graphs; a graph whose reader is not there is not understood. */
export interface FileReaders {
  readonly decoders: Decoders;
  /** Of a file that was made of a network. */
  readonly graph?: GraphReader | undefined;
  /** What opens the model that a file was made of, by its format. */
  openerOf(format: ModelFormat): ModelOpener | undefined;
}

/** A `.dcz` file, opened: what it says of itself, checked, and its tensors. */
export interface OpenedDirectory {
  readonly file: ContainerReader;
  readonly entries: readonly TensorEntry[];
  /** What its tensors are decoded by. */
  readonly decoders: Decoders;
  readonly graph: Graph | undefined;
  readonly graphProblem?: string;
  readonly metadata: Readonly<Record<string, string>>;
  /** Those of the network, in its order. */
  readonly tensors: readonly FileTensor[];
  /** Those of the model, restored as they are read; none in a file without an envelope. */
  readonly files: readonly ModelFile[];
  readonly envelope?: Envelope;
  readonly format?: OpenedModel["format"];
}

/**
 * Opens a file: header, directory, and the graph or the envelope, held against each other and against the file's bytes. Of a
 * file with an envelope the tensors and the graph are those of the model, which is opened as if its files were restored.
 *
 * @throws FormatError, TypeError for what is no source
 */
export async function openDirectory(
  source: ByteSource,
  options: ReadOptions,
  readers: FileReaders,
): Promise<OpenedDirectory> {
  const breathe = breather();
  const file = await openContainer(source);
  await breathe();
  const entries = tensorEntries(file, options);
  await breathe();
  const model = await file.readModel();
  await breathe();
  const { graph, graphProblem, envelope } = await checkedModel(model, { file, entries, readGraph: readers.graph });
  const { metadata } = file;
  const { decoders } = readers;
  const read = async (entry: TensorEntry) => decoders.dequantizeTensor(await readStored(file, entry, decoders)).bytes;
  const own = entries.map((entry) => {
    const { name, type, shape } = entry;
    return { name, type, shape, entry, read: () => read(entry) };
  });
  if (envelope === undefined) {
    const problem = graphProblem !== undefined && { graphProblem };
    return { file, entries, decoders, graph, ...problem, metadata, tensors: own, files: [] };
  }
  const restored = filledFrom(async (hole) => {
    const entry = entries[hole]!;
    return filling(entry, await read(entry), envelope.holes[hole]!);
  });
  let isOpening = true;
  const files = restoredFiles(envelope, async (hole, from, to) =>
    isOpening && isUnread(entries[hole]!, envelope.holes[hole]!) ? new Uint8Array(to - from) : restored(hole, from, to),
  );
  const known = {
    file,
    entries,
    decoders,
    files,
    envelope,
    ...(await modelOf(envelope, { files, own, openerOf: readers.openerOf })),
  };
  isOpening = false;
  return { ...known, metadata: { ...known.metadata, ...metadata } };
}

/**
 * Whether those who open a model do not look at what stood in a hole, so that it is not decoded for them: the elements of a
 * tensor, but for varints, for sizes and axes that tell of the graph, and for bytes that may be a piece of the model that is no tensor
 * (see model-skeleton).
 */
function isUnread({ type, shape }: TensorEntry, { encoding }: Hole): boolean {
  return encoding === "bytes" && !(type === "uint8" && shape.length === 1) && !tellsOfGraph({ type, shape });
}

interface OwnTensors {
  /** Those of the directory. */
  readonly own: readonly FileTensor[];
}

type OwnModel = Pick<OpenedDirectory, "graph" | "graphProblem" | "metadata" | "tensors" | "format">;

/** The model that the files are; of files that are none that we know, the tensors of the directory. */
async function modelOf(
  envelope: Envelope,
  {
    files,
    own,
    openerOf,
  }: Pick<OpenedDirectory, "files"> & OwnTensors & { readonly openerOf: FileReaders["openerOf"] },
): Promise<OwnModel> {
  const unknown = { graph: undefined, metadata: {}, tensors: own };
  const known = formatOf(envelope);
  if (known === undefined) return unknown;
  const openModel = openerOf(known);
  if (openModel === undefined) {
    const graphProblem = `a model of the format ${known}, which is not among the options.formats`;
    return { ...unknown, graphProblem, format: known };
  }
  const [main] = files;
  const folder = async (name: string) => files.find((other) => other.name === name)?.source;
  try {
    const opened = await openModel(main!.source, { name: main!.name, folder });
    const { network, graphProblem, format } = opened;
    return {
      graph: network.graph,
      ...(graphProblem !== undefined && { graphProblem }),
      metadata: network.metadata ?? {},
      tensors: tensorsOfModel(opened, { own, envelope }),
      format,
    };
  } catch (error) {
    // Damaged sections are told by their readers; here the files are whole, and no model of ours.
    if (!(error instanceof FormatError) || error.section !== undefined) throw error;
    return { ...unknown, graphProblem: error.message };
  }
}

/** What stood in a hole. @throws FormatError if it was longer or shorter */
export function filling(entry: TensorEntry, bytes: Uint8Array, { encoding, length }: Hole): Uint8Array {
  if (encoding === "bytes") return bytes;
  const packed = packVarints(entry.type, bytes);
  if (packed.length === length) return packed;
  const message = `envelope: tensor ${quoted(entry.name)} takes ${packed.length} bytes as varints, its hole has ${length}`;
  throw new FormatError("out-of-range", message, { tensor: entry.name, section: "envelope" });
}

/**
 * The tensors of a model, each with its entry in the directory if that tells the same of it. Others are read from the files,
 * which are what the model is.
 */
function tensorsOfModel(
  { network, holes }: OpenedModel,
  { own, envelope }: OwnTensors & { readonly envelope: Envelope },
): FileTensor[] {
  const ownAt = new Map(envelope.holes.map(({ start, length }, i) => [`${start} ${start + length}`, own[i]!]));
  const ownOf = new Map(holes.map(({ tensor, start, end }) => [tensor, ownAt.get(`${start} ${end}`)]));
  const told = ({ name, type, shape }: TensorSource) => JSON.stringify([name, type, shape]);
  return network.tensors.map((tensor, i) => {
    const found = ownOf.get(i);
    return found !== undefined && told(found) === told(tensor) ? found : { ...tensor, entry: undefined };
  });
}

/** What a file says of its network, held against its tensors. @throws FormatError */
export async function checkedModel(
  model: Model | undefined,
  known: {
    readonly file: Pick<ContainerInfo, "tensors" | "model">;
    readonly entries: readonly TensorEntry[];
    readonly readGraph: GraphReader | undefined;
  },
): Promise<{
  readonly graph: Graph | undefined;
  readonly graphProblem?: string;
  readonly envelope: Envelope | undefined;
}> {
  const { file, entries, readGraph } = known;
  if (model?.kind === "envelope") checkHoles(model.envelope, entries);
  if (model?.kind !== "graph") return { graph: undefined, envelope: model?.envelope };
  if (readGraph !== undefined) return { graph: await readGraph(model.bytes, file), envelope: undefined };
  return { graph: undefined, graphProblem: "there is a graph, which options.graph would read", envelope: undefined };
}

/** A tensor as it is stored; reads only its bytes. @throws FormatError */
export async function readStored(
  file: ContainerReader,
  entry: TensorEntry,
  { decodeTensor }: Pick<Decoders, "decodeTensor">,
): Promise<StoredTensor> {
  const { sections } = await file.read(entry.name);
  return decodeTensor(entry, sections[0]!.bytes);
}

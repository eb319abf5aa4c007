import { type ByteSource, checkSource, FormatError, readExactly } from "@deep-compression/bits";
import type { TensorSource } from "@deep-compression/network";
import { assertInside, externalRange, openExternal } from "./external-data";
import { disjointHoles } from "./holes";
import { fileName } from "./model-folder";
import { assertLength, decodeElements, type Elements, surveyVarints, type TensorHead } from "./onnx-elements";
import { graphOf, type UnderstoodGraph } from "./onnx-graph";
import { MODEL, type TensorProto } from "./onnx-messages";
import { metadataOf, readModelProto } from "./onnx-model";
import { findTensors, type KnownTensor } from "./onnx-tensors";
import type { FolderReader, Hole, ModelFile, ModelPlace, OpenedModel } from "./opened-model";
import { protobufReader } from "./protobuf-message";
import { readOutline } from "./protobuf-outline";

/** A tensor, where its elements stand in one of the files, and whether they may be a hole. */
interface LocatedTensor {
  readonly name: string;
  readonly head: TensorHead;
  readonly file: number;
  readonly elements: Elements;
  readonly isHole: boolean;
}

/**
 * Opens an ONNX model of any size: the file is gone through field by field, and tensors are found wherever they stand,
 * also where the graph is not understood. They are read when they are asked for.
 *
 * @throws FormatError for a file that is no protobuf or has no graph, and for a tensor whose data should be in another file
 * and are not
 */
export async function openOnnx(source: ByteSource, place: ModelPlace = {}): Promise<OpenedModel> {
  checkSource("source", source);
  const { folder } = place;
  const name = fileName(place.name, "model.onnx");
  const reader = protobufReader(await readOutline(source, MODEL));
  const model = readModelProto(reader, source.byteLength);
  const found = findTensors(model, reader);
  const files: ModelFile[] = [{ name, source }];
  const known = new Map(found.known);
  const located: LocatedTensor[] = [];
  for (const [proto, tensor] of found.known) {
    if (tensor.kind !== "tensor") continue;
    const where = await locate(proto, tensor, { files, folder });
    if (where instanceof FormatError) known.set(proto, { kind: "broken", error: where });
    else located.push(where);
  }
  const metadata = metadataOf(model);
  const understood = tryGraph(() => graphOf(model, { ...found, known }, reader.deepOffset()));
  const { tensors, holes } = networkTensors(located, files);
  return {
    format: "onnx",
    network: {
      graph: understood.graph,
      tensors: [...tensors, ...understood.made.map(({ bytes, ...head }) => ({ ...head, read: () => bytes }))],
      ...(metadata && { metadata }),
    },
    ...(understood.problem !== undefined && { graphProblem: understood.problem }),
    files,
    holes,
  };
}

/** A graph, or in one line why there is none. */
function tryGraph(read: () => UnderstoodGraph) {
  try {
    return { ...read(), problem: undefined };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { graph: undefined, made: [], problem: error.message };
  }
}

/** Where a tensor's elements stand, or why they cannot be. @throws FormatError for data of another file that are not there */
async function locate(
  proto: TensorProto,
  { name, head }: KnownTensor & { kind: "tensor" },
  model: { readonly files: ModelFile[]; readonly folder: FolderReader | undefined },
): Promise<LocatedTensor | FormatError> {
  if (!head.elements) return locateExternal(proto, { name, head }, model);
  const { elements } = head;
  const { source } = model.files[0]!;
  const read = (start: number, length: number) => readExactly(source, start, length);
  try {
    if (elements.scattered !== undefined) {
      const bytes = decodeElements(head.type, elements, await read(elements.start, elements.end - elements.start));
      assertLength(proto, head, bytes.length);
      return { name, head, file: 0, elements, isHole: false };
    }
    if (elements.encoding === "bytes") return { name, head, file: 0, elements, isHole: true };
    const { byteLength, isCanonical } = await surveyVarints(head.type, elements, read);
    assertLength(proto, head, byteLength);
    return { name, head, file: 0, elements, isHole: isCanonical };
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
}

async function locateExternal(
  proto: TensorProto,
  { name, head }: { readonly name: string; readonly head: TensorHead },
  { files, folder }: { readonly files: ModelFile[]; readonly folder: FolderReader | undefined },
): Promise<LocatedTensor> {
  const range = externalRange(proto, head);
  let file = files.findIndex((candidate) => candidate.name === range.file);
  if (file < 0) file = files.push({ name: range.file, source: await openExternal(proto, range.file, folder) }) - 1;
  assertInside(proto, range, files[file]!.source.byteLength);
  const { start, end } = range;
  // A range of the model's own file may hold anything, so it is no hole.
  return { name, head, file, elements: { start, end, encoding: "bytes" }, isHole: file > 0 };
}

/** The tensors in the order of their holes, then those without. */
function networkTensors(
  located: readonly LocatedTensor[],
  files: readonly ModelFile[],
): { readonly tensors: readonly TensorSource[]; readonly holes: readonly Hole[] } {
  const fileStarts: number[] = [];
  let total = 0;
  for (const { source } of files) {
    fileStarts.push(total);
    total += source.byteLength;
  }
  const candidates = located.filter(({ isHole }) => isHole);
  const ranges = candidates.map(({ file, elements: { start, end, encoding } }) => {
    return { start: fileStarts[file]! + start, end: fileStarts[file]! + end, encoding };
  });
  const chosen = [...disjointHoles(ranges)];
  const withHole = new Set(chosen.map((i) => candidates[i]!));
  const ordered = [...withHole, ...located.filter((tensor) => !withHole.has(tensor))];
  return {
    tensors: ordered.map((tensor) => tensorSource(tensor, files[tensor.file]!.source)),
    holes: chosen.map((i, tensor) => ({ tensor, ...ranges[i]! })),
  };
}

function tensorSource({ name, head, elements }: LocatedTensor, source: ByteSource): TensorSource {
  const { type, shape } = head;
  const { start, end } = elements;
  return {
    name,
    type,
    shape,
    read: async () => decodeElements(type, elements, await readExactly(source, start, end - start)),
    ...(source.slices && { reads: source.slices }),
  };
}

import { type ByteSource, FormatError, readExactly } from "@deep-compression/bits";
import type { ElementType, Quantization } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { concatenatedSource } from "./concatenated-source";
import { countText } from "./count-text";
import { fileStarts } from "./file-starts";
import { errorOfFiles } from "./foreign-file";
import { isObject } from "./json-text";
import { fileName, openBeside } from "./model-folder";
import type { ModelJson } from "./model-json";
import type { ModelFile, ModelPlace, OpenedModel } from "./opened-model";
import { skipStrings } from "./string-weights";
import { tensorflowJsWeights } from "./tensorflowjs-weights";
import { type ManifestGroup, type ManifestWeight, readManifest, weightBytes } from "./weights-manifest";

/** A weight of numbers, and where it stands in the model's files. */
interface LocatedWeight extends ManifestWeight {
  readonly type: ElementType;
  readonly start: number;
  readonly end: number;
}

/** A group of weights, and where its files stand among the model's. */
interface PlacedGroup extends ManifestGroup {
  readonly start: number;
  readonly end: number;
}

/**
 * Opens a model of TensorFlow.js: the model.json of a layers or graph model, or a weights manifest that stands alone, with
 * the shards that it names. A quantized weight is the tensor of its stored codes. Texts stay in the files. The graph is that of the
 * topology in ONNX's operators.
 *
 * @throws FormatError for a manifest that is none, for files that are missing or of another size than their weights
 */
export async function openTensorflowJs(
  source: ByteSource,
  { value }: Extract<ModelJson, { kind: "tensorflow.js" }>,
  place: ModelPlace,
): Promise<OpenedModel> {
  const manifest = isObject(value) ? readManifest(value.weightsManifest) : readManifest(value);
  const main = { name: fileName(place.name, "model.json"), source };
  const shards = await openShards(manifest, main, place);
  const files = [main, ...shards];
  const whole = concatenatedSource(files.map((file) => file.source));
  const groups = placed(manifest, fileStarts(files.map((file) => file.source)));
  const located = await locateAll(groups, whole).catch(async (error) => {
    throw await errorOfFiles(error, shards);
  });
  const weights = tensorflowJsWeights(isObject(value) ? value.modelTopology : undefined, located);
  // A part of its own for bundlers: who opens models of other formats does not load it.
  const { understoodTopology } = await import("./tensorflowjs/topology");
  const understood = await understoodTopology(value, located, whole);
  const notes = notesOf(
    manifest.flatMap((group) => group.weights),
    located,
  );
  return {
    format: "tensorflow.js",
    network: {
      ...("graph" in understood && { graph: understood.graph }),
      tensors: located.map(({ name, type, shape, start, end }) => ({
        name,
        type,
        shape,
        read: () => readExactly(whole, start, end - start),
        ...(whole.slices && { reads: whole.slices }),
      })),
      quantizations: quantizationsOf(located),
    },
    ...("problem" in understood && understood.problem !== undefined && { graphProblem: understood.problem }),
    ...(notes.length > 0 && { notes }),
    weights,
    files,
    holes: located.map(({ start, end }, tensor) => ({ tensor, start, end, encoding: "bytes" })),
  };
}

async function openShards(
  manifest: readonly ManifestGroup[],
  main: ModelFile,
  { folder }: ModelPlace,
): Promise<readonly ModelFile[]> {
  const shards: ModelFile[] = [];
  for (const name of manifest.flatMap(({ paths }) => paths)) {
    if (name === main.name) {
      throw new FormatError("invalid-table", "the weights manifest names its own file as weights", { offset: 0 });
    }
    shards.push({ name, source: await openBeside(folder, name) });
  }
  return shards;
}

/** Zero points are whole but for what floats cannot tell, unless no code stands for 0. */
const WHOLE = 1e-6;

/** What the codes of a byte stand for: min + code x scale is (code - zero point) x scale. */
function quantizationsOf(located: readonly LocatedWeight[]): ReadonlyMap<string, Quantization> {
  return new Map(
    located.flatMap(({ name, type, quantization }) => {
      if (type !== "uint8" || quantization === undefined || !(quantization.scale > 0)) return [];
      const exact = -quantization.min / quantization.scale;
      const whole = Math.round(exact) + 0;
      return [[name, { zeroPoint: Math.abs(exact - whole) < WHOLE ? whole : exact }]];
    }),
  );
}

/** The groups with their places, by where each file starts: the main file first, then those of the groups in turn. */
function placed(manifest: readonly ManifestGroup[], starts: readonly number[]): readonly PlacedGroup[] {
  let file = 1;
  return manifest.map((group) => {
    const start = starts[file]!;
    file += group.paths.length;
    return { ...group, start, end: starts[file]! };
  });
}

/** The weights of numbers of all groups. @throws FormatError unless the weights of each fill its files */
async function locateAll(groups: readonly PlacedGroup[], whole: ByteSource): Promise<readonly LocatedWeight[]> {
  const located: (readonly LocatedWeight[])[] = [];
  for (const group of groups) located.push(await locate(group, whole));
  return located.flat();
}

/** The weights of numbers of a group, up to one of a type whose size is not known. @throws FormatError unless they fill it */
async function locate(group: PlacedGroup, whole: ByteSource): Promise<readonly LocatedWeight[]> {
  const located: LocatedWeight[] = [];
  let start = group.start;
  for (const weight of group.weights) {
    const { type, name, shape } = weight;
    if (type === undefined) return located;
    const limit = { whole, end: group.end, name };
    const end = type === "string" ? await skipStrings(start, shape, limit) : start + weightBytes(type, shape);
    if (end > group.end) {
      const message = `weight ${quoted(name)}: ${type} ${shapeText(shape)} goes beyond ${filesText(group)}`;
      throw new FormatError("truncated", message, { offset: group.end, tensor: name });
    }
    if (type !== "string") located.push({ ...weight, type, start, end });
    start = end;
  }
  if (start === group.end) return located;
  const message = `${filesText(group)} have ${countText(group.end - start, "byte")} more than the weights of the manifest`;
  throw new FormatError("trailing-data", message, { offset: start });
}

function filesText({ paths, start, end }: PlacedGroup): string {
  const [first = "", last = first] = [paths[0], paths.at(-1)];
  const names = paths.length > 1 ? `${quoted(first)} to ${quoted(last)}` : quoted(first);
  return `the ${end - start} bytes of ${names}`;
}

function notesOf(weights: readonly ManifestWeight[], located: readonly LocatedWeight[]): readonly string[] {
  const quantized = located.filter(({ type, isQuantized }) => isQuantized && type !== "float16").length;
  const unread = weights.length - located.length;
  return [
    ...(quantized > 0
      ? [`quantized already: ${countText(quantized, "weight")}, of which the tensors are the codes`]
      : []),
    ...(unread > 0 ? [`kept unread: ${countText(unread, "weight")} of texts or of types not known here`] : []),
  ];
}

import type { ByteSource } from "@deep-compression/bits";
import { type ModelFile, splitOnnx, writeOnnxParts } from "@deep-compression/model-io";
import { blobOf, blobOfSource } from "./blobs";
import type { ReadableFile } from "./reader";

/** A model as onnxruntime-web takes it: `InferenceSession.create(await model.arrayBuffer(), { externalData })`. */
export interface OnnxBlobs {
  readonly model: Blob;
  /** The model's other files, by the names that it calls them. */
  readonly externalData: readonly { readonly path: string; readonly data: Blob }[];
}

/** Options of `toOnnx`. */
export interface OnnxOptions {
  /**
   * Whether the data of large tensors go into a file of their own if they are in the model: onnxruntime-web then copies them once less.
   * Default false: the model's files are those that it was compressed from.
   */
  readonly externalData?: boolean;
}

/**
 * The ONNX model that a file was made of, restored, in Blobs, which a browser keeps outside of the JavaScript heap. Tensors are decoded one
 * after the other, and one at a time is in memory; of a model that is still being loaded, as their bytes arrive.
 *
 * @throws RangeError for a file of a model in another format that has no graph; FormatError, LoadError
 */
export async function toOnnx(
  file: Pick<ReadableFile, "files" | "format" | "source" | "graph">,
  { externalData = false }: OnnxOptions = {},
): Promise<OnnxBlobs> {
  if (file.format !== "onnx") return { model: await blobOf(writtenModel(file)), externalData: [] };
  const [model, ...others] = file.files as readonly [ModelFile, ...ModelFile[]];
  const path = `${model.name}_data`;
  const split = externalData && others.length === 0 ? await splitOnnx(model.source, { dataName: path }) : undefined;
  if (split !== undefined && split.data.byteLength > 0)
    return {
      model: new Blob([split.model as Uint8Array<ArrayBuffer>]),
      externalData: [await blobNamed(path, split.data)],
    };
  const blob = await blobOfSource(model.source);
  const blobs: OnnxBlobs["externalData"][number][] = [];
  for (const { name, source } of others) blobs.push(await blobNamed(name, source));
  return { model: blob, externalData: blobs };
}

async function blobNamed(path: string, source: ByteSource) {
  return { path, data: await blobOfSource(source) };
}

/** @throws RangeError for a file without a graph */
function writtenModel({ graph, format, source }: Pick<ReadableFile, "graph" | "format" | "source">) {
  if (graph !== undefined) return writeOnnxParts(source);
  const what = format === undefined ? "a network without a graph" : `a model in the format ${format}`;
  throw new RangeError(`file: expected one made of an ONNX model, or with a graph; this one is of ${what}`);
}

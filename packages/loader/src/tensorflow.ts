import type { ByteSource } from "@deep-compression/bits";
import { partsOf } from "./blobs";
import type { ReadableFile } from "./reader";

/** What `tf.loadGraphModel` and `tf.loadLayersModel` take; as tf.io's `IOHandler` and `ModelArtifacts`. */
export interface TensorflowHandler {
  load(): Promise<TensorflowArtifacts>;
}

/** A model as TensorFlow.js reads it; whatever else its model.json says is there too, under the same names. */
export interface TensorflowArtifacts {
  readonly modelTopology: object;
  readonly weightSpecs: TensorflowWeight[];
  readonly weightData: ArrayBuffer;
}

/** A tensor of {@link TensorflowArtifacts}; as tf.io's `WeightsManifestEntry`. */
export interface TensorflowWeight {
  readonly name: string;
  readonly shape: number[];
  readonly dtype: "float32" | "int32" | "bool" | "string" | "complex64";
}

/** The part of a model.json that tells where its weights are. */
interface Manifest {
  readonly weightsManifest?: readonly {
    readonly paths: readonly string[];
    readonly weights: readonly TensorflowWeight[];
  }[];
}

/**
 * A file made of a TensorFlow.js model, as an IOHandler: `tf.loadGraphModel(tensorflowHandler(file))`, or `tf.loadLayersModel`. All weights
 * are decoded into one buffer, which TensorFlow.js takes as it is.
 *
 * @throws RangeError for a file of another format, or of a weights manifest without a model; in `load` FormatError, LoadError
 */
export function tensorflowHandler(file: Pick<ReadableFile, "files" | "format">): TensorflowHandler {
  const [model, ...shards] = file.files;
  if (file.format !== "tensorflow.js" || model === undefined)
    throw new RangeError(`file: expected one made of a TensorFlow.js model, got one of ${file.format ?? "a network"}`);
  return {
    async load() {
      const { weightsManifest = [], ...rest } = JSON.parse(await textOf(model.source)) as Manifest & {
        modelTopology?: object;
      };
      const { modelTopology } = rest;
      if (modelTopology === undefined)
        throw new RangeError("file: expected a whole model, got weights alone (no modelTopology in its model.json)");
      const sources = new Map(shards.map(({ name, source }) => [name, source]));
      const ordered = weightsManifest.flatMap(({ paths }) => paths.map((path) => shardNamed(sources, path)));
      const weightData = await bufferOf(ordered);
      return { ...rest, modelTopology, weightSpecs: weightsManifest.flatMap(({ weights }) => weights), weightData };
    },
  };
}

function shardNamed(sources: ReadonlyMap<string, ByteSource>, path: string): ByteSource {
  const source = sources.get(path) ?? sources.get(path.replace(/^\.\//, ""));
  if (source !== undefined) return source;
  throw new RangeError(`file: its model.json names the weights ${JSON.stringify(path)}, which it does not hold`);
}

async function textOf(source: ByteSource): Promise<string> {
  return new TextDecoder().decode(await source.slice(0, source.byteLength));
}

async function bufferOf(sources: readonly ByteSource[]): Promise<ArrayBuffer> {
  const bytes = new Uint8Array(sources.reduce((sum, { byteLength }) => sum + byteLength, 0));
  let at = 0;
  for (const source of sources)
    for await (const part of partsOf(source)) {
      bytes.set(part, at);
      at += part.length;
    }
  return bytes.buffer;
}

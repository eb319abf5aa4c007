// The entry of those who only read: what compresses, and writes models of other formats, is not in their bundles.
import type { ByteSource } from "@deep-compression/bits";
import type { ModelFormat } from "@deep-compression/model-io";
import { checkObject } from "@deep-compression/runtime";
import { DECODERS } from "./decoders";
import type { ReadOptions } from "./expansion-limit";
import { type GraphReader, type ModelOpener, openDirectory } from "./open-directory";
import { type ReadableFile, readableFile } from "./readable-file";

export type { ReadOptions } from "./expansion-limit";
export type { GraphReader, ModelOpener } from "./open-directory";
export { readGraph } from "./read-graph";
export type { ReadableFile } from "./readable-file";
export type { StoredWeightOf, StoredWeights } from "./stored-weights";

/** Options of {@link openWith}. */
export interface OpenWithOptions extends ReadOptions {
  /**
   * What opens the models that files are made of, by format, such as `{ onnx: openOnnx }` of model-io. Of a model of another format a
   * file has no graph, says so in `graphProblem`, and gives the tensors of its own directory.
   */
  readonly formats?: Readonly<Partial<Record<ModelFormat, ModelOpener>>>;
  /** What reads the graph of a file that was made of a network and no model: `readGraph`, or what imports it when it is called. Without it that file has none either. */
  readonly graph?: GraphReader;
}

/**
 * Opens a `.dcz` file as `open` does, but understands only what it is given the readers of, so that bundles have no others, and
 * tells nothing of where its bytes went.
 *
 * @throws FormatError, TypeError for what is no source
 */
export async function openWith(source: ByteSource, options: OpenWithOptions = {}): Promise<ReadableFile> {
  const { formats = {}, graph } = checkObject("options", options);
  return Object.freeze(
    readableFile(
      await openDirectory(source, options, {
        decoders: DECODERS,
        graph,
        openerOf: (format) => formats[format],
      }),
    ),
  );
}

import { createHash } from "node:crypto";
import type { OpenedModel } from "@deep-compression/model-io";
import { type Network, type Tensor, tensorBytes, type ValueInfo } from "@deep-compression/network";

/** A network in memory that can be run. */
export type RunnableNetwork = Network & { readonly graph: NonNullable<Network["graph"]> };

/** Of more bytes no protocol buffer is written, in which onnxruntime takes a model. */
const MOST_BYTES = 2 ** 31 - 2 ** 20;

/**
 * A model in memory, tensors and graph.
 *
 * @param most bytes of its tensors
 * @throws Error for a model without a graph, or that is larger
 */
export async function wholeNetwork(model: OpenedModel, most = MOST_BYTES): Promise<RunnableNetwork> {
  const { graph, tensors } = model.network;
  if (graph === undefined) {
    const why = model.graphProblem ?? "it holds weights only";
    throw new Error(`to be run it needs a graph, and it has none that we know: ${why}; give the .onnx model`);
  }
  const bytes = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  if (bytes > most) {
    throw new Error(`its tensors take ${bytes} bytes, and what is run here is held in memory: at most ${most}`);
  }
  const read: Tensor[] = [];
  for (const { name, type, shape, read: bytes } of tensors) read.push({ name, type, shape, bytes: await bytes() });
  return { graph, tensors: read };
}

/** SHA-256 of the model's main file, in hexadecimal. */
export async function sha256Of({ files }: OpenedModel): Promise<string> {
  const hash = createHash("sha256");
  const source = files[0]!.source;
  const step = 2 ** 24;
  for (let start = 0; start < source.byteLength; start += step) {
    hash.update(await source.slice(start, Math.min(start + step, source.byteLength)));
  }
  return hash.digest("hex");
}

/** The inputs of a graph that no tensor of the network is the default of. */
export function inputsOfGraph({ graph, tensors }: RunnableNetwork): readonly ValueInfo[] {
  const constants = new Set(tensors.map(({ name }) => name));
  return graph.inputs.filter(({ name }) => !constants.has(name));
}

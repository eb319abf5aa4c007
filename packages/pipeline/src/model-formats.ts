import { type Envelope, MODEL_FORMATS } from "@deep-compression/container";
import type { ModelFormat } from "@deep-compression/model-io";

const FORMATS = ["onnx", "safetensors", "tensorflow.js"] as const satisfies readonly ModelFormat[];

/** The numbers of formats in an envelope. */
export const FORMAT_NUMBERS: Readonly<Record<ModelFormat, number>> = {
  onnx: MODEL_FORMATS.onnx,
  safetensors: MODEL_FORMATS.safetensors,
  "tensorflow.js": MODEL_FORMATS.tensorflowJs,
};

/** What a file is called that has no name of its own: the format tells, and nothing else refers to it. */
export const COMMON_NAMES: Readonly<Record<ModelFormat, string>> = {
  onnx: "model.onnx",
  safetensors: "model.safetensors",
  "tensorflow.js": "model.json",
};

/** The format of an envelope's model, if it is one that we know. */
export function formatOf({ format }: Envelope): ModelFormat | undefined {
  return FORMATS.find((name) => FORMAT_NUMBERS[name] === format);
}

/** The names of an envelope's files, in their order. */
export function fileNames(envelope: Envelope): readonly string[] {
  const known = formatOf(envelope);
  return envelope.files.map(({ name }) => name || (known === undefined ? "model" : COMMON_NAMES[known]));
}

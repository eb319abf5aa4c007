import { FormatError } from "@deep-compression/bits";
import type { Network } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { FOREIGN_BEGINNING } from "./foreign-file";
import { parseModelJson } from "./model-json";
import { foreignJson, kindNamed, kindOf } from "./open-model";
import { readOnnx } from "./read-onnx";
import { readSafetensors, writeSafetensors } from "./safetensors";
import { writeOnnx } from "./write-onnx";

/** What reads and writes models of one file. */
const WHOLE = {
  ".safetensors": { read: readSafetensors, write: writeSafetensors },
  ".onnx": { read: readOnnx, write: writeOnnx },
} as const;

/**
 * Reads a model of one file in the format that its bytes tell, or the extension of `name`.
 *
 * @throws FormatError if the bytes are none, are those of another format than the name says, or of one that keeps its
 * tensors in other files: openModel reads those
 */
export function readModel(bytes: Uint8Array, options: { readonly name?: string } = {}): Network {
  const { extension } = kindOf(options.name ?? "", bytes.subarray(0, FOREIGN_BEGINNING));
  if (extension !== ".json") return WHOLE[extension].read(bytes);
  const json = parseModelJson(bytes);
  if (json.kind === "foreign") throw foreignJson(json.value);
  throw new FormatError("unsupported", "the model is in several files: open it with its folder", { offset: 0 });
}

/**
 * Writes a model in the format that the extension of `name` tells.
 *
 * @throws RangeError for an unknown extension; as writeOnnx and writeSafetensors for what those cannot hold
 */
export function writeModel(network: Network, options: { readonly name: string }): Uint8Array {
  const extension = kindNamed(options.name)?.extension;
  if (extension !== undefined && extension !== ".json") return WHOLE[extension].write(network);
  const known = Object.keys(WHOLE).join(" or ");
  throw new RangeError(`options.name: expected a name ending in ${known}, got ${quoted(options.name)}`);
}

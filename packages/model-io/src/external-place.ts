import { quoted } from "@deep-compression/runtime";
import { relativePath } from "./model-folder";
import { writtenEntry } from "./onnx-model-writer";
import type { MessageWriter } from "./protobuf-writer";

/** Tensors of fewer bytes stay in the model when the others go into a file of their own. */
export const MIN_DATA = 1024;

/** TensorProto's raw_data, external_data and data_location, and the location that says "in another file". */
export const [RAW_DATA, EXTERNAL_DATA, DATA_LOCATION] = [9, 13, 14];
const EXTERNAL = 1;

/** Writes where a tensor's data stand in another file, as fields of its TensorProto. */
export function writePlace(writer: MessageWriter, entries: Readonly<Record<string, string>>): void {
  for (const entry of Object.entries(entries)) writer.message(EXTERNAL_DATA, writtenEntry(entry));
  writer.int(DATA_LOCATION, EXTERNAL);
}

/** Checks the name of a file for tensors' data and returns it. @throws RangeError unless it is a path inside the model's folder */
export function checkDataName(name: string): string {
  if (relativePath(name) === name) return name;
  throw new RangeError(`options.dataName: expected a path inside the model's folder, got ${quoted(name)}`);
}

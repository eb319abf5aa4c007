import { type ByteSource, elementCount, FormatError } from "@deep-compression/bits";
import { elementBytes } from "@deep-compression/network";
import { quoted, shapeText } from "@deep-compression/runtime";
import { relativePath } from "./model-folder";
import type { TensorHead } from "./onnx-elements";
import type { TensorProto } from "./onnx-messages";
import type { FolderReader } from "./opened-model";

/** A range of another file of the model. */
export interface ExternalRange {
  readonly file: string;
  readonly start: number;
  readonly end: number;
}

function externalError(proto: TensorProto, what: string): FormatError {
  const message = `ONNX: tensor ${quoted(proto.name)}: its data are in another file, ${what}`;
  return new FormatError("unsupported", message, { offset: proto.place.start, tensor: proto.name });
}

/**
 * Where the elements of a tensor stand in another file (ONNX's docs/ExternalData.md). A file outside the model's folder is
 * never named.
 *
 * @throws FormatError that says what is wrong, and what to do about it
 */
export function externalRange(proto: TensorProto, { type, shape }: TensorHead): ExternalRange {
  const entries = new Map(proto.external.map(({ key, value }) => [key, value]));
  const file = relativePath(entries.get("location") ?? "");
  if (file === undefined) {
    const location = quoted(entries.get("location") ?? "");
    throw externalError(
      proto,
      `${location}, which is no file of the model's folder: move it there and save the model anew`,
    );
  }
  const bytes = elementBytes(type, elementCount(shape));
  const start = byteCount(proto, entries, "offset") ?? 0;
  const length = byteCount(proto, entries, "length") ?? bytes;
  if (length === bytes) return { file, start, end: start + bytes };
  throw externalError(
    proto,
    `${quoted(file)}: ${type} ${shapeText(shape)} takes ${bytes} bytes, its length says ${length}`,
  );
}

function byteCount(proto: TensorProto, entries: ReadonlyMap<string, string>, key: string): number | undefined {
  const text = entries.get(key);
  if (text === undefined) return undefined;
  const count = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(count)) return count;
  throw externalError(
    proto,
    `${quoted(entries.get("location") ?? "")}: its ${key} is ${quoted(text)}, no number of bytes`,
  );
}

/** Opens another file of the model's folder. @throws FormatError naming tensor and file if it is missing */
export async function openExternal(
  proto: TensorProto,
  file: string,
  folder: FolderReader | undefined,
): Promise<ByteSource> {
  const source = await folder?.(file);
  if (source) return source;
  const remedy = folder ? "which is not there: put it beside the model" : "and the model came without its folder";
  throw externalError(proto, `${quoted(file)}, ${remedy}`);
}

/** @throws FormatError naming tensor and file if the range leaves the file */
export function assertInside(proto: TensorProto, { file, start, end }: ExternalRange, byteLength: number): void {
  if (end <= byteLength) return;
  throw externalError(proto, `${quoted(file)}, which has ${byteLength} bytes: bytes ${start} to ${end} are asked for`);
}

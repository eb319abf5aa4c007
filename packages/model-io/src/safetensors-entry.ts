import { elementCount, FormatError, type FormatErrorCode } from "@deep-compression/bits";
import type { Tensor } from "@deep-compression/network";
import { describeValue, quoted, shapeText } from "@deep-compression/runtime";
import { isObject, isSizes } from "./json-text";
import { bitsOfDtype, typeOfDtype } from "./safetensors-dtypes";
import { type HeaderEntry, LENGTH_BYTES } from "./safetensors-header";

/** A tensor without its elements. */
export type TensorHead = Omit<Tensor, "bytes">;

/** A tensor and where its elements lie in the file. */
export interface LocatedTensor extends TensorHead {
  readonly start: number;
  readonly end: number;
}

/** Data of an element type that no tensor of ours has. */
export interface UnreadTensor {
  readonly name: string;
  readonly dtype: string;
  readonly start: number;
  readonly end: number;
}

/** Whether an entry of a header is read as a tensor. */
export function isLocated(entry: LocatedTensor | UnreadTensor): entry is LocatedTensor {
  return "type" in entry;
}

/** What an entry of a header says of a tensor, held against the file that it stands in. @throws FormatError */
export function readEntry(
  { key, value }: HeaderEntry,
  file: { readonly dataStart: number; readonly fileLength: number },
): LocatedTensor | UnreadTensor {
  const fail = (message: string, code: FormatErrorCode = "invalid-table") =>
    new FormatError(code, `tensor ${quoted(key)}: ${message}`, { offset: LENGTH_BYTES, tensor: key });
  if (hasLoneSurrogate(key)) throw fail("the name is no text of Unicode");
  if (!isObject(value)) throw fail("expected an object");
  const { dtype, shape, data_offsets: offsets } = value;
  if (typeof dtype !== "string") {
    throw fail(`expected dtype as a text, got ${dtype === undefined ? "none" : describeValue(dtype)}`);
  }
  if (!isSizes(shape)) throw fail("shape must be a list of sizes");
  const [begin, end, ...more] = isSizes(offsets) ? offsets : [];
  if (begin === undefined || end === undefined || more.length > 0) throw fail("data_offsets must be two sizes");
  if (end < begin) throw fail(`its data end at ${end}, before they begin at ${begin}`);
  const type = typeOfDtype(dtype);
  const bits = bitsOfDtype(dtype);
  if (bits !== undefined && end - begin !== (elementCount(shape) * bits) / 8) {
    throw fail(`${type ?? dtype} ${shapeText(shape)} takes ${bytesText(shape, bits)}, got ${end - begin}`);
  }
  const dataLength = file.fileLength - file.dataStart;
  if (end > dataLength) {
    throw fail(`it ends at ${end} of ${dataLength} bytes of data; is the download complete?`, "truncated");
  }
  const place = { name: key, start: file.dataStart + begin, end: file.dataStart + end };
  return type ? { ...place, type, shape } : { ...place, dtype: describeValue(dtype) };
}

/** Bytes of a shape for a message; a type of fewer than eight bits fills whole bytes, as in the library. */
function bytesText(shape: readonly number[], bits: number): string {
  const bytes = (elementCount(shape) * bits) / 8;
  if (!Number.isFinite(bytes)) return "more bytes than any file has";
  return Number.isInteger(bytes) ? `${bytes} bytes` : `${bytes} bytes, which are not whole`;
}

/** Whether a text has half a surrogate pair: UTF-8, in which names are kept, has no bytes for it. */
export function hasLoneSurrogate(text: string): boolean {
  return /\p{Surrogate}/u.test(text);
}

import { FormatError } from "@deep-compression/bits";
import { decodeBitmask, encodeBitmask } from "./bitmask-form";
import type { CodedSection, EncodingOptions } from "./coded-section";
import { decodeContext, encodeContext } from "./context-form";
import { decodeDense, encodeDense } from "./dense-form";
import { decodeGaps, encodeGaps } from "./gaps-form";
import type { CodedForm } from "./section-flags";
import type { CodedWeight } from "./stored-weight";

/**
 * A weight in codes as a section (docs/format.md, section 3).
 *
 * @throws RangeError for one in the form context that it cannot hold: its matrix has too long rows, too few weights or too many values
 */
export function encodeSection(stored: CodedWeight, options: EncodingOptions): CodedSection {
  if (stored.form === "dense") return encodeDense(stored, options);
  if (stored.form === "context") return encodeContext(stored, options);
  return stored.form === "gaps" ? encodeGaps(stored, options) : encodeBitmask(stored, options);
}

const DECODERS = { dense: decodeDense, gaps: decodeGaps, bitmask: decodeBitmask, context: decodeContext } as const;

/**
 * The mirror of {@link encodeSection}. Memory is taken as the bytes and `shape` justify: hold the elements that the shape
 * claims to the expansion limit first. Whether entries stand where they can is found by `dequantizeWeight`, `weightEntries` or
 * `checkEntries`.
 *
 * @param shape of the tensor
 * @throws FormatError; offsets count from the start of the section
 */
export function decodeSection(form: CodedForm, bytes: Uint8Array, shape: readonly number[]): CodedSection {
  if (shape.includes(0)) throw new FormatError("out-of-range", "a tensor of no elements is coded", { offset: 0 });
  return DECODERS[form](bytes, shape);
}

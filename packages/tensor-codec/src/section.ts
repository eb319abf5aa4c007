import { concatenated, FormatError, inStage } from "@deep-compression/bits";
import { decodeBitmask, encodeBitmask } from "./bitmask-form";
import type { CodedSection, EncodingOptions } from "./coded-section";
import { decodeContext, encodeContext } from "./context-form";
import { decodeDense, encodeDense } from "./dense-form";
import { decodeGaps, encodeGaps } from "./gaps-form";
import { decodeScales, encodeScales, greatestValues } from "./scales";
import type { CodedForm } from "./section-flags";
import { matrixOf } from "./section-head";
import type { CodedWeight } from "./stored-weight";

/**
 * A weight in codes as a section (docs/format.md, section 3); one with scales is scaled.
 *
 * @throws RangeError for one in the form context that it cannot hold: its matrix has too long rows, too few weights or too many values
 */
export function encodeSection(stored: CodedWeight, options: EncodingOptions): CodedSection {
  return behindScales(encodeUnscaled(stored, options));
}

/** A section with the scales of its weight before it, if that has some. */
export function behindScales(section: CodedSection): CodedSection {
  const { stored } = section;
  if (stored.scales === undefined) return section;
  const scales = encodeScales(stored.scales);
  const bytes = concatenated([scales, section.bytes]);
  return { stored, bytes, sizes: { ...section.sizes, section: bytes.length, scales: scales.length } };
}

function encodeUnscaled(stored: CodedWeight, options: EncodingOptions): CodedSection {
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

/**
 * The same of a scaled section: the scales of rows and columns, then the section as if there were none (docs/format.md, "Scales").
 *
 * @throws FormatError "out-of-range" for scales that are not finite and above 0, or may make an element that is not finite; as
 * {@link decodeSection}
 */
export function decodeScaledSection(form: CodedForm, bytes: Uint8Array, shape: readonly number[]): CodedSection {
  if (shape.includes(0)) throw new FormatError("out-of-range", "a tensor of no elements is scaled", { offset: 0 });
  const { scales, length } = decodeScales(bytes, matrixOf(shape));
  const { stored, sizes } = inStage({ stage: "scaled", direction: "decode", start: length }, () =>
    decodeSection(form, bytes.subarray(length), shape),
  );
  if (!greatestValues({ scales, centroids: stored.centroids }).every(Number.isFinite)) {
    throw new FormatError("out-of-range", "a scaled centroid is not finite", { offset: 0 });
  }
  return { stored: { ...stored, scales }, bytes, sizes: { ...sizes, section: bytes.length, scales: length } };
}

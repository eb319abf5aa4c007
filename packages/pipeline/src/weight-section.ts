import { byteWriter, type Codes, FormatError } from "@deep-compression/bits";
import { decodeSymbols, encodeSymbols, histogram } from "@deep-compression/huffman";
import { scanLength } from "@deep-compression/sparse";
import { type CentroidPrecision, writeCentroids } from "./centroid-bytes";
import { encodeLineMaps, lineMapCoding } from "./line-maps";
import { encodeFlags } from "./section-flags";
import type { CodedStream, SectionParts } from "./section-parts";
import { type CodedWeight, zeroIndex } from "./stored-weight";

/** Symbols of a mask's bytes. */
export const MASK_ALPHABET = 256;

/** Symbols of a section's values: the centroids, or the single code of an empty codebook. */
export function valueAlphabet(centroids: Float32Array): number {
  return Math.max(1, centroids.length);
}

/** The section of a coded weight (docs/format.md, "Tensor forms"); `section-parts.ts` takes it apart again. */
export function encodeWeight(stored: CodedWeight, precision: CentroidPrecision): Uint8Array {
  const { centroids } = stored;
  const alphabet = valueAlphabet(centroids);
  const out = byteWriter();
  if (stored.form === "dense") {
    const noMaps = { rowMap: false, columnMap: false, lineClasses: false };
    out.u8(encodeFlags({ precision, order: "row-major", ...noMaps, gapBits: 1 }));
    writeCentroids(out, centroids, precision);
    out.bytes(encodeSymbols(stored.codes, { alphabet }));
    return out.finish();
  }
  const { layout } = stored;
  const gapBits = stored.form === "gaps" ? stored.gaps.gapBits : 1;
  const maps = {
    rowMap: layout.rowClasses !== undefined,
    columnMap: layout.columnClasses !== undefined,
    lineClasses: lineMapCoding(layout) === "classes",
  };
  out.u8(encodeFlags({ precision, order: layout.order, ...maps, gapBits }));
  if (stored.form === "gaps") out.varint(stored.gaps.gaps.length);
  writeCentroids(out, stored.form === "gaps" ? withoutZero(centroids) : centroids, precision);
  out.bytes(encodeLineMaps(layout));
  const streams =
    stored.form === "gaps"
      ? [encodeSymbols(stored.gaps.values, { alphabet }), encodeSymbols(stored.gaps.gaps, { alphabet: 2 ** gapBits })]
      : [encodeSymbols(stored.mask.mask, { alphabet: MASK_ALPHABET }), encodeSymbols(stored.mask.values, { alphabet })];
  out.varint(streams[0].length);
  for (const stream of streams) out.bytes(stream);
  return out.finish();
}

/**
 * Decodes the streams of a section. Whether gaps or mask fit the layout is checked when the weight is expanded, or by
 * `checkEntries`.
 *
 * @throws FormatError
 */
export function decodeWeight(parts: SectionParts): CodedWeight {
  const { form, layout, entries, gapBits, centroids, positions } = parts;
  if (form === "dense") return { form, codes: readCodes(parts, entries), centroids };
  const length = scanLength(layout);
  if (form === "gaps") {
    const gaps = readBytes(positions, { alphabet: 2 ** gapBits, count: entries });
    return { form, layout, gaps: { length, gapBits, gaps, values: readCodes(parts, entries) }, centroids };
  }
  const mask = readBytes(positions, { alphabet: MASK_ALPHABET, count: Math.ceil(length / 8) });
  let ones = 0;
  for (let byte = 0; byte < mask.length; byte++) ones += onesOf(mask[byte]);
  return { form, layout, mask: { length, mask, values: readCodes(parts, ones) }, centroids };
}

/** The codes of a section; every centroid is used by one, and 0 in the gaps form only by fillers. */
function readCodes(parts: SectionParts, count: number): Codes {
  const { form, centroids, values } = parts;
  const alphabet = valueAlphabet(centroids);
  const codes = decodeSymbols(values.bytes, { alphabet, count, baseOffset: values.baseOffset });
  const counts = histogram(codes, alphabet);
  const filler = form === "gaps" ? zeroIndex(centroids) : -1;
  const idle = centroids.findIndex((_, code) => counts[code] === 0 && code !== filler);
  if (idle >= 0 || (centroids.length === 0 && count > 0)) throw unused(parts);
  return codes;
}

function readBytes(stream: CodedStream, options: { readonly alphabet: number; readonly count: number }): Uint8Array {
  const symbols = decodeSymbols(stream.bytes, { ...options, baseOffset: stream.baseOffset });
  return symbols instanceof Uint8Array ? symbols : Uint8Array.from(symbols);
}

function withoutZero(centroids: Float32Array): Float32Array {
  return centroids.filter((centroid) => centroid !== 0);
}

function onesOf(byte: number): number {
  const pairs = byte - ((byte >>> 1) & 0x55);
  const nibbles = (pairs & 0x33) + ((pairs >>> 2) & 0x33);
  return (nibbles + (nibbles >>> 4)) & 0x0f;
}

function unused({ form, values }: SectionParts): FormatError {
  return new FormatError("not-canonical", `the codebook of the form ${form} is not the codes' own`, {
    offset: values.baseOffset,
  });
}

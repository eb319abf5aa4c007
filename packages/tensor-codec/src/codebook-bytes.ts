import {
  type ByteReader,
  type ByteWriter,
  type Codes,
  FormatError,
  fromFloat16,
  toFloat16,
  varintLength,
} from "@deep-compression/bits";
import { histogram } from "@deep-compression/huffman";

/** How centroids are stored: as IEEE 754 binary16 or binary32. */
export type CentroidPrecision = "float16" | "float32";

/** More would not be told apart by 16-bit codes. */
export const MAX_CENTROIDS = 65536;

/** Bytes of one stored centroid. */
function centroidSize(precision: CentroidPrecision): number {
  return precision === "float16" ? 2 : 4;
}

/** Bytes that a codebook of so many centroids takes. */
export function codebookLength(centroids: number, precision: CentroidPrecision): number {
  return varintLength(centroids) + centroids * centroidSize(precision);
}

/** Symbols of a value stream: the centroids, or the single code of an empty codebook. */
export function valueAlphabet(centroids: Float32Array): number {
  return Math.max(1, centroids.length);
}

/** Count, then the centroids in ascending order (docs/format.md, "Codebook"). */
export function writeCodebook(out: ByteWriter, centroids: Float32Array, precision: CentroidPrecision): void {
  out.varint(centroids.length);
  if (precision === "float16") {
    for (const centroid of centroids) out.u16(toFloat16(centroid));
  } else {
    for (const bits of new Uint32Array(centroids.slice().buffer)) out.u32(bits);
  }
}

/**
 * The mirror of {@link writeCodebook}.
 *
 * @throws FormatError "limit-exceeded" or "truncated" for too many, "out-of-range" for one that is not finite,
 * "not-canonical" unless they ascend strictly
 */
export function readCodebook(
  reader: ByteReader,
  options: { readonly precision: CentroidPrecision; readonly max: number },
): Float32Array {
  const { precision, max } = options;
  const offset = reader.offset;
  const count = reader.varint({ max });
  const size = centroidSize(precision);
  if (count * size > reader.remaining) {
    throw new FormatError("truncated", `${count} centroids take more bytes than are left`, { offset });
  }
  const centroids = new Float32Array(count);
  const bits = new Uint32Array(centroids.buffer);
  for (let i = 0; i < count; i++) {
    if (precision === "float16") centroids[i] = fromFloat16(reader.u16());
    else bits[i] = reader.u32();
    const at = { offset: reader.offset - size };
    if (!Number.isFinite(centroids[i])) throw new FormatError("out-of-range", "a centroid is not finite", at);
    if (i > 0 && !(centroids[i]! > centroids[i - 1]!)) {
      throw new FormatError("not-canonical", "the centroids do not ascend", at);
    }
  }
  return centroids;
}

/**
 * Checks that every centroid is the value of some code; `filler` is a code that need not occur.
 *
 * @throws FormatError "not-canonical"
 */
export function checkCodebook(codes: Codes, centroids: Float32Array, filler?: number): void {
  const counts = histogram(codes, valueAlphabet(centroids));
  const idle = centroids.findIndex((_, code) => counts[code] === 0 && code !== filler);
  if (idle < 0 && (centroids.length > 0 || codes.length === 0)) return;
  throw new FormatError("not-canonical", "the codebook is not the codes' own", { offset: 0 });
}

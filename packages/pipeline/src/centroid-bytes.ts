import { type ByteReader, type ByteWriter, FormatError, fromFloat16, toFloat16 } from "@deep-compression/bits";

/** How centroids are stored. */
export type CentroidPrecision = "float16" | "float32";

/** More would not be told apart by 16-bit codes. */
export const MAX_CENTROIDS = 65536;

/** Bytes of one stored centroid. */
export function centroidSize(precision: CentroidPrecision): number {
  return precision === "float16" ? 2 : 4;
}

/** What rounds to an infinite float16: half way from the largest one to the power of two above it. */
const FLOAT16_OVERFLOW = 65520;

/** Whether none of the values is beyond the range of float16. */
export function inFloat16Range(values: Float32Array): boolean {
  return values.every((value) => Math.abs(value) < FLOAT16_OVERFLOW);
}

/** Why a tensor is not stored in float16 centroids though its plan asks for them. */
export const BEYOND_FLOAT16 = "float32 centroids: one is beyond the range of float16";

/** Whether every value is one that a float16 holds. */
export function fitsFloat16(values: Float32Array): boolean {
  return values.every((value) => Object.is(fromFloat16(toFloat16(value)), value));
}

/** Count, then the centroids in ascending order (docs/format.md, "Codebook"). */
export function writeCentroids(out: ByteWriter, centroids: Float32Array, precision: CentroidPrecision): void {
  out.varint(centroids.length);
  if (precision === "float16") {
    for (const centroid of centroids) out.u16(toFloat16(centroid));
  } else {
    for (const bits of new Uint32Array(centroids.slice().buffer)) out.u32(bits);
  }
}

/**
 * The mirror of {@link writeCentroids}.
 *
 * @throws FormatError "limit-exceeded" or "truncated" for too many, "out-of-range" for one that is not finite,
 * "not-canonical" unless they ascend strictly
 */
export function readCentroids(
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
    if (i > 0 && !(centroids[i] > centroids[i - 1])) {
      throw new FormatError("not-canonical", "the centroids do not ascend", at);
    }
  }
  return centroids;
}

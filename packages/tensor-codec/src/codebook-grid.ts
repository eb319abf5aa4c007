import {
  bitReader,
  bitWriter,
  checkBitEnd,
  FormatError,
  fromFloat16,
  fromZigzag,
  gammaBits,
  readGamma,
  toFloat16,
  toZigzag,
  writeGamma,
} from "@deep-compression/bits";

/** Centroids that are multiples of one step, each rounded to float32. */
export interface Grid {
  /** Above 0, a float32. */
  readonly step: number;
  /** Ascending. */
  readonly multiples: Int32Array;
}

/** Larger multiples would not be told apart as float32. */
const MAX_MULTIPLE = 2 ** 24;

/**
 * The centroids, ascending, as multiples of a step, if there is one: the least magnitude among them that is not 0 or, where one of
 * them is no multiple of that, the least difference of neighbours, rounded to float16 (docs/format.md, "Codebook").
 */
export function gridOf(centroids: Float32Array): Grid | undefined {
  let [magnitude, difference] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (let i = 0; i < centroids.length; i++) {
    const centroid = centroids[i]!;
    if (Object.is(centroid, -0)) return undefined; // its sign would be lost
    if (centroid !== 0) magnitude = Math.min(magnitude, Math.abs(centroid));
    if (i > 0) difference = Math.min(difference, centroid - centroids[i - 1]!);
  }
  return multiplesOf(magnitude, centroids) ?? multiplesOf(fromFloat16(toFloat16(difference)), centroids);
}

/** Whether the centroids are multiples of one step, which a codebook of them then tells in few bytes. */
export function isGrid(centroids: Float32Array): boolean {
  return gridOf(centroids) !== undefined;
}

function multiplesOf(step: number, centroids: Float32Array): Grid | undefined {
  if (!(step > 0) || step === Number.POSITIVE_INFINITY) return undefined;
  const multiples = new Int32Array(centroids.length);
  for (let i = 0; i < centroids.length; i++) {
    const multiple = Math.round(centroids[i]! / step);
    if (Math.abs(multiple) > MAX_MULTIPLE || Math.fround(multiple * step) !== centroids[i]) return undefined;
    multiples[i] = multiple;
  }
  return { step, multiples };
}

/** Bytes of the multiples. */
export function multiplesLength(multiples: Int32Array): number {
  let bits = 0;
  for (let i = 0; i < multiples.length; i++) bits += gammaBits(codedNumber(multiples, i));
  return Math.ceil(bits / 8);
}

/** The first multiple, then the steps from each to the next, in Elias gamma (docs/format.md, "Codebook"). */
export function encodeMultiples(multiples: Int32Array): Uint8Array {
  const writer = bitWriter();
  for (let i = 0; i < multiples.length; i++) writeGamma(writer, codedNumber(multiples, i));
  return writer.finish();
}

function codedNumber(multiples: Int32Array, i: number): number {
  return i === 0 ? toZigzag(multiples[0]!) + 1 : multiples[i]! - multiples[i - 1]!;
}

/**
 * The mirror of {@link encodeMultiples}, of `count` multiples at the start of the bytes, and how many bytes they took.
 *
 * @throws FormatError "truncated"; "out-of-range" for one beyond 2^24; "not-canonical" if a padding bit is set
 */
export function decodeMultiples(
  bytes: Uint8Array,
  options: { readonly count: number; readonly baseOffset: number },
): { readonly multiples: Int32Array; readonly length: number } {
  const { count, baseOffset: offset } = options;
  const reader = bitReader(bytes, { baseOffset: offset });
  const limit = { maximum: 2 * MAX_MULTIPLE + 1, code: "out-of-range", offset } as const;
  const multiples = new Int32Array(count);
  for (let i = 0; i < count; i++) {
    const number = readGamma(reader, limit);
    multiples[i] = i === 0 ? fromZigzag(number - 1) : multiples[i - 1]! + number;
    if (Math.abs(multiples[i]!) > MAX_MULTIPLE) {
      throw new FormatError("out-of-range", `a multiple beyond ${MAX_MULTIPLE}`, { offset });
    }
  }
  const length = Math.ceil(reader.position / 8);
  checkBitEnd(bytes.subarray(0, length), reader.position, offset);
  return { multiples, length };
}

import { elementCount, FormatError } from "@deep-compression/bits";
import { deflatePieces, inflate, inflatePieces } from "@deep-compression/bits/deflate";
import { MAX_ARRAY_BYTES } from "@deep-compression/runtime";
import { bytePlanes, fromBytePlanes } from "./byte-planes";
import type { RawForm } from "./section-flags";

/** Elements bit for bit and the bytes of their section. */
export interface RawSection {
  readonly form: RawForm;
  readonly bytes: Uint8Array;
  /** The elements as they are, little-endian and row-major. */
  readonly elements: Uint8Array;
}

/** A way to deflate elements. */
interface Attempt {
  readonly form: Exclude<RawForm, "raw">;
  /** Bytes of an element. */
  readonly size: number;
  /** Of deflate: see `DeflateOptions` of bits. */
  readonly matches: "all" | "runs";
}

/** Elements of more bytes are tried by a sample, and only in the way that shrinks it most. */
const SAMPLED_BYTES = 2 ** 20;
const SAMPLE_PIECES = 8;
const PIECE_BYTES = 2 ** 15;

/** Planes of so many elements are blocks of their own, each with its prefix codes: 3 to 20 % fewer bytes of floats. */
const MIN_BLOCK_ELEMENTS = 64;

/**
 * Elements of at most so many bytes are searched for repetitions to the end. In more, of few values, that takes up to fifteen
 * times as long (20 s for 360 KB) for 2 % fewer bytes at most, in the form that wins.
 */
const SEARCHED_BYTES = 2 ** 15;

/** What the fastest search may take of the bytes that are to be undercut for others to be tried: they come down to half at best. */
const PROBE = 2;

/** What a sample must come down to for all elements to be deflated: noise saves less than its time is worth. */
const WORTH_TRYING = 0.99;

/**
 * The section that takes the fewest bytes for these elements, bit for bit: raw, deflated, or deflated in planes (docs/format.md,
 * "Raw", "Deflated", "Planes").
 *
 * @param options.bits of an element
 */
export function encodeRaw(elements: Uint8Array, options: { readonly bits: number }): RawSection {
  const raw: RawSection = { form: "raw", bytes: elements, elements };
  return encodeRawBelow(elements, { ...options, bytes: elements.length }) ?? raw;
}

/** As {@link encodeRaw}, if it takes fewer than so many bytes; undefined if it does not, which is found out sooner. */
export function encodeRawBelow(
  elements: Uint8Array,
  options: { readonly bits: number; readonly bytes: number },
): RawSection | undefined {
  const { bits, bytes } = options;
  const attempts = attemptsFor(bits);
  if (elements.length < bytes) return encodeRaw(elements, { bits });
  if (elements.length <= SEARCHED_BYTES) return smallest(elements, { attempts, level: 9, bytes });
  const isHopeless =
    PROBE * bytes < elements.length && !smallest(elements, { attempts, level: 1, bytes: PROBE * bytes });
  if (isHopeless) return undefined;
  if (elements.length <= SAMPLED_BYTES) return smallest(elements, { attempts, level: 7, bytes });
  const sample = sampleOf(elements);
  const lengths = attempts.map((attempt) => {
    return deflated(sample, attempt, { level: 6, maxLength: sample.length })?.length ?? Number.POSITIVE_INFINITY;
  });
  const least = Math.min(...lengths);
  const most = (WORTH_TRYING * bytes) / elements.length;
  if (least > most * sample.length) return undefined;
  return smallest(elements, { attempts: [attempts[lengths.indexOf(least)]!], level: 6, bytes });
}

/** Elements of whole bytes only, and of several, have planes. */
function attemptsFor(bits: number): readonly Attempt[] {
  const size = bits / 8;
  const plain = { form: "deflated", size: 1, matches: "all" } as const;
  if (!hasPlanes(bits)) return [plain];
  return [plain, { form: "planes", size, matches: "all" }, { form: "planes", size, matches: "runs" }];
}

/** Whether elements of so many bits can be stored in planes. */
export function hasPlanes(bits: number): boolean {
  return bits >= 16;
}

function smallest(
  elements: Uint8Array,
  options: { readonly attempts: readonly Attempt[]; readonly level: number; readonly bytes: number },
): RawSection | undefined {
  const { attempts, level } = options;
  let best: RawSection | undefined;
  for (const attempt of attempts) {
    const maxLength = (best?.bytes.length ?? options.bytes) - 1;
    const bytes = deflated(elements, attempt, { level, maxLength });
    if (bytes !== undefined) best = { form: attempt.form, bytes, elements };
  }
  return best;
}

/** Undefined if it takes more than `maxLength` bytes. */
function deflated(
  elements: Uint8Array,
  { form, size, matches }: Attempt,
  options: { readonly level: number; readonly maxLength: number },
): Uint8Array | undefined {
  if (options.maxLength <= 0) return undefined;
  const { length } = elements;
  if (form === "deflated") return deflatePieces([elements], { ...options, length, matches });
  const count = length / size;
  return deflatePieces(bytePlanes(elements, size), {
    ...options,
    length,
    matches,
    ...(count >= MIN_BLOCK_ELEMENTS && { blockLength: count }),
  });
}

/** Pieces from all over the elements, each of whole ones. */
function sampleOf(elements: Uint8Array): Uint8Array {
  const sample = new Uint8Array(SAMPLE_PIECES * PIECE_BYTES);
  for (let piece = 0; piece < SAMPLE_PIECES; piece++) {
    const start = PIECE_BYTES * Math.floor((piece * (elements.length / PIECE_BYTES - 1)) / (SAMPLE_PIECES - 1));
    sample.set(elements.subarray(start, start + PIECE_BYTES), piece * PIECE_BYTES);
  }
  return sample;
}

/**
 * The mirror of {@link encodeRaw}: the elements, if they are as many as the shape needs; those of the form raw are a view.
 * Memory is taken as the bytes justify.
 *
 * @param options.bits of an element; elements of 4 bits are packed two a byte
 * @throws FormatError "truncated", "trailing-data", "out-of-range", "limit-exceeded" if no array can hold them
 */
export function decodeRaw(
  bytes: Uint8Array,
  options: { readonly form: RawForm; readonly shape: readonly number[]; readonly bits: number },
): Uint8Array {
  const { form, shape, bits } = options;
  const length = Math.ceil((bits * elementCount(shape)) / 8);
  if (form === "raw") return exactly(bytes, length, shape);
  if (length > MAX_ARRAY_BYTES) {
    const message = `[${shape}] takes ${length} bytes, more than the ${MAX_ARRAY_BYTES} of an array`;
    throw new FormatError("limit-exceeded", message, { offset: 0 });
  }
  if (form === "deflated") return inflate(bytes, { length });
  if (!hasPlanes(bits)) throw new FormatError("out-of-range", `elements of ${bits} bits have no planes`, { offset: 0 });
  return fromBytePlanes(inflatePieces(bytes, { length }), { size: bits / 8, length });
}

function exactly(bytes: Uint8Array, length: number, shape: readonly number[]): Uint8Array {
  if (bytes.length === length) return bytes;
  const code = bytes.length < length ? "truncated" : "trailing-data";
  throw new FormatError(code, `[${shape}] takes ${length} bytes, got ${bytes.length}`, { offset: 0 });
}

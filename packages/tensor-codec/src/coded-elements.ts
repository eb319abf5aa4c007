import type { Codes } from "@deep-compression/bits";
import { type CodedWeight, weightEntries } from "./stored-weight";

/** Numbers of as many bits as an element has. */
type Words = Uint8Array | Uint16Array | Uint32Array | BigUint64Array;

/**
 * The elements of a weight as bytes, row-major, of any type: each is that of its centroid, all others are zero bits.
 *
 * @param options.centroids the element of each centroid, packed as elements are
 * @param options.bits of an element: 4, 8, 16, 32 or 64; those of 4 bits are packed two a byte
 * @param options.count elements
 * @throws FormatError if the gaps or the mask do not decode
 */
export function codedElements(
  stored: CodedWeight,
  options: { readonly centroids: Uint8Array; readonly bits: number; readonly count: number },
): Uint8Array {
  const { centroids, bits, count } = options;
  const { positions, codes } = stored.form === "dense" ? { codes: stored.codes } : weightEntries(stored);
  const entries = { codes, ...(positions && { positions }) };
  const elements = new Uint8Array(Math.ceil((bits * count) / 8));
  if (bits < 8) fillHalves(elements, entries, centroids);
  else fill(wordsOf(elements, bits), entries, wordsOf(centroids, bits));
  return elements;
}

interface Entries {
  readonly codes: Codes;
  /** Absent: every element is an entry. */
  readonly positions?: Uint32Array;
}

/** Bytes that begin where their buffer does. */
function wordsOf({ buffer, byteLength }: Uint8Array, bits: number): Words {
  if (bits === 8) return new Uint8Array(buffer, 0, byteLength);
  if (bits === 16) return new Uint16Array(buffer, 0, byteLength / 2);
  return bits === 32 ? new Uint32Array(buffer, 0, byteLength / 4) : new BigUint64Array(buffer, 0, byteLength / 8);
}

function fill(elements: Words, { codes, positions }: Entries, centroids: Words): void {
  if (positions === undefined) for (let i = 0; i < codes.length; i++) elements[i] = centroids[codes[i]!]!;
  else for (let i = 0; i < codes.length; i++) elements[positions[i]!] = centroids[codes[i]!]!;
}

function fillHalves(elements: Uint8Array, { codes, positions }: Entries, centroids: Uint8Array): void {
  for (let i = 0; i < codes.length; i++) {
    const [at, code] = [positions === undefined ? i : positions[i]!, codes[i]!];
    const half = (centroids[code >>> 1]! >>> (4 * (code & 1))) & 15;
    elements[at >>> 1]! |= half << (4 * (at & 1));
  }
}

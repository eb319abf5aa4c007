import { bitReader, byteReader, byteWriter, checkBitEnd, FormatError } from "@deep-compression/bits";
import {
  CHUNK_SYMBOLS,
  codeLengths,
  codeLengthTable,
  histogram,
  huffman,
  huffmanDecoder,
  readCodeLengths,
} from "@deep-compression/huffman";

/** The symbols of a plane. */
const ALPHABET = 256;

/** Bits of the longest code word: a look-up table of all is small, and soon made. */
export const MAX_LENGTH = 11;

/** Elements of the longest chunk that is one substream: four would start too often. */
export const MAX_SINGLE = 1024;

/** Bytes of the header of a chunk of four substreams. */
export const HEADER_BYTES = 8;

/** The bytes of a plane as it is coded (docs/format.md, "Split"). At least one. */
export function encodePlane(symbols: Uint8Array): Uint8Array {
  const counts = histogram(symbols, ALPHABET);
  const lengths = codeLengths(counts, { maxLength: MAX_LENGTH });
  const out = byteWriter();
  out.bytes(codeLengthTable({ alphabet: ALPHABET }).encode(lengths));
  if (isConstant(lengths)) return out.finish();
  for (let start = 0; start < symbols.length; start += CHUNK_SYMBOLS) {
    const chunk = symbols.subarray(start, start + CHUNK_SYMBOLS);
    const substreams = substreamLengths(chunk.length).map((length, i, all) => {
      const from = i * all[0]!;
      return huffman(lengths, { count: length }).encode(chunk.subarray(from, from + length));
    });
    if (substreams.length > 1) for (const { length } of substreams) out.u16(length);
    for (const substream of substreams) out.bytes(substream);
  }
  return out.finish();
}

/** Symbols of each substream of a chunk of `count`. */
function substreamLengths(count: number): readonly number[] {
  if (count <= MAX_SINGLE) return [count];
  const quarter = Math.ceil(count / 4);
  return [quarter, quarter, quarter, count - 3 * quarter];
}

/** Whether one symbol only has a length. */
function isConstant(lengths: Uint8Array): boolean {
  return lengths.indexOf(1) >= 0 && lengths.indexOf(1) === lengths.lastIndexOf(1) && lengths.every((one) => one < 2);
}

/**
 * The mirror of {@link encodePlane}.
 *
 * @param offset of the bytes, from which errors count
 * @throws FormatError "truncated", "trailing-data", "not-canonical", "invalid-table"; "limit-exceeded" for a code word of more than
 * 11 bits; "out-of-range" for a plane of no symbol
 */
export function decodePlane(
  bytes: Uint8Array,
  { count, offset }: { readonly count: number; readonly offset: number },
): Uint8Array {
  const { lengths, end } = readTable(bytes, offset);
  const reader = byteReader(bytes.subarray(end), { baseOffset: offset + end });
  const symbols = new Uint8Array(count);
  if (isConstant(lengths)) {
    reader.expectEnd();
    return symbols.fill(lengths.indexOf(1));
  }
  for (let start = 0; start < count; start += CHUNK_SYMBOLS) {
    const parts = substreamLengths(Math.min(CHUNK_SYMBOLS, count - start));
    const sizes = parts.length > 1 ? parts.map(() => reader.u16()) : [undefined];
    let at = start;
    for (const [i, length] of parts.entries()) {
      const from = reader.offset;
      const substream = reader.bytes(sizes[i] ?? reader.remaining);
      symbols.set(
        atOffset(from, () => huffmanDecoder(lengths, length).decode(substream)),
        at,
      );
      at += length;
    }
  }
  reader.expectEnd();
  return symbols;
}

/** The table of code lengths that a plane begins with, and where it ends. @throws FormatError */
function readTable(bytes: Uint8Array, offset: number): { readonly lengths: Uint8Array; readonly end: number } {
  const reader = bitReader(bytes, { baseOffset: offset });
  const isComplete = reader.read(1) === 1;
  const lengths = isComplete
    ? readCodeLengths(reader, { alphabet: ALPHABET, baseOffset: offset })
    : new Uint8Array(ALPHABET);
  if (!isComplete) {
    if (reader.read(1) === 0) throw new FormatError("out-of-range", "a plane of no symbol", { offset });
    lengths[reader.read(8)] = 1;
  }
  const longest = Math.max(...lengths);
  if (longest > MAX_LENGTH) {
    const message = `a code word of ${longest} bits, more than ${MAX_LENGTH}`;
    throw new FormatError("limit-exceeded", message, { offset });
  }
  const end = Math.ceil(reader.position / 8);
  checkBitEnd(bytes.subarray(0, end), reader.position, offset);
  return { lengths, end };
}

/** Runs `run`; offsets of its errors count from the start of the section. */
function atOffset<T>(offset: number, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    if (!(cause instanceof FormatError)) throw cause;
    throw new FormatError(cause.code, cause.message, { offset: offset + (cause.offset ?? 0), cause });
  }
}

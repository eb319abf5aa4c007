import { decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import { ZLIB_HUFFMAN } from "./entropy-coders";
import type { Contest } from "./harness";
import { drawSymbols, type SymbolSample } from "./symbol-samples";

/** Times that a side does its work in a timed run: what the other side leaves behind in caches and heaps costs it only once. */
export const REPEATS = 8;
const SEED = 1;

/** Which way symbols go. */
export type Direction = "decode" | "encode";

/** Drawn symbols, and the stream that we make of them. */
export function sampleStream(sample: SymbolSample, count: number) {
  const symbols = drawSymbols(sample, { count, seed: SEED });
  return { symbols, bytes: encodeSymbols(symbols, sample) };
}

/** @throws Error unless a coder gave back what it was given */
export function assertSame(name: string, found: Uint8Array, expected: Uint8Array): void {
  if (Buffer.compare(found, expected) !== 0) throw new Error(`${name} did not give the symbols back`);
}

/** Both sides doing their work {@link REPEATS} times. */
export function repeatedContest({ ours, theirs }: Contest): Contest {
  const repeated = (work: () => unknown) => async () => {
    for (let i = 0; i < REPEATS; i++) await work();
  };
  return { ours: repeated(ours), theirs: repeated(theirs) };
}

/** Our coder against zlib's on the same symbols. Both are found to give them back. */
export function zlibContest(direction: Direction, sample: SymbolSample, count: number): Contest {
  const { symbols, bytes } = sampleStream(sample, count);
  const theirBytes = ZLIB_HUFFMAN.compress(symbols);
  const into = new Uint8Array(count);
  const decode: Contest = {
    ours: () => decodeSymbols(bytes, { alphabet: sample.alphabet, count, into }),
    theirs: () => ZLIB_HUFFMAN.decompress(theirBytes),
  };
  decode.ours();
  assertSame("our decoder", into, symbols);
  assertSame(ZLIB_HUFFMAN.name, ZLIB_HUFFMAN.decompress(theirBytes), symbols);
  if (direction === "decode") return decode;
  return { ours: () => encodeSymbols(symbols, sample), theirs: () => ZLIB_HUFFMAN.compress(symbols) };
}

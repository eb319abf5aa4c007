import { allocateCodes, type Codes } from "@deep-compression/bits";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { encodeSymbols } from "./symbol-stream";

export { type Mutation, mutate, mutated, mutations } from "./byte-mutations";

/** Symbols and the size of their alphabet. */
export interface SymbolSequence {
  readonly symbols: Codes;
  readonly alphabet: number;
}

/** A stream with what a reader must know of it. */
export interface SymbolStream extends SymbolSequence {
  readonly bytes: Uint8Array;
  readonly count: number;
}

/** Sizes of alphabets, 1..65,536, with those beside powers of two and beside the edge between 8 and 16 bits. */
export function alphabets(): fc.Arbitrary<number> {
  const edges = fc.constantFrom(1, 2, 3, 4, 5, 8, 16, 17, 32, 64, 255, 256, 257, 1024, 1025, 4096, 65535, 65536);
  return fc.oneof(
    { weight: 4, arbitrary: edges },
    fc.integer({ min: 1, max: 300 }),
    fc.integer({ min: 1, max: 65536 }),
  );
}

/** Sequences over any alphabet: empty, constant, uniform, skewed, nearly constant, in order, and element by element. */
export function symbolSequences(options: { readonly maxLength?: number } = {}): fc.Arbitrary<SymbolSequence> {
  const { maxLength = 600 } = options;
  return alphabets().chain((alphabet) => {
    const listed = fc
      .array(fc.integer({ min: 0, max: alphabet - 1 }), { maxLength: Math.min(maxLength, 40) })
      .map((symbols) => ({ alphabet, symbols: allocateCodes(alphabet, symbols.length).map((_, i) => symbols[i]!) }));
    return fc.oneof(listed, { weight: 3, arbitrary: drawnSequences(alphabet, { min: 0, max: maxLength }) });
  });
}

/** Sequences of more than 65,536 symbols, which a stream cuts into chunks. */
export function longSymbolSequences(): fc.Arbitrary<SymbolSequence> {
  const lengths = { min: 65537, max: 3 * 65536 + 5 };
  return alphabets().chain((alphabet) => drawnSequences(alphabet, lengths));
}

/** Counts of a whole alphabet, some of them zero. */
export function symbolCounts(options: { readonly maxSize?: number } = {}): fc.Arbitrary<Uint32Array> {
  const { maxSize = 300 } = options;
  const count = fc.oneof(
    fc.constant(0),
    fc.integer({ min: 0, max: 5 }),
    fc.integer({ min: 0, max: 31 }).map((exponent) => 2 ** exponent),
    fc.integer({ min: 0, max: 0xffffffff }),
  );
  return fc.array(count, { minLength: 1, maxLength: maxSize, size: "max" }).map((counts) => Uint32Array.from(counts));
}

/** Code lengths of complete prefix codes, not only of those that suit some counts; one is split until it has enough symbols. */
export function completeCodeLengths(options: { readonly maxSize?: number } = {}): fc.Arbitrary<Uint8Array> {
  const { maxSize = 300 } = options;
  return fc
    .record({
      splits: fc.integer({ min: 1, max: maxSize - 1 }),
      absent: fc.integer({ min: 0, max: 40 }),
      seed: fc.integer(),
    })
    .map(({ splits, absent, seed }) => {
      const random = seededRandom(seed);
      const place = (length: number) => Math.floor(random() * (length + 1));
      const lengths = [1, 1];
      for (let split = 1; split < splits; split++) {
        const at = place(lengths.length - 1);
        const length = lengths[at]! + 1;
        if (length <= 24) lengths.splice(at, 1, length, length);
      }
      for (let i = 0; i < absent; i++) lengths.splice(place(lengths.length), 0, 0);
      return Uint8Array.from(lengths);
    });
}

/** Valid streams of every mode but huffman-chunked. */
export function symbolStreams(options: { readonly maxLength?: number } = {}): fc.Arbitrary<SymbolStream> {
  return symbolSequences(options).map(streamOf);
}

/** Valid streams of more than 65,536 symbols: in chunks, with one prefix code or several, or in another mode if that is smaller. */
export function longSymbolStreams(): fc.Arbitrary<SymbolStream> {
  return longSymbolSequences().map(streamOf);
}

function streamOf({ symbols, alphabet }: SymbolSequence): SymbolStream {
  return { symbols, alphabet, count: symbols.length, bytes: encodeSymbols(symbols, { alphabet }) };
}

/**
 * Sequences drawn from one distribution, from uniform (skew 0) to a few others among one symbol (skew 200), in order or not;
 * or from one that changes every 65,536 symbols.
 */
function drawnSequences(alphabet: number, lengths: { readonly min: number; readonly max: number }) {
  return fc
    .record({
      count: fc.integer(lengths),
      skew: fc.constantFrom(0, 0, 1, 2, 4, 8, 12, 40, 200),
      order: fc.constantFrom("drawn", "rising", "falling", "changing"),
      seed: fc.integer(),
    })
    .map(({ count, skew, order, seed }) => {
      const random = seededRandom(seed);
      const exponent = (i: number) => 1 + (order === "changing" ? skew / (1 + Math.floor(i / 65536)) : skew);
      const symbols = allocateCodes(alphabet, count).map((_, i) => Math.floor(alphabet * random() ** exponent(i)));
      if (order === "rising" || order === "falling") symbols.sort();
      return { alphabet, symbols: order === "falling" ? symbols.reverse() : symbols };
    });
}

import { type Codes, FormatError } from "@deep-compression/bits";
import {
  codeLengths,
  decodeSymbols,
  encodeSymbols,
  histogram,
  inspectSymbols,
  symbolStreamSize,
} from "@deep-compression/huffman";
import {
  completeCodeLengths,
  longSymbolSequences,
  longSymbolStreams,
  mutate,
  mutations,
} from "@deep-compression/huffman/arbitraries";
import { type KernelName, seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainDecoder } from "../src/plain-decoder";
import { PLAIN_ENCODER } from "../src/plain-encoder";
import { chunkDecoders } from "../src/wasm-decoder";
import { chunkEncoder } from "../src/wasm-encoder";
import { chunkedStream } from "./chunked-stream";
import { expectSame } from "./expect-same";

const runs = Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const kernels: readonly KernelName[] = ["wasm", "plain"];

/** What decoding gives: the symbols, or the code of the error and its offset. */
function outcome(bytes: Uint8Array, options: { alphabet: number; count: number; kernels: KernelName }): Codes | string {
  try {
    return decodeSymbols(bytes, options);
  } catch (error) {
    if (error instanceof FormatError) return `${error.code} at ${error.offset}`;
    throw error;
  }
}

function expectSameOutcome(bytes: Uint8Array, stream: { alphabet: number; count: number }): Codes | string {
  const [wasm, plain] = kernels.map((name) => outcome(bytes, { ...stream, kernels: name }));
  if (typeof wasm === "string" || typeof plain === "string") expect(wasm).toBe(plain);
  else expectSame(wasm, plain);
  return wasm;
}

/** Symbols of which each is half as frequent as the one before. */
function geometric(count: number, alphabet: number, seed: number): Uint8Array {
  const random = seededRandom(seed);
  return Uint8Array.from({ length: count }, () => Math.min(alphabet - 1, Math.floor(-Math.log2(random()))));
}

const count = 2 * 65536 + 1000;
const symbols = geometric(count, 8, 1);
const low = codeLengths(histogram(symbols, 8));
const even = new Uint8Array(8).fill(3);
const parts = { symbols, tables: [low, even], tableNumbers: [0, 1, 0] };

function codeOf(bytes: Uint8Array): string {
  const found = expectSameOutcome(bytes, { alphabet: 8, count });
  return typeof found === "string" ? found.split(" ")[0] : "decoded";
}

/** Where chunks begin in a stream of `parts`: 1 bit more than 5 tables and 3 numbers of tables. */
function sized(size: number): (chunk: Uint8Array, number: number) => Uint8Array {
  return (chunk, number) => (number === 1 ? Uint8Array.from({ length: size }, (_, i) => chunk[i] ?? 0) : chunk);
}

describe("a chunked stream", () => {
  test("is coded by WebAssembly here, so that these tests compare two implementations", () => {
    expect(chunkDecoders()).not.toBe(plainDecoder);
    expect(chunkEncoder()).not.toBe(PLAIN_ENCODER);
  });

  test("lies in a buffer that holds nothing else", () => {
    for (let i = 0; i < 8; i++) Buffer.allocUnsafeSlow(40_000).fill(255); // freed memory is not zeros
    const symbols = Uint8Array.from({ length: 3 * 65536 + 1 }, (_, i) => (i * i) % 13);
    const stream = encodeSymbols(symbols, { alphabet: 13 });
    const around = new Uint8Array(stream.buffer);
    around.fill(0, stream.byteOffset, stream.byteOffset + stream.length);
    expect(around.length).toBeGreaterThan(stream.length);
    expect(around.every((byte) => byte === 0)).toBe(true);
  });

  test("may have several prefix codes, of which each chunk names one", () => {
    const bytes = chunkedStream(parts);
    expectSame(decodeSymbols(bytes, { alphabet: 8, count }), symbols);
    const { mode, lengths, tables, bytes: size } = inspectSymbols(bytes, { alphabet: 8, count });
    expect({ mode, lengths, tables, size }).toEqual({
      mode: "huffman-chunked",
      lengths: low,
      tables: [low, even],
      size: bytes.length,
    });
  });

  test("gets prefix codes of their own for chunks that differ, where that is smaller", () => {
    const changing = new Uint8Array(6 * 65536);
    for (let chunk = 0; chunk < 6; chunk++) {
      changing.set(
        chunk % 2 === 0 ? geometric(65536, 32, chunk) : geometric(65536, 32, chunk).map((s) => 31 - s),
        chunk * 65536,
      );
    }
    const size = symbolStreamSize(changing, { alphabet: 32 });
    expect(size.tables).toHaveLength(2);
    // Each chunk has 2 bits a symbol by itself, and all together above 3.
    expect(size.bytes).toBeLessThan(1.01 * (changing.length / 4));
    const bytes = encodeSymbols(changing, { alphabet: 32 });
    expect(bytes.length).toBe(size.bytes);
    expectSame(decodeSymbols(bytes, { alphabet: 32, count: changing.length }), changing);
  });

  test("has one prefix code where chunks are alike", () => {
    expect(symbolStreamSize(geometric(4 * 65536, 32, 3), { alphabet: 32 }).tables).toBeUndefined();
  });

  test("takes at most two thousandths more than a Huffman code without a limit, tables and lengths included", () => {
    const random = seededRandom(5);
    const normal = () => random() + random() + random() + random() - 2;
    const drawn = Uint8Array.from({ length: 2 ** 20 }, () =>
      Math.max(0, Math.min(255, Math.round(128 + 60 * normal()))),
    );
    const counts = histogram(drawn, 256);
    const lengths = codeLengths(counts, { maxLength: 24 });
    const least = counts.reduce((bits, number, symbol) => bits + number * lengths[symbol], 0) / 8;
    expect(encodeSymbols(drawn, { alphabet: 256 }).length).toBeLessThan(1.002 * least);
  });

  test("is refused if its tables are too many, unused, out of order or not there", () => {
    expect(codeOf(chunkedStream({ ...parts, tableNumbers: [0, 1, 1] }))).toBe("decoded");
    expect(codeOf(chunkedStream({ ...parts, tableNumbers: [0, 0, 0] }))).toBe("not-canonical");
    expect(codeOf(chunkedStream({ ...parts, tableNumbers: [1, 0, 0] }))).toBe("not-canonical");
    expect(codeOf(chunkedStream({ ...parts, tables: [low, even, low], tableNumbers: [0, 1, 3] }))).toBe("out-of-range");
    expect(codeOf(chunkedStream({ ...parts, tableCount: 4 }))).toBe("limit-exceeded");
    expect(codeOf(chunkedStream({ ...parts, tableCount: 2 ** 16 }))).toBe("limit-exceeded");
  });

  test("is refused if a code word is longer than the limit for its symbols", () => {
    const long = Uint8Array.from([...Array(13).keys(), 12], (i) => i + 1);
    const few = Uint8Array.from({ length: 65537 }, (_, i) => i % 14);
    const bytes = chunkedStream({ symbols: few, tables: [long], tableNumbers: [0, 0] });
    expect(expectSameOutcome(bytes, { alphabet: 14, count: 65537 })).toBe("limit-exceeded at 0");
  });

  test("is refused if a chunk has too few bytes or too many, or its substreams say so", () => {
    const size = chunkedStream(parts).length;
    for (const wrong of [0, 5, 6, 100, 24575])
      expect(codeOf(chunkedStream({ ...parts, change: sized(wrong) }))).toBe("truncated");
    for (const wrong of [24583, 30000, 98310, 98311, 200000]) {
      expect(codeOf(chunkedStream({ ...parts, change: sized(wrong) }))).toBe("trailing-data");
    }
    for (let place = 0; place < 6; place++) {
      for (const bits of [1, 0x80, 0xff]) {
        const change = (chunk: Uint8Array) => chunk.map((byte, i) => (i === place ? byte ^ bits : byte));
        expect(["truncated", "trailing-data", "not-canonical"]).toContain(codeOf(chunkedStream({ ...parts, change })));
      }
    }
    for (let cut = 1; cut < 40; cut++) expect(codeOf(chunkedStream(parts).subarray(0, size - cut))).toBe("truncated");
    expect(codeOf(chunkedStream(parts).subarray(0, 4))).toBe("truncated");
  });

  test("is refused if a padding bit is 1", () => {
    const odd = { symbols: new Uint8Array(65537), tables: [low], tableNumbers: [0, 0] };
    const change = (chunk: Uint8Array, number: number) =>
      number === 1 ? Uint8Array.of(1, 0, 0, 0, 0, 0, 0x80) : chunk;
    const options = { alphabet: 8, count: 65537 };
    expect(expectSameOutcome(chunkedStream(odd), options)).not.toBeTypeOf("string");
    expect(expectSameOutcome(chunkedStream({ ...odd, change }), options)).toMatch("not-canonical");
  });

  test("of symbols of 16 bits, with code words short or long, comes back from both decoders", () => {
    const random = seededRandom(9);
    for (const alphabet of [257, 1000, 1024, 1500, 65536]) {
      const wide = Uint16Array.from({ length: 150_000 }, () => Math.floor(alphabet * random() ** 4));
      const bytes = encodeSymbols(wide, { alphabet });
      expectSame(encodeSymbols(wide, { alphabet, kernels: "plain" }), bytes);
      const found = expectSameOutcome(bytes, { alphabet, count: wide.length });
      expectSame(found as Codes, wide);
    }
  });

  test("is decoded into an array that the caller has", () => {
    const bytes = chunkedStream(parts);
    for (const name of kernels) {
      const shared = new Uint8Array(new SharedArrayBuffer(count));
      expect(decodeSymbols(bytes, { alphabet: 8, count, into: shared, kernels: name })).toBe(shared);
      expectSame(shared.slice(), symbols);
      const surroundings = new Uint8Array(count + 16).fill(99);
      decodeSymbols(bytes, { alphabet: 8, count, into: surroundings.subarray(8, count + 8), kernels: name });
      expectSame(surroundings.slice(8, count + 8), symbols);
      expect([...surroundings.subarray(0, 8), ...surroundings.subarray(count + 8)]).toEqual(Array(16).fill(99));
    }
    expect(() => decodeSymbols(bytes, { alphabet: 8, count, into: new Uint8Array(3) })).toThrow(
      "into: expected 132072 elements, got 3",
    );
    expect(() => decodeSymbols(bytes, { alphabet: 8, count, into: new Uint16Array(count) })).toThrow(TypeError);
  });

  test("comes out the same from WebAssembly and from plain TypeScript, and goes back", () => {
    fc.assert(
      fc.property(longSymbolSequences(), ({ symbols: long, alphabet }) => {
        const bytes = encodeSymbols(long, { alphabet, kernels: "wasm" });
        expectSame(encodeSymbols(long, { alphabet, kernels: "plain" }), bytes);
        const found = expectSameOutcome(bytes, { alphabet, count: long.length });
        expectSame(found as Codes, long);
        expect(symbolStreamSize(long, { alphabet, kernels: "plain" }).bytes).toBe(bytes.length);
      }),
      { numRuns: 15 * runs },
    );
  });

  test("mutated, gives the same symbols or the same error by both", () => {
    const changes = fc.array(mutations(), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(longSymbolStreams(), changes, ({ bytes, alphabet, count: length }, list) => {
        expectSameOutcome(list.reduce(mutate, bytes), { alphabet, count: length });
      }),
      { numRuns: 25 * runs },
    );
  });

  test("of any bytes, cut anywhere into substreams, gives the same by both", () => {
    const codes = completeCodeLengths({ maxSize: 600 }).filter((lengths) => Math.max(...lengths) <= 12);
    const wasm = chunkDecoders();
    fc.assert(
      fc.property(
        codes,
        fc.integer({ min: 0, max: 40_000 }),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 3, maxLength: 3 }),
        fc.integer({ min: 1, max: 65536 }),
        fc.integer(),
        (lengths, size, cuts, number, seed) => {
          const random = seededRandom(seed);
          const bytes = Uint8Array.from({ length: size }, () => Math.floor(256 * random()));
          const ends = [0, ...cuts.map((cut) => Math.floor(cut * size)).sort((a, b) => a - b), size];
          const sizes = [1, 2, 3, 4].map((i) => ends[i] - ends[i - 1]);
          const outcomes = [wasm, plainDecoder].map((decoders) => {
            const found = lengths.length <= 256 ? new Uint8Array(number) : new Uint16Array(number);
            try {
              return `${decoders(lengths)({ bytes, sizes, baseOffset: 0 }, found)} bits: ${found.slice(0, 99)}`;
            } catch (error) {
              return String(error);
            }
          });
          expect(outcomes[0]).toBe(outcomes[1]);
        },
      ),
      { numRuns: 100 * runs },
    );
  });

  test("read for another number of symbols or another alphabet, gives the same by both", () => {
    const bytes = chunkedStream(parts);
    for (const other of [65537, 131072, count - 1, count + 1, count + 65536, 3 * 65536, 2 ** 20]) {
      expectSameOutcome(bytes, { alphabet: 8, count: other });
    }
    for (const alphabet of [2, 3, 7, 9, 200, 300]) expectSameOutcome(bytes, { alphabet, count });
  });
});

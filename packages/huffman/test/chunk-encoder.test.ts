import type { Codes } from "@deep-compression/bits";
import { codeLengths, encodeSymbols, histogram, huffman } from "@deep-compression/huffman";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { PLAIN_ENCODER } from "../src/plain-encoder";
import { prefixEncoder } from "../src/prefix-encoder";
import { chunkEncoder } from "../src/wasm-encoder";
import { expectSame } from "./expect-same";

const runs = Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const wasm = chunkEncoder();

/** Symbols `low`..`high`, the lower the more frequent. */
function skewed(
  Symbols: typeof Uint8Array | typeof Uint16Array,
  range: Record<"low" | "high" | "count" | "seed", number>,
) {
  const { low, high, count, seed } = range;
  const random = seededRandom(seed);
  return new Symbols(count).map(() => low + Math.floor((high - low + 1) * random() ** 3));
}

function expectCounts(chunk: Codes, size: number): void {
  const expected = histogram(chunk, size);
  for (const encoder of [wasm, PLAIN_ENCODER]) expectSame(encoder.countChunk(chunk, size).slice(), expected);
}

/** Both encoders write the header and the four substreams that `huffman` writes, and nothing behind them. */
function expectStreams(chunk: Codes, lengths: Uint8Array): void {
  const quarter = Math.ceil(chunk.length / 4);
  const substreams = [0, 1, 2, 3].map((i) => {
    const part = chunk.subarray(i * quarter, (i + 1) * quarter);
    return huffman(lengths, { count: part.length }).encode(part);
  });
  const header = substreams.slice(0, 3).flatMap(({ length }) => [length & 255, length >> 8]);
  const expected = Buffer.concat([Uint8Array.from(header), ...substreams]);
  for (const encoder of [wasm, PLAIN_ENCODER]) {
    const target = new Uint8Array(expected.length + 9).fill(170);
    expect(encoder.encodeChunk(prefixEncoder(lengths), chunk, target)).toBe(expected.length);
    expectSame(target.slice(0, expected.length), new Uint8Array(expected));
    expectSame(target.slice(expected.length), new Uint8Array(9).fill(170));
  }
}

test("is WebAssembly here, so that these tests compare two implementations", () => {
  expect(wasm).not.toBe(PLAIN_ENCODER);
});

test("symbols of a byte are counted and encoded, in ranges narrow and wide", () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const range = fc.tuple(byte, byte).map((ends) => ({ low: Math.min(...ends), high: Math.max(...ends) }));
  fc.assert(
    fc.property(range, fc.integer({ min: 1, max: 65536 }), fc.integer(), ({ low, high }, count, seed) => {
      const chunk = skewed(Uint8Array, { low, high, count, seed });
      chunk[count - 1] = high;
      expectCounts(chunk, 256);
      if (low < high) chunk[0] = low;
      const counts = histogram(chunk, 256);
      if (counts.filter((number) => number > 0).length > 1)
        expectStreams(chunk, codeLengths(counts, { maxLength: 12 }));
    }),
    { numRuns: 60 * runs },
  );
});

test("pairs are counted up to the widest range, and the next range symbol by symbol, one after the other", () => {
  for (const [low, high] of [
    [0, 127],
    [0, 128],
    [100, 227],
    [127, 255],
    [128, 255],
    [0, 126],
    [1, 255],
    [0, 0],
  ] as const) {
    const chunk = skewed(Uint8Array, { low, high, count: 65536, seed: high });
    chunk.set([high, low, high, high], 33_333);
    expectCounts(chunk, 256);
  }
});

test("a chunk of one symbol is counted, as long as chunks get", () => {
  for (const symbol of [0, 77, 255]) expectCounts(new Uint8Array(65536).fill(symbol), 256);
});

test("symbols of 16 bits are counted and encoded, in small alphabets and large ones", () => {
  for (const [high, count] of [
    [1, 65536],
    [300, 65533],
    [1023, 40_000],
    [1024, 65536],
    [9999, 65536],
  ]) {
    const chunk = skewed(Uint16Array, { low: 0, high, count, seed: count });
    chunk.set([high, high], 5);
    expectCounts(chunk, high + 1);
    expectStreams(chunk, codeLengths(histogram(chunk, high + 1), { maxLength: high < 1024 ? 12 : 20 }));
  }
});

test("the longest code words, eight after the other, fit as the shortest do", () => {
  const lengths = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 12);
  const random = seededRandom(3);
  expectStreams(new Uint8Array(65536).fill(12), lengths);
  expectStreams(new Uint8Array(65536).fill(0), lengths);
  expectStreams(
    new Uint8Array(65535).map(() => Math.floor(13 * random())),
    lengths,
  );
});

test("one encoder serves symbols of 8 bits and of 16, one after the other", () => {
  const lengths = new Uint8Array(300);
  lengths.set([1, 2, 3, 4, 5, 6, 6]);
  const encoder = prefixEncoder(lengths);
  const symbols = skewed(Uint8Array, { low: 0, high: 6, count: 5000, seed: 4 });
  for (const chunk of [symbols, Uint16Array.from(symbols), symbols]) {
    const [expected, found] = [PLAIN_ENCODER, wasm].map((some) => {
      const target = new Uint8Array(10_000);
      return target.subarray(0, some.encodeChunk(encoder, chunk, target));
    });
    expectSame(found, expected);
  }
});

test("bytes may be symbols of an alphabet above 256, and none outside of it", () => {
  const bytes = skewed(Uint8Array, { low: 0, high: 255, count: 140_000, seed: 8 });
  for (const kernels of ["wasm", "plain"] as const) {
    expectSame(
      encodeSymbols(bytes, { alphabet: 1000, kernels }),
      encodeSymbols(Uint16Array.from(bytes), { alphabet: 1000, kernels }),
    );
    bytes[139_000] = 255;
    expect(() => encodeSymbols(bytes, { alphabet: 255, kernels })).toThrow(RangeError);
    const words = new Uint16Array(140_000);
    words[100_000] = 1000;
    expect(() => encodeSymbols(words, { alphabet: 1000, kernels })).toThrow(
      "symbols[100000]: expected less than 1000, got 1000",
    );
  }
});

import { bitWriter, type Codes, FormatError } from "@deep-compression/bits";
import {
  decodeSymbols,
  encodeSymbols,
  histogram,
  inspectSymbols,
  type SymbolStreamSize,
  symbolStreamSize,
} from "@deep-compression/huffman";
import {
  longSymbolSequences,
  longSymbolStreams,
  mutate,
  mutated,
  mutations,
  type SymbolStream,
  symbolSequences,
  symbolStreams,
} from "@deep-compression/huffman/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { expectSame } from "./expect-same";

const runs = Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const skewed = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0);
const skewedBytes = Uint8Array.of(0xf2, 0x0a, 0x10, 0x0c, 0x3a, 0x00);

/** Bytes of bits given in the order in which they are written. */
function bytesOf(bits: string): Uint8Array {
  const writer = bitWriter();
  for (const bit of bits.replaceAll(" ", "")) writer.write(Number(bit), 1);
  return writer.finish();
}

function codeOf(bytes: Uint8Array, options: { alphabet: number; count: number }): string {
  try {
    decodeSymbols(bytes, options);
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error);
  }
}

/** Bytes that are no stream of these options; or, up to 65,536 symbols, the very bytes that encoding gives. */
function expectStrict(bytes: Uint8Array, { alphabet, count }: SymbolStream): void {
  let symbols: Codes;
  try {
    symbols = decodeSymbols(bytes, { alphabet, count });
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return;
  }
  expect(symbols.length).toBe(count);
  const again = encodeSymbols(symbols, { alphabet });
  if (count <= 65536) expectSame(again, bytes);
  else expectSame(decodeSymbols(again, { alphabet, count }), symbols);
}

function expectSameSize(actual: SymbolStreamSize, expected: SymbolStreamSize): void {
  expect({ ...actual, lengths: undefined }).toEqual({ ...expected, lengths: undefined });
  expectSame(actual.lengths, expected.lengths);
}

describe("a symbol stream", () => {
  test("is written as the examples of docs/format.md", () => {
    expect(encodeSymbols(skewed, { alphabet: 8 })).toEqual(skewedBytes);
    expect(decodeSymbols(skewedBytes, { alphabet: 8, count: 22 })).toEqual(skewed);
    expect(encodeSymbols(Uint8Array.of(5, 5, 5), { alphabet: 8 })).toEqual(Uint8Array.of(0x28));
    expect(encodeSymbols(Uint8Array.of(0, 3, 1, 2), { alphabet: 4 })).toEqual(Uint8Array.of(0x71, 0x02));
  });

  test("has no bytes if there is no symbol or none to choose from", () => {
    expect(encodeSymbols(new Uint8Array(0), { alphabet: 7 })).toEqual(new Uint8Array(0));
    expect(encodeSymbols(new Uint8Array(9), { alphabet: 1 })).toEqual(new Uint8Array(0));
    expect(decodeSymbols(new Uint8Array(0), { alphabet: 1, count: 9 })).toEqual(new Uint8Array(9));
    expect(codeOf(Uint8Array.of(0), { alphabet: 1, count: 9 })).toBe("trailing-data");
    expect(codeOf(Uint8Array.of(0), { alphabet: 9, count: 0 })).toBe("trailing-data");
    expect(codeOf(new Uint8Array(0), { alphabet: 9, count: 1 })).toBe("truncated");
  });

  test("of an alphabet of at most 256 comes back in bytes, of a larger one in 16 bits", () => {
    expect(
      decodeSymbols(encodeSymbols(Uint16Array.of(7, 255), { alphabet: 256 }), { alphabet: 256, count: 2 }),
    ).toEqual(Uint8Array.of(7, 255));
    expect(decodeSymbols(encodeSymbols(Uint8Array.of(7, 255), { alphabet: 257 }), { alphabet: 257, count: 2 })).toEqual(
      Uint16Array.of(7, 255),
    );
  });

  test("takes the mode that costs least", () => {
    const uniform = Uint8Array.from({ length: 64 }, (_, i) => i % 8);
    expect(symbolStreamSize(uniform, { alphabet: 8 })).toMatchObject({ mode: "fixed", bytes: 25, dataBits: 192 });
    expect(symbolStreamSize(uniform.fill(3), { alphabet: 8 })).toMatchObject({ mode: "constant", bytes: 1 });
    expect(symbolStreamSize(skewed, { alphabet: 8 })).toMatchObject({ mode: "huffman", tableBits: 14, dataBits: 28 });
    const long = Uint8Array.from({ length: 65537 }, (_, i) => 31 & Math.sqrt((i * 40503) & 1023));
    expect(symbolStreamSize(long.subarray(1), { alphabet: 32 }).mode).toBe("huffman");
    expect(symbolStreamSize(long, { alphabet: 32 }).mode).toBe("huffman-chunked");
    const sparse = Uint8Array.from({ length: 600 }, (_, i) => (i % 50 === 7 ? 1 + (i % 3) : 0));
    expect(symbolStreamSize(sparse, { alphabet: 8 })).toMatchObject({ mode: "runs", dominant: 0, bytes: 14 });
  });

  test("of a small layer spends 2 to 4 bits an entry on its code-length table", () => {
    const counts = Uint32Array.of(3, 8, 19, 41, 77, 120, 139, 93, 88, 142, 117, 70, 45, 22, 9, 4);
    const size = symbolStreamSize(counts);
    expect(size.mode).toBe("huffman");
    expect(size.tableBits / counts.length).toBeLessThan(3);
    const total = counts.reduce((sum, count) => sum + count, 0);
    const entropy = counts.reduce((bits, count) => bits + count * Math.log2(total / count), 0);
    expect(size.bytes).toBeLessThan(1.03 * (entropy / 8));
  });

  test("rejects another mode, another table and other lengths than the encoder's", () => {
    expect(codeOf(bytesOf("10 000 000"), { alphabet: 8, count: 2 })).toBe("not-canonical"); // fixed, but constant
    expect(codeOf(bytesOf("01 00 0 0 01010101"), { alphabet: 2, count: 8 })).toBe("not-canonical"); // fixed is as short
    const even = `01 00 110 0 0 0 ${Array.from(skewed, (symbol) => symbol.toString(2).padStart(2, "0")).join("")}`;
    expect(codeOf(bytesOf(even), { alphabet: 8, count: 22 })).toBe("not-canonical"); // lengths 2, 2, 2, 2
    const longer = mutate(skewedBytes, { kind: "insert", at: 6, bytes: Uint8Array.of(0) });
    expect(codeOf(longer, { alphabet: 8, count: 22 })).toBe("trailing-data");
    expect(codeOf(Uint8Array.of(0x3f), { alphabet: 8, count: 2 })).not.toBe("decoded"); // chunks for two symbols
  });

  test("rejects a symbol outside the alphabet", () => {
    expect(codeOf(Uint8Array.of(0b00_101_000), { alphabet: 5, count: 3 })).toBe("out-of-range");
    expect(codeOf(Uint8Array.of(0b000_101_01), { alphabet: 5, count: 2 })).toBe("out-of-range");
  });

  test("takes no memory for more symbols than the bytes can hold, unless they are one constant", () => {
    for (const mode of [1, 2, 3])
      expect(codeOf(Uint8Array.of(mode, 0, 0), { alphabet: 8, count: 2 ** 50 })).toBe("truncated");
    expect(codeOf(new Uint8Array(0), { alphabet: 8, count: 2 ** 50 })).toBe("truncated");
  });

  test("carries offsets from the base that it is told", () => {
    const decode = () => decodeSymbols(skewedBytes.subarray(0, 5), { alphabet: 8, count: 22, baseOffset: 1000 });
    expect(decode).toThrow(expect.objectContaining({ code: "truncated", offset: 1005 }));
  });

  test("is rejected if it is cut anywhere, or if any one bit of it is flipped, or is another valid stream", () => {
    for (let length = 0; length < skewedBytes.length; length++) {
      expect(codeOf(skewedBytes.subarray(0, length), { alphabet: 8, count: 22 })).toBe("truncated");
    }
    for (let bit = 0; bit < 8 * skewedBytes.length; bit++) {
      const bytes = mutate(skewedBytes, { kind: "flip", at: bit >> 3, bit: bit & 7 });
      expectStrict(bytes, { bytes, symbols: skewed, alphabet: 8, count: 22 });
    }
  });

  test("refuses wrong arguments by name", () => {
    expect(() => encodeSymbols(Uint8Array.of(8), { alphabet: 8 })).toThrow("symbols[0]: expected less than 8, got 8");
    expect(() => encodeSymbols(Uint8Array.of(8), { alphabet: 65537 })).toThrow(RangeError);
    expect(() => decodeSymbols(skewedBytes, { alphabet: 0, count: 1 })).toThrow("alphabet");
    expect(() => decodeSymbols(skewedBytes, { alphabet: 8, count: 1.5 })).toThrow("count");
    expect(() => symbolStreamSize(Uint32Array.of(65537, 1, 70000))).toThrow("symbols: expected for more than 65536");
    // @ts-expect-error: an array is no typed array
    expect(() => encodeSymbols([1, 2], { alphabet: 8 })).toThrow(TypeError);
    // @ts-expect-error: text is no array
    expect(() => decodeSymbols("text", { alphabet: 8, count: 22 })).toThrow('bytes: expected a Uint8Array, got "text"');
    const options = { alphabet: 8, count: 22 };
    // @ts-expect-error: an offset is a number
    expect(() => decodeSymbols(skewedBytes, { ...options, baseOffset: "abc" })).toThrow("baseOffset: expected");
    const into = new Uint16Array(22);
    expect(() => decodeSymbols(skewedBytes, { ...options, into })).toThrow("expected a Uint8Array, got Uint16Array");
  });

  test("refuses kernels that there are not", () => {
    for (const coder of [encodeSymbols, symbolStreamSize, decodeSymbols, inspectSymbols]) {
      const call = coder as (bytes: Uint8Array, options: object) => unknown;
      expect(() => call(skewedBytes, { alphabet: 256, count: 22, kernels: "wsam" })).toThrow(
        new RangeError('kernels: expected "wasm" or "plain", got "wsam"'),
      );
    }
  });

  test("names the first option that is missing where there are no options", () => {
    for (const coder of [encodeSymbols, decodeSymbols, inspectSymbols]) {
      const call = coder as (bytes: Uint8Array) => unknown;
      expect(() => call(skewedBytes)).toThrow(
        new TypeError("alphabet: expected an integer in 1..65536, got undefined"),
      );
    }
  });

  test("comes back as it was, over any alphabet, at the size foretold", () => {
    fc.assert(
      fc.property(symbolSequences(), ({ symbols, alphabet }) => {
        const bytes = encodeSymbols(symbols, { alphabet });
        const options = { alphabet, count: symbols.length };
        expectSame(decodeSymbols(bytes, options), symbols);
        const size = symbolStreamSize(symbols, { alphabet });
        expect(size.bytes).toBe(bytes.length);
        expect(size.tableBytes + size.dataBytes).toBe(bytes.length);
        if (size.mode !== "runs") expect(Math.ceil((size.tableBits + size.dataBits) / 8)).toBe(bytes.length);
        expectSameSize(inspectSymbols(bytes, options), size);
        const counted = symbolStreamSize(histogram(symbols, alphabet));
        if (size.mode === "runs") expect(counted.bytes).toBeGreaterThan(size.bytes);
        else expectSameSize(counted, size);
      }),
      { numRuns: 100 * runs },
    );
  });

  test("is rejected after a mutation, or encodes to the mutated bytes", () => {
    fc.assert(
      fc.property(symbolStreams({ maxLength: 80 }), mutations(), (stream, mutation) => {
        expectStrict(mutate(stream.bytes, mutation), stream);
      }),
      { numRuns: 300 * runs },
    );
  });

  test("is rejected, or canonical, where the bytes are any", () => {
    const anyBytes = fc.oneof(
      fc.uint8Array({ maxLength: 20 }),
      mutated(symbolStreams({ maxLength: 40 }).map((s) => s.bytes)),
    );
    fc.assert(
      fc.property(
        anyBytes,
        fc.constantFrom(2, 3, 5, 8, 40),
        fc.integer({ min: 1, max: 40 }),
        (bytes, alphabet, count) => {
          expectStrict(bytes, { bytes, alphabet, count, symbols: new Uint8Array(0) });
        },
      ),
      { numRuns: 300 * runs },
    );
  });
});

describe("a symbol stream of more than 65,536 symbols", () => {
  test("comes back as it was, at the size foretold", () => {
    fc.assert(
      fc.property(longSymbolSequences(), ({ symbols, alphabet }) => {
        const bytes = encodeSymbols(symbols, { alphabet });
        expectSame(decodeSymbols(bytes, { alphabet, count: symbols.length }), symbols);
        const size = symbolStreamSize(symbols, { alphabet });
        expect(size.bytes).toBe(bytes.length);
        expect(size.tableBytes + size.dataBytes).toBe(bytes.length);
      }),
      { numRuns: 10 * runs },
    );
  });

  test("is rejected after a mutation, or encodes to the mutated bytes", () => {
    const change = fc.array(mutations(), { minLength: 1, maxLength: 2 });
    fc.assert(
      fc.property(longSymbolStreams(), change, (stream, changes) => {
        expectStrict(changes.reduce(mutate, stream.bytes), stream);
      }),
      { numRuns: 10 * runs },
    );
  });

  test("is laid out as docs/format.md says: chunk lengths, then chunks of four substreams", () => {
    // 0 1 2 0 1 2 ... with code words 0, 10 and 11: 16,384 symbols take 27,306 or 27,307 bits.
    const symbols = Uint8Array.from({ length: 65537 }, (_, i) => i % 3);
    const bytes = encodeSymbols(symbols, { alphabet: 4 });
    const tableBytes = 2;
    expect(bytes.subarray(0, tableBytes)).toEqual(bytesOf("11 0 00 110 10 0"));
    expect(bytes.subarray(tableBytes, tableBytes + 3)).toEqual(Uint8Array.of(0xde, 0x6a, 7)); // 13,662 and 7 bytes
    const chunk = bytes.subarray(tableBytes + 3);
    expect(chunk.subarray(0, 6)).toEqual(Uint8Array.of(0x56, 13, 0x56, 13, 0x56, 13)); // 3,414 bytes thrice
    expect(chunk.subarray(6, 8)).toEqual(bytesOf("0 10 11 0 10 11 0 10 11 0"));
    expect(chunk.subarray(6 + 3414, 6 + 3416)).toEqual(bytesOf("10 11 0 10 11 0 10 11 0 1"));
    expect(chunk.subarray(13662)).toEqual(Uint8Array.of(1, 0, 0, 0, 0, 0, 0b01));
  });
});

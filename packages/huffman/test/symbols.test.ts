import { type Codec, type Codes, FormatError } from "@deep-compression/bits";
import {
  decodeSymbols,
  encodeSymbols,
  inspectSymbols,
  type SymbolStreamSize,
  symbolStreamSize,
  symbols,
} from "@deep-compression/huffman";
import { mutate, mutations, symbolSequences, symbolStreams } from "@deep-compression/huffman/arbitraries";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { expectSame } from "./expect-same";

const runs = Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
/** The example of docs/format.md. */
const skewed = Uint8Array.of(0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 2, 0, 0, 0, 0, 1, 3, 0, 0, 0, 0);
const skewedBytes = Uint8Array.of(0xf2, 0x0a, 0x10, 0x0c, 0x3a, 0x00);

/** Bytes that the codec refuses with a FormatError, or that are the one encoding of what they decode to. */
function expectStrict(codec: Codec<Codes, Uint8Array>, bytes: Uint8Array): void {
  let values: Codes;
  try {
    values = codec.decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    return;
  }
  expectSame(codec.encode(values), bytes);
}

describe("symbols", () => {
  test("are a stream with their number in front, or the stream alone if the number is known", () => {
    expect(symbols({ alphabet: 8 }).encode(skewed)).toEqual(Uint8Array.of(22, ...skewedBytes));
    expect(symbols({ alphabet: 8 }).decode(Uint8Array.of(22, ...skewedBytes))).toEqual(skewed);
    expect(symbols({ alphabet: 8, count: 22 }).encode(skewed)).toEqual(skewedBytes);
    expect(symbols({ alphabet: 8, count: 22 }).decode(skewedBytes)).toEqual(skewed);
    expect(symbols({ alphabet: 8 })).toMatchObject({ name: "symbols" });
    expect(Object.isFrozen(symbols({ alphabet: 8 }))).toBe(true);
  });

  test("are bytes where the type of the alphabet tells that they fit", () => {
    expectTypeOf(symbols({ alphabet: 1 })).toEqualTypeOf<Codec<Uint8Array, Uint8Array>>();
    expectTypeOf(symbols({ alphabet: 99 })).toEqualTypeOf<Codec<Uint8Array, Uint8Array>>();
    expectTypeOf(symbols({ alphabet: 256, count: 3 })).toEqualTypeOf<Codec<Uint8Array, Uint8Array>>();
    expectTypeOf(symbols({ alphabet: 257 })).toEqualTypeOf<Codec<Codes, Uint8Array>>();
    expectTypeOf(symbols({ alphabet: 1024 })).toEqualTypeOf<Codec<Codes, Uint8Array>>();
    expectTypeOf(symbols({ alphabet: 2 ** 4 })).toEqualTypeOf<Codec<Codes, Uint8Array>>();
  });

  test("of another number than the one that is known are refused", () => {
    const codec = symbols({ alphabet: 8, count: 21 });
    expect(() => codec.encode(skewed)).toThrow(new RangeError("symbols: expected 21 of them, got 22"));
  });

  test("take no memory for more than maxCount that have less than a bit each, on either side", () => {
    const constant = new Uint8Array(100);
    const bytes = symbols({ alphabet: 8 }).encode(constant);
    expect(symbols({ alphabet: 8, maxCount: 100 }).decode(bytes)).toEqual(constant);
    const few = symbols({ alphabet: 8, maxCount: 99 });
    expect(() => few.decode(bytes)).toThrow(expect.objectContaining({ code: "limit-exceeded", offset: 0 }));
    expect(() => few.encode(constant)).toThrow(new RangeError("symbols: expected at most 99 of them, got 100"));
    const bits = Uint8Array.from(constant, (_, i) => (i * i) % 7);
    expect(few.decode(few.encode(bits))).toEqual(bits);
    const many = Uint8Array.of(0x81, 0x80, 0x80, 8, 0); // 2^24 + 1 times the symbol 0
    expect(() => symbols({ alphabet: 8 }).decode(many)).toThrow(expect.objectContaining({ code: "limit-exceeded" }));
    expect(symbols({ alphabet: 8, count: 2 ** 20, maxCount: 0 }).decode(Uint8Array.of(0)).length).toBe(2 ** 20);
  });

  test("tell what their stream takes, on either side", () => {
    const sizes: SymbolStreamSize[] = [];
    const codec = symbols({ alphabet: 8, onSize: (size) => sizes.push(size) });
    codec.decode(codec.encode(skewed));
    expect(sizes).toEqual([symbolStreamSize(skewed, { alphabet: 8 }), symbolStreamSize(skewed, { alphabet: 8 })]);
  });

  test("count the offsets of errors from the number in front", () => {
    const cut = Uint8Array.of(22, ...skewedBytes.subarray(0, 5));
    expect(() => symbols({ alphabet: 8 }).decode(cut)).toThrow(
      expect.objectContaining({ code: "truncated", offset: 6 }),
    );
  });

  test("refuse wrong options by name", () => {
    const call = symbols as (options?: object) => unknown;
    expect(() => call()).toThrow(new TypeError("alphabet: expected an integer in 1..65536, got undefined"));
    expect(() => call({ alphabet: 65537 })).toThrow("alphabet: expected an integer in 1..65536, got 65537");
    expect(() => call({ alphabet: 8, count: -1 })).toThrow("count: expected an integer");
    expect(() => call({ alphabet: 8, maxCount: 0.5 })).toThrow("maxCount: expected an integer");
  });

  test("come back as they were, in the bytes of encodeSymbols, with the sizes of inspectSymbols", () => {
    fc.assert(
      fc.property(symbolSequences(), fc.constantFrom("wasm" as const, "plain" as const), (sequence, kernels) => {
        const { symbols: values, alphabet } = sequence;
        const count = values.length;
        const sizes: SymbolStreamSize[] = [];
        const stream = encodeSymbols(values, { alphabet });
        const alone = symbols({ alphabet, count, kernels, onSize: (size) => sizes.push(size) });
        expectSame(alone.encode(values), stream);
        expectSame(alone.decode(stream), decodeSymbols(stream, { alphabet, count }));
        const counted = symbols({ alphabet, kernels });
        const bytes = counted.encode(values);
        expectSame(bytes.subarray(bytes.length - stream.length), stream);
        expectSame(counted.decode(bytes), values);
        const size = inspectSymbols(stream, { alphabet, count });
        for (const told of sizes) expect(told).toEqual(size);
      }),
      { numRuns: 100 * runs },
    );
  });

  test("are refused after a mutation, or encode to the mutated bytes", () => {
    fc.assert(
      fc.property(symbolStreams({ maxLength: 80 }), mutations(), (stream, mutation) => {
        const { alphabet, count } = stream;
        const codec = symbols({ alphabet });
        expectStrict(codec, mutate(codec.encode(stream.symbols), mutation));
        expectStrict(symbols({ alphabet, count }), mutate(stream.bytes, mutation));
      }),
      { numRuns: 300 * runs },
    );
  });
});

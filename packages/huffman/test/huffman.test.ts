import { type Codes, FormatError } from "@deep-compression/bits";
import { canonicalCodeWords, codeLengths, histogram, huffman } from "@deep-compression/huffman";
import { completeCodeLengths, mutate, mutations, symbolSequences } from "@deep-compression/huffman/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../bits/test/code-of";
import { expectSame } from "./expect-same";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** The code words as a string of bits, most significant bit first, one symbol after the other. */
function bitsOf(symbols: Codes, lengths: Uint8Array): string {
  const words = canonicalCodeWords(lengths);
  return Array.from(symbols, (symbol) => words[symbol].toString(2).padStart(lengths[symbol], "0")).join("");
}

/** A string of bits as bytes, the first bit in bit 0 of byte 0. */
function packed(bits: string): Uint8Array {
  const bytes = new Uint8Array(Math.ceil(bits.length / 8));
  [...bits].forEach((bit, i) => {
    bytes[i >> 3] |= Number(bit) << (i & 7);
  });
  return bytes;
}

/** Symbols of a complete code, drawn from its own distribution by reading random bits. */
const codedSequences = fc
  .tuple(completeCodeLengths(), fc.array(fc.nat(), { maxLength: 200 }))
  .map(([lengths, picks]) => {
    const present = Array.from(lengths.keys()).filter((symbol) => lengths[symbol] > 0);
    const symbols = picks.map((pick) => present[pick % present.length]);
    return { lengths, symbols: lengths.length <= 256 ? Uint8Array.from(symbols) : Uint16Array.from(symbols) };
  });

describe("a Huffman code", () => {
  const lengths = Uint8Array.of(1, 2, 3, 3);
  const code = huffman(lengths);
  const five = huffman(lengths, { count: 5 });

  test("writes the most significant bit of each code word first, from bit 0 of byte 0 up", () => {
    expect(five.encode(Uint8Array.of(1, 0, 3, 2, 0))).toEqual(packed("10 0 111 110 0".replaceAll(" ", "")));
    expect(five.decode(packed("1001111100"))).toEqual(Uint8Array.of(1, 0, 3, 2, 0));
  });

  test("has the number of symbols in front unless it is known", () => {
    const bytes = Uint8Array.of(5, ...packed("1001111100"));
    expect(code.encode(Uint8Array.of(1, 0, 3, 2, 0))).toEqual(bytes);
    expect(code.decode(bytes)).toEqual(Uint8Array.of(1, 0, 3, 2, 0));
    expect(() => code.decode(bytes.subarray(0, 2))).toThrow(expect.objectContaining({ code: "truncated", offset: 2 }));
    expect(() => five.encode(Uint8Array.of(1))).toThrow(new RangeError("symbols: expected 5 of them, got 1"));
    expect(code).toMatchObject({ name: "huffman" });
  });

  test("tells the number of bits that symbols take", () => {
    expect(code.bitLength(Uint8Array.of(1, 0, 3, 2, 0))).toBe(10);
    expect(code.bitLength(new Uint8Array(0))).toBe(0);
  });

  test("of one symbol in an alphabet of one takes no bits", () => {
    const sole = huffman(codeLengths(Uint32Array.of(5)));
    expect(sole.encode(new Uint8Array(5))).toEqual(Uint8Array.of(5));
    expect(sole.decode(Uint8Array.of(5))).toEqual(new Uint8Array(5));
    expect(() => sole.encode(Uint8Array.of(1))).toThrow(RangeError);
    expect(codeOf(() => sole.decode(Uint8Array.of(5, 0)))).toBe("trailing-data");
  });

  test("of one symbol among several takes one bit, a zero", () => {
    const lone = huffman(codeLengths(Uint32Array.of(0, 9, 0)));
    expect(lone.encode(Uint8Array.of(1, 1, 1))).toEqual(Uint8Array.of(3, 0));
    expect(lone.decode(Uint8Array.of(3, 0))).toEqual(Uint8Array.of(1, 1, 1));
    expect(codeOf(() => lone.decode(Uint8Array.of(3, 2)))).toBe("out-of-range");
  });

  test("of no symbol holds no symbols", () => {
    const none = huffman(new Uint8Array(4));
    expect(none.encode(new Uint8Array(0))).toEqual(Uint8Array.of(0));
    expect(none.decode(Uint8Array.of(0))).toEqual(new Uint8Array(0));
    expect(codeOf(() => none.decode(Uint8Array.of(1, 0)))).toBe("out-of-range");
    expect(() => none.encode(Uint8Array.of(0))).toThrow("symbols[0]: expected a symbol that has a code word, got 0");
  });

  test("decodes code words longer than its table, up to 24 bits", () => {
    const lengths = Uint8Array.from([...Array(24).keys(), 23], (i) => i + 1);
    const symbols = Uint8Array.from({ length: 500 }, (_, i) => (i * i) % 25);
    const deep = huffman(lengths);
    expect(deep.decode(deep.encode(symbols))).toEqual(symbols);
  });

  test("rejects missing bytes, bytes left over and padding that is not zero", () => {
    const refused = (bytes: Uint8Array, count: number) => codeOf(() => huffman(lengths, { count }).decode(bytes));
    expect(refused(packed("11"), 1)).toBe("decoded"); // 11 and a padding 0 are a code
    expect(refused(packed("11111111"), 3)).toBe("truncated");
    expect(refused(Uint8Array.of(0, 0), 3)).toBe("trailing-data");
    expect(refused(Uint8Array.of(8), 3)).toBe("not-canonical");
    expect(refused(new Uint8Array(0), 1)).toBe("truncated");
  });

  test("takes no memory for more symbols than the bytes can hold", () => {
    const many = huffman(lengths, { count: 2 ** 50 });
    expect(codeOf(() => many.decode(new Uint8Array(4)))).toBe("truncated");
    expect(codeOf(() => code.decode(Uint8Array.of(0xff, 0xff, 0xff, 0x7f, 0)))).toBe("limit-exceeded");
  });

  test("refuses wrong arguments by name", () => {
    expect(() => huffman(Uint8Array.of(2, 2, 2))).toThrow("lengths");
    expect(() => code.encode(Uint8Array.of(0, 4))).toThrow("symbols[1]");
    expect(() => huffman(lengths, { count: -1 })).toThrow("count");
    // @ts-expect-error: a string is no Uint8Array
    expect(() => code.decode("a")).toThrow(TypeError);
  });

  test("writes what a plain reference writes, and reads it back", () => {
    fc.assert(
      fc.property(codedSequences, ({ lengths, symbols }) => {
        const bits = bitsOf(symbols, lengths);
        const { encode, decode, bitLength } = huffman(lengths, { count: symbols.length });
        expect(bitLength(symbols)).toBe(bits.length);
        expect(encode(symbols)).toEqual(packed(bits));
        expect(decode(packed(bits))).toEqual(symbols);
      }),
      { numRuns },
    );
  });

  test("reads back sequences over any alphabet", () => {
    fc.assert(
      fc.property(symbolSequences(), ({ symbols, alphabet }) => {
        const { encode, decode } = huffman(codeLengths(histogram(symbols, alphabet)));
        expectSame(decode(encode(symbols)), symbols);
      }),
      { numRuns },
    );
  });

  test("rejects mutated bytes, or encodes what it read to the mutated bytes", () => {
    fc.assert(
      fc.property(codedSequences, mutations(), ({ lengths, symbols: original }, mutation) => {
        const { encode, decode } = huffman(lengths, { count: original.length });
        const bytes = mutate(encode(original), mutation);
        let symbols: Codes;
        try {
          symbols = decode(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        expect(encode(symbols)).toEqual(bytes);
      }),
      { numRuns: 3 * numRuns },
    );
  });
});

describe("a histogram", () => {
  test("counts every symbol of the alphabet", () => {
    expect(histogram(Uint8Array.of(2, 0, 2), 4)).toEqual(Uint32Array.of(1, 0, 2, 0));
    expect(histogram(Uint16Array.of(65535), 65536)[65535]).toBe(1);
  });

  test("refuses a symbol outside the alphabet", () => {
    expect(() => histogram(Uint8Array.of(1, 4), 4)).toThrow("symbols[1]: expected less than 4, got 4");
    expect(() => histogram(Uint8Array.of(1), 0)).toThrow("size");
  });
});

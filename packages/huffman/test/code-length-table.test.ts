import { bitReader, bitWriter, FormatError } from "@deep-compression/bits";
import { codeLengths, codeLengthTable, readCodeLengths, writeCodeLengths } from "@deep-compression/huffman";
import { completeCodeLengths, mutate, mutations, symbolCounts } from "@deep-compression/huffman/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const numRuns = 300 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Bytes of bits given in the order in which they are written. */
function bytesOf(bits: string): Uint8Array {
  const writer = bitWriter();
  for (const bit of bits.replaceAll(" ", "")) writer.write(Number(bit), 1);
  return writer.finish();
}

function encoded(lengths: Uint8Array): Uint8Array {
  return codeLengthTable({ alphabet: lengths.length }).encode(lengths);
}

function decoded(bytes: Uint8Array, alphabet: number): Uint8Array {
  return codeLengthTable({ alphabet }).decode(bytes);
}

function codeOf(bits: string, alphabet: number): string {
  try {
    decoded(bytesOf(bits), alphabet);
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error);
  }
}

describe("the code-length table", () => {
  test("is written as the example of docs/format.md", () => {
    const lengths = Uint8Array.of(0, 0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0);
    const bits = "1 11 011 100 1011 010 011 1110000 000";
    expect(encoded(lengths)).toEqual(bytesOf(bits));
    expect(decoded(bytesOf(bits), 16)).toEqual(lengths);
  });

  test("takes a bit a symbol where all lengths are alike, and nothing for absent symbols at the end", () => {
    const writer = bitWriter();
    writeCodeLengths(
      writer,
      Uint8Array.from({ length: 16 }, () => 4),
    );
    expect(writer.bitLength).toBe(2 + 16);
    const few = bitWriter();
    writeCodeLengths(
      few,
      Uint8Array.from({ length: 60000 }, (_, symbol) => (symbol < 2 ? 1 : 0)),
    );
    expect(few.bitLength).toBe(2 + 10 + 3); // coding 3: rank 31 for 1 - 16, then rank 0
  });

  test("takes at most 3 bits an entry for the geometric counts of gaps", () => {
    const counts = Uint32Array.from({ length: 32 }, (_, gap) => Math.round(1000 * 0.08 * 0.92 ** gap));
    const writer = bitWriter();
    writeCodeLengths(writer, codeLengths(counts, { maxLength: 8 }));
    expect(writer.bitLength).toBeLessThanOrEqual(3 * 32);
  });

  test("takes about two bits for each doubling of a run of absent symbols", () => {
    const lengths = new Uint8Array(65536);
    lengths[0] = 1;
    lengths[65535] = 1;
    expect(encoded(lengths).length).toBeLessThanOrEqual(9);
  });

  test("by itself also holds the lengths of no symbol and of one", () => {
    expect(encoded(Uint8Array.of(0))).toEqual(new Uint8Array(0));
    expect(encoded(new Uint8Array(3))).toEqual(bytesOf("00"));
    expect(encoded(Uint8Array.of(0, 1, 0, 0, 0))).toEqual(bytesOf("01 100"));
    expect(decoded(new Uint8Array(0), 1)).toEqual(Uint8Array.of(0));
    expect(decoded(bytesOf("00"), 3)).toEqual(new Uint8Array(3));
    expect(decoded(bytesOf("01 100"), 5)).toEqual(Uint8Array.of(0, 1, 0, 0, 0));
  });

  test("is rejected where it is no complete prefix code in the cheapest coding", () => {
    expect(codeOf("", 2)).toBe("truncated");
    expect(codeOf("01 101", 5)).toBe("out-of-range"); // symbol 5 of 5
    expect(codeOf("1 00 11110", 8)).toBe("truncated"); // length 1 alone
    expect(codeOf("1 00 0 0", 2)).toBe("decoded");
    expect(codeOf("1 00 10 10", 2)).toBe("invalid-table"); // lengths 2 and 3: Kraft sum 3/8 and no symbol left
    expect(codeOf("1 00 0 110 0", 4)).toBe("invalid-table"); // lengths 2, 1, 1: Kraft sum 5/4
    expect(codeOf("1 00 110", 2)).toBe("invalid-table"); // length 0
    expect(codeOf("1 10 1110 0 1110 0 0", 8)).toBe("invalid-table"); // two runs in a row
    expect(codeOf("1 10 0 0", 2)).toBe("not-canonical"); // coding 0 is as short
    expect(codeOf("1 01 00 00", 2)).toBe("not-canonical"); // coding 0 is shorter
    expect(codeOf("1 10 1110 11111111111111111", 8)).toBe("invalid-table"); // gamma exponent 17
    expect(codeOf(`1 00 ${"1".repeat(48)}`, 2)).toBe("invalid-table"); // rank 48
    expect(codeOf("1 00 0 0 001", 2)).toBe("not-canonical"); // padding
    expect(codeOf("1 00 0 0 000 00000000", 2)).toBe("trailing-data");
  });

  test("carries the offset at which it goes wrong", () => {
    const bytes = bytesOf(`1 00 00000000 ${"1".repeat(60)}`);
    expect(() => codeLengthTable({ alphabet: 65536 }).decode(bytes)).toThrow(
      expect.objectContaining({ code: "invalid-table", offset: 1 }),
    );
  });

  test("refuses lengths that are no complete code", () => {
    expect(() => encoded(Uint8Array.of(1, 2))).toThrow(RangeError);
    expect(() => codeLengthTable({ alphabet: 3 }).encode(Uint8Array.of(1, 1))).toThrow(
      new RangeError("lengths: expected 3 elements, got 2"),
    );
    expect(() => codeLengthTable({ alphabet: 65537 })).toThrow("alphabet");
    expect(() => writeCodeLengths(bitWriter(), Uint8Array.of(1, 2))).toThrow("lengths");
    expect(() => writeCodeLengths(bitWriter(), Uint8Array.of(0, 1))).toThrow("lengths");
    expect(() => readCodeLengths(bitReader(new Uint8Array(1)), { alphabet: 1 })).toThrow("alphabet");
  });

  test("comes back as it was, for every complete code", () => {
    fc.assert(
      fc.property(completeCodeLengths(), (lengths) => {
        const bytes = encoded(lengths);
        expect(decoded(bytes, lengths.length)).toEqual(lengths);
      }),
      { numRuns },
    );
  });

  test("comes back as it was, for the lengths of any counts", () => {
    fc.assert(
      fc.property(symbolCounts(), (counts) => {
        const lengths = codeLengths(counts);
        expect(decoded(encoded(lengths), lengths.length)).toEqual(lengths);
      }),
      { numRuns },
    );
  });

  test("ends by itself, so that other bits can follow", () => {
    fc.assert(
      fc.property(completeCodeLengths(), (lengths) => {
        const writer = bitWriter();
        writeCodeLengths(writer, lengths);
        writer.write(0b10110, 5);
        const reader = bitReader(writer.finish());
        expect(readCodeLengths(reader, { alphabet: lengths.length })).toEqual(lengths);
        expect(reader.read(5)).toBe(0b10110);
      }),
      { numRuns },
    );
  });

  test("is rejected after a mutation, or encodes to the mutated bytes", () => {
    fc.assert(
      fc.property(completeCodeLengths(), mutations(), (original, mutation) => {
        const bytes = mutate(encoded(original), mutation);
        let lengths: Uint8Array;
        try {
          lengths = decoded(bytes, original.length);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        expect(encoded(lengths)).toEqual(bytes);
      }),
      { numRuns: 3 * numRuns },
    );
  });
});

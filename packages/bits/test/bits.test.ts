import {
  bitReader,
  bitWriter,
  type Codes,
  checkBitEnd,
  FormatError,
  packBits,
  unpackBits,
} from "@deep-compression/bits";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "./code-of";

const runs = Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const numRuns = 200 * runs;

const fields = fc.array(
  fc
    .integer({ min: 0, max: 32 })
    .chain((bits) => fc.record({ bits: fc.constant(bits), value: fc.integer({ min: 0, max: 2 ** bits - 1 }) })),
  { maxLength: 60 },
);

/** Values that fit in a width, with that width. */
const packable = fc.integer({ min: 1, max: 16 }).chain((width) =>
  fc
    .array(fc.integer({ min: 0, max: 2 ** width - 1 }), { maxLength: 150 })
    .map((values): { width: number; values: Codes } => ({
      width,
      values: width <= 8 ? Uint8Array.from(values) : Uint16Array.from(values),
    })),
);

describe("bits", () => {
  test("fill bytes from the least significant bit up", () => {
    const writer = bitWriter();
    writer.write(1, 1);
    writer.write(0b10, 2);
    writer.write(0xff, 8);
    expect(writer.bitLength).toBe(11);
    expect(writer.finish()).toEqual(Uint8Array.of(0b11111_10_1, 0b111));
  });

  test("hold numbers of 0 to 32 bits", () => {
    const writer = bitWriter();
    writer.write(0, 0);
    writer.write(0xdeadbeef, 32);
    expect(writer.finish()).toEqual(Uint8Array.of(0xef, 0xbe, 0xad, 0xde));
    expect(bitReader(writer.finish()).read(32)).toBe(0xdeadbeef);
    expect(bitReader(writer.finish()).read(0)).toBe(0);
  });

  test("can be written on after a first finish", () => {
    const writer = bitWriter();
    writer.write(1, 1);
    expect(writer.finish()).toEqual(Uint8Array.of(1));
    writer.write(1, 1);
    expect(writer.finish()).toEqual(Uint8Array.of(3));
  });

  test("that are missing are told with the offset of the end", () => {
    const reader = bitReader(Uint8Array.of(1, 2), { baseOffset: 10 });
    reader.read(9);
    expect(() => reader.read(8)).toThrow(expect.objectContaining({ code: "truncated", offset: 12 }));
    expect(reader.position).toBe(9);
    expect(reader.read(7)).toBe(1);
  });

  test("behind the last one must be less than a byte of zeros", () => {
    const at = (bytes: Uint8Array, bits: number) => {
      const reader = bitReader(bytes);
      reader.read(bits);
      return codeOf(() => reader.expectEnd());
    };
    expect(at(Uint8Array.of(1), 1)).toBe("decoded");
    expect(at(Uint8Array.of(), 0)).toBe("decoded");
    expect(at(Uint8Array.of(3), 1)).toBe("not-canonical");
    expect(at(Uint8Array.of(0), 0)).toBe("trailing-data");
    expect(at(Uint8Array.of(1, 0), 8)).toBe("trailing-data");
    expect(at(Uint8Array.of(1, 0x80), 9)).toBe("not-canonical");
  });

  test("end where they are said to, or it is told what is wrong where", () => {
    const wrong = (bytes: number[], position: number) => {
      try {
        checkBitEnd(Uint8Array.from(bytes), position, 10);
        return "nothing";
      } catch (error) {
        return error instanceof FormatError && `${error.code} at ${error.offset}`;
      }
    };
    expect([wrong([], 0), wrong([1, 1], 9), wrong([9, 255], 16)]).toEqual(["nothing", "nothing", "nothing"]);
    expect(wrong([1, 2], 17)).toBe("truncated at 12");
    expect(wrong([1, 2, 0], 9)).toBe("trailing-data at 12");
    expect(wrong([1, 2], 9)).toBe("not-canonical at 11");
  });

  // Seconds, for the reader has to get there: with `npm run test:slow` only.
  test.runIf(runs > 1)("are read beyond the 2^31st", () => {
    // All zeros but the end: 2^31 + 40 bits, of which no one knows the number in 32 bits with a sign.
    const bytes = new Uint8Array(2 ** 28 + 5);
    bytes.set([0xab, 0xcd, 0xef, 0x01, 0x02], 2 ** 28);
    const reader = bitReader(bytes);
    for (let i = 0; i < 2 ** 26; i++) reader.read(32);
    expect(reader.position).toBe(2 ** 31);
    expect(reader.read(12)).toBe(0xdab);
    expect(reader.read(27)).toBe(0x201efc);
    expect(reader.position).toBe(2 ** 31 + 39);
    reader.expectEnd();
  });

  test("are refused where the value does not fit or the number of bits is wrong", () => {
    const writer = bitWriter();
    expect(() => writer.write(4, 2)).toThrow("value: expected an integer in 0..3, got 4");
    expect(() => writer.write(-1, 2)).toThrow(RangeError);
    expect(() => writer.write(0.5, 2)).toThrow(RangeError);
    expect(() => writer.write(0, 33)).toThrow("bits: expected an integer in 0..32, got 33");
    expect(() => bitReader(new Uint8Array(9)).read(33)).toThrow(RangeError);
    // @ts-expect-error: an array is no Uint8Array
    expect(() => bitReader([1])).toThrow("bytes: expected a Uint8Array, got Array");
    // @ts-expect-error: an offset is a number
    expect(() => bitReader(new Uint8Array(1), { baseOffset: "2" })).toThrow("baseOffset: expected an integer");
    // @ts-expect-error: a number is no Uint8Array
    expect(() => checkBitEnd(5, 3)).toThrow("bytes: expected a Uint8Array, got 5");
    expect(() => checkBitEnd(new Uint8Array(1), Number.NaN)).toThrow("position: expected an integer");
  });

  test("come back as they were written", () => {
    fc.assert(
      fc.property(fields, (written) => {
        const writer = bitWriter();
        for (const { value, bits } of written) writer.write(value, bits);
        const reader = bitReader(writer.finish());
        for (const { value, bits } of written) expect(reader.read(bits)).toBe(value);
        expect(reader.position).toBe(writer.bitLength);
        reader.expectEnd();
      }),
      { numRuns },
    );
  });
});

describe("packed codes", () => {
  test("stand one behind the other, LSB first", () => {
    expect(packBits(Uint8Array.of(1, 2, 3), 3)).toEqual(Uint8Array.of(0b11_010_001, 0));
    expect(packBits(Uint16Array.of(0xabc, 0xdef), 12)).toEqual(Uint8Array.of(0xbc, 0xfa, 0xde));
    expect(packBits(new Uint8Array(0), 5)).toEqual(new Uint8Array(0));
  });

  test("come back in bytes up to 8 bits, in 16 bits above", () => {
    expect(unpackBits(Uint8Array.of(0xff), { width: 8, count: 1 })).toEqual(Uint8Array.of(255));
    expect(unpackBits(Uint8Array.of(0xff, 1), { width: 9, count: 1 })).toEqual(Uint16Array.of(511));
  });

  test("are copies at every width, of a Buffer's bytes too", () => {
    const buffer = Buffer.from([1, 2, 3]);
    const copies = [packBits(buffer, 8), unpackBits(buffer, { width: 8, count: 3 })];
    buffer[0] = 9;
    expect(copies).toEqual([Uint8Array.of(1, 2, 3), Uint8Array.of(1, 2, 3)]);
  });

  test("are what a bit writer writes, and come back as they were", () => {
    fc.assert(
      fc.property(packable, ({ width, values }) => {
        const writer = bitWriter();
        for (const value of values) writer.write(value, width);
        const bytes = packBits(values, width);
        expect(bytes).toEqual(writer.finish());
        expect(unpackBits(bytes, { width, count: values.length })).toEqual(values);
      }),
      { numRuns },
    );
  });

  test("that decode from any bytes encode to the same bytes", () => {
    const width = fc.integer({ min: 1, max: 16 });
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 30 }), width, fc.nat(8), (bytes, width, missing) => {
        const count = Math.max(0, Math.floor((8 * bytes.length) / width) - missing);
        let values: Codes;
        try {
          values = unpackBits(bytes, { width, count });
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        expect(packBits(values, width)).toEqual(bytes);
      }),
      { numRuns: 5 * numRuns },
    );
  });

  test("must fill their bytes exactly", () => {
    expect(codeOf(() => unpackBits(Uint8Array.of(1), { width: 3, count: 3 }))).toBe("truncated");
    expect(codeOf(() => unpackBits(Uint8Array.of(1, 0), { width: 3, count: 2 }))).toBe("trailing-data");
    expect(codeOf(() => unpackBits(Uint8Array.of(0x40), { width: 3, count: 2 }))).toBe("not-canonical");
    expect(() => unpackBits(Uint8Array.of(0, 0x40), { width: 7, count: 2, baseOffset: 7 })).toThrow(
      expect.objectContaining({ offset: 8 }),
    );
  });

  test("take no memory on the word of a count", () => {
    expect(codeOf(() => unpackBits(new Uint8Array(8), { width: 1, count: 2 ** 50 }))).toBe("truncated");
  });

  test("are refused where a value does not fit", () => {
    expect(() => packBits(Uint8Array.of(0, 8), 3)).toThrow("values[1]: expected less than 2^3, got 8");
    for (const at of [0, 7, 8, 40, 99]) {
      const values = new Uint16Array(100).fill(7);
      values[at] = 8;
      expect(() => packBits(values, 3)).toThrow(`values[${at}]: expected less than 2^3, got 8`);
    }
    expect(() => packBits(Uint8Array.of(0), 0)).toThrow("width");
    expect(() => packBits(Uint8Array.of(0), 17)).toThrow("width");
    expect(() => unpackBits(Uint8Array.of(0), { width: 8, count: -1 })).toThrow("count");
    expect(() => unpackBits(Uint8Array.of(0), { width: 8, count: 1, baseOffset: 0.5 })).toThrow("baseOffset");
    // @ts-expect-error: width and count must be told
    expect(() => unpackBits(Uint8Array.of(0))).toThrow("width: expected an integer in 1..16, got undefined");
    // @ts-expect-error: floats are no codes
    expect(() => packBits(Float32Array.of(1), 3)).toThrow(
      "values: expected a Uint8Array or a Uint16Array, got Float32Array",
    );
  });
});

import { byteReader, byteWriter, crc32c, FormatError, readText, varintLength } from "@deep-compression/bits";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "./code-of";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const numbers = fc.oneof(
  fc.integer({ min: 0, max: 300 }),
  fc.integer({ min: 0, max: 53 }).map((exponent) => 2 ** exponent - 1),
  fc.integer({ min: 0, max: 52 }).map((exponent) => 2 ** exponent),
  fc.maxSafeNat(),
);

/** Texts of any code points but surrogates, the ends of each length in UTF-8 included. */
const codePoints = fc.oneof(
  fc.constantFrom(0, 0x7f, 0x80, 0x7ff, 0x800, 0xd7ff, 0xe000, 0xfeff, 0xffff, 0x10000, 0x10ffff),
  fc.integer({ min: 0, max: 0xd7ff }),
  fc.integer({ min: 0xe000, max: 0x10ffff }),
);
const texts = fc.array(codePoints).map((points) => String.fromCodePoint(...points));

function varint(value: number): Uint8Array {
  const writer = byteWriter();
  writer.varint(value);
  return writer.finish();
}

const readVarint = (...bytes: number[]) => codeOf(() => byteReader(Uint8Array.from(bytes)).varint());

describe("byte writer and reader", () => {
  test("write integers little-endian", () => {
    const writer = byteWriter();
    writer.u8(1);
    writer.u16(0x0203);
    writer.u32(0xfedcba98);
    writer.bytes(Uint8Array.of(9, 9));
    expect(writer.length).toBe(9);
    expect(writer.finish()).toEqual(Uint8Array.of(1, 3, 2, 0x98, 0xba, 0xdc, 0xfe, 9, 9));
    const reader = byteReader(writer.finish(), { baseOffset: 100 });
    expect([reader.u8(), reader.u16(), reader.u32()]).toEqual([1, 0x0203, 0xfedcba98]);
    expect([reader.offset, reader.remaining]).toEqual([107, 2]);
    expect(reader.bytes(2)).toEqual(Uint8Array.of(9, 9));
    reader.expectEnd();
  });

  test("hold varints in LEB128", () => {
    expect(varint(0)).toEqual(Uint8Array.of(0));
    expect(varint(127)).toEqual(Uint8Array.of(127));
    expect(varint(128)).toEqual(Uint8Array.of(0x80, 1));
    expect(varint(300)).toEqual(Uint8Array.of(0xac, 2));
    expect(varint(2 ** 53 - 1)).toEqual(Uint8Array.of(255, 255, 255, 255, 255, 255, 255, 15));
  });

  test("reject varints that are cut, too long or too large", () => {
    expect(readVarint()).toBe("truncated");
    expect(readVarint(0x80)).toBe("truncated");
    expect(readVarint(0x80, 0)).toBe("not-canonical");
    expect(readVarint(0xff, 0x80, 0)).toBe("not-canonical");
    expect(readVarint(255, 255, 255, 255, 255, 255, 255, 16)).toBe("out-of-range");
    expect(readVarint(255, 255, 255, 255, 255, 255, 255, 255, 1)).toBe("out-of-range");
    expect(codeOf(() => byteReader(varint(301)).varint({ max: 300 }))).toBe("limit-exceeded");
    expect(byteReader(varint(300)).varint({ max: 300 })).toBe(300);
  });

  test("hold texts as length and UTF-8, a byte order mark and empty texts included", () => {
    const writer = byteWriter();
    for (const text of ["é", "", "\ufeffa", "\u{1f600}"]) writer.text(text);
    expect(writer.finish().subarray(0, 4)).toEqual(Uint8Array.of(2, 0xc3, 0xa9, 0));
    const reader = byteReader(writer.finish());
    expect([readText(reader), readText(reader), readText(reader), readText(reader)]).toEqual([
      "é",
      "",
      "\ufeffa",
      "\u{1f600}",
    ]);
  });

  test("reject texts that are cut, too long or not UTF-8", () => {
    const codeOfText = (...bytes: number[]) =>
      codeOf(() => readText(byteReader(Uint8Array.from(bytes)), { maxLength: 3 }));
    expect(codeOfText(2, 65)).toBe("truncated");
    expect(codeOfText(4, 65, 65, 65, 65)).toBe("limit-exceeded");
    expect(codeOfText(1, 0xff)).toBe("out-of-range");
    expect(codeOfText(2, 0xc0, 0x80)).toBe("out-of-range"); // overlong zero
    expect(codeOfText(3, 0xed, 0xa0, 0x80)).toBe("out-of-range"); // surrogate
    expect(() => byteWriter().text("\ud800")).toThrow("lone surrogate");
  });

  test("carry offsets that count from the base", () => {
    const reader = byteReader(Uint8Array.of(1, 2, 0x80, 0), { baseOffset: 50 });
    expect(() => reader.u32().toString() && reader.u8()).toThrow(
      expect.objectContaining({ code: "truncated", offset: 54 }),
    );
    const second = byteReader(Uint8Array.of(1, 2, 0x80, 0), { baseOffset: 50 });
    second.u16();
    expect(() => second.expectEnd()).toThrow(expect.objectContaining({ code: "trailing-data", offset: 52 }));
    expect(() => second.varint()).toThrow(expect.objectContaining({ code: "not-canonical", offset: 52 }));
  });

  test("give bytes as views, and none beyond the end whatever is asked", () => {
    const bytes = Uint8Array.of(1, 2, 3);
    expect(byteReader(bytes).bytes(2).buffer).toBe(bytes.buffer);
    expect(codeOf(() => byteReader(bytes).bytes(2 ** 50))).toBe("truncated");
    expect(() => byteReader(bytes).bytes(-1)).toThrow("count");
  });

  test("refuse values that do not fit", () => {
    const writer = byteWriter();
    expect(() => writer.u8(256)).toThrow("value: expected an integer in 0..255, got 256");
    expect(() => writer.u16(-1)).toThrow(RangeError);
    expect(() => writer.u32(2 ** 32)).toThrow(RangeError);
    expect(() => writer.varint(2 ** 53)).toThrow(RangeError);
    expect(() => varintLength(1.5)).toThrow(RangeError);
    // @ts-expect-error: a number is no text
    expect(() => writer.text(5)).toThrow("text: expected a string, got 5");
    expect(() => byteReader(new Uint8Array(1), { baseOffset: -1 })).toThrow("baseOffset: expected an integer");
    expect(writer.length).toBe(0);
  });

  test("bring every varint back, in the length foretold", () => {
    fc.assert(
      fc.property(numbers, (value) => {
        const bytes = varint(value);
        expect(bytes.length).toBe(varintLength(value));
        expect(byteReader(bytes).varint()).toBe(value);
      }),
      { numRuns },
    );
  });

  test("write the bytes again from which a varint or a text was read", () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 12 }),
        fc.constantFrom("varint" as const, "text" as const),
        (bytes, kind) => {
          const reader = byteReader(bytes);
          const writer = byteWriter();
          try {
            if (kind === "varint") writer.varint(reader.varint());
            else writer.text(readText(reader));
          } catch (error) {
            expect(error).toBeInstanceOf(FormatError);
            return;
          }
          expect(writer.finish()).toEqual(bytes.subarray(0, reader.offset));
        },
      ),
      { numRuns: 5 * numRuns },
    );
  });

  test("bring every well-formed text back", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const writer = byteWriter();
        writer.text(text);
        const reader = byteReader(writer.finish());
        expect(readText(reader)).toBe(text);
        reader.expectEnd();
      }),
      { numRuns },
    );
  });
});

describe("CRC-32C", () => {
  /** One bit a step, straight from the definition. */
  function slowCrc(bytes: Uint8Array): number {
    let crc = 0xffffffff;
    for (const byte of bytes) {
      for (let bit = 0; bit < 8; bit++) {
        const feedback = (crc ^ (byte >>> bit)) & 1;
        crc = (crc >>> 1) ^ (feedback ? 0x82f63b78 : 0);
      }
    }
    return ~crc >>> 0;
  }

  test("gives the values of RFC 3720, appendix B.4, and the check value", () => {
    expect(crc32c(new TextEncoder().encode("123456789"))).toBe(0xe3069283);
    expect(crc32c(new Uint8Array(0))).toBe(0);
    expect(crc32c(new Uint8Array(32))).toBe(0x8a9136aa);
    expect(crc32c(new Uint8Array(32).fill(0xff))).toBe(0x62a8ab43);
    expect(crc32c(Uint8Array.from({ length: 32 }, (_, i) => i))).toBe(0x46dd794e);
  });

  test("agrees with the definition, in one go or in two", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(), (bytes, cut) => {
        const at = cut % (bytes.length + 1);
        expect(crc32c(bytes)).toBe(slowCrc(bytes));
        expect(crc32c(bytes.subarray(at), crc32c(bytes.subarray(0, at)))).toBe(slowCrc(bytes));
      }),
      { numRuns },
    );
  });

  test("refuses wrong arguments by name", () => {
    expect(() => crc32c(new Uint8Array(1), -1)).toThrow("initial");
    // @ts-expect-error: a string is no Uint8Array
    expect(() => crc32c("a")).toThrow(TypeError);
  });
});

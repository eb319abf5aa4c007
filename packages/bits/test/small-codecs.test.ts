import {
  allocateCodes,
  type Codec,
  type Codes,
  constant,
  FormatError,
  float16s,
  float32s,
  packedCodes,
  varint,
} from "@deep-compression/bits";
import { describe, expect, expectTypeOf, test } from "vitest";

function codeOf<T>(codec: Codec<T, Uint8Array>, ...bytes: number[]): string {
  try {
    codec.decode(Uint8Array.from(bytes));
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? `${error.code} at ${error.offset}` : String(error);
  }
}

describe("a varint", () => {
  test("is an integer in bytes of seven bits, and nothing behind", () => {
    expect(varint().encode(300)).toEqual(Uint8Array.of(0xac, 2));
    expect(varint().decode(Uint8Array.of(0xac, 2))).toBe(300);
    expect(codeOf(varint(), 0xac)).toBe("truncated at 1");
    expect(codeOf(varint(), 0xac, 2, 0)).toBe("trailing-data at 2");
    expect(codeOf(varint(), 0xac, 0)).toBe("not-canonical at 0");
    expect(() => varint().encode(0.5)).toThrow(RangeError);
  });
});

describe("a constant", () => {
  test("takes no bytes, and no other value", () => {
    expectTypeOf(constant(4)).toEqualTypeOf<Codec<number, Uint8Array>>();
    expect(constant(4).encode(4)).toEqual(new Uint8Array(0));
    expect(constant(4).decode(new Uint8Array(0))).toBe(4);
    expect(codeOf(constant(4), 4)).toBe("trailing-data at 0");
    expect(() => constant(4).encode(5)).toThrow(new RangeError("value: expected 4, got 5"));
  });
});

describe("packed codes", () => {
  test("have their number in front", () => {
    const codes = Uint8Array.of(3, 1, 4, 1);
    const bytes = Uint8Array.of(4, 0b00_001_011, 0b0011);
    expect(packedCodes({ width: 3 }).encode(codes)).toEqual(bytes);
    expect(packedCodes({ width: 3 }).decode(bytes)).toEqual(codes);
    expect(packedCodes({ width: 9 }).decode(Uint8Array.of(1, 1, 1))).toEqual(Uint16Array.of(257));
    expect(codeOf(packedCodes({ width: 3 }), 4, 0b00_001_011)).toBe("truncated at 2");
    expect(codeOf(packedCodes({ width: 3 }), 4, 0b00_001_011, 0b10011)).toBe("not-canonical at 2");
    expect(codeOf(packedCodes({ width: 3 }), 0xff, 0xff, 0xff, 0xff, 7, 1)).toBe("truncated at 6");
    expect(() => packedCodes({ width: 3 }).encode(Uint8Array.of(8))).toThrow(RangeError);
    expect(() => packedCodes({ width: 17 })).toThrow("width: expected an integer in 1..16, got 17");
  });

  test("are bytes where the type of the width tells that they fit", () => {
    expectTypeOf(packedCodes({ width: 8 })).toEqualTypeOf<Codec<Uint8Array, Uint8Array>>();
    expectTypeOf(packedCodes({ width: 9 })).toEqualTypeOf<Codec<Codes, Uint8Array>>();
    expectTypeOf(packedCodes({ width: 2 ** 3 })).toEqualTypeOf<Codec<Codes, Uint8Array>>();
  });
});

describe("float32s", () => {
  test("keep every bit, wherever the values lie", () => {
    const bits = Uint32Array.of(0x80000000, 0x7fc00001, 0x7f800000, 1);
    const values = new Float32Array(bits.buffer);
    expect(new Uint32Array(float32s().decode(float32s().encode(values)).buffer)).toEqual(bits);
    expect(float32s().encode(Float32Array.of(9, 1).subarray(1))).toEqual(Uint8Array.of(0, 0, 128, 63));
    expect(float32s().decode(Uint8Array.of(7, 0, 0, 128, 63).subarray(1))).toEqual(Float32Array.of(1));
    expect(codeOf(float32s(), 0, 0, 128)).toBe("truncated at 3");
    expect(() => float32s().encode(new Float64Array(1) as never)).toThrow(
      new TypeError("values: expected a Float32Array, got Float64Array"),
    );
  });
});

describe("float16s", () => {
  test("keep what a float16 holds, and take nothing else", () => {
    const values = Float32Array.of(0.5, -0, 65504, Number.NEGATIVE_INFINITY, 2 ** -24, Number.NaN);
    expect(float16s().decode(float16s().encode(values))).toEqual(values);
    expect(float16s().encode(Float32Array.of(1))).toEqual(Uint8Array.of(0, 0x3c));
    for (const value of [0.1, 65505, 2 ** -25]) {
      expect(() => float16s().encode(Float32Array.of(1, value))).toThrow(RangeError);
      expect(() => float16s().encode(Float32Array.of(1, value))).toThrow("values[1]: expected a number that a float16");
    }
    expect(codeOf(float16s(), 0, 0x7e, 1)).toBe("truncated at 3");
    expect(codeOf(float16s(), 0, 0x7e, 1, 0x7e)).toBe("not-canonical at 2");
  });
});

test("codes are of 8 bits up to an alphabet of 256, and of 16 above", () => {
  expect(allocateCodes(256, 2)).toEqual(new Uint8Array(2));
  expect(allocateCodes(257, 2)).toEqual(new Uint16Array(2));
  expectTypeOf(allocateCodes(256, 2)).toEqualTypeOf<Uint8Array>();
  expectTypeOf(allocateCodes(257, 2)).toEqualTypeOf<Codes>();
  expectTypeOf(allocateCodes(Number("8"), 2)).toEqualTypeOf<Codes>();
});

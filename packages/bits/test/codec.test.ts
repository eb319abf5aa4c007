import {
  type Codec,
  type Codes,
  chain,
  FormatError,
  float32s,
  packedCodes,
  record,
  varint,
} from "@deep-compression/bits";
import { describe, expect, expectTypeOf, test } from "vitest";

const text: Codec<string, Uint8Array> = {
  name: "utf-8",
  encode: (value) => new TextEncoder().encode(value),
  decode: (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
};
const reversed: Codec<Uint8Array, Uint8Array> = {
  name: "reversed",
  encode: (bytes) => bytes.slice().reverse(),
  decode(bytes) {
    if (bytes.length > 4) throw new FormatError("limit-exceeded", "too long", { offset: 4, tensor: "t", section: "s" });
    return bytes.slice().reverse();
  },
};
const numbers: Codec<readonly number[], string> = {
  name: "numbers",
  encode: (values) => values.join(),
  decode: (line) => (line === "" ? [] : line.split(",").map(Number)),
};

interface Stage {
  readonly name: string;
  encode(value: never): unknown;
  decode(encoded: never): unknown;
}
/** Whether these can be the arguments of a chain. */
type Fits<S extends readonly [Stage, ...Stage[]]> = S extends Parameters<typeof chain<S>> ? true : false;

/** What a call throws. */
function thrown(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe("a chain", () => {
  test("encodes with each stage in turn, and decodes the other way round", () => {
    const codec = chain(numbers, text, reversed);
    expect(codec.name).toBe("numbers > utf-8 > reversed");
    expect([...codec.encode([1, 2])]).toEqual([50, 44, 49]);
    expect(codec.decode(codec.encode([1, 2]))).toEqual([1, 2]);
    expect(chain(text).decode(text.encode("abc"))).toBe("abc");
    expect(chain(chain(text, reversed), reversed).decode(Uint8Array.of(97, 98))).toBe("ab");
    expect(Object.isFrozen(codec)).toBe(true);
  });

  test("has the ends of its stages, and takes no neighbours that do not fit", () => {
    expectTypeOf(chain(numbers, text, reversed)).toEqualTypeOf<Codec<readonly number[], Uint8Array>>();
    expectTypeOf(chain(text)).toEqualTypeOf<Codec<string, Uint8Array>>();
    expectTypeOf<Fits<[typeof numbers, typeof text, typeof reversed]>>().toEqualTypeOf<true>();
    expectTypeOf<Fits<[typeof numbers, typeof reversed, typeof text]>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[typeof text, typeof reversed, typeof numbers]>>().toEqualTypeOf<false>();
    // Neither may be the narrower one: each way one of the two would be given what it does not know.
    expectTypeOf<Fits<[Codec<string, Codes>, typeof reversed]>>().toEqualTypeOf<false>();
    expectTypeOf<Fits<[typeof reversed, Codec<Codes, string>]>>().toEqualTypeOf<false>();
    expectTypeOf<
      Fits<[Codec<string, { a: number; b: number }>, Codec<{ a: number }, string>]>
    >().toEqualTypeOf<false>();
  });

  test("names the failing stage and the direction before the message, and keeps the error's class", () => {
    const codec = chain(numbers, text, reversed);
    const tooLong = thrown(() => codec.decode(new Uint8Array(5)));
    expect(tooLong).toBeInstanceOf(FormatError);
    expect(tooLong).toMatchObject({
      code: "limit-exceeded",
      message: "reversed, decode: too long",
      stage: "reversed",
      direction: "decode",
      offset: 4,
      tensor: "t",
      section: "s",
      cause: { message: "too long" },
    });
    const notText = thrown(() => codec.decode(Uint8Array.of(0xff)));
    expect(notText).toBeInstanceOf(TypeError);
    expect(notText).toMatchObject({ message: expect.stringMatching(/^utf-8, decode: /), cause: expect.any(TypeError) });
    const outOfRange = thrown(() => chain(varint(), reversed).encode(-1));
    expect(outOfRange).toBeInstanceOf(RangeError);
    expect(outOfRange).toMatchObject({ message: expect.stringMatching(/^varint, encode: value: expected an integer/) });
  });

  test("lets anything else through as it is", () => {
    const [error, text] = [new Error("disk full"), "no error"];
    for (const reason of [error, text]) {
      const failing: Codec<string, string> = {
        name: "failing",
        encode: (value) => value,
        decode() {
          throw reason;
        },
      };
      expect(thrown(() => chain(failing).decode(""))).toBe(reason);
    }
  });

  test("within a chain or a record keeps the innermost stage, and the way to it stands before the message", () => {
    const inner = chain(text, reversed);
    const error = thrown(() => chain(numbers, inner).decode(new Uint8Array(5)));
    expect(error).toMatchObject({
      stage: "reversed",
      message: "utf-8 > reversed, decode: reversed, decode: too long",
      offset: 4,
    });
    const bytes = Uint8Array.of(2, 97, 98, 1, 2, 3, 4, 5);
    expect(thrown(() => record({ first: text, second: inner }).decode(bytes))).toMatchObject({
      stage: "reversed",
      message: "second, decode: reversed, decode: too long",
      offset: 3 + 4,
    });
  });

  test("has no offset for a stage whose bytes the caller never saw", () => {
    const behind = chain(reversed, { ...reversed, decode: () => new Uint8Array(5) });
    expect(thrown(() => behind.decode(new Uint8Array(1)))).toMatchObject({
      stage: "reversed",
      offset: undefined,
      cause: { offset: 4 },
    });
  });

  test("refuses what is no codec by name", () => {
    const call = chain as (...stages: unknown[]) => unknown;
    expect(() => call()).toThrow(new TypeError("stages: expected at least one codec, got none"));
    expect(() => call(text, { encode: text.encode, decode: text.decode })).toThrow(
      new TypeError("stages[1]: expected a codec { name, encode, decode }, got Object"),
    );
    expect(() => call(undefined)).toThrow("stages[0]: expected a codec { name, encode, decode }, got undefined");
  });
});

describe("a record", () => {
  const pair = record({ gaps: packedCodes({ width: 3 }), values: float32s() });

  test("is its parts in the order of the keys, all but the last with their length in front", () => {
    const value = { gaps: Uint8Array.of(1, 7), values: Float32Array.of(1) };
    const bytes = Uint8Array.of(2, 2, 0b111_001, 0, 0, 128, 63);
    expect(pair.name).toBe("{ gaps, values }");
    expect(pair.encode(value)).toEqual(bytes);
    expect(pair.decode(bytes)).toEqual(value);
    expect(record({ only: varint() }).encode({ only: 300 })).toEqual(Uint8Array.of(0xac, 2));
    expectTypeOf(pair).toEqualTypeOf<Codec<{ readonly gaps: Uint8Array; readonly values: Float32Array }, Uint8Array>>();
  });

  test("counts offsets from its own start, and names the part", () => {
    const decode = (...bytes: number[]) => thrown(() => pair.decode(Uint8Array.of(...bytes)));
    expect(decode(2, 2, 0b11_111_001)).toMatchObject({
      code: "not-canonical",
      stage: "gaps",
      direction: "decode",
      offset: 2,
    });
    expect(decode(2, 2, 0b111_001, 0)).toMatchObject({ code: "truncated", stage: "values", offset: 4 });
    expect(decode(9, 2)).toMatchObject({ code: "truncated", offset: 2, message: "9 bytes wanted, 1 left" });
    expect(decode(0x80, 0)).toMatchObject({ code: "not-canonical", offset: 0 });
    const nested = record({ number: varint(), pair });
    expect(thrown(() => nested.decode(Uint8Array.of(1, 5, 2, 2, 0b11_111_001)))).toMatchObject({
      stage: "gaps",
      message: "pair, decode: gaps, decode: a padding bit is not zero",
      offset: 4,
    });
  });

  test("names the part that cannot encode its member", () => {
    const values = Float32Array.of(1);
    expect(thrown(() => pair.encode({ gaps: Uint8Array.of(8), values }))).toBeInstanceOf(RangeError);
    expect(() => pair.encode({ gaps: Uint8Array.of(8), values })).toThrow("gaps, encode: values[0]: expected less");
    const call = pair.encode as (value: unknown) => unknown;
    expect(() => call({ gaps: Uint8Array.of(1) })).toThrow("values, encode: values: expected a Float32Array");
    expect(() => call(null)).toThrow(new TypeError("value: expected an object, got null"));
  });

  test("refuses parts that are no codecs by name", () => {
    const call = record as (parts: unknown) => unknown;
    expect(() => call({})).toThrow(new TypeError("parts: expected at least one codec, got none"));
    expect(() => call({ gaps: text, values: 1 })).toThrow("parts.values: expected a codec");
    expect(() => call([text])).toThrow("parts: expected an object");
  });
});

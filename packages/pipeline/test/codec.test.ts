import { FormatError } from "@deep-compression/bits";
import { type Codec, chain } from "@deep-compression/pipeline";
import { expect, test } from "vitest";

const text: Codec<string, Uint8Array> = {
  name: "utf-8",
  encode: (value) => new TextEncoder().encode(value),
  decode: (bytes) => new TextDecoder("utf-8", { fatal: true }).decode(bytes),
};
const reversed: Codec<Uint8Array, Uint8Array> = {
  encode: (bytes) => bytes.slice().reverse(),
  decode: (bytes) => {
    if (bytes.length > 4) throw new FormatError("limit-exceeded", "too long", { offset: 4, section: "s" });
    return bytes.slice().reverse();
  },
};

test("a chain encodes with the first codec and then the second, and decodes the other way round", () => {
  const codec = chain(text, reversed);
  expect([...codec.encode("abc")]).toEqual([99, 98, 97]);
  expect(codec.decode(codec.encode("abc"))).toBe("abc");
  expect(chain(codec, reversed).decode(Uint8Array.of(97, 98))).toBe("ab");
});

test("a failing stage is named with its direction, and the original is the cause", () => {
  const codec = chain(text, reversed);
  const fails = () => codec.decode(new Uint8Array(5));
  expect(fails).toThrow("second stage, decode: too long");
  expect(fails).toThrow(expect.objectContaining({ code: "limit-exceeded", offset: 4, section: "s" }));
  try {
    codec.decode(Uint8Array.of(0xff));
    expect.unreachable();
  } catch (error) {
    expect(error).not.toBeInstanceOf(FormatError);
    expect((error as Error).message).toMatch(/^utf-8, decode: /);
    expect((error as Error).cause).toBeInstanceOf(TypeError);
  }
});

test("an error is wrapped once a chain it passes", () => {
  const codec = chain(chain(text, reversed), reversed);
  expect(() => codec.decode(new Uint8Array(5))).toThrow("second stage, decode: too long");
  const outer = chain(text, chain(reversed, reversed));
  expect(() => outer.decode(new Uint8Array(5))).toThrow(
    "first stage > second stage, decode: second stage, decode: too long",
  );
});

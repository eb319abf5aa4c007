import { FormatError } from "@deep-compression/bits";
import { byteCoding, MAX_MIXED_BYTES } from "@deep-compression/context-coding";
import { repetitiveBytes } from "@deep-compression/context-coding/arbitraries";
import { mutate, mutations } from "@deep-compression/huffman/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../bits/test/code-of";

const numRuns = 40 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const dictionaries = () => fc.option(repetitiveBytes({ maxLength: 100 }), { nil: undefined });

/** What bytes hold, or undefined if they are refused; they must be the encoding of what they hold. */
function readBack(bytes: Uint8Array, length: number, dictionary?: Uint8Array): Uint8Array | undefined {
  const codec = byteCoding({ length, dictionary });
  let read: Uint8Array;
  try {
    read = codec.decode(bytes);
  } catch (error) {
    expect(error).toBeInstanceOf(FormatError);
    const { offset = -1 } = error as FormatError;
    expect(offset).toBeGreaterThanOrEqual(0);
    expect(offset).toBeLessThanOrEqual(bytes.length);
    return undefined;
  }
  expect(codec.encode(read)).toEqual(bytes);
  return read;
}

describe("byte coding", () => {
  test("gives any bytes back, at once and in turns", async () => {
    await fc.assert(
      fc.asyncProperty(repetitiveBytes(), dictionaries(), async (bytes, dictionary) => {
        const codec = byteCoding({ length: bytes.length, dictionary });
        const stream = codec.encode(bytes);
        expect(codec.decode(stream)).toEqual(bytes);
        expect(await codec.decodeInTurns(stream)).toEqual(bytes);
        expect(stream[stream.length - 1]).not.toBe(0);
      }),
      { numRuns },
    );
  });

  test("takes few bytes for what repeats itself, and hardly more than random bytes are", () => {
    const random = seededRandom(5);
    const noise = Uint8Array.from({ length: 4000 }, () => Math.floor(256 * random()));
    expect(byteCoding({ length: 4000 }).encode(noise).length).toBeLessThan(4000 * 1.06);
    const twice = Uint8Array.of(...noise, ...noise);
    expect(byteCoding({ length: 8000 }).encode(twice).length).toBeLessThan(4000 * 1.06 + 60);
    const zeros = new Uint8Array(100_000);
    expect(byteCoding({ length: zeros.length }).encode(zeros).length).toBeLessThan(100);
  });

  test("foretells names that differ by a number, better than their letters alone would", () => {
    const names = (order: readonly string[]) =>
      new TextEncoder().encode(
        order.flatMap((kind) => Array.from({ length: 40 }, (_, i) => `${kind}_${i}:0/`)).join(""),
      );
    const text = names(["kernel", "bias", "gamma"]);
    expect(byteCoding({ length: text.length }).encode(text).length).toBeLessThan(text.length / 6);
  });

  test("learns from a dictionary, of which the last 32,768 bytes count", () => {
    const random = seededRandom(6);
    const noise = Uint8Array.from({ length: 300 }, () => Math.floor(256 * random()));
    const sizeWith = (dictionary: Uint8Array) => byteCoding({ length: 300, dictionary }).encode(noise).length;
    expect(sizeWith(noise)).toBeLessThan(20);
    const front = new Uint8Array(32_768);
    front.set(noise, 32_768 - 300);
    expect(sizeWith(front)).toBeLessThan(20);
    expect(byteCoding({ length: 300, dictionary: Uint8Array.of(...noise, ...front) }).encode(noise)).toEqual(
      byteCoding({ length: 300, dictionary: front }).encode(noise),
    );
    const behind = Uint8Array.of(...noise, ...new Uint8Array(32_768));
    expect(sizeWith(behind)).toBeGreaterThan(290);
  });

  test("knows names of model files by their bytes before: a word, a match, the bytes 4 and 8 before", () => {
    // Each text repeats itself in a way that one of the contexts finds, among bytes that are random.
    const random = seededRandom(7);
    const noise = () => Math.floor(256 * random());
    const everyFourth = Uint8Array.from({ length: 4000 }, (_, i) => (i % 4 === 3 ? 63 : noise()));
    expect(byteCoding({ length: 4000 }).encode(everyFourth).length).toBeLessThan(0.85 * 4000);
    const words = ["weight", "scale", "zero"];
    const text = Uint8Array.from(
      Array.from({ length: 400 }, (_, i) => [noise(), ...new TextEncoder().encode(words[i % 3]), 48 + (i % 3)]).flat(),
    );
    expect(byteCoding({ length: text.length }).encode(text).length).toBeLessThan(400 * 1.7);
  });

  test("has no bytes for no bytes", () => {
    expect(byteCoding({ length: 0 }).encode(new Uint8Array(0))).toEqual(new Uint8Array(0));
    expect(byteCoding({ length: 0 }).decode(new Uint8Array(0))).toEqual(new Uint8Array(0));
    expect(codeOf(() => byteCoding({ length: 0 }).decode(Uint8Array.of(1)))).toBe("not-canonical");
    expect(codeOf(() => byteCoding({ length: 0 }).decode(new Uint8Array(7).fill(1)))).toBe("trailing-data");
  });

  test("refuses mutated streams, or encodes what it read to them", async () => {
    await fc.assert(
      fc.asyncProperty(
        repetitiveBytes(),
        dictionaries(),
        fc.array(mutations(), { minLength: 1, maxLength: 2 }),
        async (bytes, dictionary, changes) => {
          const codec = byteCoding({ length: bytes.length, dictionary });
          const changed = changes.reduce(mutate, codec.encode(bytes));
          const read = readBack(changed, bytes.length, dictionary);
          if (read === undefined) await expect(codec.decodeInTurns(changed)).rejects.toThrow(FormatError);
        },
      ),
      { numRuns: 2 * numRuns },
    );
  });

  test("refuses streams cut at any byte, and those of other lengths, or encodes what it read to them", () => {
    fc.assert(
      fc.property(repetitiveBytes({ maxLength: 60 }), (bytes) => {
        const stream = byteCoding({ length: bytes.length }).encode(bytes);
        for (let length = 0; length < stream.length; length++) {
          expect(readBack(stream.subarray(0, length), bytes.length)).not.toEqual(bytes);
        }
        readBack(stream, bytes.length + 1);
        if (bytes.length > 0) readBack(stream, bytes.length - 1);
      }),
      { numRuns: numRuns / 8 },
    );
  });

  test("refuses zeros and bytes behind", () => {
    const bytes = new TextEncoder().encode("conv1.conv2.conv3.co");
    const codec = byteCoding({ length: bytes.length });
    const stream = codec.encode(bytes);
    expect(codeOf(() => codec.decode(Uint8Array.of(...stream, 0)))).toBe("not-canonical");
    expect(codeOf(() => codec.decode(Uint8Array.of(...stream, ...stream)))).toBe("trailing-data");
  });

  test("names the argument that is wrong", () => {
    expect(() => byteCoding({ length: -1 })).toThrow(RangeError);
    expect(() => byteCoding({ length: MAX_MIXED_BYTES + 1 })).toThrow(/length/);
    expect(() => byteCoding({ length: 3, dictionary: "text" as never })).toThrow(/dictionary/);
    expect(() => byteCoding({ length: 3 }).encode(new Uint8Array(4))).toThrow("bytes: expected 3, got 4");
    expect(() => byteCoding({ length: 3 }).decode([1] as never)).toThrow(TypeError);
  });
});

import { FormatError } from "@deep-compression/bits";
import { adaptiveBits, rangeDecoder, rangeEncoder } from "@deep-compression/context-coding";
import { mutate, mutations } from "@deep-compression/huffman/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codeOf } from "../../bits/test/code-of";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

type Bit = readonly [bit: number, probability: number];

/** Bits of any probability; those beside the least and the greatest make carries and long runs of equal bytes. */
const bits = fc.array(
  fc.tuple(
    fc.nat({ max: 1 }),
    fc.oneof(fc.constantFrom(16, 17, 32768, 65519, 65520), fc.integer({ min: 16, max: 65520 })),
  ),
  { maxLength: 400, size: "max" },
);

function encoded(list: readonly Bit[]): Uint8Array {
  const encoder = rangeEncoder();
  for (const [bit, probability] of list) encoder.write(bit, probability);
  return encoder.finish();
}

/** The coder over whole numbers of any size: the interval of a fraction whose digits never move out of a window. */
function plainlyEncoded(list: readonly Bit[]): Uint8Array {
  let low = 0n;
  let range = 2n ** 48n - 1n;
  let digits = 48n;
  for (const [bit, probability] of list) {
    const bound = (range >> 16n) * BigInt(probability);
    if (bit === 0) low += bound;
    range = bit === 1 ? bound : range - bound;
    if (range >= 2n ** 32n) continue;
    low <<= 16n;
    range <<= 16n;
    digits += 16n;
  }
  let step = 1n;
  while (((low + 2n * step - 1n) / (2n * step)) * 2n * step < low + range && step < 2n ** digits) step *= 2n;
  const last = ((low + step - 1n) / step) * step;
  const hex = last.toString(16).padStart(Number(digits) / 4, "0");
  return Uint8Array.from(Buffer.from(hex.replace(/(00)+$/, ""), "hex"));
}

function decoded(bytes: Uint8Array, list: readonly Bit[]): number[] {
  const decoder = rangeDecoder(bytes);
  const found = list.map(([, probability]) => decoder.read(probability));
  decoder.expectEnd();
  return found;
}

describe("a range coder", () => {
  test("writes the shortest fraction of the interval that the bits leave", () => {
    expect(encoded([])).toEqual(new Uint8Array(0));
    expect(encoded([[1, 32768]])).toEqual(new Uint8Array(0));
    expect(encoded([[0, 32768]])).toEqual(Uint8Array.of(0x80));
    const four: Bit[] = [0, 1, 0, 0].map((bit) => [bit, 32768]);
    expect(encoded(four)).toEqual(Uint8Array.of(0xb0)); // 0.1011: a 0 takes the upper half
  });

  test("takes a twentieth of a bit for what is likely", () => {
    const likely: Bit[] = Array.from({ length: 8000 }, (_, i) => [i % 30 === 7 ? 0 : 1, 63351]);
    expect(encoded(likely).length).toBeGreaterThan(0.99 * (8000 / 8) * 0.2108);
    expect(encoded(likely).length).toBeLessThan(1.01 * (8000 / 8) * 0.2108);
  });

  test("gives bits back, whatever their probabilities", () => {
    fc.assert(
      fc.property(bits, (list) => {
        expect(decoded(encoded(list), list)).toEqual(list.map(([bit]) => bit));
      }),
      { numRuns },
    );
  });

  test("writes what exact arithmetic without a window writes", () => {
    fc.assert(
      fc.property(bits, (list) => {
        expect(encoded(list)).toEqual(plainlyEncoded(list));
      }),
      { numRuns },
    );
  });

  test("carries into bytes that are written, through a run of 255s", () => {
    // Ever smaller upper ends of the interval: its low end is 0.fffff... until a last bit moves it over 1.
    const list: Bit[] = [
      [0, 65520],
      [0, 65520],
      [0, 65520],
      [0, 65520],
      [0, 65520],
      [1, 16],
      [0, 32768],
    ];
    expect(encoded(list)).toEqual(plainlyEncoded(list));
    expect(decoded(encoded(list), list)).toEqual(list.map(([bit]) => bit));
  });

  test("refuses bytes that are not the encoding of the bits they hold", () => {
    const one: Bit[] = [[1, 32768]];
    expect(codeOf(() => decoded(Uint8Array.of(), one))).toBe("decoded");
    expect(codeOf(() => decoded(Uint8Array.of(0), one))).toBe("not-canonical");
    expect(codeOf(() => decoded(Uint8Array.of(0x40), one))).toBe("not-canonical");
    expect(codeOf(() => decoded(Uint8Array.of(0xc0), [[0, 32768]]))).toBe("not-canonical");
    expect(codeOf(() => decoded(new Uint8Array(6).fill(255), [[0, 32768]]))).toBe("not-canonical");
    expect(codeOf(() => decoded(Uint8Array.of(0, 0, 0, 0, 0, 0, 1), one))).toBe("trailing-data");
    const decoder = rangeDecoder(Uint8Array.of(0, 0, 0, 0, 0, 0, 1), { baseOffset: 10 });
    expect(() => decoder.expectEnd()).toThrow(expect.objectContaining({ offset: 16 }));
  });

  test("refuses mutated bytes, or encodes what it read to them", () => {
    fc.assert(
      fc.property(bits, mutations(), (list, mutation) => {
        const bytes = mutate(encoded(list), mutation);
        try {
          const found = decoded(bytes, list);
          expect(encoded(list.map(([, probability], i) => [found[i], probability]))).toEqual(bytes);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
        }
      }),
      { numRuns: 3 * numRuns },
    );
  });

  test("refuses probabilities of other units", () => {
    for (const probability of [0.5, 15, 65521, Number.NaN]) {
      expect(() => rangeEncoder().write(1, probability)).toThrow(/^probability: expected an integer in 16..65520, got/);
      expect(() => rangeDecoder(new Uint8Array(2)).read(probability)).toThrow(RangeError);
    }
    // @ts-expect-error: a string is no Uint8Array
    expect(() => rangeDecoder("a")).toThrow(TypeError);
  });
});

describe("adaptive bits", () => {
  test("go towards the bits that came, ever slower", () => {
    const bits = adaptiveBits(2);
    expect(bits.probability(0)).toBe(32768);
    bits.learn(0, 1);
    expect(bits.probability(0)).toBe(54612); // two thirds of the way
    bits.learn(0, 1);
    expect(bits.probability(0)).toBe(58980); // two fifths
    bits.learn(0, 0);
    expect(bits.probability(0)).toBe(42133); // two sevenths
    expect(bits.probability(1)).toBe(32768);
  });

  test("stay within the probabilities that coders take", () => {
    const bits = adaptiveBits(2, { countLimit: 10 });
    for (let i = 0; i < 1000; i++) {
      bits.learn(0, 0);
      bits.learn(1, 1);
    }
    expect([bits.probability(0), bits.probability(1)]).toEqual([16, 65520]);
  });

  test("settle at the frequency of the bits", () => {
    const bits = adaptiveBits(1);
    for (let i = 0; i < 2000; i++) bits.learn(0, i % 10 === 3 ? 1 : 0);
    expect(Math.abs(bits.probability(0) / 65536 - 0.1)).toBeLessThan(0.002);
  });

  test("refuse wrong arguments by name", () => {
    expect(() => adaptiveBits(-1)).toThrow(/^contexts: expected/);
    expect(() => adaptiveBits(1, { countLimit: 1001 })).toThrow(/^countLimit: expected/);
    expect(() => adaptiveBits(1).probability(1)).toThrow(/^context: expected an integer in 0..0, got 1/);
    expect(() => adaptiveBits(1).learn(0.5, 1)).toThrow(/^context: expected/);
  });
});

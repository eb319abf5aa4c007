import { FormatError, varint } from "@deep-compression/bits";
import { deflate } from "@deep-compression/bits/deflate";
import { seededRandom } from "@deep-compression/runtime";
import {
  type CodedSection,
  cheapestSection,
  decodeSection,
  MAX_ELEMENTS_PER_BYTE,
  rawLedger,
  sectionLedger,
  sharedWeights,
  unwrapSection,
  wrapSection,
} from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { mayDeflate } from "../src/repetition-estimate";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const ANY = { gapBits: "auto", lineMaps: "auto", order: "auto", precision: "float16" } as const;

function sectionOf(codes: Uint8Array, form: "dense" | "gaps" | "bitmask", shape: readonly number[]): CodedSection {
  const values = Float32Array.from({ length: 1 + Math.max(...codes) }, (_, i) => i / 8);
  const centroids = { codes, centroids: values, distortion: 0 };
  const pruned = {
    length: codes.length,
    values: Float32Array.from(codes, (code) => values[code]!),
    energy: 1,
    pruned: 0,
  };
  const section = cheapestSection(sharedWeights(pruned, centroids, shape), { ...ANY, form });
  if (section === undefined) throw new Error("expected a section");
  return section;
}

/** Codes from 0 to 15 that repeat every 64 bits of a stream, and such that do not. */
const PERIODIC = Uint8Array.from({ length: 4096 }, (_, i) => (i * i + (i >> 3)) % 16);
const random = seededRandom(3);
const IRREGULAR = Uint8Array.from({ length: 4096 }, () => Math.floor(16 * random()));

function codeOf(run: () => unknown): string {
  try {
    run();
    return "read";
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return error.code;
  }
}

/** A section of these bytes. */
function plain(bytes: Uint8Array): { readonly bytes: Uint8Array; readonly isWrapped?: true } {
  return { bytes };
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

describe("a writer", () => {
  test.each(["dense", "gaps", "bitmask"] as const)(
    "wraps a section of the form %s that repeats itself, and no other",
    (form) => {
      const section = sectionOf(PERIODIC, form, [64, 64]);
      expect(section.isWrapped).toBe(true);
      expect(section.bytes.length).toBeLessThan(0.9 * section.sizes.section);
      const plain = unwrapSection(section.bytes, [64, 64]);
      expect(plain.length).toBe(section.sizes.section);
      expect(decodeSection(form, plain, [64, 64]).stored).toEqual(section.stored);
      expect(sectionOf(IRREGULAR, form, [64, 64]).isWrapped).toBeUndefined();
    },
  );

  test("wraps only what becomes at least 1 % smaller", () => {
    // 20,000 random bytes and a few that repeat: 150 of them are less than 1 %, 400 are more.
    const noise = Uint8Array.from({ length: 20_000 }, () => Math.floor(256 * random()));
    const withRepeats = (count: number) => joined(noise, noise.subarray(500, 500 + count));
    expect(wrapSection(plain(withRepeats(150)), [100_000])).toEqual({ bytes: withRepeats(150) });
    const { bytes, isWrapped } = wrapSection(plain(withRepeats(400)), [100_000]);
    expect(isWrapped).toBe(true);
    expect(bytes.length).toBeLessThan(20_100);
    expect(unwrapSection(bytes, [100_000])).toEqual(withRepeats(400));
  });

  test("wraps none of a few bytes, and keeps as many as justify the elements", () => {
    expect(wrapSection(plain(new Uint8Array(63)), [1000]).isWrapped).toBeUndefined();
    expect(wrapSection(plain(new Uint8Array(64)), [1000]).isWrapped).toBe(true);
    const zeros = plain(new Uint8Array(5000));
    const { length } = wrapSection(zeros, [1000]).bytes;
    expect(wrapSection(zeros, [MAX_ELEMENTS_PER_BYTE * length]).isWrapped).toBe(true);
    expect(wrapSection(zeros, [MAX_ELEMENTS_PER_BYTE * length + 1])).toBe(zeros);
  });

  test("tells large sections by a sample, and those that are wrapped come back whole", () => {
    const noise = Uint8Array.from({ length: 2 ** 21 + 5 }, () => Math.floor(256 * random()));
    expect(wrapSection(plain(noise), [2 ** 22]).isWrapped).toBeUndefined();
    const tiled = Uint8Array.from({ length: 2 ** 21 + 5 }, (_, i) => noise[i % 5000]!);
    const { bytes, isWrapped } = wrapSection(plain(tiled), [2 ** 22]);
    expect(isWrapped).toBe(true);
    expect(Buffer.compare(unwrapSection(bytes, [2 ** 22]), tiled)).toBe(0);
  });
});

test("whatever bytes are wrapped come back, in at least 8 bytes and 1 % fewer", () => {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 6 });
  const sections = fc.tuple(pieces, fc.array(fc.nat({ max: 5 }), { minLength: 20, maxLength: 60 }));
  let wrapped = 0;
  fc.assert(
    fc.property(sections, ([some, order]) => {
      const bytes = joined(...order.map((pick) => some[pick % some.length]!));
      const section = wrapSection(plain(bytes), [4000]);
      if (!section.isWrapped) {
        expect(section.bytes).toBe(bytes);
        return;
      }
      wrapped++;
      expect(section.bytes.length).toBeLessThanOrEqual(bytes.length - Math.max(8, bytes.length / 100));
      expect(unwrapSection(section.bytes, [4000])).toEqual(bytes);
    }),
    { numRuns },
  );
  expect(wrapped).toBeGreaterThan(numRuns / 4);
});

test("the estimate tries nearly all that deflate would bring down by a tenth, and no noise", () => {
  let tried = 0;
  let shrunk = 0;
  const lists = fc.tuple(
    fc.integer({ min: 100, max: 4000 }),
    fc.integer({ min: 1, max: 600 }),
    fc.integer({ min: 2, max: 256 }),
    fc.nat(),
  );
  fc.assert(
    fc.property(lists, ([length, period, alphabet, seed]) => {
      const next = seededRandom(seed);
      const tile = Uint8Array.from({ length: period }, () => Math.floor(alphabet * next()));
      const bytes = Uint8Array.from({ length }, (_, i) =>
        i < period || next() < 0.95 ? tile[i % period]! : i % alphabet,
      );
      if (deflate(bytes).length > 0.9 * length) return;
      shrunk++;
      if (mayDeflate(bytes, { most: 0.99 })) tried++;
    }),
    { numRuns },
  );
  expect(shrunk).toBeGreaterThan(numRuns / 2);
  expect(tried).toBeGreaterThanOrEqual(0.98 * shrunk);
  for (const length of [64, 200, 1000, 50_000]) {
    const noise = Uint8Array.from({ length }, () => Math.floor(256 * random()));
    expect(mayDeflate(noise, { most: 0.99 }), `${length}`).toBe(false);
  }
});

test("a reader refuses what no tensor of the shape can need, before it takes memory", () => {
  const wrapped = (length: number, stream: Uint8Array) => () =>
    unwrapSection(joined(varint().encode(length), stream), [8]);
  expect(codeOf(wrapped(64 + 16 * 8, deflate(new Uint8Array(64 + 16 * 8))))).toBe("read");
  expect(codeOf(wrapped(65 + 16 * 8, deflate(new Uint8Array(65 + 16 * 8))))).toBe("limit-exceeded");
  expect(codeOf(wrapped(2 ** 52, deflate(new Uint8Array(4))))).toBe("limit-exceeded");
  expect(codeOf(wrapped(5, deflate(new Uint8Array(4))))).toBe("truncated");
  expect(codeOf(wrapped(3, deflate(new Uint8Array(4))))).toBe("trailing-data");
  expect(codeOf(wrapped(4, joined(deflate(new Uint8Array(4)), Uint8Array.of(0))))).toBe("trailing-data");
  expect(codeOf(() => unwrapSection(new Uint8Array(0), [8]))).toBe("truncated");
});

test("the ledger tells each part as it was before, and what deflate saved of them all", () => {
  const section = sectionOf(PERIODIC, "dense", [64, 64]);
  const { bytes, isWrapped, form, valueBits } = sectionLedger(section);
  expect({ isWrapped, form }).toEqual({ isWrapped: true, form: "dense" });
  expect(valueBits.after).toBeGreaterThan(3);
  expect(bytes.codebook).toBe(1 + 2 + 2); // 16 multiples of a float16
  expect(bytes.deflate).toBe(section.bytes.length - section.sizes.section);
  expect(Object.values(bytes).reduce((sum, part) => sum + part, 0)).toBe(section.bytes.length);
  expect(sectionLedger(sectionOf(IRREGULAR, "dense", [64, 64])).bytes.deflate).toBe(0);
  const twice = rawLedger(new Uint8Array(32), {
    form: "deflated",
    isWrapped: true,
    bits: 32,
    count: 8,
    sectionLength: 20,
  });
  expect(twice).toMatchObject({
    form: "deflated",
    isWrapped: true,
    valueBits: { after: 20 },
    bytes: { raw: 20, deflate: 0 },
  });
});

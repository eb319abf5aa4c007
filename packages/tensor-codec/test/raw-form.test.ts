import { deflateRawSync } from "node:zlib";
import { FormatError } from "@deep-compression/bits";
import { deflate } from "@deep-compression/bits/deflate";
import { seededRandom } from "@deep-compression/runtime";
import { decodeRaw, encodeRaw, encodeRawBelow, isRawForm, rawLedger } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bytePlanes, fromBytePlanes } from "../src/byte-planes";
import { leastDeflatedBytes } from "../src/deflate-estimate";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const WIDTHS = [4, 8, 16, 32, 64, 128] as const;

/** Elements of a width, some of them alike; `count` of them. */
const elementLists = fc.constantFrom(...WIDTHS).chain((bits) =>
  fc
    .tuple(
      fc.nat({ max: 60 }),
      fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { minLength: 1, maxLength: 3 }),
    )
    .map(([count, kinds]) => {
      const bytes = Uint8Array.from(
        { length: Math.ceil((bits * count) / 8) },
        (_, i) => kinds[(i >> 5) % kinds.length][i % 16],
      );
      return { bits, count, bytes };
    }),
);

function codeOf(run: () => unknown): string {
  try {
    run();
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error);
  }
}

test("elements of every width come back bit for bit, in no more bytes than they have", () => {
  fc.assert(
    fc.property(elementLists, ({ bits, count, bytes }) => {
      const section = encodeRaw(bytes, { bits });
      expect(section.elements).toBe(bytes);
      expect(section.bytes.length).toBeLessThanOrEqual(bytes.length);
      expect(isRawForm(section.form)).toBe(true);
      expect(decodeRaw(section.bytes, { form: section.form, shape: [count], bits })).toEqual(bytes);
    }),
    { numRuns },
  );
});

test("a form is found only if it takes fewer bytes than are wanted", () => {
  fc.assert(
    fc.property(elementLists, fc.nat({ max: 600 }), ({ bits, bytes }, wanted) => {
      const section = encodeRaw(bytes, { bits });
      const found = encodeRawBelow(bytes, { bits, bytes: wanted });
      expect(found).toEqual(section.bytes.length < wanted ? section : undefined);
    }),
    { numRuns },
  );
});

test("planes are all first bytes, all second bytes, and so on", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4, 5, 6);
  const planes = [...bytePlanes(bytes, 2)].map((piece) => [...piece]);
  expect(planes).toHaveLength(2);
  expect([...bytePlanes(bytes, 2)].length).toBe(2);
  expect(fromBytePlanes([Uint8Array.of(1, 3, 5, 2), Uint8Array.of(4, 6)], { size: 2, length: 6 })).toEqual(bytes);
  expect(fromBytePlanes([Uint8Array.of(1, 4), Uint8Array.of(2, 5, 3, 6)], { size: 3, length: 6 })).toEqual(bytes);
});

test("planes of more elements than a piece has come back", () => {
  for (const size of [2, 4, 16]) {
    const bytes = Uint8Array.from({ length: 50_000 * size }, (_, i) => Math.imul(i, 0x9e3779b1) >>> 24);
    const copies = Array.from(bytePlanes(bytes, size), (piece) => piece);
    const inTurn = function* () {
      for (const piece of bytePlanes(bytes, size)) yield piece;
    };
    expect(copies.length).toBe(size * Math.ceil(50_000 / 2 ** 14));
    expect(Buffer.compare(fromBytePlanes(inTurn(), { size, length: bytes.length }), bytes)).toBe(0);
  }
});

/** Normally distributed numbers, as weights are. */
function gaussian(length: number): Float32Array {
  const random = seededRandom(4);
  return Float32Array.from({ length }, () => {
    return 0.05 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  });
}

test("floats shrink as they are split, small integers to next to nothing, noise not at all", () => {
  const floats = new Uint8Array(gaussian(20_000).buffer);
  const split = encodeRaw(floats, { bits: 32 });
  expect(split.form).toBe("split");
  expect(split.bytes.length / floats.length).toBeLessThan(0.85);
  const indices = new Uint8Array(BigInt64Array.from({ length: 1000 }, (_, i) => BigInt(i)).buffer);
  expect(encodeRaw(indices, { bits: 64 }).bytes.length).toBeLessThan(400);
  const random = seededRandom(9);
  const noise = Uint8Array.from({ length: 5000 }, () => 256 * random());
  expect(encodeRaw(noise, { bits: 32 })).toEqual({ form: "raw", bytes: noise, elements: noise });
  expect(encodeRaw(noise, { bits: 8 }).bytes).toBe(noise);
});

test("of large tensors a sample tells the form", () => {
  const floats = new Uint8Array(gaussian(2 ** 19 + 3).buffer);
  const section = encodeRaw(floats, { bits: 32 });
  expect(section.form).toBe("split");
  expect(section.bytes.length / floats.length).toBeLessThan(0.85);
  const { form, bytes } = section;
  expect(Buffer.compare(decodeRaw(bytes, { form, shape: [2 ** 19 + 3], bits: 32 }), floats)).toBe(0);
  expect(encodeRawBelow(floats, { bits: 32, bytes: 1000 })).toBeUndefined();
  const zeros = new Uint8Array(2 ** 22);
  expect(encodeRaw(zeros, { bits: 8 }).bytes.length).toBeLessThan(2 ** 22 / 900);
});

test("large tensors of zeros among distinct values, or of few values, take no more bytes than zlib makes them", () => {
  const [random, values] = [seededRandom(3), seededRandom(4)];
  const kinds: readonly ((i: number) => number)[] = [
    () => (random() < 0.1 ? values() - 0.5 : 0),
    () => (random() < 0.4 ? values() - 0.5 : 0),
    (i) => (i % 10 === (i >> 7) % 10 ? values() - 0.5 : 0),
    (i) => ((i >> 6) % 2 === 0 ? values() - 0.5 : 0),
    () => Math.floor(16 * values()) / 3,
  ];
  for (const kind of kinds) {
    const floats = new Uint8Array(Float32Array.from({ length: 2 ** 18 + 1000 }, (_, i) => kind(i)).buffer);
    const { bytes, form } = encodeRaw(floats, { bits: 32 });
    expect(bytes.length, String(kind)).toBeLessThanOrEqual(deflateRawSync(floats, { level: 9 }).length);
    const decoded = decodeRaw(bytes, { form, shape: [floats.length / 4], bits: 32 });
    expect(Buffer.compare(decoded, floats)).toBe(0);
  }
});

test("sections of other bytes than the shape needs, or in planes of less than 16 bits, are refused", () => {
  const stream = deflate(new Uint8Array(12));
  for (const form of ["deflated", "planes"] as const) {
    const code = (shape: readonly number[], bits = 32) => codeOf(() => decodeRaw(stream, { form, shape, bits }));
    expect([code([3]), code([2]), code([4])]).toEqual(["decoded", "trailing-data", "truncated"]);
    expect(code([2 ** 20])).toBe("truncated");
    expect(code([2 ** 31, 2])).toBe("limit-exceeded"); // more than an array holds
    expect(codeOf(() => decodeRaw(Uint8Array.of(7, 7), { form, shape: [2], bits: 32 }))).toBe("out-of-range");
  }
  expect(codeOf(() => decodeRaw(stream, { form: "planes", shape: [12], bits: 8 }))).toBe("out-of-range");
  expect(codeOf(() => decodeRaw(stream, { form: "planes", shape: [24], bits: 4 }))).toBe("out-of-range");
  expect(codeOf(() => decodeRaw(stream, { form: "deflated", shape: [24], bits: 4 }))).toBe("decoded");
});

test("the ledger of a deflated section counts its bytes, and the elements that are not zero", () => {
  const elements = new Uint8Array(400).fill(7, 0, 8);
  const { form, bytes } = encodeRaw(elements, { bits: 32 });
  const ledger = rawLedger(elements, { form, bits: 32, count: 100, sectionLength: bytes.length });
  expect(ledger).toMatchObject({ form, kept: 2, valueBits: { before: 32, after: (8 * bytes.length) / 100 } });
  expect(ledger.bytes.raw).toBe(bytes.length);
});

test("deflate leaves no fewer bytes than are told beforehand, which of noise are nearly all", () => {
  fc.assert(
    fc.property(elementLists, ({ bits, bytes }) => {
      const size = Math.max(1, bits / 8);
      fc.pre(bytes.length % size === 0);
      const least = leastDeflatedBytes(bytes, size);
      const planes = Uint8Array.from(Array.from(bytePlanes(bytes, size), (piece) => [...piece]).flat());
      expect(deflate(bytes).length).toBeGreaterThanOrEqual(least.plain);
      expect(deflate(planes).length).toBeGreaterThanOrEqual(least.planes);
    }),
    { numRuns },
  );
  const random = seededRandom(3);
  const noise = Uint8Array.from({ length: 4096 }, () => 256 * random());
  const least = leastDeflatedBytes(noise, 4);
  expect(least.plain / noise.length).toBeGreaterThan(0.9);
  expect(least.planes / noise.length).toBeGreaterThan(0.9);
});

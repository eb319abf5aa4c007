import { bitWriter, byteWriter, FormatError, fromFloat16, isFloat16, roundToFloat16 } from "@deep-compression/bits";
import { type CentroidPrecision, leastPrecision } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { codebookLength, readCodebook, writeCodebook } from "../src/codebook-bytes";
import { gridOf } from "../src/codebook-grid";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function written(centroids: Float32Array, precision: CentroidPrecision): Uint8Array {
  const out = byteWriter();
  writeCodebook(out, centroids, precision);
  return out.finish();
}

const sorted = (numbers: readonly number[]) => Float32Array.from(new Set(Float32Array.from(numbers))).sort();

/** Those that are finite, each once; of 0 and -0 the first. */
function ofNumbers(numbers: readonly number[]): Float32Array {
  return Float32Array.from(new Set(numbers.filter(Number.isFinite))).sort();
}

function ofBits(bits: readonly number[]): Float32Array {
  return ofNumbers([...new Float32Array(Uint32Array.from(bits).buffer)]);
}

/** What the bytes begin with, or the code of their error. */
function decoded(bytes: Uint8Array, precision: CentroidPrecision) {
  try {
    return readCodebook(bytes, { start: 0, precision, max: 65_536 });
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

/** Multiples of a step, of which some may be left out; any numbers; or numbers of few bits in a range, the sign of a zero with them. */
const codebooks = fc.oneof(
  fc
    .record({
      step: fc.float({ min: Math.fround(1e-30), max: Math.fround(1e30), noNaN: true }),
      multiples: fc.array(fc.oneof(fc.integer({ min: -40, max: 40 }), fc.integer({ min: -(2 ** 24), max: 2 ** 24 }))),
    })
    .map(({ step, multiples }) => sorted([step, ...multiples.map((multiple) => multiple * step)]))
    .filter((centroids) => centroids.every(Number.isFinite)),
  fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })).map((numbers) => sorted(numbers.map((x) => x + 0))),
  fc
    .record({
      bits: fc.uniqueArray(fc.nat({ max: 0xffff }), { maxLength: 70 }),
      zeroBits: fc.integer({ min: 0, max: 23 }),
      low: fc.nat({ max: 0x7f7f }),
    })
    .map(({ bits, zeroBits, low }) => ofBits(bits.map((number) => (number << 16) | ((low >> zeroBits) << zeroBits)))),
  fc.array(fc.nat({ max: 0xffff }), { maxLength: 70 }).map((halves) => ofNumbers(halves.map(fromFloat16))),
);

describe("a codebook", () => {
  test("comes back bit for bit, and takes the bytes that are told", () => {
    fc.assert(
      fc.property(codebooks, fc.nat({ max: 3 }), (centroids, start) => {
        const precision = leastPrecision(centroids);
        const bytes = written(centroids, precision);
        expect(bytes.length).toBe(codebookLength(centroids, precision));
        expect(bytes.length).toBeLessThanOrEqual(codebookLength(centroids, "float32"));
        const among = new Uint8Array([...new Uint8Array(start), ...bytes, 255]);
        const back = readCodebook(among, { start, precision, max: 65_536 });
        expect(back).toEqual({ centroids, length: bytes.length });
      }),
      { numRuns },
    );
  });

  test("of multiples takes a step and little more than a bit for each", () => {
    const centroids = Float32Array.from({ length: 201 }, (_, i) => (i - 100) * 0.125);
    // Count of two bytes, step of two; -100 as 201 in 15 bits, then 200 steps of one bit.
    expect(written(centroids, "float16").length).toBe(2 + 2 + Math.ceil((15 + 200) / 8));
    expect(leastPrecision(centroids.map((centroid) => centroid / 3))).toBe("float32"); // a step that float16 has not
  });

  test("of few numbers that are no multiples and have no bits in common takes two or four bytes for each", () => {
    const far = Float32Array.of(-1000, 0.0999755859375, 3);
    expect(isFloat16(far)).toBe(true);
    expect([...written(far, "float16")]).toEqual([12, 0xd0, 0xe3, 0x66, 0x2e, 0x00, 0x42]);
    expect(leastPrecision(far)).toBe("float16");
    const thirds = Float32Array.of(-1 / 3, Math.PI);
    expect(leastPrecision(thirds)).toBe("float32");
    expect(written(thirds, "float32").length).toBe(1 + 8);
  });

  test("of numbers whose bits end in zeros takes the differences of those bits: the example of docs/format.md", () => {
    const centroids = Float32Array.of(-1.0625, -0.4375, 0.3125, 2.3125);
    expect([...written(centroids, "float16")]).toEqual([0x12, 0x75, 0xc5, 0x93, 0xda, 0x60, 0x5c]);
    const wider = Float32Array.from(centroids, (centroid) => centroid * 2 ** 20); // no float16, as many bits of float32
    expect(leastPrecision(wider)).toBe("float32");
    expect(written(wider, "float32").length).toBe(9);
  });

  test("of many values in a small range takes fewer bits for each than one of them has", () => {
    const clusters = roundToFloat16(Float32Array.from({ length: 32 }, (_, i) => Math.tanh((i - 15.3) / 12)));
    expect(written(clusters, "float16").length).toBeLessThan(0.85 * 64);
    const numbers = Float32Array.from({ length: 256 }, (_, i) => Math.tanh((i - 127.3) / 96));
    expect(written(numbers, "float32").length).toBeLessThan(0.8 * 1024);
  });

  test("of 0 or -0 alone, or of the least and the largest numbers, comes back", () => {
    const extremes = [
      [0],
      [-0],
      [1, 2],
      [-65504, -0, 65504],
      [-(2 ** -24), 0, 2 ** -24],
      [-(2 ** -149), 2 ** -149, 2 ** 127],
    ];
    for (const numbers of extremes) {
      const centroids = Float32Array.from(numbers);
      for (const precision of isFloat16(centroids) ? (["float16", "float32"] as const) : (["float32"] as const)) {
        const bytes = written(centroids, precision);
        expect(bytes.length).toBe(codebookLength(centroids, precision));
        expect(readCodebook(bytes, { start: 0, precision, max: 9 })).toEqual({ centroids, length: bytes.length });
      }
    }
  });

  test("on a grid has one multiple for each centroid, where several are rounded to the same float32", () => {
    const centroids = Float32Array.of(
      -4.361415582814857e22,
      -1.327387351291478e22,
      1.8962676447021116e21,
      6.2138793584552365e25,
    );
    const all = Float32Array.of(...centroids, 2.026572172386397e28);
    const bytes = written(all, "float32");
    bytes[6008960 % bytes.length] = 128; // the step of another, of which the last is about 2^24 times as much
    expect(decoded(bytes, "float32")).toBe("not-canonical");
  });

  test("of mutated bytes ends in FormatError, or is the one encoding of what it decodes to", () => {
    const mutation = fc.tuple(fc.nat(), fc.oneof(fc.nat({ max: 255 }), fc.constantFrom(0, 1, 127, 128, 255)));
    fc.assert(
      fc.property(codebooks, fc.array(mutation, { maxLength: 3 }), fc.nat(), (centroids, mutations, cut) => {
        const precision = leastPrecision(centroids);
        const bytes = written(centroids, precision);
        for (const [place, byte] of mutations) bytes[place % bytes.length] = byte;
        const left = mutations.length === 0 ? bytes.subarray(0, cut % bytes.length) : bytes;
        const back = decoded(left, precision);
        if (mutations.length === 0) expect(back).toBe("truncated");
        if (typeof back === "string") return;
        expect(written(back.centroids, precision)).toEqual(left.slice(0, back.length));
      }),
      { numRuns },
    );
  });
});

describe("differences", () => {
  /** In float16: zero bits, order, sign, magnitude, then what follows; a 0 byte behind it all. */
  const differences = (count: number, bits: readonly (readonly [value: number, bits: number])[]) => {
    const writer = bitWriter();
    for (const [value, width] of bits) writer.write(value, width);
    return decoded(new Uint8Array([4 * count + 2, ...writer.finish()]), "float16");
  };
  // 2^-14 has the bits 0x0400.
  const first = [
    [10, 4],
    [0, 4],
    [0, 1],
  ] as const;

  test("that are not the shortest way to write them are refused", () => {
    expect(differences(2, [...first, [1, 5], [0, 1]])).toMatchObject({
      centroids: Float32Array.of(2 ** -14, 2 ** -13),
    });
    expect(differences(2, [...first.slice(0, 1), [1, 4], [0, 1], [1, 5], [0, 1], [0, 1]])).toBe("not-canonical"); // of order 1
    expect(
      differences(2, [
        [9, 4],
        [0, 4],
        [0, 1],
        [2, 6],
        [1, 2],
        [0, 1],
      ]),
    ).toBe("not-canonical"); // a zero bit too few
    expect(differences(1, [...first, [1, 5]])).toBe("not-canonical"); // a list takes two bytes too
    expect(differences(0, [])).toBe("not-canonical");
    expect(differences(2, [...first, [1, 5], [0, 1], [1, 1]])).toBe("not-canonical"); // a bit of padding
  });

  test("that leave the range of the precision are refused", () => {
    expect(differences(2, [...first, [30, 5], [0, 1]])).toBe("out-of-range"); // 0x7800, then 0x7c00: infinity
    expect(differences(2, [...first, [31, 5], [0, 1]])).toBe("out-of-range");
    expect(differences(2, [...first, [1, 5], [0x7fff, 15], [0, 1], [0, 15]])).toBe("out-of-range"); // 2^15 more
    expect(differences(2, [...first, [1, 5], [2 ** 32 - 1, 32], [2 ** 32 - 1, 32]])).toBe("out-of-range");
    expect(
      differences(2, [
        [15, 4],
        [15, 4],
        [1, 1],
        [0, 1],
        [1, 15],
      ]),
    ).toBe("out-of-range"); // 2^15 more than -1
  });

  test("that are cut off are refused", () => {
    expect(differences(9, [...first, [1, 5], [0, 1]])).toBe("truncated");
    expect(decoded(Uint8Array.of(4 * 2 + 2), "float16")).toBe("truncated");
  });
});

describe("a grid", () => {
  test("is that of the least magnitude, or of the least difference as a float16; -0, and what is no multiple, has none", () => {
    expect(gridOf(Float32Array.of(-1, 0.75, 1))).toEqual({ step: 0.25, multiples: Int32Array.of(-4, 3, 4) });
    const step = 0.0999755859375; // a float16
    const sparse = Float32Array.of(-7, 3, 4, 9).map((multiple) => multiple * step);
    expect(gridOf(sparse)).toEqual({ step, multiples: Int32Array.of(-7, 3, 4, 9) });
    expect(gridOf(Float32Array.of(-1.5, 0, 0.5, 2))).toEqual({ step: 0.5, multiples: Int32Array.of(-3, 0, 1, 4) });
    expect(gridOf(Float32Array.of(-0, 0.5))).toBeUndefined();
    expect(gridOf(Float32Array.of(2, 5))).toBeUndefined();
    expect(gridOf(Float32Array.of(1, 2 ** 25))).toBeUndefined();
    expect(gridOf(Float32Array.of(0))).toBeUndefined();
    expect(gridOf(new Float32Array(0))).toBeUndefined();
  });
});

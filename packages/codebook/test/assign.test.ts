import { assign, centroidGradients, dequantize, exactCodebook } from "@deep-compression/codebook";
import { codebooks, codedValues, mutatedCodebooks, values } from "@deep-compression/codebook/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** A float32 as an exact integer multiple of 2^-149. */
function exact(value: number): bigint {
  const float = Float32Array.of(value);
  const bits = BigInt(new Uint32Array(float.buffer)[0]);
  const exponent = (bits >> 23n) & 255n;
  const fraction = bits & 0x7fffffn;
  const magnitude = exponent === 0n ? fraction : (fraction | 0x800000n) << (exponent - 1n);
  return bits >> 31n === 1n ? -magnitude : magnitude;
}

function nearest(value: number, centroids: Float32Array): number {
  const distances = Array.from(centroids, (centroid) => {
    const difference = exact(value) - exact(centroid);
    return difference < 0n ? -difference : difference;
  });
  return distances.reduce((best, distance, k) => (distance < distances[best] ? k : best), 0);
}

test("a value between two centroids goes to the nearer, and half way to the lower", () => {
  const centroids = Float32Array.of(-1, 0, 1);
  const codes = assign(Float32Array.of(-9, -0.5, -0.49, 0, 0.5, 0.51, 9), centroids);
  expect(codes).toEqual(Uint8Array.of(0, 0, 1, 1, 1, 2, 2));
});

test("the nearest is exact where float64 distances tie", () => {
  // 0.5 is 2^-149 nearer to 1 than to -2^-149, which float64 cannot see in the distances.
  expect(assign(Float32Array.of(0.5), Float32Array.of(-(2 ** -149), 1))).toEqual(Uint8Array.of(1));
  expect(assign(Float32Array.of(0.5), Float32Array.of(2 ** -149, 1))).toEqual(Uint8Array.of(0));
});

test("infinities go to the ends", () => {
  const ends = Float32Array.of(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY);
  expect(assign(ends, Float32Array.of(-3, 0, 2))).toEqual(Uint8Array.of(0, 2));
});

test("a NaN is a RangeError that names its index", () => {
  expect(() => assign(Float32Array.of(1, Number.NaN), Float32Array.of(1))).toThrow(/^values\[1\].*NaN/);
});

test("no centroids will do for no values only", () => {
  expect(assign(new Float32Array(0), new Float32Array(0))).toEqual(new Uint8Array(0));
  expect(() => assign(Float32Array.of(1), new Float32Array(0))).toThrow(RangeError);
});

test("codes are bytes for up to 256 centroids and 16-bit above", () => {
  const many = Float32Array.from({ length: 257 }, (_, i) => i);
  expect(assign(many, many)).toEqual(Uint16Array.from(many));
  expect(assign(many.subarray(0, 256), many.subarray(0, 256))).toEqual(Uint8Array.from(many.subarray(0, 256)));
});

test("the code of any value is the nearest centroid in exact arithmetic, ties to the lower", () => {
  fc.assert(
    fc.property(values({ maxLength: 30 }), codebooks({ maxSize: 12 }), (list, centroids) => {
      const codes = assign(list, centroids);
      for (let i = 0; i < list.length; i++) expect(codes[i]).toBe(nearest(list[i], centroids));
    }),
    { numRuns },
  );
});

test("half way between neighbouring centroids the lower wins, one step above the upper", () => {
  fc.assert(
    fc.property(codebooks({ minSize: 2, maxSize: 12 }), (centroids) => {
      const middles = centroids.subarray(1).map((centroid, k) => centroids[k] / 2 + centroid / 2);
      const codes = assign(middles, centroids);
      for (let i = 0; i < middles.length; i++) expect(codes[i]).toBe(nearest(middles[i], centroids));
    }),
    { numRuns },
  );
});

test("assigning dequantized codes gives the codes back", () => {
  fc.assert(
    fc.property(codedValues({ maxSize: 300 }), ({ codes, centroids }) => {
      expect(assign(dequantize(codes, centroids), centroids)).toEqual(codes);
    }),
    { numRuns },
  );
});

test("centroids that are not finite and ascending are a RangeError", () => {
  fc.assert(
    fc.property(mutatedCodebooks(), ({ mutated }) => {
      expect(() => assign(Float32Array.of(0), mutated)).toThrow(RangeError);
    }),
    { numRuns },
  );
});

test("a code past the codebook is a RangeError that names its index", () => {
  expect(() => dequantize(Uint8Array.of(0, 2), Float32Array.of(1, 2))).toThrow(/^codes\[1\].*2/);
  expect(() => centroidGradients(Float32Array.of(1, 1), Uint8Array.of(0, 2), { size: 2 })).toThrow(/^codes\[1\]/);
  expect(() => centroidGradients(Float32Array.of(1), Uint8Array.of(0, 1), { size: 2 })).toThrow(/^codes: /);
});

test("codes are dequantized into an array that is there, of their length", () => {
  const into = new Float32Array(5);
  expect(dequantize(Uint8Array.of(1, 0, 1), Float32Array.of(-2, 3), { into: into.subarray(1, 4) })).toEqual(
    Float32Array.of(3, -2, 3),
  );
  expect(into).toEqual(Float32Array.of(0, 3, -2, 3, 0));
  expect(() => dequantize(Uint8Array.of(1), Float32Array.of(-2, 3), { into })).toThrow(
    "into: expected 1 elements, got 5",
  );
});

test("centroid gradients sum to the gradients, and are those of the dequantized weights", () => {
  fc.assert(
    fc.property(codedValues({ maxSize: 9 }), fc.infiniteStream(fc.integer({ min: -99, max: 99 })), (coded, stream) => {
      const gradients = Float32Array.from(coded.codes, () => stream.next().value as number);
      const sums = centroidGradients(gradients, coded.codes, { size: coded.centroids.length });
      const expected = coded.centroids.map((_, k) =>
        gradients.reduce((s, g, i) => s + (coded.codes[i] === k ? g : 0), 0),
      );
      expect(Float32Array.from(sums)).toEqual(expected);
    }),
    { numRuns },
  );
});

test("an exact codebook gives every bit back, or there is none", () => {
  fc.assert(
    fc.property(values({ domain: "all" }), fc.integer({ min: 1, max: 60 }), (list, maxSize) => {
      const bits = (floats: Float32Array) => Array.from(new Uint32Array(floats.buffer));
      const book = exactCodebook(list, { maxSize });
      const distinct = new Set(bits(list));
      const bothZeros = distinct.has(0) && distinct.has(0x80000000);
      if (distinct.size > maxSize || list.some(Number.isNaN) || bothZeros) {
        expect(book).toBeUndefined();
      } else {
        expect(bits(dequantize(book!.codes, book!.centroids))).toEqual(bits(list));
        expect(book!.centroids.length).toBe(distinct.size);
        expect(book!.centroids.every((c, k) => k === 0 || c > book!.centroids[k - 1])).toBe(true);
      }
    }),
    { numRuns },
  );
});

test("an exact codebook of more than 256 values has 16-bit codes, and 65,537 values are too many", () => {
  const many = Float32Array.from({ length: 65537 }, (_, i) => (i * 7919) % 65537);
  expect(exactCodebook(many)).toBeUndefined();
  const book = exactCodebook(many.subarray(1));
  expect(book?.codes).toBeInstanceOf(Uint16Array);
  expect(dequantize(book!.codes, book!.centroids)).toEqual(many.subarray(1));
});

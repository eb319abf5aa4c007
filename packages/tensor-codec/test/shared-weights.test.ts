import { dequantize } from "@deep-compression/codebook";
import { encodeRawBelow, type SharedWeights, sharedElements } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { allCodes } from "../src/shared-weights";

/** Weights of one dimension, a code for each or for some. */
const sharedVectors = fc
  .array(fc.option(fc.nat({ max: 3 })), { minLength: 1, maxLength: 40 })
  .map((all): SharedWeights => {
    const entries = all.flatMap((code, position) => (code === null ? [] : [{ code, position }]));
    const isWhole = entries.length === all.length;
    return {
      shape: [all.length],
      codes: Uint8Array.from(entries, ({ code }) => code),
      centroids: Float32Array.of(-2, 0.5, 1, 3),
      distortion: 0,
      ...(!isWhole && { positions: Uint32Array.from(entries, ({ position }) => position) }),
    };
  });

test("the elements of any part of weights that share values are those of all, cut out", () => {
  fc.assert(
    fc.property(sharedVectors, fc.nat({ max: 40 }), fc.nat({ max: 40 }), (shared, a, b) => {
      const [length] = shared.shape;
      const [start, end] = [Math.min(a, b, length), Math.min(Math.max(a, b), length)];
      const { codes, centroids } = allCodes(shared);
      expect(sharedElements(shared, start, end)).toEqual(dequantize(codes, centroids).slice(start, end));
    }),
  );
});

test("of many elements that are made when asked for, only a sample is made unless it shrinks", () => {
  const made: number[] = [];
  const noise = (i: number) => Math.imul(i, 0x9e3779b1) ^ Math.imul(i + 7, 0x85ebca6b);
  const source = (element: (i: number) => number) => ({
    length: 2 ** 22,
    subarray: (start: number, end: number) => {
      made.push(end - start);
      return new Uint8Array(Int32Array.from({ length: (end - start) / 4 }, (_, i) => element(start / 4 + i)).buffer);
    },
  });
  expect(encodeRawBelow(source(noise), { bits: 32, bytes: 2 ** 21 })).toBeUndefined();
  expect(Math.max(...made)).toBeLessThan(2 ** 17);
  expect(
    encodeRawBelow(
      source((i) => i % 100),
      { bits: 32, bytes: 2 ** 21 },
    )?.bytes.length,
  ).toBeLessThan(2 ** 16);
  expect(made.at(-1)).toBe(2 ** 22);
});

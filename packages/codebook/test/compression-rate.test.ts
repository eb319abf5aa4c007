import { centroidGradients, compressionRate, dequantize, fitCodebook } from "@deep-compression/codebook";
import { expect, test } from "vitest";

test("the paper's example: 16 weights of 32 bits that share 4 values have rate 3.2", () => {
  expect(compressionRate({ count: 16, size: 4, bits: 32 })).toBe(3.2);
});

test("one shared value costs its own bits only", () => {
  expect(compressionRate({ count: 100, size: 1, bits: 32 })).toBe(100);
});

test("as many values as weights costs more than it saves", () => {
  expect(compressionRate({ count: 16, size: 16, bits: 32 })).toBeLessThan(1);
});

test("a count, size or width that is not a whole number of at least 1 is a RangeError that names it", () => {
  expect(() => compressionRate({ count: 0, size: 4, bits: 32 })).toThrow(/count/);
  expect(() => compressionRate({ count: 16, size: 0.5, bits: 32 })).toThrow(/size/);
  expect(() => compressionRate({ count: 16, size: 4, bits: Number.NaN })).toThrow(RangeError);
});

// Deep Compression, figure 3: a layer of 4 inputs and 4 outputs, its gradients, and the fine-tuned centroids.
const weights = Float32Array.from([
  2.09, -0.98, 1.48, 0.09, 0.05, -0.14, -1.08, 2.12, -0.91, 1.92, 0, -1.03, 1.87, 0, 1.53, 1.49,
]);
const codes = Uint8Array.from([3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2]);
const gradients = Float32Array.from([
  -0.03, -0.01, 0.03, 0.02, -0.01, 0.01, -0.02, 0.12, -0.01, 0.02, 0.04, 0.01, -0.07, -0.02, 0.01, -0.02,
]);

test("the paper's figure 3: four centroids, each weight at its nearest", () => {
  const fit = fitCodebook(weights, { size: 4 });
  expect(Array.from(fit.codes)).toEqual(Array.from(codes));
  expect(Array.from(fit.centroids, (c) => Math.round(c * 100) / 100 + 0)).toEqual([-1, 0, 1.5, 2]);
  expect(dequantize(fit.codes, fit.centroids)[0]).toBe(fit.centroids[3]);
});

test("the paper's figure 3: gradients are grouped by code and summed", () => {
  const sums = centroidGradients(gradients, codes, { size: 4 });
  expect(Array.from(sums, (sum) => Math.round(sum * 100) / 100)).toEqual([-0.03, 0.04, 0.02, 0.04]);
});

import { floatTensor } from "@deep-compression/network";
import { describe, expect, test } from "vitest";
import { tensorDifference, tensorView } from "../src/tensor-view";
import { MOST_DISTINCT, summarizeValues } from "../src/weight-values";
import { kernelPicture, MOST_CELLS, matrixPicture } from "../src/zero-picture";
import { randomTensor } from "./networks";

describe("a summary of values", () => {
  test("counts every number once: in an interval, as a zero, or as not finite", () => {
    const values = Float32Array.of(-1, 0, -0, 0.5, 1, Number.NaN, Number.POSITIVE_INFINITY);
    const summary = summarizeValues(values, 4);
    expect(summary).toMatchObject({ from: -1, to: 1, counts: [1, 0, 0, 2], zeros: 2, notFinite: 2 });
    expect(summary.distinct?.map(({ count }) => count).reduce((a, b) => a + b)).toBe(7);
  });

  test("lists distinct values, ascending, unless they are many", () => {
    expect(summarizeValues(Float32Array.of(2, 1, 2), 4).distinct).toEqual([
      { value: 1, count: 1 },
      { value: 2, count: 2 },
    ]);
    const most = Float32Array.from({ length: MOST_DISTINCT }, (_, i) => i);
    expect(summarizeValues(most, 4).distinct).toHaveLength(MOST_DISTINCT);
    expect(summarizeValues(Float32Array.of(...most, -1), 4).distinct).toBeUndefined();
  });

  test("of nothing, of one value and of nothing finite has no intervals to fill", () => {
    expect(summarizeValues(new Float32Array(0), 2)).toMatchObject({ from: 0, to: 0, counts: [0, 0], zeros: 0 });
    expect(summarizeValues(Float32Array.of(3, 3), 2)).toMatchObject({ from: 3, to: 3, counts: [2, 0] });
    expect(summarizeValues(Float32Array.of(Number.NaN), 2)).toMatchObject({ counts: [0, 0], notFinite: 1 });
  });
});

describe("a picture of zeros", () => {
  test("of a small matrix has a cell for each weight", () => {
    const picture = matrixPicture(Float32Array.of(1, 0, 0, 0, -2, 0), [2, 3]);
    expect(picture).toMatchObject({ width: 3, height: 2, caption: "2 rows by 3 columns" });
    expect(picture?.cells).toEqual(Uint8Array.of(255, 0, 0, 0, 255, 0));
  });

  test("of a large one has cells of several weights, which tell what part is not zero", () => {
    const [rows, columns] = [512, 1024];
    const values = Float32Array.from({ length: rows * columns }, (_, i) => (i < columns || i % 2 === 0 ? 0 : 1));
    const picture = matrixPicture(values, [rows, columns]);
    expect(picture).toMatchObject({ width: MOST_CELLS, height: MOST_CELLS });
    expect(picture?.caption).toBe("512 rows by 1024 columns; a cell is about 2 by 4 weights");
    expect(new Set(picture?.cells.subarray(0, MOST_CELLS))).toEqual(new Set([64]));
    expect(new Set(picture?.cells.subarray(MOST_CELLS))).toEqual(new Set([128]));
  });

  test("tells one zero among many weights, and one weight among many zeros", () => {
    const values = new Float32Array(1024 * 1024);
    values[0] = 1;
    expect(matrixPicture(values, [1024, 1024])?.cells[0]).toBeGreaterThan(0);
    values.fill(1);
    values[0] = 0;
    expect(matrixPicture(values, [1024, 1024])?.cells[0]).toBeLessThan(255);
  });

  test("of a vector is one row, of a scalar one cell, and of nothing none", () => {
    expect(matrixPicture(Float32Array.of(1, 0), [2])).toMatchObject({ width: 2, height: 1 });
    expect(matrixPicture(Float32Array.of(1), [])).toMatchObject({ width: 1, height: 1 });
    expect(matrixPicture(new Float32Array(0), [0, 3])).toBeUndefined();
    expect(matrixPicture(new Float32Array(0), [3, 0])).toBeUndefined();
  });

  test("of kernels has one beside the other, with a line between", () => {
    const values = Float32Array.of(1, 0, 0, 1, 1, 1, 0, 0);
    const picture = kernelPicture(values, [1, 2, 2, 2]);
    expect(picture).toMatchObject({ width: 5, height: 2, kernel: { rows: 2, columns: 2 } });
    expect(picture?.cells).toEqual(Uint8Array.of(255, 0, 0, 255, 255, 0, 255, 0, 0, 0));
    expect(picture?.caption).toBe("2 kernels, 2 by 2; outputs down, inputs across");
  });

  test("of more kernels than there is room for shows some, evenly spread", () => {
    const picture = kernelPicture(new Float32Array(128 * 100 * 9).fill(1), [128, 100, 3, 3]);
    expect(picture?.width).toBeLessThanOrEqual(MOST_CELLS);
    expect(picture?.caption).toBe("4096 of 12800 kernels, evenly spread, 3 by 3; outputs down, inputs across");
  });

  test("of kernels is none for a matrix, for kernels of one weight or of many", () => {
    expect(kernelPicture(Float32Array.of(1, 2), [1, 2])).toBeUndefined();
    expect(kernelPicture(Float32Array.of(1, 2), [1, 2, 1, 1])).toBeUndefined();
    expect(kernelPicture(new Float32Array(10_000), [1, 1, 100, 100])).toBeUndefined();
  });
});

describe("a view of a tensor", () => {
  test("has its histogram, its root of the mean square and its pictures", () => {
    const view = tensorView(floatTensor("w", [1, 1, 1, 2], Float32Array.of(3, 4)));
    expect(view).toMatchObject({ name: "w", values: { from: 3, to: 4 }, matrix: { width: 2 }, kernels: { width: 2 } });
    expect(view.rms).toBeCloseTo(Math.sqrt(12.5));
  });

  test("is refused for elements that are no numbers here", () => {
    const tensor = { name: "w", type: "complex64", shape: [1], bytes: new Uint8Array(8) } as const;
    expect(() => tensorView(tensor)).toThrow("complex64");
  });
});

describe("a difference of tensors", () => {
  const tensor = (...values: readonly number[]) => floatTensor("w", [values.length], Float32Array.from(values));

  test("is the norm of what is apart over the norm of the first", () => {
    expect(tensorDifference(tensor(3, 4, 0), tensor(3, 4, 1))).toEqual({
      elements: 3,
      differing: 1,
      relative: 0.2,
      largest: 1,
    });
    expect(tensorDifference(tensor(0, -0), tensor(-0, 0))).toEqual({ elements: 2, differing: 0, largest: 0 });
  });

  test("is not relative to zero, and refused for other shapes", () => {
    expect(tensorDifference(tensor(0), tensor(1))).toEqual({ elements: 1, differing: 1, largest: 1 });
    expect(() => tensorDifference(tensor(0), tensor(1, 2))).toThrow("the shapes differ: 1 and 2");
  });

  test("of a tensor and itself is none", () => {
    const own = randomTensor("w", [10, 10]);
    expect(tensorDifference(own, own)).toEqual({ elements: 100, differing: 0, largest: 0, relative: 0 });
  });
});

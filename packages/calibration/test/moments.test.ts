import fc from "fast-check";
import { expect, test } from "vitest";
import { choleskyFactor, crossMoments, inverseFactor, inverseOfLower } from "../src";
import { correlatedRows, farthest, normals, product, transposed } from "./matrices";

/** Second moments by their definition. */
function naiveMoments(left: Float32Array, right: Float32Array, widths: { left: number; right: number }) {
  const count = left.length / widths.left;
  const mean = (rows: Float32Array, width: number, j: number) => {
    let sum = 0;
    for (let row = 0; row < count; row++) sum += rows[row * width + j]!;
    return sum / count;
  };
  const leftMeans = Float64Array.from({ length: widths.left }, (_, j) => mean(left, widths.left, j));
  const rightMeans = Float64Array.from({ length: widths.right }, (_, j) => mean(right, widths.right, j));
  const products = Float64Array.from({ length: widths.left * widths.right }, (_, at) => {
    const [i, j] = [Math.floor(at / widths.right), at % widths.right];
    let sum = 0;
    for (let row = 0; row < count; row++) {
      sum += (left[row * widths.left + i]! - leftMeans[i]!) * (right[row * widths.right + j]! - rightMeans[j]!);
    }
    return sum;
  });
  return { count, leftMeans, rightMeans, products };
}

test("moments are those of all rows, however they come", () => {
  const widths = fc.record({ left: fc.integer({ min: 1, max: 5 }), right: fc.integer({ min: 1, max: 5 }) });
  fc.assert(
    fc.property(
      widths,
      fc.integer(),
      fc.array(fc.integer({ min: 0, max: 7 }), { minLength: 1, maxLength: 6 }),
      (pair, seed, batches) => {
        const count = batches.reduce((sum, batch) => sum + batch, 0);
        fc.pre(count > 0);
        const left = Float32Array.from(normals(count * pair.left, seed), (value) => 1000 + value);
        const right = Float32Array.from(normals(count * pair.right, seed + 1));
        const sum = crossMoments(pair);
        let at = 0;
        for (const batch of batches) {
          const rows = (values: Float32Array, width: number) => values.subarray(at * width, (at + batch) * width);
          sum.add(rows(left, pair.left), rows(right, pair.right));
          at += batch;
        }
        const found = sum.moments();
        const expected = naiveMoments(left, right, pair);
        expect(found.count).toBe(expected.count);
        expect(farthest(found.leftMeans, expected.leftMeans)).toBeLessThan(1e-9);
        expect(farthest(found.rightMeans, expected.rightMeans)).toBeLessThan(1e-12);
        expect(farthest(found.products, expected.products)).toBeLessThan(1e-6 * count);
      },
    ),
  );
});

test("one array on both sides gives what two equal arrays give, after pairs of others too", () => {
  const widths = { left: 19, right: 19 };
  const [rows, others] = [correlatedRows(300, 19, 1), correlatedRows(300, 19, 2)];
  const [own, equal] = [crossMoments(widths), crossMoments(widths)];
  for (const sum of [own, equal]) sum.add(rows, others);
  own.add(others, others);
  equal.add(others, others.slice());
  expect(own.moments()).toEqual(equal.moments());
});

test("moments stay what they are when more comes", () => {
  const sum = crossMoments({ left: 2, right: 2 });
  sum.add(Float32Array.of(1, 2, 3, 5), Float32Array.of(1, 2, 3, 5));
  const before = sum.moments();
  const copy = structuredClone(before);
  sum.add(Float32Array.of(7, 7), Float32Array.of(8, 9));
  expect(before).toEqual(copy);
  expect(sum.moments().count).toBe(3);
});

test("moments are within 1e-6 of double precision, relative to those of both columns", () => {
  const [count, width] = [3000, 24];
  const rows = correlatedRows(count, width, 6);
  const others = Float32Array.from(correlatedRows(count, width, 7), (value, at) => (value + rows[at]!) / 100);
  const widths = { left: width, right: width };
  const sum = crossMoments(widths);
  for (let from = 0; from < rows.length; from += 1000 * width) {
    sum.add(rows.subarray(from, from + 1000 * width), others.subarray(from, from + 1000 * width));
  }
  const { products } = sum.moments();
  const expected = naiveMoments(rows, others, widths).products;
  const ownOf = (side: Float32Array) => naiveMoments(side, side, widths).products;
  const [left, right] = [ownOf(rows), ownOf(others)];
  products.forEach((product, at) => {
    const size = Math.sqrt(left[Math.floor(at / width) * (width + 1)]! * right[(at % width) * (width + 1)]!);
    expect(Math.abs(product - expected[at]!)).toBeLessThan(1e-6 * size);
  });
});

test("rows that are not whole, not as many or not finite are refused", () => {
  const sum = crossMoments({ left: 2, right: 3 });
  expect(() => sum.add(new Float32Array(3), new Float32Array(3))).toThrow(
    "left: expected whole rows of 2 values, got 3",
  );
  expect(() => sum.add(new Float32Array(4), new Float32Array(3))).toThrow(RangeError);
  expect(() => sum.add(Float32Array.of(1, Number.NaN), new Float32Array(3))).toThrow(
    "left[1]: expected a finite number",
  );
  expect(sum.moments().count).toBe(0);
  expect(() => crossMoments({ left: 0, right: 1 })).toThrow(RangeError);
});

function hessianOf(width: number, seed: number, count = 4 * width): Float64Array {
  const rows = correlatedRows(count, width, seed);
  const sum = crossMoments({ left: width, right: width });
  sum.add(rows, rows);
  return sum.moments().products;
}

test.each([1, 2, 31, 70, 127, 128, 129, 260])(
  "a matrix of %i rows is the product of its Cholesky factor and its mirror",
  (size) => {
    const matrix = hessianOf(size, size).map((value, at) => (at % (size + 1) === 0 ? value * (1 + 1e-4) : value));
    const lower = choleskyFactor(matrix, size)!;
    const largest = matrix.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    expect(farthest(product(lower, transposed(lower, size), size), matrix)).toBeLessThan(1e-12 * largest);
    const identity = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
    expect(farthest(product(lower, inverseOfLower(lower, size), size), identity)).toBeLessThan(1e-9);
  },
);

test("a matrix that is not positive definite has no factor", () => {
  expect(choleskyFactor(Float64Array.of(1, 2, 2, 1), 2)).toBeUndefined();
  expect(choleskyFactor(Float64Array.of(0), 1)).toBeUndefined();
  expect(choleskyFactor(Float64Array.of(Number.NaN), 1)).toBeUndefined();
});

test("the factor of the inverse is upper triangular, and its square times the damped Hessian is 1", () => {
  const size = 20;
  const hessian = hessianOf(size, 3);
  const { factor, added } = inverseFactor(hessian, size, { damping: 0.01 })!;
  for (let i = 0; i < size; i++) for (let j = 0; j < i; j++) expect(factor[i * size + j]).toBe(0);
  const damped = hessian.map((value, i) => (i % (size + 1) === 0 ? value + added : value));
  const identity = Float64Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  expect(farthest(product(product(transposed(factor, size), factor, size), damped, size), identity)).toBeLessThan(1e-8);
  const mean = hessian.filter((_, i) => i % (size + 1) === 0).reduce((sum, value) => sum + value, 0) / size;
  expect(added).toBeCloseTo(0.01 * mean, 9);
});

test("inputs that do not vary are dead, and tied to no other", () => {
  const hessian = Float64Array.of(4, 0, 1, 0, 0, 0, 1, 0, 2);
  const { dead, factor, added } = inverseFactor(hessian, 3, { damping: 0.1 })!;
  expect([...dead]).toEqual([0, 1, 0]);
  expect(added).toBeCloseTo(0.3, 12);
  expect([factor[1], factor[5]]).toEqual([0, 0]);
});

test("fewer rows than inputs are made definite by damping", () => {
  expect(inverseFactor(hessianOf(12, 5, 3), 12, { damping: 0.05 })).toBeDefined();
  expect(inverseFactor(new Float64Array(9), 3)).toBeDefined(); // constant inputs: all are dead
});

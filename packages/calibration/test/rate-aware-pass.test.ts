import fc from "fast-check";
import { expect, test } from "vitest";
import { crossMoments, idealBits, inverseFactor, type PassOptions, rateAwarePass } from "../src";
import { codeChoice } from "../src/cheapest-code";
import { correlatedRows, normals } from "./matrices";

function hessianOf(width: number, seed: number): Float64Array {
  const rows = correlatedRows(3 * width, width, seed);
  const sum = crossMoments({ left: width, right: width });
  sum.add(rows, rows);
  return sum.moments().products;
}

/** The inverse by Gauss and Jordan. */
function inverseOf(matrix: Float64Array, size: number): Float64Array {
  const left = matrix.slice();
  const right = Float64Array.from({ length: size * size }, (_, at) => (at % (size + 1) === 0 ? 1 : 0));
  for (let pivot = 0; pivot < size; pivot++) {
    const own = left[pivot * size + pivot]!;
    for (const side of [left, right]) for (let j = 0; j < size; j++) side[pivot * size + j]! /= own;
    for (let i = 0; i < size; i++) {
      const factor = left[i * size + pivot]!;
      if (i === pivot || factor === 0) continue;
      for (const side of [left, right]) {
        for (let j = 0; j < size; j++) side[i * size + j]! -= factor * side[pivot * size + j]!;
      }
    }
  }
  return right;
}

/** U of A = U^T U, row by row. */
function upperCholesky(matrix: Float64Array, size: number): Float64Array {
  const upper = new Float64Array(size * size);
  for (let i = 0; i < size; i++) {
    for (let j = i; j < size; j++) {
      let value = matrix[i * size + j]!;
      for (let k = 0; k < i; k++) value -= upper[k * size + i]! * upper[k * size + j]!;
      upper[i * size + j] = i === j ? Math.sqrt(value) : value / upper[i * size + i]!;
    }
  }
  return upper;
}

/** GPTQ as its paper has it: column by column, the nearest point of a grid, and the error carried over to all columns behind. */
function naiveGptq(weights: Float64Array, hessian: Float64Array, grid: Float32Array, columns: number): number[] {
  const upper = upperCholesky(inverseOf(hessian, columns), columns);
  const left = weights.slice();
  for (let j = 0; j < columns; j++) {
    for (let start = 0; start < left.length; start += columns) {
      const distances = Array.from(grid, (point) => Math.abs(left[start + j]! - point));
      const code = distances.indexOf(Math.min(...distances));
      const error = (left[start + j]! - grid[code]!) / upper[j * columns + j]!;
      for (let l = j + 1; l < columns; l++) left[start + l]! -= error * upper[j * columns + l]!;
      left[start + j] = code;
    }
  }
  return [...left];
}

test("with lambda 0 and a fixed grid a pass gives the codes of a naive GPTQ", () => {
  const grid = Float32Array.from({ length: 15 }, (_, i) => (i - 7) / 4);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 20 }),
      fc.integer(),
      (columns, rows, seed) => {
        const hessian = hessianOf(columns, seed);
        const { factor, added } = inverseFactor(hessian, columns, { damping: 0.01 })!;
        const damped = hessian.map((value, at) => (at % (columns + 1) === 0 ? value + added : value));
        const weights = normals(rows * columns, seed + 7);
        const free = { bits: new Float64Array(grid.length), lambda: 0 };
        const codes = rateAwarePass(weights, { rows, columns, factor, centroids: grid, ...free });
        expect([...codes]).toEqual(naiveGptq(weights, damped, grid, columns));
      },
    ),
    { numRuns: 15 },
  );
});

/** The pass by its definition, weight by weight. */
function naivePass(weights: Float64Array, options: PassOptions): number[] {
  const { rows, columns, factor, centroids, bits, lambda, curvature, scales } = options;
  const left = weights.slice();
  const codes: number[] = [];
  for (let row = 0, at = 0; row < rows; row++) {
    const scale = scales?.[row] ?? 1;
    const worth = (curvature?.[row] ?? 1) * scale * scale;
    for (let j = 0; j < columns; j++, at++) {
      const diagonal = factor[j * columns + j]!;
      const importance = worth / (diagonal * diagonal);
      const costs = Array.from(
        centroids,
        (centroid, k) => importance * (left[at]! / scale - centroid) ** 2 + lambda * bits[k]!,
      );
      const code = costs.indexOf(Math.min(...costs));
      codes.push(code);
      const error = (left[at]! - scale * centroids[code]!) / diagonal;
      for (let l = j + 1; l < columns; l++) left[at + l - j]! -= error * factor[j * columns + l]!;
    }
  }
  return codes;
}

test("a pass gives the codes of its definition, with rates, curvatures and scales, of more rows than are gone through together", () => {
  const [rows, columns] = [515, 37];
  const factor = inverseFactor(hessianOf(columns, 3), columns)!.factor;
  const centroids = Float32Array.of(0, -0.5, 0.25, 1, -1.5, 0.75);
  const options = {
    ...{ rows, columns, factor, centroids, lambda: 3 },
    bits: idealBits(Uint32Array.of(900, 80, 100, 40, 10, 30)),
    curvature: Float64Array.from({ length: rows }, (_, row) => 1 + (row % 5)),
    scales: Float32Array.from({ length: rows }, (_, row) => 0.5 + (row % 3) / 2),
  };
  const weights = normals(rows * columns, 4);
  expect([...rateAwarePass(weights, options)]).toEqual(naivePass(weights, options));
});

test("the cheapest code is that of all of them, the lowest among equals", () => {
  const quarter = fc.integer({ min: -6, max: 6 }).map((value) => value / 4);
  const code = fc.record({ centroid: quarter, bits: fc.integer({ min: 0, max: 8 }) });
  fc.assert(
    fc.property(
      fc.array(code, { minLength: 1, maxLength: 12 }),
      fc.array(quarter, { minLength: 1, maxLength: 20 }),
      fc.constantFrom(0, 1 / 8, 1),
      fc.constantFrom(0, 1, 4),
      (codes, values, lambda, importance) => {
        const centroids = Float32Array.from(codes, ({ centroid }) => centroid);
        const bits = Float64Array.from(codes, (one) => one.bits);
        const choose = codeChoice({ centroids, bits, lambda });
        for (const value of values) {
          const costs = codes.map((one) => importance * (value - one.centroid) ** 2 + lambda * one.bits);
          expect(choose(value, importance)).toBe(costs.indexOf(Math.min(...costs)));
        }
      },
    ),
  );
});

import fc from "fast-check";
import { expect, test } from "vitest";
import {
  biasCorrection,
  calibrateLayer,
  crossMoments,
  idealBits,
  inverseFactor,
  layerOutputs,
  leastSquaresCentroids,
  outputMoments,
  quadraticError,
  rateAwarePass,
  residualTarget,
} from "../src";
import { calibratedByRows } from "../src/calibrate-layer";
import { correlatedRows, farthest, normals, product } from "./matrices";

function momentsOf(left: Float32Array, right: Float32Array, widths: { left: number; right: number }) {
  const sum = crossMoments(widths);
  sum.add(left, right);
  return sum.moments();
}

function hessianOf(width: number, seed: number): Float64Array {
  const rows = correlatedRows(5 * width, width, seed);
  return momentsOf(rows, rows, { left: width, right: width }).products;
}

function damped(hessian: Float64Array, size: number, added: number): Float64Array {
  return hessian.map((value, i) => (i % (size + 1) === 0 ? value + added : value));
}

function inverted(matrix: Float64Array, size: number): Float64Array {
  const { factor } = inverseFactor(matrix, size, { damping: 0 })!;
  const inverse = new Float64Array(size * size);
  for (let k = 0; k < size; k++) {
    for (let i = 0; i < size; i++)
      for (let j = 0; j < size; j++) inverse[i * size + j]! += factor[k * size + i]! * factor[k * size + j]!;
  }
  return inverse;
}

/** Optimal brain surgery by its definition: the inverse Hessian of the columns that are left, anew after each column. */
function naivePass(weights: Float64Array, hessian: Float64Array, centroids: Float32Array, columns: number): number[] {
  const codes: number[] = [];
  for (let start = 0; start < weights.length; start += columns) {
    const row = weights.slice(start, start + columns);
    for (let j = 0; j < columns; j++) {
      const size = columns - j;
      const left = Float64Array.from(
        { length: size * size },
        (_, at) => hessian[(j + Math.floor(at / size)) * columns + j + (at % size)]!,
      );
      const inverse = inverted(left, size);
      const distances = Array.from(centroids, (centroid) => Math.abs(row[j]! - centroid));
      const code = distances.indexOf(Math.min(...distances));
      codes.push(code);
      const error = (row[j]! - centroids[code]!) / inverse[0]!;
      for (let k = 0; k < size; k++) row[j + k]! -= error * inverse[k]!;
    }
  }
  return codes;
}

test("with lambda 0 and a fixed grid a pass gives the codes of optimal brain surgery", () => {
  const centroids = Float32Array.from({ length: 15 }, (_, i) => (i - 7) / 4);
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 70 }),
      fc.integer({ min: 1, max: 3 }),
      fc.integer(),
      (columns, rows, seed) => {
        const raw = hessianOf(columns, seed);
        const { factor, added } = inverseFactor(raw, columns, { damping: 0.05 })!;
        const weights = normals(rows * columns, seed + 7);
        const codes = rateAwarePass(weights, {
          rows,
          columns,
          factor,
          centroids,
          bits: new Float64Array(15),
          lambda: 0,
        });
        expect([...codes]).toEqual(naivePass(weights, damped(raw, columns, added), centroids, columns));
      },
    ),
    { numRuns: 12 },
  );
});

test("dear codes are taken only where they spare enough error", () => {
  const options = { rows: 1, columns: 3, factor: Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), lambda: 0.1 };
  const pass = (bits: number) => [
    ...rateAwarePass(Float64Array.of(0.2, 0.9, -0.6), {
      ...options,
      centroids: Float32Array.of(0, 1),
      bits: Float64Array.of(0, bits),
    }),
  ];
  expect(pass(0)).toEqual([0, 1, 0]);
  expect(pass(7)).toEqual([0, 1, 0]); // 0.81 against 0.01 + 0.7
  expect(pass(9)).toEqual([0, 0, 0]);
});

test("no other centroids make the outputs closer", () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 12 }),
      fc.integer({ min: 1, max: 4 }),
      fc.integer(),
      (columns, rows, seed) => {
        const hessian = damped(hessianOf(columns, seed), columns, 0.1);
        const weights = normals(rows * columns, seed);
        const centroids = Float32Array.of(-1, 0, 1);
        const codes = Uint8Array.from(weights, (value) => (value < -0.5 ? 0 : value > 0.5 ? 2 : 1));
        const layer = { rows, columns, hessian, curvature: Float64Array.from({ length: rows }, (_, i) => i + 1) };
        const found = leastSquaresCentroids(codes, weights, { ...layer, centroids });
        expect(found[1]).toBe(0);
        const errorOf = (values: Float32Array) =>
          quadraticError(
            Float64Array.from(codes, (code, i) => values[code]! - weights[i]!),
            layer,
          );
        const least = errorOf(found);
        for (const code of [0, 2]) {
          for (const step of [-0.05, 0.05]) {
            const moved = found.slice();
            moved[code]! += step;
            expect(errorOf(moved)).toBeGreaterThanOrEqual(least * (1 - 1e-3));
          }
        }
      },
    ),
    { numRuns: 50 },
  );
});

test("the quadratic error is that of the outputs", () => {
  const [rows, columns] = [3, 6];
  const inputs = correlatedRows(40, columns, 2);
  const { products, rightMeans } = momentsOf(inputs, inputs, { left: columns, right: columns });
  const errors = normals(rows * columns, 9);
  const curvature = Float64Array.of(1, 2, 3);
  let expected = 0;
  for (let at = 0; at < inputs.length; at += columns) {
    for (let row = 0; row < rows; row++) {
      let output = 0;
      for (let j = 0; j < columns; j++) output += errors[row * columns + j]! * (inputs[at + j]! - rightMeans[j]!);
      expected += curvature[row]! * output * output;
    }
  }
  const found = quadraticError(errors, { rows, columns, hessian: products, curvature });
  expect(found / expected).toBeCloseTo(1, 6);
});

test.each([8, 300])("the residual target of %i inputs solves its equation", (columns) => {
  const [rows, count] = [2, 7 * columns];
  const dense = correlatedRows(count, columns, 4);
  const inputs = Float32Array.from(dense, (value, i) => value + 0.3 * Math.sin(i));
  const skips = Float32Array.from(normals(count * rows, 5));
  const hessian = momentsOf(inputs, inputs, { left: columns, right: columns }).products;
  const cross = momentsOf(dense, inputs, { left: columns, right: columns }).products;
  const skip = momentsOf(skips, inputs, { left: rows, right: columns }).products;
  const weights = normals(rows * columns, 6);
  const inverse = inverseFactor(hessian, columns, { damping: 0.02 })!;
  const target = residualTarget(weights, { rows, columns, hessian, cross, inverse, skip });
  const left = product(target, damped(hessian, columns, inverse.added), columns);
  const right = product(weights, cross, columns).map((value, i) => value + skip[i]! + inverse.added * weights[i]!);
  expect(farthest(left, right)).toBeLessThan(1e-9 * Math.max(...right.map(Math.abs)));
  expect(farthest(residualTarget(weights, { rows, columns, hessian, cross: hessian, inverse }), weights)).toBeLessThan(
    1e-12,
  );
});

test("the target is the same by the moments of the dense network's outputs", () => {
  const [rows, columns, count] = [7, 20, 700];
  const dense = correlatedRows(count, columns, 4);
  const inputs = Float32Array.from(dense, (value, i) => value + 0.3 * Math.sin(i * i));
  const weights = normals(rows * columns, 6);
  const hessian = momentsOf(inputs, inputs, { left: columns, right: columns }).products;
  const cross = momentsOf(dense, inputs, { left: columns, right: columns }).products;
  const outputs = layerOutputs(dense, weights, { rows, columns });
  const own = outputMoments(weights, hessian, { rows, columns });
  const skip = momentsOf(outputs, inputs, { left: rows, right: columns }).products.map((value, i) => value - own[i]!);
  const inverse = inverseFactor(hessian, columns)!;
  const target = residualTarget(weights, { rows, columns, hessian, inverse, skip });
  expect(farthest(target, weights)).toBeGreaterThan(1e-3);
  expect(farthest(target, residualTarget(weights, { rows, columns, hessian, cross, inverse }))).toBeLessThan(1e-4);
});

test("the target is the same whatever the order of the factor is, and so is the layer that it is given to", () => {
  const [rows, columns] = [5, 20];
  const hessian = hessianOf(columns, 2);
  const cross = hessian.map((value, at) => value * (1 + 0.1 * Math.sin(at)));
  const weights = normals(rows * columns, 6);
  const inverse = inverseFactor(hessian, columns, { order: "variance" })!;
  expect([...inverse.order]).not.toEqual([...inverse.order].sort((a, b) => a - b));
  const moments = { rows, columns, hessian, cross };
  const given = residualTarget(weights, { ...moments, inverse: inverseFactor(hessian, columns)! });
  expect(farthest(residualTarget(weights, { ...moments, inverse }), given)).toBeLessThan(1e-9);
  const layer = { rows, columns, hessian, lambda: 2 };
  expect(calibrateLayer(weights, { ...layer, inverse })).toEqual(calibrateLayer(weights, layer));
});

test("outputs are those of each row, and rows that are not whole are refused", () => {
  const shape = { rows: 2, columns: 2 };
  const weights = Float64Array.of(1, 2, 0, -1);
  const of = (...values: number[]) => Float32Array.from(values);
  expect([...layerOutputs(of(1, 2, 3, 4), weights, shape)]).toEqual([5, -2, 11, -4]);
  expect(() => layerOutputs(of(1, 2, 3), weights, shape)).toThrow("inputs: expected whole rows of 2 values, got 3");
  expect(() => layerOutputs(of(1, 2), weights.slice(1), shape)).toThrow("weights: expected 4 elements, got 3");
});

test("moments of outputs and inputs are those of the outputs themselves", () => {
  const [rows, columns, count] = [3, 8, 400];
  const inputs = correlatedRows(count, columns, 4);
  const weights = normals(rows * columns, 6);
  const hessian = momentsOf(inputs, inputs, { left: columns, right: columns }).products;
  const outputs = layerOutputs(inputs, weights, { rows, columns });
  const expected = momentsOf(outputs, inputs, { left: rows, right: columns }).products;
  const found = outputMoments(weights, hessian, { rows, columns });
  expect(farthest(found, expected)).toBeLessThan(1e-5 * Math.max(...expected.map(Math.abs)));
  expect(() => outputMoments(weights, hessian.slice(1), { rows, columns })).toThrow("hessian: expected 64 elements");
});

test("rows are given their targets each by itself, more than are worked on together too", () => {
  const [rows, columns] = [1030, 5];
  const hessian = hessianOf(columns, 1);
  const cross = hessian.map((value, at) => value * (1 + 0.1 * Math.sin(at)));
  const inverse = inverseFactor(hessian, columns)!;
  const [weights, skip] = [normals(rows * columns, 2), normals(rows * columns, 3)];
  const moments = { columns, hessian, cross, inverse };
  const target = residualTarget(weights, { ...moments, rows, skip });
  for (const row of [0, 1023, 1024, 1029]) {
    const own = (values: Float64Array) => values.slice(row * columns, (row + 1) * columns);
    expect(own(target)).toEqual(residualTarget(own(weights), { ...moments, rows: 1, skip: own(skip) }));
  }
});

test("a corrected bias gives the outputs their mean", () => {
  const shape = { rows: 2, columns: 2, denseMeans: Float64Array.of(1, 2), compressedMeans: Float64Array.of(1, 3) };
  const correction = biasCorrection(Float64Array.of(1, 1, 0, 2), Float64Array.of(0.5, 1, 0, 1), shape);
  expect([...correction]).toEqual([3 - 3.5, 4 - 3]);
});

function layerOf(rows: number, columns: number, seed: number) {
  return { weights: normals(rows * columns, seed), options: { rows, columns, hessian: hessianOf(columns, seed) } };
}

const costOf = ({ error, bits }: { readonly error: number; readonly bits: number }, lambda: number) =>
  error + lambda * bits;

test("a layer of inputs that are alike costs far less where errors make up for each other", () => {
  const { weights, options } = layerOf(24, 36, 1);
  const lambda = 5;
  const best = calibrateLayer(weights, { ...options, lambda });
  const separate = calibrateLayer(weights, { ...options, lambda, greed: [] });
  expect(best.method).toBe("compensated");
  expect(separate.method).toBe("separate");
  expect(costOf(best, lambda)).toBeLessThan(0.8 * costOf(separate, lambda));
});

test("error and bits are those of the codes, and the result repeats to the bit", () => {
  const { weights, options } = layerOf(6, 15, 8);
  const scales = Float32Array.from({ length: 6 }, (_, i) => 0.5 + i / 4);
  const layer = calibrateLayer(weights, { ...options, lambda: 2, scales });
  const { codes, centroids } = layer;
  const errors = Float64Array.from(codes, (code, i) => scales[Math.floor(i / 15)]! * centroids[code]! - weights[i]!);
  const { added } = inverseFactor(options.hessian, 15)!;
  const hessian = damped(options.hessian, 15, added);
  expect(layer.error / quadraticError(errors, { ...options, hessian })).toBeCloseTo(1, 6);
  const counts = new Uint32Array(centroids.length);
  for (const code of codes) counts[code]!++;
  const bits = idealBits(counts).reduce((sum, own, k) => sum + own * counts[k]!, 0) + 19 * centroids.length;
  expect(layer.bits).toBeCloseTo(bits, 6);
  expect(centroids).toContain(0);
  expect([...centroids]).toEqual([...new Set(centroids)].sort((a, b) => a - b));
  expect(calibrateLayer(weights, { ...options, lambda: 2, scales })).toEqual(layer);
});

test("what is found with some of the rows is nearly as good for all of them", () => {
  const { weights, options } = layerOf(120, 24, 13);
  const curvature = Float64Array.from({ length: 120 }, (_, row) => 1 + (row % 3));
  const scales = Float32Array.from({ length: 120 }, (_, row) => 1 + (row % 2) / 2);
  const lambda = 3;
  const whole = { ...options, lambda, curvature, scales };
  const byAll = calibrateLayer(weights, whole);
  const bySome = calibratedByRows(weights, whole, { tried: 40 * 24 ** 2, least: 1 });
  expect(bySome.method).toBe("compensated");
  expect(costOf(bySome, lambda)).toBeLessThan(1.05 * costOf(byAll, lambda));
  const errors = Float64Array.from(
    bySome.codes,
    (code, i) => scales[Math.floor(i / 24)]! * bySome.centroids[code]! - weights[i]!,
  );
  const hessian = damped(options.hessian, 24, inverseFactor(options.hessian, 24)!.added);
  expect(bySome.error / quadraticError(errors, { ...whole, hessian })).toBeCloseTo(1, 6);
  const counts = new Uint32Array(bySome.centroids.length);
  for (const code of bySome.codes) counts[code]!++;
  const ofCodes = idealBits(counts).reduce((sum, own, k) => sum + own * counts[k]!, 0);
  expect(bySome.bits).toBeCloseTo(ofCodes + 19 * bySome.centroids.length, 6);
});

test("no greed by itself costs less than the best of all, of which hopeless ones are not gone on with", () => {
  const [rows, columns] = [12, 30];
  const hessian = hessianOf(columns, 2);
  const weights = normals(rows * columns, 6);
  let asked = 0;
  const bitsOf = (counts: Uint32Array) => {
    asked++;
    return idealBits(counts);
  };
  for (const lambda of [0.5, 5, 50]) {
    const cost = (greed: readonly number[]) => {
      asked = 0;
      const { error, bits } = calibrateLayer(weights, { rows, columns, hessian, lambda, bitsOf, greed });
      return error + lambda * bits;
    };
    const alone = [1, 1 / 2, 1 / 4].map((greed) => cost([greed]));
    expect(cost([1, 1 / 2, 1 / 4])).toBeLessThanOrEqual(1.001 * Math.min(...alone));
    // Once to begin with and twice a pass, three passes of four ways, and once for no weights at all.
    expect(asked).toBeLessThan(4 * (1 + 3 * 2) + 1);
  }
});

test("of some rows, too, each weight may be coded by itself, or none", () => {
  const { weights, options } = layerOf(50, 10, 14);
  const some = { tried: 1, least: 8 };
  const separate = calibratedByRows(weights, { ...options, lambda: 1, greed: [] }, some);
  expect(separate.method).toBe("separate");
  const errors = Float64Array.from(separate.codes, (code, i) => separate.centroids[code]! - weights[i]!);
  const hessian = damped(options.hessian, 10, inverseFactor(options.hessian, 10)!.added);
  expect(separate.error / quadraticError(errors, { ...options, hessian })).toBeCloseTo(1, 6);
  const none = calibratedByRows(weights, { ...options, lambda: 1e9 }, some);
  expect([...none.codes].every((code) => none.centroids[code] === 0)).toBe(true);
});

test("the larger lambda, the fewer bits; a layer not worth its bits is all zeros", () => {
  const { weights, options } = layerOf(8, 20, 11);
  const bits = [0.1, 1, 10, 1e9].map((lambda) => calibrateLayer(weights, { ...options, lambda }).bits);
  for (let i = 1; i < bits.length; i++) expect(bits[i]).toBeLessThan(bits[i - 1]!);
  const { codes, centroids } = calibrateLayer(weights, { ...options, lambda: 1e9 });
  expect([...codes].every((code) => centroids[code] === 0)).toBe(true);
});

test("weights of inputs that never vary are zeros", () => {
  const { weights, options } = layerOf(3, 5, 12);
  const hessian = options.hessian.map((value, at) => (at % 5 === 2 || Math.floor(at / 5) === 2 ? 0 : value));
  const { codes, centroids } = calibrateLayer(weights, { ...options, hessian, lambda: 10 });
  expect(codes.some((code) => centroids[code] !== 0)).toBe(true);
  expect([2, 7, 12].map((at) => centroids[codes[at]!])).toEqual([0, 0, 0]);
});

test("a Hessian that is not positive definite leaves each weight to itself", () => {
  const hessian = Float64Array.of(1, 1e6, 1e6, 1);
  const layer = calibrateLayer(Float64Array.of(0.5, -0.25), { rows: 1, columns: 2, hessian, lambda: 1e-6 });
  expect(layer.method).toBe("separate");
});

test("wrong sizes are refused", () => {
  expect(() =>
    calibrateLayer(new Float64Array(3), { rows: 2, columns: 2, hessian: new Float64Array(4), lambda: 1 }),
  ).toThrow("weights");
  expect(() =>
    calibrateLayer(new Float64Array(4), { rows: 2, columns: 2, hessian: new Float64Array(3), lambda: 1 }),
  ).toThrow("hessian");
  expect(() =>
    calibrateLayer(new Float64Array(4), { rows: 2, columns: 2, hessian: new Float64Array(4), lambda: 0 }),
  ).toThrow("lambda");
  const inverse = inverseFactor(Float64Array.of(1), 1)!;
  expect(() =>
    calibrateLayer(new Float64Array(4), { rows: 2, columns: 2, hessian: new Float64Array(4), lambda: 1, inverse }),
  ).toThrow("inverse.factor: expected 4 elements, got 1");
});

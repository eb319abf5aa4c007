import { seededRandom } from "@deep-compression/runtime";
import { bernoulliBits, densityClasses, lineCounts } from "@deep-compression/sparse";
import fc from "fast-check";
import { expect, test } from "vitest";

const shape = { rows: 600, columns: 1200 };
const alike = () => 1;
const steps = (line: number) => [0.1, 0.5, 1, 2.4][(7 * line) % 4];

/** Positions in a matrix whose density differs from row to row by the factors given. */
function clumped(rowFactor: (row: number) => number): Uint32Array {
  const random = seededRandom(3);
  const positions = Uint32Array.from({ length: shape.rows * shape.columns }, (_, i) => i);
  return positions.filter((i) => random() < 0.12 * rowFactor(Math.floor(i / shape.columns)));
}

test("rows of four densities are told apart, and lines that are alike are not", () => {
  const [best] = densityClasses({ ...shape, positions: clumped(steps) }, { maxSubmatrices: 2 });
  expect(best.columnClasses).toBeUndefined();
  const classes = Array.from({ length: 4 }, (_, k) => best.rowClasses?.filter((_, row) => (7 * row) % 4 === k));
  const numbers = classes.map((own) => [...new Set(own)]);
  expect(numbers.map((own) => own.length)).toEqual([1, 1, 1, 1]);
  expect(numbers.flat()).toEqual([1, 2, 3, 4]); // 7 row mod 4 = 0, 3, 2, 1: by rising density
  expect(densityClasses({ ...shape, positions: clumped(alike) }, { maxSubmatrices: 2 })).toEqual([]);
});

test("empty rows are of class 0, and a matrix of zeros has no classes", () => {
  const positions = clumped((row) => (row % 5 === 0 ? 0 : steps(row)));
  const [best] = densityClasses({ ...shape, positions }, { maxSubmatrices: 2 });
  expect(best.rowClasses).toHaveLength(shape.rows);
  best.rowClasses?.forEach((line, i) => {
    expect(line === 0).toBe(i % 5 === 0);
  });
  expect(densityClasses({ ...shape, positions: new Uint32Array(0) }, { maxSubmatrices: 1 })).toEqual([]);
});

test("classes of any matrix leave out the empty lines and no others, and are numbered from 1 without a gap", () => {
  const matrices = fc.integer({ min: 1, max: 40 }).chain((columns) =>
    fc.record({
      rows: fc.constant(40),
      columns: fc.constant(columns),
      positions: fc
        .uniqueArray(fc.nat({ max: 40 * columns - 1 }), { maxLength: 300 })
        .map((all) => Uint32Array.from(all).sort()),
    }),
  );
  fc.assert(
    fc.property(matrices, fc.integer({ min: 1, max: 20 }), (matrix, maxSubmatrices) => {
      const counts = lineCounts(matrix);
      for (const { rowClasses, columnClasses } of densityClasses(matrix, { maxSubmatrices })) {
        for (const [map, own] of [
          [rowClasses, counts.rows],
          [columnClasses, counts.columns],
        ] as const) {
          if (map === undefined) continue;
          expect([...map].map((line) => line > 0)).toEqual([...own].map((count) => count > 0));
          const numbers = [...new Set(map)].filter((line) => line > 0).sort((a, b) => a - b);
          expect(numbers).toEqual(numbers.map((_, i) => i + 1));
        }
      }
    }),
  );
});

test("the entropy of a block is 0 at its ends, its size in the middle, and never more", () => {
  expect(bernoulliBits(0, 100)).toBe(0);
  expect(bernoulliBits(100, 100)).toBe(0);
  expect(bernoulliBits(50, 100)).toBeCloseTo(100, 10);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 6 }), fc.double({ min: 0, max: 1, noNaN: true }), (area, fraction) => {
      expect(bernoulliBits(Math.round(fraction * area), area)).toBeLessThanOrEqual(area * (1 + 1e-12));
    }),
  );
});

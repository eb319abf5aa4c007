import { type Layout, liveLayout, toRowMajor, unwalk, walk, walkLength } from "@deep-compression/sparse";
import { layouts, matrices } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Row-major positions in walk order, by the definition. */
function walkedPositions({ rows, columns, order, rowClasses, columnClasses }: Layout): number[] {
  const positions = Array.from({ length: rows * columns }, (_, i) => i).filter(
    (i) => rowClasses?.[Math.floor(i / columns)] !== 0 && columnClasses?.[i % columns] !== 0,
  );
  if (order === "row-major") return positions;
  return positions.sort((a, b) => (a % columns) - (b % columns) || a - b);
}

// 0 1 2
// 3 4 5
const dense = Float32Array.of(0, 1, 2, 3, 4, 5);
const shape = { rows: 2, columns: 3 } as const;

test("a walk along rows is the matrix, along columns its transpose", () => {
  expect(walk({ ...shape, order: "row-major" }, dense)).toEqual(dense);
  expect(walk({ ...shape, order: "column-major" }, dense)).toEqual(Float32Array.of(0, 3, 1, 4, 2, 5));
});

test("dead rows and columns are left out, and come back as the fill", () => {
  const rowClasses = Uint8Array.of(0, 1);
  const columnClasses = Uint8Array.of(1, 0, 1);
  const layout: Layout = { ...shape, order: "column-major", rowClasses, columnClasses };
  expect(walk(layout, dense)).toEqual(Float32Array.of(3, 5));
  expect(unwalk(layout, Float32Array.of(7, 8))).toEqual(Float32Array.of(0, 0, 0, 7, 0, 8));
  expect(unwalk(layout, Uint8Array.of(7, 8), 4)).toEqual(Uint8Array.of(4, 4, 4, 7, 4, 8));
  expect(toRowMajor(layout, Uint32Array.of(1, 0))).toEqual(Uint32Array.of(5, 3));
});

test("live rows and columns are those with something in them", () => {
  const matrix = { rows: 2, columns: 3, dense: Float32Array.of(0, -0, 0, 0, Number.NaN, 0) };
  const live = { rowClasses: Uint8Array.of(0, 1), columnClasses: Uint8Array.of(0, 1, 0) };
  expect(liveLayout(matrix)).toEqual(live);
  expect(liveLayout({ rows: 2, columns: 3, mask: Uint8Array.of(0, 0, 0, 0, 1, 0) })).toEqual(live);
  expect(liveLayout({ rows: 2, columns: 3, dense: Uint8Array.of(9, 9, 9, 9, 0, 9), zero: 9 })).toEqual(live);
});

test("a walk takes the positions its definition says, and unwalking puts them back", () => {
  fc.assert(
    fc.property(layouts(), (layout) => {
      const positions = walkedPositions(layout);
      const numbered = Float32Array.from({ length: layout.rows * layout.columns }, (_, i) => i + 1);
      const vector = walk(layout, numbered);
      expect(walkLength(layout)).toBe(positions.length);
      expect(Array.from(vector)).toEqual(positions.map((position) => position + 1));
      expect(Array.from(toRowMajor(layout, Uint32Array.from(positions.keys())))).toEqual(positions);
      const live = new Set(positions);
      expect(unwalk(layout, vector)).toEqual(numbered.map((value, i) => (live.has(i) ? value : 0)));
    }),
    { numRuns },
  );
});

test("a matrix walked over its own live layout comes back whole", () => {
  fc.assert(
    fc.property(matrices(), fc.constantFrom("row-major" as const, "column-major" as const), (matrix, order) => {
      const layout = { ...matrix, ...liveLayout(matrix), order };
      const restored = unwalk(layout, walk(layout, matrix.dense)).map((value) => value + 0);
      expect(restored).toEqual(matrix.dense.map((value) => value + 0));
    }),
    { numRuns },
  );
});

test("2^32 rows of no columns take no memory", () => {
  expect(walkLength({ rows: 2 ** 32, columns: 0, order: "row-major" })).toBe(0);
});

test("wrong arguments name themselves", () => {
  const layout: Layout = { ...shape, order: "row-major" };
  expect(() => walk(layout, dense.subarray(1))).toThrow(/^dense: expected 6/);
  expect(() => unwalk(layout, dense.subarray(1))).toThrow(/^vector: expected 6/);
  expect(() => unwalk(layout, Uint8Array.from(dense), 256)).toThrow(/^fill/);
  expect(() => toRowMajor(layout, Uint32Array.of(0, 6))).toThrow(/^positions\[1\].*6/);
  expect(() => walk({ ...layout, rowClasses: Uint8Array.of(1) }, dense)).toThrow(/^rowClasses/);
  expect(() => walk({ ...layout, columnClasses: Uint8Array.of(1, 16, 1) }, dense)).toThrow(/^columnClasses\[1\]/);
  expect(() => walk({ ...layout, rows: 2 ** 20, columns: 2 ** 20 }, dense)).toThrow(/^rows \* columns/);
  expect(() => liveLayout({ rows: 3, columns: 3, dense })).toThrow(/^dense/);
});

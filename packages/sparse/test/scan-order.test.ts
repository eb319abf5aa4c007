import {
  bitmask,
  type Layout,
  levelStarts,
  lineCounts,
  nonEmptyClasses,
  scan,
  scanLength,
  scanMask,
  scanVector,
  sparseVector,
  submatrixCounts,
  submatrixLevels,
  toRowMajor,
  unscan,
} from "@deep-compression/sparse";
import { layouts, matrices, weights } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Row-major positions in scan order, by the definition. */
function scannedPositions({ rows, columns, order, rowClasses, columnClasses, levels }: Layout): number[] {
  const rowOf = (i: number) => Math.floor(i / columns);
  const rowClass = (i: number) => rowClasses?.[rowOf(i)] ?? 1;
  const columnClass = (i: number) => columnClasses?.[i % columns] ?? 1;
  const present = (classes: Uint8Array | undefined) =>
    [...new Set(classes ?? [1])].filter((line) => line > 0).sort((a, b) => a - b);
  const [ofRows, ofColumns] = [present(rowClasses), present(columnClasses)];
  const level = (i: number) =>
    levels?.[ofRows.indexOf(rowClass(i)) * ofColumns.length + ofColumns.indexOf(columnClass(i))] ?? 0;
  return Array.from({ length: rows * columns }, (_, i) => i)
    .filter((i) => rowClass(i) !== 0 && columnClass(i) !== 0)
    .sort((a, b) => {
      const submatrix = level(a) - level(b) || rowClass(a) - rowClass(b) || columnClass(a) - columnClass(b);
      return submatrix || (order === "row-major" ? a - b : (a % columns) - (b % columns) || a - b);
    });
}

// 0 1 2
// 3 4 5
const dense = Float32Array.of(0, 1, 2, 3, 4, 5);
const shape = { rows: 2, columns: 3 } as const;

test("a scan along rows is the matrix, along columns its transpose", () => {
  expect(scan({ ...shape, order: "row-major" }, dense)).toEqual(dense);
  expect(scan({ ...shape, order: "column-major" }, dense)).toEqual(Float32Array.of(0, 3, 1, 4, 2, 5));
});

test("empty rows and columns are left out, and come back as the fill", () => {
  const rowClasses = Uint8Array.of(0, 1);
  const columnClasses = Uint8Array.of(1, 0, 1);
  const layout: Layout = { ...shape, order: "column-major", rowClasses, columnClasses };
  expect(scan(layout, dense)).toEqual(Float32Array.of(3, 5));
  expect(unscan(layout, Float32Array.of(7, 8))).toEqual(Float32Array.of(0, 0, 0, 7, 0, 8));
  expect(unscan(layout, Uint8Array.of(7, 8), 4)).toEqual(Uint8Array.of(4, 4, 4, 7, 4, 8));
  expect(toRowMajor(layout, Uint32Array.of(1, 0))).toEqual(Uint32Array.of(5, 3));
});

test("non-empty rows and columns are those with something in them", () => {
  const matrix = { rows: 2, columns: 3, dense: Float32Array.of(0, -0, 0, 0, Number.NaN, 0) };
  const classes = { rowClasses: Uint8Array.of(0, 1), columnClasses: Uint8Array.of(0, 1, 0) };
  expect(nonEmptyClasses(matrix)).toEqual(classes);
  expect(nonEmptyClasses({ rows: 2, columns: 3, mask: Uint8Array.of(0, 0, 0, 0, 1, 0) })).toEqual(classes);
  expect(nonEmptyClasses({ rows: 2, columns: 3, dense: Uint8Array.of(9, 9, 9, 9, 0, 9), zero: 9 })).toEqual(classes);
});

test("a scan takes the positions its definition says, and unscanning puts them back", () => {
  fc.assert(
    fc.property(layouts(), (layout) => {
      const positions = scannedPositions(layout);
      const numbered = Float32Array.from({ length: layout.rows * layout.columns }, (_, i) => i + 1);
      const vector = scan(layout, numbered);
      expect(scanLength(layout)).toBe(positions.length);
      expect(Array.from(vector)).toEqual(positions.map((position) => position + 1));
      expect(Array.from(toRowMajor(layout, Uint32Array.from(positions.keys())))).toEqual(positions);
      const taken = new Set(positions);
      expect(unscan(layout, vector)).toEqual(numbered.map((value, i) => (taken.has(i) ? value : 0)));
    }),
    { numRuns },
  );
});

test("a matrix scanned without its empty rows and columns comes back whole", () => {
  fc.assert(
    fc.property(matrices(), fc.constantFrom("row-major" as const, "column-major" as const), (matrix, order) => {
      const layout = { ...matrix, ...nonEmptyClasses(matrix), order };
      const restored = unscan(layout, scan(layout, matrix.dense)).map((value) => value + 0);
      expect(restored).toEqual(matrix.dense.map((value) => value + 0));
    }),
    { numRuns },
  );
});

test("submatrices follow each other by class: rows of class 1 before those of class 2, and so the columns in each", () => {
  const layout: Layout = {
    ...shape,
    order: "row-major",
    rowClasses: Uint8Array.of(2, 1),
    columnClasses: Uint8Array.of(3, 0, 2),
  };
  expect(scan(layout, dense)).toEqual(Float32Array.of(5, 3, 2, 0));
  expect(toRowMajor(layout, Uint32Array.of(3, 0, 2))).toEqual(Uint32Array.of(0, 5, 2));
  expect(scan({ ...layout, columnClasses: Uint8Array.of(2, 1, 2) }, dense)).toEqual(Float32Array.of(4, 3, 5, 1, 0, 2));
  const columns: Layout = { ...shape, order: "column-major", columnClasses: Uint8Array.of(2, 1, 2) };
  expect(scan(columns, dense)).toEqual(Float32Array.of(1, 4, 0, 3, 2, 5));
});

test("submatrices go by their levels, those of one level by class", () => {
  const layout: Layout = {
    ...shape,
    order: "row-major",
    rowClasses: Uint8Array.of(2, 1),
    columnClasses: Uint8Array.of(3, 0, 2),
    levels: Uint8Array.of(4, 0, 4, 1), // rows 1: 5, 3; rows 2: 2, 0
  };
  expect(scan(layout, dense)).toEqual(Float32Array.of(3, 0, 5, 2));
  expect(levelStarts(layout)).toEqual([0, 1, 2, 2, 2, 4]);
  expect(levelStarts({ ...shape, order: "row-major" })).toEqual([0, 6]);
  expect(() => scan({ ...layout, levels: Uint8Array.of(0, 1, 2) }, dense)).toThrow(/^levels: expected 4/);
  expect(() => scan({ ...layout, levels: Uint8Array.of(0, 1, 16, 0) }, dense)).toThrow(
    /^levels\[2\]: expected a level/,
  );
});

test("levels go up with the density of submatrices, without a gap; alike ones have none", () => {
  // 16 x 16 blocks of the densities 1/2, 1/16, 1/4 and 1/8.
  const [rows, columns] = [32, 32];
  const every = [2, 16, 4, 8];
  const positions = Uint32Array.from({ length: rows * columns }, (_, i) => i).filter(
    (i) => (i % 256) % every[2 * Number(i >= 512) + Number(i % 32 >= 16)] === 0,
  );
  const half = Uint8Array.from({ length: 32 }, (_, i) => (i < 16 ? 1 : 2));
  const layout: Layout = { rows, columns, order: "row-major", rowClasses: half, columnClasses: half };
  const vector = { length: rows * columns, positions, values: new Uint8Array(positions.length) };
  const levelsOf = (one: Layout) => submatrixLevels(submatrixCounts(one, vector, { alphabet: 0 }));
  expect(levelsOf(layout)).toEqual(Uint8Array.of(3, 0, 2, 1));
  expect(levelsOf({ rows, columns, order: "row-major" })).toBeUndefined();
  expect(submatrixLevels([256, 256].map((elements) => ({ elements, entries: 0 })))).toBeUndefined();
});

test("scanning a sparse vector is taking the non-zeros of the scanned matrix", () => {
  const cases = layouts().chain((layout) => {
    const size = layout.rows * layout.columns;
    return fc.record({ layout: fc.constant(layout), list: weights({ minLength: size, maxLength: size }) });
  });
  fc.assert(
    fc.property(cases, ({ layout, list }) => {
      const left = unscan(layout, scan(layout, list));
      const before = sparseVector(left);
      expect(scanVector(layout, before)).toEqual(sparseVector(scan(layout, list)));
      expect(scanMask(layout, before)).toEqual(bitmask().encode(scanVector(layout, before)));
      expect(before).toEqual(sparseVector(left));
    }),
    { numRuns },
  );
});

test("an entry on an empty line is a RangeError", () => {
  const vector = { length: 6, positions: Uint32Array.of(0, 5), values: Uint8Array.of(1, 2) };
  const layout: Layout = { ...shape, order: "column-major" };
  expect(() => scanVector({ ...layout, rowClasses: Uint8Array.of(3, 0) }, vector)).toThrow(/^positions\[1\].*row 1/);
  expect(() => scanVector({ ...layout, columnClasses: Uint8Array.of(0, 1, 1) }, vector)).toThrow(/^positions\[0\]/);
  expect(() => scanVector({ ...layout, rows: 3 }, vector)).toThrow(/^vector: expected 9/);
  expect(() => scanVector(layout, { ...vector, positions: Uint32Array.of(5, 0) })).toThrow(/^positions\[1\]/);
});

test("a matrix of 2^32 elements and two entries is scanned by its entries and lines", () => {
  const last = 2 ** 32 - 1;
  const vector = { length: 2 ** 32, positions: Uint32Array.of(2 ** 16, last), values: Uint8Array.of(1, 2) };
  const layout: Layout = { rows: 2 ** 16, columns: 2 ** 16, order: "column-major" };
  expect(scanVector(layout, vector).positions).toEqual(Uint32Array.of(1, last));
  expect(toRowMajor(layout, Uint32Array.of(1, last))).toEqual(vector.positions);
  const rowClasses = new Uint8Array(2 ** 16).fill(2);
  rowClasses[2 ** 16 - 1] = 1;
  const scanned = scanVector({ ...layout, rowClasses }, vector);
  expect(scanned).toEqual({
    length: 2 ** 32,
    positions: Uint32Array.of(2 ** 16 - 1, 2 ** 16 + 1),
    values: Uint8Array.of(2, 1),
  });
  expect(lineCounts({ ...layout, positions: vector.positions }).rows[2 ** 16 - 1]).toBe(1);
});

test("the entries of each line are counted", () => {
  fc.assert(
    fc.property(matrices(), ({ rows, columns, dense: list }) => {
      const { positions } = sparseVector(list);
      const counts = lineCounts({ rows, columns, positions });
      const inRow = (row: number) => positions.filter((position) => Math.floor(position / columns) === row).length;
      const inColumn = (column: number) => positions.filter((position) => position % columns === column).length;
      expect(Array.from(counts.rows)).toEqual(Array.from({ length: rows }, (_, row) => inRow(row)));
      expect(Array.from(counts.columns)).toEqual(Array.from({ length: columns }, (_, column) => inColumn(column)));
    }),
    { numRuns },
  );
  expect(() => lineCounts({ rows: 2, columns: 2, positions: Uint32Array.of(4) })).toThrow(/^positions\[0\]/);
});

test("2^32 rows of no columns take no memory", () => {
  expect(scanLength({ rows: 2 ** 32, columns: 0, order: "row-major" })).toBe(0);
});

test("wrong arguments name themselves", () => {
  const layout: Layout = { ...shape, order: "row-major" };
  expect(() => scan(layout, dense.subarray(1))).toThrow(/^dense: expected 6/);
  expect(() => unscan(layout, dense.subarray(1))).toThrow(/^vector: expected 6/);
  expect(() => unscan(layout, Uint8Array.from(dense), 256)).toThrow(/^fill/);
  expect(() => toRowMajor(layout, Uint32Array.of(0, 6))).toThrow(/^positions\[1\].*6/);
  expect(() => scan({ ...layout, rowClasses: Uint8Array.of(1) }, dense)).toThrow(/^rowClasses/);
  expect(() => scan({ ...layout, columnClasses: Uint8Array.of(1, 16, 1) }, dense)).toThrow(/^columnClasses\[1\]/);
  expect(() => scan({ ...layout, rows: 2 ** 20, columns: 2 ** 20 }, dense)).toThrow(/^rows \* columns/);
  expect(() => nonEmptyClasses({ rows: 3, columns: 3, dense })).toThrow(/^dense/);
});

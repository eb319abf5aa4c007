import {
  type Layout,
  maskCounts,
  type SparseVector,
  scanVector,
  submatrixCounts,
  summarizeGaps,
} from "@deep-compression/sparse";
import { layouts } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";
import { scanOf } from "../src/scan-order";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

interface Case {
  readonly layout: Layout;
  readonly vector: SparseVector<Uint8Array>;
}

/** Codes 0..3 on the lines of a layout. */
const cases: fc.Arbitrary<Case> = layouts({ maxRows: 40, maxColumns: 40 }).chain((layout) => {
  const { rows, columns, rowClasses, columnClasses } = layout;
  const length = rows * columns;
  const isOnLine = (at: number) => rowClasses?.[Math.floor(at / columns)] !== 0 && columnClasses?.[at % columns] !== 0;
  return fc.array(fc.constantFrom(-1, -1, 0, 1, 2, 3), { minLength: length, maxLength: length }).map((codes) => {
    const positions = Uint32Array.from(codes.keys()).filter((at) => codes[at]! >= 0 && isOnLine(at));
    return { layout, vector: { length, positions, values: Uint8Array.from(positions, (at) => codes[at]!) } };
  });
});

function histogram(symbols: ArrayLike<number>, alphabet: number): number[] {
  const counts = new Array<number>(alphabet).fill(0);
  for (const symbol of Array.from(symbols)) counts[symbol]!++;
  return counts;
}

test("each submatrix is counted as if it were scanned alone", () => {
  fc.assert(
    fc.property(cases, ({ layout: { levels, ...layout }, vector }) => {
      const scanned = scanVector(layout, vector);
      const { submatrices } = scanOf(layout);
      const counts = submatrixCounts({ ...layout, ...(levels && { levels }) }, vector, { alphabet: 4 });
      const byLine = layout.rowClasses === undefined && layout.columnClasses === undefined;
      if (!byLine) expect(counts.length).toBe(submatrices.length);
      for (const [i, { start, size, outer }] of submatrices.entries()) {
        const elements = (outer.to - outer.from) * size;
        const isIn = (at: number) => at >= start && at < start + elements;
        const own = scanned.positions.filter(isIn).map((at) => at - start);
        const values = scanned.values.filter((_, entry) => isIn(scanned.positions[entry]!));
        expect(counts[i]).toMatchObject({ elements, entries: own.length });
        expect([counts[i]!.gaps]).toEqual(summarizeGaps(own));
        expect([...counts[i]!.values]).toEqual(histogram(values, 4));
        expect([counts[i]!.mask]).toEqual(maskCounts(own, { length: elements, chunk: 65536 }));
      }
    }),
    { numRuns },
  );
});

test("of an alphabet of 0 no values are counted, and an entry on an empty line is refused", () => {
  const layout: Layout = { rows: 2, columns: 2, order: "row-major", rowClasses: Uint8Array.of(0, 1) };
  const vector = (position: number) => ({ length: 4, positions: Uint32Array.of(position), values: Uint8Array.of(0) });
  expect(submatrixCounts(layout, vector(2), { alphabet: 0 })[0]!.values).toEqual(new Uint32Array(0));
  expect(() => submatrixCounts(layout, vector(1), { alphabet: 0 })).toThrow(/^positions\[0\]: .* row 0/);
});

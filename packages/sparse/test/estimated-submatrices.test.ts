import { seededRandom } from "@deep-compression/runtime";
import { estimatedSubmatrixCounts, type Layout, type SubmatrixCounts, submatrixCounts } from "@deep-compression/sparse";
import { layouts } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Codes below 4 on the lines of a layout, where rows are of unlike density. */
function matrix({ rows, columns, rowClasses, columnClasses }: Layout, seed: number) {
  const random = seededRandom(seed);
  const length = rows * columns;
  const positions = Uint32Array.from({ length }, (_, at) => at).filter((at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    const isOnLine = rowClasses?.[row] !== 0 && columnClasses?.[column] !== 0;
    return isOnLine && random() < 0.05 * (rowClasses?.[row] ?? 2) + 0.1 * ((column & 3) / 3);
  });
  return { length, positions, values: Uint8Array.from(positions, () => 4 * random() ** 2) };
}

/** Bits of symbols of these counts. */
function entropy(counts: Uint32Array): number {
  const all = counts.reduce((sum, count) => sum + count, 0);
  return counts.reduce((bits, count) => (count > 0 ? bits - count * Math.log2(count / all) : bits), 0);
}

function bits(submatrices: readonly SubmatrixCounts[]) {
  const sum = (of: (counts: SubmatrixCounts) => number) => submatrices.reduce((all, one) => all + of(one), 0);
  return [sum(({ gaps }) => entropy(gaps.low)), sum(({ mask }) => entropy(mask)), sum(({ values }) => entropy(values))];
}

test("few entries are counted whole", () => {
  fc.assert(
    fc.property(layouts({ maxRows: 40, maxColumns: 20 }), fc.nat(1000), (layout, seed) => {
      const vector = matrix(layout, seed);
      const exact = submatrixCounts(layout, vector, { alphabet: 4 });
      expect(estimatedSubmatrixCounts(layout, vector, { alphabet: 4, entries: 1000 })).toEqual(exact);
    }),
    { numRuns },
  );
});

test("submatrices are those of the whole matrix, of as many elements, however few rows a class has", () => {
  fc.assert(
    fc.property(layouts({ maxRows: 100, maxColumns: 20 }), fc.nat(1000), (layout, seed) => {
      const vector = matrix(layout, seed);
      const exact = submatrixCounts(layout, vector, { alphabet: 4 });
      const estimated = estimatedSubmatrixCounts(layout, vector, { alphabet: 4, entries: 1 });
      expect(estimated.map(({ elements }) => elements)).toEqual(exact.map(({ elements }) => elements));
    }),
    { numRuns },
  );
});

test.each(["row-major", "column-major"] as const)(
  "of many entries some tell what streams take within 1 %, %s",
  (order) => {
    const [rows, columns] = [4096, 300];
    const rowClasses = Uint8Array.from({ length: rows }, (_, row) => (row % 7 === 0 ? 0 : 1 + ((row * 5) % 3)));
    const columnClasses = Uint8Array.from({ length: columns }, (_, column) => 1 + (column & 1));
    for (const classes of [{}, { rowClasses }, { rowClasses, columnClasses }]) {
      const layout: Layout = { rows, columns, order, ...classes };
      const vector = matrix(layout, 5);
      const exact = bits(submatrixCounts(layout, vector, { alphabet: 4 }));
      const estimated = bits(estimatedSubmatrixCounts(layout, vector, { alphabet: 4, entries: 20000 }));
      for (const [i, own] of estimated.entries()) expect(Math.abs(own / exact[i]! - 1)).toBeLessThan(0.01);
    }
  },
);

import { bytesSource } from "@deep-compression/container";
import { floatTensor, floatValues } from "@deep-compression/network";
import { compress, decompress, openWeights } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { bernoulliBits, lineClassCandidates } from "../../sparse/src/density-classes";
import { decodeLineMaps, encodeLineMaps, type LineMaps, lineMapCoding } from "../../tensor-codec/src/line-maps";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** A matrix whose density differs from row to row and from column to column by the factors given. */
function clumped(
  { rows, columns }: { readonly rows: number; readonly columns: number },
  factors: { readonly row: (row: number) => number; readonly column: (column: number) => number },
): Float32Array {
  const random = seededRandom(3);
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const density = 0.12 * factors.row(Math.floor(i / columns)) * factors.column(i % columns);
    return random() < density ? [1, -1, 0.5][Math.floor(3 * random())] : 0;
  });
}

const shape = { rows: 600, columns: 1200 };
const alike = () => 1;
const steps = (line: number) => [0.1, 0.5, 1, 2.4][(7 * line) % 4];

function positionsOf(values: Float32Array): Uint32Array {
  return Uint32Array.from(values.keys()).filter((i) => values[i] !== 0);
}

test("lines of four densities are told apart, and lines that are alike are not", () => {
  const positions = positionsOf(clumped(shape, { row: steps, column: alike }));
  const [best] = lineClassCandidates({ ...shape, positions }, { blocks: 2 });
  expect(best.columnClasses).toBeUndefined();
  const classes = Array.from({ length: 4 }, (_, k) => best.rowClasses?.filter((_, row) => (7 * row) % 4 === k));
  const numbers = classes.map((own) => [...new Set(own)]);
  expect(numbers.map((own) => own.length)).toEqual([1, 1, 1, 1]);
  expect(numbers.flat()).toEqual([1, 2, 3, 4]); // 7 row mod 4 = 0, 3, 2, 1: by rising density
  const even = positionsOf(clumped(shape, { row: alike, column: alike }));
  expect(lineClassCandidates({ ...shape, positions: even }, { blocks: 2 })).toEqual([]);
});

test("dead lines are of class 0, and a matrix of zeros has no classes", () => {
  const row = (line: number) => (line % 5 === 0 ? 0 : steps(line));
  const positions = positionsOf(clumped(shape, { row, column: alike }));
  const [best] = lineClassCandidates({ ...shape, positions }, { blocks: 2 });
  best.rowClasses?.forEach((line, i) => {
    expect(line === 0).toBe(i % 5 === 0);
  });
  expect(lineClassCandidates({ ...shape, positions: new Uint32Array(0) }, { blocks: 1 })).toEqual([]);
});

test("the entropy of a block is 0 at its ends, its size in the middle, and never more", () => {
  expect(bernoulliBits(0, 100)).toBe(0);
  expect(bernoulliBits(100, 100)).toBe(0);
  expect(bernoulliBits(50, 100)).toBeCloseTo(100, 10);
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 10 ** 6 }), fc.double({ min: 0, max: 1, noNaN: true }), (area, share) => {
      expect(bernoulliBits(Math.round(share * area), area)).toBeLessThanOrEqual(area * (1 + 1e-12));
    }),
  );
});

test("a large matrix of unlike lines is stored with classes, in fewer bytes, and comes back", async () => {
  const values = clumped(shape, { row: steps, column: steps });
  const network = { graph: undefined, tensors: [floatTensor("w", [shape.rows, shape.columns], values)] };
  for (const form of ["gaps", "bitmask"] as const) {
    const plain = compress(network, { default: { form, compactLines: "never" } }).bytes;
    const { bytes } = compress(network, { default: { form } });
    expect(bytes.length).toBeLessThan(0.95 * plain.length);
    const { stored } = (await openWeights(bytesSource(bytes))).weights.weight("w");
    expect(stored).toMatchObject({ form, layout: { rowClasses: expect.any(Uint8Array) } });
    expect(floatValues((await decompress(bytesSource(bytes))).tensors[0])).toEqual(values);
  }
});

/** Classes of lines as a writer may number them; some map has a class above 1. */
const classMaps: fc.Arbitrary<LineMaps> = fc
  .tuple(fc.integer({ min: 2, max: 15 }), fc.integer({ min: 0, max: 1 }), fc.array(fc.nat(14), { maxLength: 40 }))
  .map(([most, least, picks]) => {
    const all = Array.from({ length: most - least + 1 }, (_, i) => least + i);
    return { rowClasses: Uint8Array.from([...picks.map((pick) => least + (pick % (most - least + 1))), ...all]) };
  })
  .chain((maps) =>
    fc.constantFrom(maps, { columnClasses: maps.rowClasses }, { ...maps, columnClasses: Uint8Array.of(0, 1) }),
  );

test("maps of classes come back, whatever stands behind them", () => {
  fc.assert(
    fc.property(classMaps, fc.uint8Array({ maxLength: 3 }), (maps, tail) => {
      expect(lineMapCoding(maps)).toBe("classes");
      const bytes = encodeLineMaps(maps);
      const lines = { rows: maps.rowClasses?.length, columns: maps.columnClasses?.length };
      const options = { ...lines, coding: "classes" as const, baseOffset: 0 };
      expect(decodeLineMaps(Uint8Array.from([...bytes, ...tail]), options)).toEqual({ maps, length: bytes.length });
    }),
    { numRuns },
  );
});

test("classes that are numbered with a gap, or tell no more than which lines live, are refused", () => {
  const decode = (classes: number[]) => {
    // Three symbols of 16 at fixed width: the bits 1 0, then four bits each.
    const bits = [1, 0, ...classes.flatMap((line) => [0, 1, 2, 3].map((i) => (line >> i) & 1))];
    const bytes = [0, 1].map((at) => bits.slice(8 * at, 8 * at + 8).reduce((sum, bit, i) => sum + (bit << i), 0));
    return decodeLineMaps(Uint8Array.of(2, ...bytes), {
      rows: classes.length,
      columns: undefined,
      coding: "classes",
      baseOffset: 0,
    });
  };
  expect(decode([2, 0, 1]).maps).toEqual({ rowClasses: Uint8Array.of(2, 0, 1) });
  for (const classes of [
    [3, 0, 1],
    [2, 0, 2],
    [1, 0, 1],
    [15, 14, 1],
  ]) {
    expect(() => decode(classes)).toThrow(expect.objectContaining({ code: "not-canonical" }));
  }
});

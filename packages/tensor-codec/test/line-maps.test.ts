import type { DensityClasses } from "@deep-compression/sparse";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeLineMaps, encodeLineMaps, lineMapCoding } from "../src/line-maps";

const numRuns = 60 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** What a reader knows of maps. */
function linesOf({ rowClasses, columnClasses }: DensityClasses) {
  return { rows: rowClasses?.length, columns: columnClasses?.length, baseOffset: 0 };
}

test("maps of empty lines are bits or runs, whichever is shorter, and end on a byte", () => {
  const map = (lines: number, from: number, to: number) => new Uint8Array(lines).fill(1, from, to);
  expect([...encodeLineMaps({ rowClasses: Uint8Array.of(1, 0, 1) })]).toEqual([0b1010]);
  // Runs: a 1, the first line is empty, then 2 = 10 0, 27 = 11110 1011, 3 = 10 1, bits of the rest LSB first.
  const runs = encodeLineMaps({ columnClasses: map(32, 2, 29) });
  expect(runs.length).toBe(3);
  expect(decodeLineMaps(runs, { rows: undefined, columns: 32, coding: "empty", baseOffset: 0 })).toEqual({
    maps: { columnClasses: map(32, 2, 29) },
    length: 3,
  });
});

test("maps of any empty lines come back, with bytes behind them or not", () => {
  const maps = fc
    .array(fc.constantFrom(0, 0, 1), { minLength: 1, maxLength: 80 })
    .map((bits) => Uint8Array.from([...bits, 0]));
  fc.assert(
    fc.property(maps, maps, fc.uint8Array({ maxLength: 3 }), (rowClasses, columnClasses, tail) => {
      const bytes = encodeLineMaps({ rowClasses, columnClasses });
      const options = { ...linesOf({ rowClasses, columnClasses }), coding: "empty" as const };
      const decoded = decodeLineMaps(Uint8Array.from([...bytes, ...tail]), options);
      expect(decoded).toEqual({ maps: { rowClasses, columnClasses }, length: bytes.length });
    }),
    { numRuns },
  );
});

/** Density classes as a writer may number them; some map has a class above 1. */
const classMaps: fc.Arbitrary<DensityClasses> = fc
  .tuple(fc.integer({ min: 2, max: 15 }), fc.integer({ min: 0, max: 1 }), fc.array(fc.nat(14), { maxLength: 40 }))
  .map(([most, least, picks]) => {
    const all = Array.from({ length: most - least + 1 }, (_, i) => least + i);
    return { rowClasses: Uint8Array.from([...picks.map((pick) => least + (pick % (most - least + 1))), ...all]) };
  })
  .chain((maps) =>
    fc.constantFrom(maps, { columnClasses: maps.rowClasses }, { ...maps, columnClasses: Uint8Array.of(0, 1) }),
  );

test("maps of density classes come back, whatever stands behind them", () => {
  fc.assert(
    fc.property(classMaps, fc.uint8Array({ maxLength: 3 }), (maps, tail) => {
      expect(lineMapCoding(maps)).toBe("classes");
      const bytes = encodeLineMaps(maps);
      const decoded = decodeLineMaps(Uint8Array.from([...bytes, ...tail]), { ...linesOf(maps), coding: "classes" });
      expect(decoded).toEqual({ maps, length: bytes.length });
    }),
    { numRuns },
  );
});

test("classes that are numbered with a gap, or tell no more than which lines are empty, are refused", () => {
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

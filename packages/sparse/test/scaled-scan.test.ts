import { type LineScales, scaleScan, scan, scanLength, unscan } from "@deep-compression/sparse";
import { layouts } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";

const scale = fc.double({ min: 2 ** -24, max: 65504, noNaN: true }).map(Math.fround);

/** Scales of rows, of columns, of both or of none. */
function scalesOf(rows: number, columns: number): fc.Arbitrary<LineScales> {
  const some = (length: number) =>
    fc.array(scale, { minLength: length, maxLength: length }).map((all) => Float32Array.from(all));
  return fc.record({ rows: some(rows), columns: some(columns) }, { requiredKeys: [] });
}

const cases = layouts({ maxRows: 12, maxColumns: 12 }).chain((layout) => {
  const { rows, columns } = layout;
  const count = rows * columns;
  const values = fc.array(fc.double({ noNaN: true, min: -1e3, max: 1e3 }).map(Math.fround), {
    minLength: count,
    maxLength: count,
  });
  return fc.record({
    layout: fc.constant(layout),
    values,
    scales: scalesOf(rows, columns),
    cut: fc.double({ min: 0, max: 1, noNaN: true }),
  });
});

test("each element that the scan meets is multiplied by the scales of its row and column, rounded twice; no other changes", () => {
  fc.assert(
    fc.property(cases, ({ layout, values, scales }) => {
      const dense = Float32Array.from(values);
      scaleScan(dense, { layout, scales });
      const met = unscan(layout, scan(layout, new Uint8Array(dense.length).fill(1)));
      const expected = Float32Array.from(values, (value, i) => {
        if (met[i] === 0) return value;
        const product =
          (scales.rows?.[Math.floor(i / layout.columns)] ?? 1) * (scales.columns?.[i % layout.columns] ?? 1);
        return Math.fround(Math.fround(product) * value);
      });
      expect(dense).toEqual(expected);
    }),
  );
});

test("slices that threads scale, in any order, are the whole", () => {
  fc.assert(
    fc.property(cases, ({ layout, values, scales, cut }) => {
      const [whole, sliced] = [Float32Array.from(values), Float32Array.from(values)];
      const to = scanLength(layout);
      const middle = Math.floor(cut * to);
      scaleScan(whole, { layout, scales });
      scaleScan(sliced, { layout, scales, slice: { from: middle, to } });
      scaleScan(sliced, { layout, scales, slice: { from: 0, to: middle } });
      expect(sliced).toEqual(whole);
    }),
  );
});

test("scales or elements that are not as many as the layout has lines or elements are refused", () => {
  const layout = { rows: 2, columns: 3, order: "row-major" } as const;
  const dense = new Float32Array(6);
  expect(() => scaleScan(new Float32Array(5), { layout, scales: {} })).toThrow("dense: expected 6 elements, got 5");
  expect(() => scaleScan(dense, { layout, scales: { rows: new Float32Array(3) } })).toThrow("scales.rows: expected 2");
  expect(() => scaleScan(dense, { layout, scales: { columns: new Float32Array(2) } })).toThrow(
    "scales.columns: expected 3",
  );
  expect(() => scaleScan(dense, { layout, scales: {}, slice: { from: 0, to: 7 } })).toThrow("slice.to");
});

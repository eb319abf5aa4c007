import { type Codes, FormatError } from "@deep-compression/bits";
import {
  type BitmaskVector,
  bitmask,
  denseFromBitmask,
  denseFromGaps,
  denseVector,
  type GapVector,
  type Layout,
  relativeIndex,
  type ScanSlice,
  scanLength,
  sparseVector,
  unscan,
} from "@deep-compression/sparse";
import { layouts, mutatedBitmaskVectors, mutatedGapVectors } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const centroids = Float32Array.of(-2, -1, 0, 1, 2, 3);
const filler = 2;
const vectorLayout = (length: number): Layout => ({ rows: 1, columns: length, order: "row-major" });

/** What a call returns, or the code of its FormatError. */
function outcome<T>(action: () => T): T | string {
  try {
    return action();
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

/** Codes in scan order, those of the centroid 0 included, mostly zeros. */
function scannedCodes(layout: Layout): fc.Arbitrary<Uint8Array> {
  const length = scanLength(layout);
  const code = fc.oneof({ weight: 3, arbitrary: fc.constant(filler) }, { weight: 1, arbitrary: fc.nat({ max: 5 }) });
  return fc.array(code, { minLength: length, maxLength: length }).map((codes) => Uint8Array.from(codes));
}

/** Cuts of a scan into slices, end to end, as fractions of it; some slices may be empty. */
const cuts = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 4 });

/** The matrix that is filled slice by slice. */
function inSlices(
  length: number,
  fractions: readonly number[],
  options: { readonly layout: Layout; readonly fill: (into: Float32Array, slice: ScanSlice) => void },
): Float32Array {
  const into = new Float32Array(options.layout.rows * options.layout.columns);
  const ends = [...fractions.map((fraction) => Math.floor(fraction * length)).sort((a, b) => a - b), length];
  for (const [i, to] of ends.entries()) options.fill(into, { from: i === 0 ? 0 : ends[i - 1], to });
  return into;
}

/** A vector whose values are made codes: a filler's of 0, another of the rest. */
function toCodes(values: Float32Array): Codes {
  return Uint8Array.from(values, (value) => (value === 0 ? filler : Math.abs(Math.trunc(value * 7)) % 2));
}

test("figure 2 as codes comes back dense, along rows and along columns", () => {
  const encoded: GapVector<Codes> = {
    length: 16,
    gapBits: 3,
    gaps: Uint8Array.of(1, 2, 7, 2),
    values: Uint8Array.of(0, 1, 2, 5),
  };
  const expected = new Float32Array(16);
  expected[1] = -2;
  expected[4] = -1;
  expected[15] = 3;
  expect(denseFromGaps(encoded, { layout: vectorLayout(16), filler, centroids })).toEqual(expected);
  const columns: Layout = { rows: 4, columns: 4, order: "column-major" };
  const dense = denseFromGaps(encoded, { layout: columns, filler, centroids });
  expect([dense[4], dense[1], dense[15]]).toEqual([-2, -1, 3]); // scan positions 1, 4, 15 are (1, 0), (0, 1), (3, 3)
});

test("any scan of codes comes back dense from its gaps and from its bitmask as by way of its positions", () => {
  const scans = layouts().chain((layout) =>
    fc.record({ layout: fc.constant(layout), codes: scannedCodes(layout), gapBits: fc.integer({ min: 1, max: 8 }) }),
  );
  fc.assert(
    fc.property(scans, cuts, ({ layout, codes, gapBits }, fractions) => {
      const vector = sparseVector<Codes>(codes, { zero: filler });
      const expected = unscan(
        layout,
        Float32Array.from(codes, (code) => centroids[code]),
      );
      const gaps = relativeIndex<Codes>({ gapBits, filler }).encode(vector);
      expect(denseFromGaps(gaps, { layout, filler, centroids })).toEqual(expected);
      const mask = bitmask<Codes>().encode(vector);
      expect(denseFromBitmask(mask, { layout, centroids })).toEqual(expected);

      const fillGaps = (into: Float32Array, slice: ScanSlice) =>
        expect(denseFromGaps(gaps, { layout, filler, centroids, into, slice })).toBe(into);
      const fillMask = (into: Float32Array, slice: ScanSlice) =>
        expect(denseFromBitmask(mask, { layout, centroids, into, slice })).toBe(into);
      expect(inSlices(codes.length, fractions, { layout, fill: fillGaps })).toEqual(expected);
      expect(inSlices(codes.length, fractions, { layout, fill: fillMask })).toEqual(expected);
    }),
    { numRuns },
  );
});

test("a mutated gap vector has the outcome that decoding it has, in slices too", () => {
  fc.assert(
    fc.property(mutatedGapVectors(), cuts, ({ mutated }, fractions) => {
      const encoded: GapVector<Codes> = { ...mutated, values: toCodes(mutated.values) };
      const { length, gapBits } = mutated;
      fc.pre(length <= 2 ** 20);
      const expected = outcome(() => {
        if (![1, 2, 3, 4, 5, 6, 7, 8].includes(gapBits)) throw new FormatError("out-of-range", "no width");
        const { decode } = relativeIndex<Codes>({ gapBits, filler });
        const { positions, values } = decode(encoded);
        const floats = Float32Array.from(values, (code) => centroids[code]);
        return denseVector({ length, positions, values: floats });
      });
      const layout = vectorLayout(length >= 0 && Number.isInteger(length) ? length : 0);
      expect(outcome(() => denseFromGaps(encoded, { layout, filler, centroids }))).toEqual(expected);
      const fill = (into: Float32Array, slice: ScanSlice) =>
        denseFromGaps(encoded, { layout, filler, centroids, into, slice });
      expect(outcome(() => inSlices(layout.columns, fractions, { layout, fill }))).toEqual(expected);
    }),
    { numRuns: 3 * numRuns },
  );
});

test("a mutated bitmask has the outcome that decoding it has", () => {
  fc.assert(
    fc.property(mutatedBitmaskVectors(), ({ mutated }) => {
      const encoded: BitmaskVector<Codes> = { ...mutated, values: toCodes(mutated.values) };
      const { length } = mutated;
      fc.pre(length <= 2 ** 20);
      const expected = outcome(() => {
        const { positions, values } = bitmask<Codes>().decode(encoded);
        const floats = Float32Array.from(values, (code) => centroids[code]);
        return denseVector({ length, positions, values: floats });
      });
      const layout = vectorLayout(length >= 0 && Number.isInteger(length) ? length : 0);
      expect(outcome(() => denseFromBitmask(encoded, { layout, centroids }))).toEqual(expected);
    }),
    { numRuns: 3 * numRuns },
  );
});

test("a matrix of another size, or a slice that is not one of the scan, is named", () => {
  const gaps: GapVector<Codes> = { length: 4, gapBits: 2, gaps: Uint8Array.of(1), values: Uint8Array.of(1) };
  const mask: BitmaskVector<Codes> = { length: 4, mask: Uint8Array.of(2), values: Uint8Array.of(1) };
  const options = { layout: vectorLayout(4), filler, centroids };
  for (const dense of [
    (more: object) => denseFromGaps(gaps, { ...options, ...more }),
    (more: object) => denseFromBitmask(mask, { ...options, ...more }),
  ]) {
    expect(() => dense({ into: new Float32Array(5) })).toThrow("into: expected 4 elements, got 5");
    expect(() => dense({ into: [0, 0, 0, 0] })).toThrow("into: expected a Float32Array");
    expect(() => dense({ slice: { from: 0, to: 5 } })).toThrow("slice.to: expected an integer in 0..4, got 5");
    expect(() => dense({ slice: { from: 3, to: 2 } })).toThrow("slice.from: expected an integer in 0..2, got 3");
  }
});

test("a code without a centroid is a FormatError, a length that is not the scan's a RangeError", () => {
  const gaps: GapVector<Codes> = { length: 4, gapBits: 2, gaps: Uint8Array.of(1), values: Uint8Array.of(6) };
  const mask: BitmaskVector<Codes> = { length: 4, mask: Uint8Array.of(2), values: Uint8Array.of(6) };
  const options = { layout: vectorLayout(4), filler, centroids };
  expect(outcome(() => denseFromGaps(gaps, options))).toBe("out-of-range");
  expect(outcome(() => denseFromBitmask(mask, options))).toBe("out-of-range");
  expect(() => denseFromGaps(gaps, { ...options, layout: vectorLayout(5) })).toThrow(/^encoded: expected 5/);
  expect(() => denseFromBitmask(mask, { ...options, layout: vectorLayout(5) })).toThrow(/^encoded: expected 5/);
  expect(() => denseFromGaps(gaps, { ...options, filler: 256 })).toThrow(/^filler/);
});

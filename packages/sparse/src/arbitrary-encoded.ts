import * as fc from "fast-check";
import { layouts } from "./arbitrary-matrices";
import { masks, nonZeroWeights } from "./arbitrary-weights";
import type { BitmaskVector } from "./bitmask";
import type { CompressedColumns } from "./compressed-columns";
import type { CompressedRows } from "./compressed-rows";
import type { GapVector } from "./relative-index";

// Valid encoded forms, built from the rules of docs/format.md and not by the encoders, so that a second implementation
// can be tested with them.

/** Gap vectors as an encoder must write them, filler 0, of the given width (default: any of 1 to 8 bits). */
export function gapVectors(constraints: { readonly gapBits?: number; readonly maxEntries?: number } = {}) {
  const { gapBits, maxEntries = 40 } = constraints;
  const widths = gapBits === undefined ? fc.integer({ min: 1, max: 8 }) : fc.constant(gapBits);
  return widths.chain((width) => {
    const longest = 2 ** width - 1;
    const filler = fc.constant({ gap: longest, value: 0 });
    const gap = fc.oneof(fc.constantFrom(0, longest), fc.nat({ max: longest }));
    const stored = fc.record({ gap, value: nonZeroWeights() });
    const entries = fc.array(fc.oneof({ weight: 3, arbitrary: stored }, { weight: 1, arbitrary: filler }), {
      maxLength: maxEntries,
    });
    return fc.tuple(entries, fc.option(stored), fc.nat({ max: 300 })).map(([list, last, trailing]): GapVector => {
      const all = last === null ? [] : [...list, last];
      return {
        length: all.reduce((sum, entry) => sum + entry.gap + 1, 0) + trailing,
        gapBits: width,
        gaps: Uint8Array.from(all, (entry) => entry.gap),
        values: Float32Array.from(all, (entry) => entry.value),
      };
    });
  });
}

/** Bitmask vectors with zero padding and one value for each one of the mask. */
export function bitmaskVectors(constraints: { readonly maxLength?: number } = {}): fc.Arbitrary<BitmaskVector> {
  return masks({ maxLength: constraints.maxLength ?? 100 }).chain((bits) => {
    const mask = new Uint8Array(Math.ceil(bits.length / 8));
    bits.forEach((bit, i) => {
      mask[Math.floor(i / 8)]! += bit * 2 ** (i % 8);
    });
    return storedValues(count(bits)).map((values) => ({ length: bits.length, mask, values }));
  });
}

/** CSR forms with ascending column indices and no stored zero. */
export function compressedRows(
  constraints: { readonly maxRows?: number; readonly maxColumns?: number } = {},
): fc.Arbitrary<CompressedRows> {
  return layouts(constraints).chain(({ rows, columns }) =>
    fc.array(masks({ minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }).chain((lines) => {
      const indices = lines.flatMap((line) => Array.from(line.keys()).filter((column) => line[column] === 1));
      const rowStarts = new Uint32Array(rows + 1);
      lines.forEach((line, row) => {
        rowStarts[row + 1] = rowStarts[row]! + count(line);
      });
      return storedValues(indices.length).map((values) => ({
        rows,
        columns,
        rowStarts,
        columnIndices: Uint32Array.from(indices),
        values,
      }));
    }),
  );
}

/** CSC forms with ascending row indices and no stored zero. */
export function compressedColumns(
  constraints: { readonly maxRows?: number; readonly maxColumns?: number } = {},
): fc.Arbitrary<CompressedColumns> {
  return compressedRows({ maxRows: constraints.maxColumns, maxColumns: constraints.maxRows }).map((transposed) => ({
    rows: transposed.columns,
    columns: transposed.rows,
    columnStarts: transposed.rowStarts,
    rowIndices: transposed.columnIndices,
    values: transposed.values,
  }));
}

function storedValues(length: number): fc.Arbitrary<Float32Array> {
  return fc
    .array(nonZeroWeights(), { minLength: length, maxLength: length })
    .map((values) => Float32Array.from(values));
}

function count(bits: Uint8Array): number {
  return bits.reduce((sum, bit) => sum + bit, 0);
}

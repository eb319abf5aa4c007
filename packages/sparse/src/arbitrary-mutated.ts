import * as fc from "fast-check";
import { bitmaskVectors, compressedRows, gapVectors } from "./arbitrary-encoded";
import type { BitmaskVector } from "./bitmask";
import type { CompressedRows } from "./compressed-rows";
import type { GapVector } from "./relative-index";

/** A valid encoded form and the same with one thing changed, which may or may not have made it invalid. */
export interface Mutated<T> {
  readonly valid: T;
  readonly mutated: T;
}

/** Gap vectors with a gap, a value, a count, the length or the width changed. */
export function mutatedGapVectors(constraints: { readonly gapBits?: number } = {}): fc.Arbitrary<Mutated<GapVector>> {
  return gapVectors(constraints).chain((valid) =>
    fc
      .oneof(
        mutatedBytes(valid.gaps).map((gaps) => ({ ...valid, gaps })),
        mutatedFloats(valid.values).map((values) => ({ ...valid, values })),
        mutatedBytes(valid.gaps).chain((gaps) =>
          mutatedFloats(valid.values).map((values) => ({ ...valid, gaps, values })),
        ),
        mutatedNumber(valid.length).map((length) => ({ ...valid, length })),
        mutatedNumber(valid.gapBits).map((gapBits) => ({ ...valid, gapBits })),
      )
      .map((mutated) => ({ valid, mutated })),
  );
}

/** Bitmask vectors with the mask, a value, a count or the length changed. */
export function mutatedBitmaskVectors(): fc.Arbitrary<Mutated<BitmaskVector>> {
  return bitmaskVectors().chain((valid) =>
    fc
      .oneof(
        mutatedBytes(valid.mask).map((mask) => ({ ...valid, mask })),
        mutatedFloats(valid.values).map((values) => ({ ...valid, values })),
        mutatedNumber(valid.length).map((length) => ({ ...valid, length })),
      )
      .map((mutated) => ({ valid, mutated })),
  );
}

/** CSR forms with a start, an index, a value, a count or a dimension changed. */
export function mutatedCompressedRows(): fc.Arbitrary<Mutated<CompressedRows>> {
  return compressedRows().chain((valid) =>
    fc
      .oneof(
        mutatedWords(valid.rowStarts).map((rowStarts) => ({ ...valid, rowStarts })),
        mutatedWords(valid.columnIndices).map((columnIndices) => ({ ...valid, columnIndices })),
        mutatedFloats(valid.values).map((values) => ({ ...valid, values })),
        mutatedNumber(valid.rows).map((rows) => ({ ...valid, rows })),
        mutatedNumber(valid.columns).map((columns) => ({ ...valid, columns })),
      )
      .map((mutated) => ({ valid, mutated })),
  );
}

function mutatedBytes(bytes: Uint8Array): fc.Arbitrary<Uint8Array> {
  return mutatedList(Array.from(bytes), fc.nat({ max: 255 })).map((list) => Uint8Array.from(list));
}

function mutatedWords(words: Uint32Array): fc.Arbitrary<Uint32Array> {
  const word = fc.oneof(fc.nat({ max: 12 }), fc.nat({ max: 0xffffffff }));
  return mutatedList(Array.from(words), word).map((list) => Uint32Array.from(list));
}

function mutatedFloats(values: Float32Array): fc.Arbitrary<Float32Array> {
  const value = fc.oneof(fc.constantFrom(0, -0), fc.float());
  return mutatedList(Array.from(values), value).map((list) => Float32Array.from(list));
}

function mutatedNumber(value: number): fc.Arbitrary<number> {
  return fc.oneof(
    fc.integer({ min: -9, max: 9 }).map((change) => value + change),
    fc.constantFrom(0, -1, 0.5, 2 ** 32, 2 ** 40, Number.NaN, Number.POSITIVE_INFINITY),
  );
}

/** The list with one element replaced, put in, or taken out; or cut short. */
function mutatedList(list: readonly number[], element: fc.Arbitrary<number>): fc.Arbitrary<readonly number[]> {
  const action = fc.constantFrom("replace", "insert", "remove", "cut");
  return fc.tuple(action, fc.nat({ max: list.length }), element).map(([name, at, value]) => {
    if (name === "replace" && at < list.length) return list.with(at, value);
    if (name === "insert") return list.toSpliced(at, 0, value);
    return name === "cut" ? list.slice(0, at) : list.toSpliced(at, 1);
  });
}

import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { contextCoding } from "./context-coding";
import type { Grid, RankMatrix } from "./matrix-shape";

/** A matrix of ranks with what both sides know of it. */
export interface RanksOfMatrix extends RankMatrix {
  readonly values: Int16Array;
}

/** A stream with the matrix that it holds. */
export interface RankStream extends RanksOfMatrix {
  readonly bytes: Uint8Array;
}

/** Grids and none: kernels, images, and those of one row, one column or one position. */
export function grids(): fc.Arbitrary<Grid | undefined> {
  const sizes = fc.constantFrom(1, 1, 2, 3, 5, 7, 8, 9);
  return fc.option(fc.record({ height: sizes, width: sizes }), { nil: undefined });
}

/**
 * Matrices of ranks: of no row or no column, all zeros, dense, sparse, with empty lines, of lines that are dense beside lines
 * that are not, of one sign, and with ranks up to 32,767; no matrix has more than `maxElements` or the 65,536 elements that any
 * stream may have.
 */
export function rankMatrices(options: { readonly maxElements?: number } = {}): fc.Arbitrary<RanksOfMatrix> {
  const { maxElements = 400 } = options;
  const rank = fc.oneof(fc.constantFrom(0, 1, 2, 3, 7, 8, 15), fc.nat({ max: 300 }), fc.constantFrom(32766, 32767));
  return fc
    .record({
      rows: fc.oneof(fc.nat({ max: 3 }), fc.nat({ max: 40 })),
      channels: fc.nat({ max: 12 }),
      grid: grids(),
      lowest: rank.map((magnitude) => (magnitude === 0 ? 0 : -magnitude)),
      highest: rank,
      density: fc.constantFrom(0, 0.01, 0.1, 0.5, 0.9, 1),
      emptyLines: fc.constantFrom(0, 0, 0.2, 0.8),
      skew: fc.constantFrom(1, 3, 10),
      seed: fc.integer(),
    })
    .map(({ rows, channels, density, emptyLines, skew, seed, ...known }) => {
      const { grid, lowest, highest } = known;
      const columns = channels * (grid === undefined ? 1 : grid.height * grid.width);
      const fitting = columns === 0 ? rows : Math.min(rows, Math.floor(maxElements / columns));
      const random = seededRandom(seed);
      const lineDensities = (count: number) =>
        Array.from({ length: count }, () => (random() < emptyLines ? 0 : density ** (2 * random())));
      const rowDensities = lineDensities(fitting);
      const columnDensities = lineDensities(columns);
      const drawn = () => {
        const from = random() * (highest - lowest) < highest ? highest : lowest;
        return Math.sign(from) * Math.min(Math.abs(from), 1 + Math.floor(Math.abs(from) * random() ** skew));
      };
      const values = Int16Array.from({ length: fitting * columns }, (_, i) => {
        const likely = rowDensities[Math.floor(i / columns)]! * columnDensities[i % columns]!;
        return random() < likely ? drawn() : 0;
      });
      return { ...known, rows: fitting, columns, values };
    });
}

/** Valid streams. */
export function rankStreams(options: { readonly maxElements?: number } = {}): fc.Arbitrary<RankStream> {
  return rankMatrices(options).map((matrix) => ({ ...matrix, bytes: contextCoding(matrix).encode(matrix.values) }));
}

/** Bytes that repeat themselves more or less: any, pieces of a few over and over, and one byte after the other that stays. */
export function repetitiveBytes(options: { readonly maxLength?: number } = {}): fc.Arbitrary<Uint8Array> {
  const { maxLength = 400 } = options;
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 24 }), { minLength: 1, maxLength: 4 });
  const picks = fc.array(fc.nat({ max: 3 }), { maxLength });
  const repeated = fc.tuple(pieces, picks).map(([some, order]) => {
    return Uint8Array.from(order.flatMap((pick) => Array.from(some[pick % some.length]!))).slice(0, maxLength);
  });
  return fc.oneof(fc.uint8Array({ maxLength }), repeated, repeated, repeated);
}

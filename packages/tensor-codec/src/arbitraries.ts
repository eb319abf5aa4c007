import { allocateCodes, concatenated, fromFloat16 } from "@deep-compression/bits";
import { type Layout, scanLength, scanVector } from "@deep-compression/sparse";
import { layouts } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { storeIn } from "./cheapest-form";
import { lineMapCoding } from "./line-maps";
import { encodeScales } from "./scales";
import { encodeSection } from "./section";
import { kindNumber, SECTION_KINDS, sectionKind } from "./section-flags";
import { encodeSplit } from "./split-form";

/** A tensor's section as a file holds it. */
export interface ArbitrarySection {
  readonly shape: readonly number[];
  readonly kind: number;
  readonly bytes: Uint8Array;
}

/** Sections of a matrix in a sparse form whose rows and columns have density classes, at most 20 x 20. */
export function densityClassSections(): fc.Arbitrary<ArbitrarySection> {
  const centroids = Float32Array.of(-1, 0.5, 3);
  return fc
    .record({
      layout: layouts({ maxRows: 20, maxColumns: 20 }).map(canonical),
      picks: fc.array(fc.constantFrom(0, 0, 0, 1, 2, 3), { minLength: 400, maxLength: 400 }),
      form: fc.constantFrom("gaps" as const, "bitmask" as const),
      gapBits: fc.integer({ min: 1, max: 8 }),
      runs: fc.double({ min: 0, max: 1, noNaN: true }),
    })
    .filter(({ layout }) => layout.rows * layout.columns > 0)
    .map(({ layout: { levels, ...classes }, picks, form, gapBits, runs }) => {
      const layout: Layout = form === "bitmask" && hasLevels(classes, levels) ? { ...classes, levels } : classes;
      const runBytes = layout.levels && Math.round(runs * Math.ceil(scanLength(layout) / 8));
      const { rows, columns } = layout;
      const length = rows * columns;
      const empty = (at: number) =>
        layout.rowClasses?.[Math.floor(at / columns)] === 0 || layout.columnClasses?.[at % columns] === 0;
      const picked = (at: number) => (empty(at) ? 0 : picks[at]!);
      const positions = Uint32Array.from({ length }, (_, at) => at).filter((at) => picked(at) > 0);
      const used = [1, 2, 3].filter((pick) => positions.some((at) => picked(at) === pick));
      const codes = allocateCodes(used.length, positions.length).map((_, i) => used.indexOf(picked(positions[i]!)));
      const entries = scanVector(layout, { length, positions, values: codes });
      const own = centroids.filter((_, i) => used.includes(i + 1));
      const shape = [rows, columns];
      const stored = storeIn(
        {
          form,
          layout,
          gapBits,
          bytes: 0,
          isExact: false,
          entries: () => entries,
          ...(runBytes !== undefined && { runBytes }),
        },
        { shape, positions, codes, centroids: own, distortion: 0 },
      );
      const { bytes } = encodeSection(stored, { shape, precision: "float16" });
      return { shape, kind: SECTION_KINDS[form], bytes };
    });
}

/** Sections of {@link densityClassSections} with scales of rows, of columns, or of both. */
export function scaledSections(): fc.Arbitrary<ArbitrarySection> {
  const scales = fc.array(fc.integer({ min: 1, max: 0x7bff }).map(fromFloat16), { minLength: 20, maxLength: 20 });
  return fc
    .tuple(densityClassSections(), scales, scales, fc.constantFrom("rows", "columns", "both"))
    .map(([{ shape, kind, bytes }, rows, columns, lines]) => {
      const [rowCount = 0, columnCount = 0] = shape;
      const own = encodeScales({
        ...(lines !== "columns" && { rows: Float32Array.from(rows.slice(0, rowCount)) }),
        ...(lines !== "rows" && { columns: Float32Array.from(columns.slice(0, columnCount)) }),
      });
      const form = sectionKind(kind)?.form ?? "gaps";
      return { shape, kind: kindNumber({ form, isScaled: true }), bytes: concatenated([own, bytes]) };
    });
}

/** A split section and the elements in it. */
export interface ArbitrarySplit {
  readonly bytes: Uint8Array;
  /** Bytes of an element. */
  readonly size: number;
  readonly count: number;
}

/** Split sections of up to `maxCount` elements (default 60) of 2, 4, 8 or 16 bytes, any planes coded but one. */
export function splitSections(options: { readonly maxCount?: number } = {}): fc.Arbitrary<ArbitrarySplit> {
  return fc
    .record({
      size: fc.constantFrom(2, 4, 8, 16),
      count: fc.integer({ min: 1, max: options.maxCount ?? 60 }),
      isRotated: fc.boolean(),
      coded: fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
      stored: fc.nat({ max: 15 }),
      kinds: fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { minLength: 1, maxLength: 3 }),
    })
    .map(({ size, count, isRotated, coded, stored, kinds }) => {
      const elements = Uint8Array.from({ length: size * count }, (_, i) => kinds[(i >> 4) % kinds.length]![i % 16]!);
      const isCoded = coded.slice(0, size).map((one, plane) => one && plane !== stored % size);
      return { bytes: encodeSplit(elements, { size, isRotated, isCoded, bytes: 0 }), size, count };
    });
}

/** The same layout with classes and levels numbered without a gap, and without maps that say nothing. */
function canonical({ rowClasses, columnClasses, levels, ...layout }: Layout): Layout {
  const rows = renumbered(rowClasses);
  const columns = renumbered(columnClasses);
  const present = [...new Set(levels)].sort((a, b) => a - b);
  return {
    ...layout,
    ...(rows && { rowClasses: rows }),
    ...(columns && { columnClasses: columns }),
    ...(levels && { levels: levels.map((level) => present.indexOf(level)) }),
  };
}

/** Whether levels of submatrices can stand in a section. */
function hasLevels(layout: Layout, levels: Uint8Array | undefined): levels is Uint8Array {
  return lineMapCoding(layout) === "classes" && new Set(levels).size > 1;
}

function renumbered(classes: Uint8Array | undefined): Uint8Array | undefined {
  if (classes === undefined) return undefined;
  const numbers = [...new Set(classes)].filter((line) => line > 0).sort((a, b) => a - b);
  const map = classes.map((line) => numbers.indexOf(line) + 1);
  return map.every((line) => line === 1) ? undefined : map;
}

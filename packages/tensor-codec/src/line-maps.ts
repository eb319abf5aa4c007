import { bitReader, bitWriter, byteReader, byteWriter, FormatError } from "@deep-compression/bits";
import { decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import type { DensityClasses, Layout } from "@deep-compression/sparse";
import { readEmptyLineMap, writeEmptyLineMap } from "./empty-line-map";

/** What a map tells of each row or column: whether it is empty, or its density class; with or without levels behind the maps. */
export type LineMapCoding = "empty" | "classes" | "levels";

/** What line maps tell. */
export type LineMaps = DensityClasses & Pick<Layout, "levels">;

/** Symbols of a class stream, and of a level stream. */
const CLASS_ALPHABET = 16;

/** "classes" or "levels" if some line is of a class above 1. */
export function lineMapCoding({ rowClasses, columnClasses, levels }: LineMaps): LineMapCoding {
  if (levels !== undefined) return "levels";
  return [rowClasses, columnClasses].some((map) => map?.some((line) => line > 1)) ? "classes" : "empty";
}

/**
 * The maps that are there, rows first (docs/format.md, "Line maps"): of empty lines in one bit stream padded to whole
 * bytes, of classes each as the length of its stream and the stream; likewise, behind them, the levels.
 */
export function encodeLineMaps(maps: LineMaps): Uint8Array {
  const present = [maps.rowClasses, maps.columnClasses, maps.levels].filter((map) => map !== undefined);
  if (lineMapCoding(maps) === "empty") return encodeEmptyMaps(present);
  const out = byteWriter();
  for (const map of present) {
    const stream = encodeSymbols(map, { alphabet: CLASS_ALPHABET });
    out.varint(stream.length);
    out.bytes(stream);
  }
  return out.finish();
}

function encodeEmptyMaps(present: readonly Uint8Array[]): Uint8Array {
  const out = bitWriter();
  for (const map of present) writeEmptyLineMap(out, map);
  return out.finish();
}

/** What a reader knows of line maps beforehand. */
export interface LineMapOptions {
  /** Lines of the row map, or undefined if there is none. */
  readonly rows: number | undefined;
  readonly columns: number | undefined;
  readonly coding: LineMapCoding;
  /** Offset of the bytes in the file, for errors. */
  readonly baseOffset: number;
}

/**
 * The mirror of {@link encodeLineMaps}: reads from the start of `bytes`, and tells how many bytes the maps took.
 *
 * @throws FormatError "truncated", "out-of-range", "not-canonical"
 */
export function decodeLineMaps(
  bytes: Uint8Array,
  options: LineMapOptions,
): { readonly maps: LineMaps; readonly length: number } {
  return options.coding === "empty" ? decodeEmptyMaps(bytes, options) : decodeClassMaps(bytes, options);
}

function decodeEmptyMaps(bytes: Uint8Array, { rows, columns, baseOffset }: LineMapOptions) {
  const reader = bitReader(bytes, { baseOffset });
  const maps = eachMap({ rows, columns }, (lines) => readEmptyLineMap(reader, lines, baseOffset));
  const length = Math.ceil(reader.position / 8);
  const canonical = encodeEmptyMaps([maps.rowClasses, maps.columnClasses].filter((map) => map !== undefined));
  if (canonical.length !== length || canonical.some((byte, i) => byte !== bytes[i])) {
    throw new FormatError("not-canonical", "the line maps are not in their shortest encoding", { offset: baseOffset });
  }
  return { maps, length };
}

function decodeClassMaps(bytes: Uint8Array, { rows, columns, coding, baseOffset }: LineMapOptions) {
  const reader = byteReader(bytes, { baseOffset });
  const readStream = (count: number) => {
    const length = reader.varint();
    const offset = reader.offset;
    const stream = reader.bytes(length);
    return new Uint8Array(decodeSymbols(stream, { alphabet: CLASS_ALPHABET, count, baseOffset: offset }));
  };
  const maps = eachMap({ rows, columns }, (lines) => {
    const { offset } = reader;
    const map = readStream(lines);
    checkClasses(map, offset);
    return map;
  });
  if (lineMapCoding(maps) === "empty") {
    throw new FormatError("not-canonical", "the density classes tell no more than which are empty", {
      offset: baseOffset,
    });
  }
  if (coding === "classes") return { maps, length: reader.offset - baseOffset };
  const { offset } = reader;
  const levels = readStream(highestClass(maps.rowClasses) * highestClass(maps.columnClasses));
  checkLevels(levels, offset);
  return { maps: { ...maps, levels }, length: reader.offset - baseOffset };
}

/** Without a map all lines are of class 1. */
function highestClass(map: Uint8Array | undefined): number {
  return map?.reduce((highest, line) => Math.max(highest, line), 0) ?? 1;
}

/** Levels are numbered without a gap, and there are two at least. */
function checkLevels(levels: Uint8Array, offset: number): void {
  const used = new Set(levels);
  if (used.size > 1 && levels.every((level) => level < used.size)) return;
  throw new FormatError("not-canonical", "the levels of submatrices have a gap, or there is one only", { offset });
}

/** Classes are numbered without a gap, and a map says something. */
function checkClasses(map: Uint8Array, offset: number): void {
  const used = new Uint8Array(CLASS_ALPHABET + 1);
  for (const line of map) used[line] = 1;
  if (used.lastIndexOf(1) >= Math.max(1, used.indexOf(0, 1))) {
    throw new FormatError("not-canonical", "a density class is left out", { offset });
  }
  if (used[0] === 0 && used[2] === 0) {
    throw new FormatError("not-canonical", "a line map leaves out no line and has one class", { offset });
  }
}

function eachMap(
  lines: { readonly rows: number | undefined; readonly columns: number | undefined },
  read: (lines: number) => Uint8Array,
): DensityClasses {
  const rowClasses = lines.rows === undefined ? undefined : read(lines.rows);
  const columnClasses = lines.columns === undefined ? undefined : read(lines.columns);
  return { ...(rowClasses && { rowClasses }), ...(columnClasses && { columnClasses }) };
}

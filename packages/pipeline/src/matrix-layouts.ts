import { type Layout, lineCounts } from "@deep-compression/sparse";
import { lineClassCandidates } from "./line-classes";
import type { LineMaps } from "./line-maps";
import { EXACT_SYMBOLS } from "./stream-cost";

/** Which layouts to try. */
export interface LayoutOptions {
  readonly compactLines: "auto" | "never";
  readonly order: "auto" | Layout["order"];
}

/** A matrix and where its elements that are not zero stand, row-major, ascending. */
export interface NonZeros {
  readonly rows: number;
  readonly columns: number;
  readonly positions: Uint32Array;
}

/**
 * The directions of a walk that may differ in cost, the one that decodes faster first: a matrix is written row by row.
 */
export function candidateOrders({ rows, columns }: NonZeros, options: LayoutOptions): Layout["order"][] {
  if (options.order !== "auto") return [options.order];
  return rows === 1 || columns === 1 ? ["row-major"] : ["row-major", "column-major"];
}

/** Dead rows and dead columns in the walk or left out of it (docs/format.md, "Layout"); no maps first. */
export function candidateMaps(matrix: NonZeros, options: LayoutOptions): LineMaps[] {
  if (options.compactLines === "never" || matrix.positions.length === 0) return [{}];
  const { rows, columns } = lineCounts(matrix);
  const live = (count: number) => (count > 0 ? 1 : 0);
  const rowMaps = rows.includes(0) ? [{}, { rowClasses: Uint8Array.from(rows, live) }] : [{}];
  const columnMaps = columns.includes(0) ? [{}, { columnClasses: Uint8Array.from(columns, live) }] : [{}];
  return rowMaps.flatMap((rowMap) => columnMaps.map((columnMap) => ({ ...rowMap, ...columnMap })));
}

/**
 * Classes of lines by density. They pay where the streams have several chunks, each of which can have the code that
 * suits its block.
 */
export function candidateClasses(matrix: NonZeros, options: LayoutOptions): LineMaps[] {
  if (options.compactLines === "never" || matrix.positions.length <= EXACT_SYMBOLS) return [];
  return lineClassCandidates(matrix, { blocks: Math.ceil(matrix.positions.length / EXACT_SYMBOLS) });
}

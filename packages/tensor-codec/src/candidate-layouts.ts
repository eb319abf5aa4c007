import { CHUNK_SYMBOLS } from "@deep-compression/huffman";
import {
  type DensityClasses,
  densityClasses,
  type Layout,
  type LineCounts,
  type NonZeroPositions,
} from "@deep-compression/sparse";

/** Which layouts to try. */
export interface LayoutOptions {
  /** "never": no line maps. */
  readonly lineMaps: "auto" | "never";
  readonly order: "auto" | Layout["order"];
  /** "never": submatrices have no levels, as in the form sparse. Default "auto". */
  readonly levels?: "auto" | "never";
}

/** A matrix whose lines are counted when that is asked for. */
export interface CountedMatrix extends NonZeroPositions {
  readonly counts: () => LineCounts;
}

/**
 * The orders of a scan that may differ in cost, the one that decodes faster first: a matrix is written row by row.
 */
export function candidateOrders({ rows, columns }: NonZeroPositions, options: LayoutOptions): Layout["order"][] {
  if (options.order !== "auto") return [options.order];
  return rows === 1 || columns === 1 ? ["row-major"] : ["row-major", "column-major"];
}

/** Empty rows and empty columns in the scan or left out of it (docs/format.md, "Layout"); no maps first. */
export function candidateMaps(matrix: CountedMatrix, options: LayoutOptions): DensityClasses[] {
  if (options.lineMaps === "never" || matrix.positions.length === 0) return [{}];
  const { rows, columns } = matrix.counts();
  const used = (count: number) => (count > 0 ? 1 : 0);
  const rowMaps = rows.includes(0) ? [{}, { rowClasses: Uint8Array.from(rows, used) }] : [{}];
  const columnMaps = columns.includes(0) ? [{}, { columnClasses: Uint8Array.from(columns, used) }] : [{}];
  return rowMaps.flatMap((rowMap) => columnMaps.map((columnMap) => ({ ...rowMap, ...columnMap })));
}

/**
 * Density classes of rows and columns. They pay where the streams have several chunks, each of which can have the code that
 * suits its submatrix.
 */
export function candidateClasses(matrix: CountedMatrix, options: LayoutOptions): DensityClasses[] {
  if (options.lineMaps === "never" || matrix.positions.length <= CHUNK_SYMBOLS) return [];
  const maxSubmatrices = Math.ceil(matrix.positions.length / CHUNK_SYMBOLS);
  return densityClasses(matrix, { maxSubmatrices, counts: matrix.counts() });
}

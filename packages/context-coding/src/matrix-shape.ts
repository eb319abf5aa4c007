import { checkInteger, checkObject } from "@deep-compression/runtime";
import { FREE_ELEMENTS } from "./expansion-limit";

/** Positions side by side that the columns of a matrix stand for: a convolution's kernel, or an image that a layer looks at. */
export interface Grid {
  readonly height: number;
  readonly width: number;
}

/** What both sides know of a matrix of ranks. */
export interface RankMatrix {
  readonly rows: number;
  readonly columns: number;
  /**
   * The columns are channels of height x width positions each, row by row: of a convolution its kernel, of a layer that sees an
   * image the image. Without it a column's neighbours are the columns beside it.
   */
  readonly grid?: Grid;
  /** The least rank, -32,767..0. Ranks are counted from 0, the element that is not stored: -1 is the value below it. */
  readonly lowest: number;
  /** The greatest rank, 0..32,767. */
  readonly highest: number;
  /**
   * Elements in live rows and columns that the matrix may have beyond 64 a byte, 0..65,536; default 65,536. A matrix that is
   * coded in parts, each by itself, shares them out.
   */
  readonly freeElements?: number;
}

/** A matrix whose description is checked. */
export interface MatrixShape {
  readonly rows: number;
  readonly columns: number;
  readonly gridHeight: number;
  readonly gridWidth: number;
  readonly lowest: number;
  readonly highest: number;
  readonly freeElements: number;
}

/** Elements of 16 bits: no array of them is longer. */
const MAX_ELEMENTS = 2 ** 31;
const MAX_RANK = 32767;

/** The shape of a matrix. A grid of one position is none. @throws TypeError, RangeError */
export function matrixShape(matrix: RankMatrix): MatrixShape {
  checkObject("matrix", matrix);
  const rows = checkInteger("rows", matrix.rows, { maximum: MAX_ELEMENTS });
  const columns = checkInteger("columns", matrix.columns, { maximum: MAX_ELEMENTS });
  if (rows * columns > MAX_ELEMENTS) {
    throw new RangeError(`rows x columns: expected at most ${MAX_ELEMENTS} elements, got ${rows} x ${columns}`);
  }
  // | 0: engines compile other code for integers that come from a power or a division.
  const lowest = checkInteger("lowest", matrix.lowest, { minimum: -MAX_RANK, maximum: 0 }) | 0;
  const highest = checkInteger("highest", matrix.highest, { maximum: MAX_RANK }) | 0;
  const { height, width } = checkObject("grid", matrix.grid ?? { height: 1, width: 1 });
  checkInteger("grid.height", height, { minimum: 1, maximum: MAX_ELEMENTS });
  checkInteger("grid.width", width, { minimum: 1, maximum: MAX_ELEMENTS });
  if (columns % (height * width) !== 0) {
    throw new RangeError(`grid: expected one that divides ${columns} columns, got ${height} x ${width}`);
  }
  const freeElements = checkInteger("freeElements", matrix.freeElements ?? FREE_ELEMENTS, { maximum: FREE_ELEMENTS });
  return { rows, columns, gridHeight: height, gridWidth: width, lowest, highest, freeElements };
}

import { FormatError } from "@deep-compression/bits";
import { freshBit, learnt, probabilityOf } from "./adaptive-bit";
import { codeBit, type RangeCoder } from "./coding-interval";
import type { MatrixShape } from "./matrix-shape";
import { isKernel } from "./neighbours";

/** The weight of a new bit stays what it is after so many. */
const COUNT_LIMIT = 255;

/** Which rows and which columns have a weight: 1 for those that have, 0 for those that are empty. */
export interface LiveLines {
  readonly rows: Uint8Array;
  readonly columns: Uint8Array;
}

/**
 * Codes the maps of rows and of columns, in place: a decoder fills them.
 *
 * @throws FormatError "not-canonical" if a map whose flag says otherwise has no empty line
 */
export function codeLiveLines(coder: RangeCoder, { rows, columns }: LiveLines, shape: MatrixShape): void {
  codeLineMap(coder, rows, 0);
  codeLineMap(coder, columns, lineMapDistance(shape));
}

/** How many columns before a column its neighbour is: in an image the one above, of a kernel in the channel before; 0: none. */
export function lineMapDistance(shape: MatrixShape): number {
  const { gridWidth, gridHeight } = shape;
  if (gridWidth * gridHeight === 1) return 0;
  return isKernel(shape) ? gridWidth * gridHeight : gridWidth;
}

/** A flag that tells whether all lines are live; else a bit a line, by the two before and the one `distance` before. */
function codeLineMap(coder: RangeCoder, live: Uint8Array, distance: number): void {
  if (codeBit(coder, live.includes(0) ? 0 : 1, 32768) === 1) {
    live.fill(1);
    return;
  }
  const bits = new Int32Array(8).fill(freshBit(32768, 1));
  for (let line = 0; line < live.length; line++) {
    const far = distance > 0 && line >= distance ? live[line - distance]! : 0;
    const context = (live[line - 1] ?? 0) + 2 * (live[line - 2] ?? 0) + 4 * far;
    live[line] = codeBit(coder, live[line]!, probabilityOf(bits[context]!));
    bits[context] = learnt(bits[context]!, live[line]!, COUNT_LIMIT);
  }
  if (!live.includes(0)) throw new FormatError("not-canonical", "all lines are live, one by one", { offset: 0 });
}

import { COLUMNS, codedColumns, entriesOfColumns } from "./coded-columns";
import { hasManyGroups } from "./grouped-layout";
import { GROUPED } from "./grouped-product";
import { entriesOfRows, groupedRows } from "./grouped-rows";
import {
  type Layouts,
  type MatrixCounts,
  type MatrixLayout,
  type PlacedLayout,
  place,
  placedArrays,
  placedBytes,
} from "./sparse-layout";
import type { Size } from "./sparse-matrix";
import type { Value } from "./value";

/**
 * Nanoseconds of one item, measured on the fully connected layers of AlexNet and VGG-16 with 32 and 256 centroids, one thread of a 3.7 GHz x86-64:
 * an entry of a group costs a load of an offset and of an input; a group a product added to its output, and a wrong guess of when it
 * ends where groups are short; an entry of a column an output read and written, and its part of a product; a column the products of its
 * input with all centroids, and wrong guesses of where its quads and entries end. Only their ratios count. `npm run costs` measures them
 * anew.
 */
export const COSTS = { entry: 0.2, group: 1.4, columnEntry: 0.44, column: 5 };

/** Whether columns are faster than groups, which threads share, for an item of which this part of the inputs is not zero. */
export function columnsWin({ entries, groups, inputs }: MatrixCounts, nonZero: number, threads: number): boolean {
  const { entry, group, columnEntry, column } = COSTS;
  return nonZero * entries * columnEntry + inputs * column < (entries * entry + groups * group) / threads;
}

/**
 * So many vectors in a row must be faster the other way before a matrix is laid out anew, which takes as long as some hundreds of
 * them, of columns up to a thousand and more (`npm run costs`).
 */
export const PATIENCE = 32;
/** The other way must win with so much fewer, or more, inputs that are not zero. */
const MARGIN = 0.9;

/** The layout that is faster on so many threads: at first for inputs that are not zero, and later as inputs turn out to be. */
export const FASTER_LAYOUT: Layouts = {
  layoutOf(matrix, threads) {
    const { inputs, inputOf } = matrix;
    if (hasManyGroups(matrix)) return codedColumns(matrix);
    const rows = groupedRows(matrix);
    const counts = { entries: inputOf.length, groups: rows.products, inputs };
    return columnsWin(counts, 1, threads) ? codedColumns(matrix) : rows;
  },
  revise: ({ counts, room, size, threads }) => {
    let [votes, isFixed] = [0, false];
    return (layout, nonZero) => {
      if (isFixed) return layout;
      const isGrouped = layout.kind === GROUPED;
      const otherWins = isGrouped
        ? columnsWin(counts, nonZero / MARGIN, threads)
        : !columnsWin(counts, nonZero * MARGIN, threads);
      votes = otherWins ? votes + 1 : 0;
      if (votes < PATIENCE) return layout;
      votes = 0;
      const other = otherLayout(layout, room, size);
      isFixed = placedBytes(other) > room.size;
      return isFixed ? layout : place(other, room);
    };
  },
};

/** The other layout of a matrix in the heap. */
export function otherLayout(layout: PlacedLayout, room: Value, size: Size): MatrixLayout {
  const { tiles, filler } = layout;
  const arrays = placedArrays(layout, room);
  if (layout.kind === COLUMNS) return groupedRows(entriesOfColumns({ arrays, filler }, size));
  return codedColumns(entriesOfRows({ arrays, tiles }, size));
}

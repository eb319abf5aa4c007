import { groupedRows, possibleGroups } from "./grouped-rows";
import type { Layouts } from "./sparse-layout";
import type { SparseMatrix } from "./sparse-matrix";

/** Whether looking through the groups that there could be takes longer than the entries. There are fewer groups than entries. */
export function hasManyGroups(matrix: SparseMatrix): boolean {
  const entries = matrix.inputOf.length;
  return entries === 0 || possibleGroups(matrix) > 4 * entries + 65_536;
}

/** Grouped by code, or dense. */
export const GROUPED_LAYOUT: Layouts = {
  layoutOf: (matrix) => (hasManyGroups(matrix) ? undefined : groupedRows(matrix)),
};

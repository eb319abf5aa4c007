import { type Layout, liveLayout } from "@deep-compression/sparse";

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
 * The ways to walk a matrix that may differ in cost: along rows or columns, with dead rows and dead columns in it or
 * left out (docs/format.md, "Layout").
 */
export function candidateLayouts(matrix: NonZeros & { readonly mask: Uint8Array }, options: LayoutOptions): Layout[] {
  const { rows, columns, mask } = matrix;
  const { rowClasses, columnClasses } = liveLayout({ rows, columns, mask });
  const compact = options.compactLines === "auto" && matrix.positions.length > 0;
  const rowMaps = compact && rowClasses.includes(0) ? [undefined, rowClasses] : [undefined];
  const columnMaps = compact && columnClasses.includes(0) ? [undefined, columnClasses] : [undefined];
  const alike = rows === 1 || columns === 1;
  const auto: Layout["order"][] = alike ? ["row-major"] : ["row-major", "column-major"];
  const orders = options.order === "auto" ? auto : [options.order];
  return orders.flatMap((order) =>
    rowMaps.flatMap((rowMap) =>
      columnMaps.map((columnMap) => ({
        rows,
        columns,
        order,
        ...(rowMap && { rowClasses: rowMap }),
        ...(columnMap && { columnClasses: columnMap }),
      })),
    ),
  );
}

/** Where the elements stand in the walk of a layout, ascending. */
export function walkPositions({ columns, positions }: NonZeros, layout: Layout): Uint32Array {
  const rowRank = ranks(layout.rows, layout.rowClasses);
  const columnRank = ranks(layout.columns, layout.columnClasses);
  if (layout.order === "row-major") {
    return positions.map((position) => {
      const row = Math.floor(position / columns);
      return rowRank.of(row) * columnRank.live + columnRank.of(position - row * columns);
    });
  }
  const walked = positions.map((position) => {
    const row = Math.floor(position / columns);
    return columnRank.of(position - row * columns) * rowRank.live + rowRank.of(row);
  });
  return walked.sort();
}

/** The place of a line among the live ones, and how many there are. */
function ranks(lines: number, live: Uint8Array | undefined): { of(line: number): number; readonly live: number } {
  if (live === undefined) return { of: (line) => line, live: lines };
  const before = new Uint32Array(lines);
  let count = 0;
  for (let line = 0; line < lines; line++) {
    before[line] = count;
    count += live[line];
  }
  return { of: (line) => before[line], live: count };
}

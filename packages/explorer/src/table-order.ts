/** How a table is sorted. */
export interface Order {
  readonly key: string;
  readonly direction: "ascending" | "descending";
}

/** What a click on a column's head makes of an order: largest first for numbers, and the other way round the second time. */
export function nextOrder(
  order: Order,
  { key, isNumber }: { readonly key: string; readonly isNumber: boolean },
): Order {
  if (order.key === key) return { key, direction: order.direction === "ascending" ? "descending" : "ascending" };
  return { key, direction: isNumber ? "descending" : "ascending" };
}

/** The rows sorted by what `value` tells of each; equal ones stay in their order, and undefined comes last. */
export function sortedRows<Row>(
  rows: readonly Row[],
  value: (row: Row) => number | string | undefined,
  direction: Order["direction"],
): Row[] {
  const sign = direction === "ascending" ? 1 : -1;
  const keyed = rows.map((row) => ({ row, key: value(row) }));
  keyed.sort(({ key: a }, { key: b }) => {
    if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
    if (typeof a === "string" || typeof b === "string") return sign * COLLATOR.compare(String(a), String(b));
    return sign * (a - b);
  });
  return keyed.map(({ row }) => row);
}

const COLLATOR = new Intl.Collator("en", { numeric: true });

/** The rows that have every word of `query` somewhere in their text, whatever the case of letters. */
export function filteredRows<Row>(rows: readonly Row[], query: string, text: (row: Row) => string): readonly Row[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter((row) => {
    const own = text(row).toLowerCase();
    return words.every((word) => own.includes(word));
  });
}

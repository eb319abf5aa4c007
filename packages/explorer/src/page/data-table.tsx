import { useEffect, useMemo, useState } from "preact/hooks";
import type { Column } from "../ledger-columns";
import { grouped } from "../number-text";
import { filteredRows, nextOrder, type Order, sortedRows } from "../table-order";
import { shortText } from "./short-text";

interface DataTableProps<Row> {
  readonly caption: string;
  /** What a row is called, in the plural: "tensors". */
  readonly things: string;
  /** The head of the first column, which names the row. */
  readonly nameHead: string;
  readonly name: (row: Row) => string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly first: Order;
  readonly selected?: string | undefined;
  readonly onSelect?: (name: string) => void;
  /** Which rows can be selected; by default all, if any. */
  readonly isSelectable?: (row: Row) => boolean;
}

/** Rows on a page. */
const PAGE_ROWS = 100;

/** Characters of a name; names differ at their ends, so that long ones lose their middle. */
const LONGEST_NAME = 44;

const NAMELESS = "(no name)";

/** A table with sorting by each column's head, a filter and pages. */
export function DataTable<Row>(props: DataTableProps<Row>) {
  const { caption, things, nameHead, name, columns, rows, first, selected, onSelect, isSelectable } = props;
  const [order, setOrder] = useState(first);
  const [query, setQuery] = useState("");
  const [page, setPage] = useState(0);
  const nameColumn: Column<Row> = { key: "name", head: nameHead, isNumber: false, text: name, value: name };
  const all = [nameColumn, ...columns];
  const found = useMemo(() => {
    const by = all.find(({ key }) => key === order.key) ?? nameColumn;
    const words = [nameColumn, ...columns.filter(({ isNumber }) => !isNumber)];
    const text = (row: Row) => words.map((column) => column.text(row)).join(" ");
    return sortedRows(filteredRows(rows, query, text), by.value, order.direction);
  }, [rows, query, order, columns]);
  const pages = Math.max(1, Math.ceil(found.length / PAGE_ROWS));
  useEffect(() => setPage(0), [query, order]);
  const at = Math.min(page, pages - 1);
  const shown = found.slice(at * PAGE_ROWS, (at + 1) * PAGE_ROWS);
  return (
    <div class="data-table">
      <label class="filter">
        Filter {things}{" "}
        <input
          type="search"
          value={query}
          onInput={(event) => setQuery(event.currentTarget.value)}
          autocomplete="off"
        />
      </label>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: a region that scrolls must be reached by the keyboard */}
      <section class="scroll" tabIndex={0} aria-label={caption}>
        <table>
          <caption class="hidden">{caption}</caption>
          <thead>
            <tr>
              {all.map((column) => (
                <th
                  key={column.key}
                  scope="col"
                  class={column.isNumber ? "number" : undefined}
                  aria-sort={column.key === order.key ? order.direction : undefined}
                >
                  <button type="button" onClick={() => setOrder(nextOrder(order, column))}>
                    {column.head}
                    <span class="arrow" aria-hidden="true">
                      {column.key === order.key ? (order.direction === "ascending" ? "▲" : "▼") : ""}
                    </span>
                  </button>
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {shown.map((row) => (
              <tr key={name(row)} class={name(row) === selected ? "selected" : undefined}>
                <th scope="row">
                  {onSelect && (isSelectable?.(row) ?? true) ? (
                    <button
                      type="button"
                      class="link"
                      aria-pressed={name(row) === selected}
                      aria-label={name(row) || NAMELESS}
                      title={name(row)}
                      onClick={() => onSelect(name(row))}
                    >
                      {shortText(name(row), LONGEST_NAME) || NAMELESS}
                    </button>
                  ) : (
                    shortText(name(row), LONGEST_NAME) || NAMELESS
                  )}
                </th>
                {columns.map((column) => (
                  <td key={column.key} class={column.isNumber ? "number" : undefined}>
                    {column.text(row)}
                  </td>
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      <p class="pages">
        <span role="status">
          {found.length === 0
            ? `No ${things} match the filter.`
            : `${grouped(at * PAGE_ROWS + 1)} to ${grouped(at * PAGE_ROWS + shown.length)} of ${grouped(found.length)} ${things}`}
        </span>
        {pages > 1 && (
          <>
            <button type="button" disabled={at === 0} onClick={() => setPage(at - 1)}>
              Previous page
            </button>
            <button type="button" disabled={at === pages - 1} onClick={() => setPage(at + 1)}>
              Next page
            </button>
          </>
        )}
      </p>
    </div>
  );
}

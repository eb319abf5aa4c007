import { useMemo, useState } from "preact/hooks";
import { COLUMNS, ERROR_COLUMN, PART_COLUMNS } from "../ledger-columns";
import { DataTable } from "./data-table";
import type { LoadedFile } from "./use-files";

interface TensorsTableProps {
  readonly file: LoadedFile;
  readonly selected: string | undefined;
  readonly onSelect: (name: string) => void;
}

/** The ledger: where every byte of every tensor went. */
export function TensorsTable({ file, selected, onSelect }: TensorsTableProps) {
  const [hasParts, setHasParts] = useState(false);
  const hasErrors = file.outline.certificate !== undefined;
  const columns = useMemo(
    () => [...COLUMNS, ...(hasErrors ? [ERROR_COLUMN] : []), ...(hasParts ? PART_COLUMNS : [])],
    [hasErrors, hasParts],
  );
  return (
    <>
      <label class="check">
        <input type="checkbox" checked={hasParts} onChange={(event) => setHasParts(event.currentTarget.checked)} /> Show
        what the bytes are for
      </label>
      <DataTable
        caption={`Tensors of ${file.outline.name}`}
        things="tensors"
        nameHead="Tensor"
        name={({ tensor }) => tensor}
        columns={columns}
        rows={file.rows}
        first={{ key: "bytes", direction: "descending" }}
        selected={selected}
        onSelect={onSelect}
      />
    </>
  );
}

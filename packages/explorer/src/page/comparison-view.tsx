import { useMemo } from "preact/hooks";
import { type ComparedTensor, comparedTensors } from "../comparison";
import type { Column } from "../ledger-columns";
import { bytesText, grouped, percentText } from "../number-text";
import { Chart } from "./chart";
import { DataTable } from "./data-table";
import { shortText } from "./short-text";
import type { LoadedFile } from "./use-files";

interface ComparisonProps {
  readonly first: LoadedFile;
  readonly second: LoadedFile;
  readonly selected: string | undefined;
  readonly onSelect: (name: string) => void;
}

/** Bytes of two files, tensor by tensor. */
export function ComparisonView({ first, second, selected, onSelect }: ComparisonProps) {
  const rows = useMemo(
    () => comparedTensors(first.outline.sizes, second.outline.sizes),
    [first.outline, second.outline],
  );
  const option = useMemo(() => barsOf(rows, first, second), [rows]);
  const [a, b] = [first.outline.sizes.fileBytes, second.outline.sizes.fileBytes];
  const text = `${second.outline.name} has ${bytesText(Math.abs(b - a))} ${b < a ? "less" : "more"} than ${first.outline.name}: ${percentText(b, a)} of its bytes`;
  return (
    <>
      <p>{text}.</p>
      <figure>
        <Chart label={`Bytes of the largest tensors in both files. ${text}.`} option={option} size="tall" />
        <figcaption>
          The tensors that take the most bytes in either file, and what the rest of each file takes.
        </figcaption>
      </figure>
      <DataTable
        caption="Tensors of both files"
        things="tensors of both files"
        nameHead="Tensor"
        name={({ tensor }) => tensor}
        columns={COLUMNS}
        rows={rows}
        first={{ key: "distance", direction: "descending" }}
        selected={selected}
        onSelect={onSelect}
      />
    </>
  );
}

function column(
  key: string,
  head: string,
  value: (row: ComparedTensor) => number | undefined,
  text: (value: number) => string,
): Column<ComparedTensor> {
  const written = (row: ComparedTensor) => {
    const found = value(row);
    return found === undefined ? "–" : text(found);
  };
  return { key, head, isNumber: true, value, text: written };
}

const signed = (count: number) => (count > 0 ? `+${grouped(count)}` : grouped(count));

const COLUMNS: readonly Column<ComparedTensor>[] = [
  column("first", "Bytes in the first", ({ first }) => first?.bytes, grouped),
  column("second", "Bytes in the second", ({ second }) => second?.bytes, grouped),
  column("difference", "Difference", ({ difference }) => difference, signed),
  column(
    "ratio",
    "Second of first",
    ({ first, second }) => (first?.bytes && second ? second.bytes / first.bytes : undefined),
    (ratio) => percentText(ratio, 1),
  ),
  column("distance", "Apart", ({ difference }) => Math.abs(difference), grouped),
];

/** Tensors that have bars. */
const MOST_BARS = 15;

function barsOf(rows: readonly ComparedTensor[], first: LoadedFile, second: LoadedFile): object {
  const largest = [...rows].sort((a, b) => most(b) - most(a)).slice(0, MOST_BARS);
  const series = ([file, key]: readonly [LoadedFile, "first" | "second"]) => {
    const own = largest.map((row) => row[key]?.bytes ?? 0);
    const rest = file.outline.sizes.fileBytes - own.reduce((sum, bytes) => sum + bytes, 0);
    return {
      name: key === "first" ? `1: ${file.outline.name}` : `2: ${file.outline.name}`,
      type: "bar",
      data: [...own, rest],
    };
  };
  return {
    legend: { top: 0, type: "scroll" },
    grid: { left: 8, right: 24, top: 40, bottom: 8, containLabel: true },
    tooltip: { trigger: "axis", valueFormatter: (bytes: number) => bytesText(bytes) },
    xAxis: { type: "value", axisLabel: { formatter: (bytes: number) => bytesText(bytes), hideOverlap: true } },
    yAxis: {
      type: "category",
      inverse: true,
      data: [...largest.map(({ tensor }) => tensor), "the rest"],
      axisLabel: { formatter: (name: string) => shortText(name, 18) },
    },
    series: [series([first, "first"]), series([second, "second"])],
  };
}

function most({ first, second }: ComparedTensor): number {
  return Math.max(first?.bytes ?? 0, second?.bytes ?? 0);
}

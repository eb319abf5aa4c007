import { cpus, totalmem } from "node:os";
import { isOverhead, type Row } from "./harness";
import { peerVersions } from "./peers";

/** What figures depend on besides the code, for the head of a report: the machine, Node and the peers' versions. */
export function machineLine(): string {
  const processors = cpus();
  const cpu = processors[0]?.model.trim() ?? "unknown processor";
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB`;
  const versions = Object.entries(peerVersions()).map(([name, version]) => `${name} ${version}`);
  const machine = `${cpu}, ${processors.length} cores, ${memory}, ${process.platform} ${process.arch}`;
  return [machine, `Node ${process.versions.node}`, ...versions].join("; ");
}

const COLUMNS = ["name", "unit", "ours", "theirs", "peer", "ratio", "bar", "goal", "pass"] as const;
const NUMERIC = new Set<string>(["ours", "theirs", "ratio", "bar", "goal"]);

/** Three significant digits: medians on a shared machine carry no more. */
function digits(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function cell(row: Row, column: (typeof COLUMNS)[number]): string {
  const value = row[column];
  if (column === "pass") return row.pass === null ? "-" : row.pass ? "yes" : "NO";
  if (value === null) return "-";
  if (typeof value !== "number") return String(value);
  if (column === "ours" || column === "theirs") return digits(value);
  if (isOverhead(row)) return percent(value);
  return `${column === "ratio" ? digits(value) : value}x`;
}

/** A row's ratio as the table prints it. */
export function ratioText(row: Row): string {
  return cell(row, "ratio");
}

/** A fraction in percent: two decimals, or three digits where that is too coarse. */
function percent(fraction: number): string {
  return `${fraction !== 0 && Math.abs(fraction) < 1e-4 ? (100 * fraction).toPrecision(2) : (100 * fraction).toFixed(2)} %`;
}

/** The rows as lines of text, numbers aligned to the right. */
export function formatTable(rows: readonly Row[]): string {
  const lines = [COLUMNS.map(String), ...rows.map((row) => COLUMNS.map((column) => cell(row, column)))];
  const widths = COLUMNS.map((_, i) => Math.max(...lines.map((line) => line[i]!.length)));
  const pad = (text: string, i: number) =>
    NUMERIC.has(COLUMNS[i]!) ? text.padStart(widths[i]!) : text.padEnd(widths[i]!);
  return lines.map((line) => line.map(pad).join("  ").trimEnd()).join("\n");
}

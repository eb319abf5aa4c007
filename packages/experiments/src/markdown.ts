import type { TextTable } from "./comparison";

/** A table in Markdown. */
export function markdown({ head, rows }: TextTable): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

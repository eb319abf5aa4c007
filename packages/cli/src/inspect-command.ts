import { runProblem } from "@deep-compression/inference";
import type { Graph, ValueInfo } from "@deep-compression/network";
import { open } from "@deep-compression/pipeline";
import { shapeText, shortened } from "@deep-compression/runtime";
import type { Command } from "commander";
import { withSource } from "./input-file";
import { denseBytes, ledgerText } from "./ledger-table";
import { grouped, printable, printJson, shortName, type Terminal } from "./terminal";

/** Adds the command `inspect`. */
export function addInspect(program: Command, terminal: Terminal): void {
  program
    .command("inspect")
    .summary("show what a .dcz file holds")
    .description("Shows a .dcz file's metadata, graph and ledger: where every byte went.")
    .argument("<file>", "a .dcz file")
    .option("--json", "print them as JSON")
    .action(async (file: string, { json }: { readonly json?: true }) => {
      const found = await withSource(file, terminal, async (source) => {
        const opened = await open(source);
        return { ...opened, ledger: await opened.ledger() };
      });
      const { graph, graphProblem, metadata, files, format, ledger } = found;
      if (json) {
        const ratio = denseBytes(ledger) / ledger.fileBytes;
        const sizes = files.map(({ name, source }) => ({ name, byteLength: source.byteLength }));
        const model = { format: format ?? null, files: sizes, graph: graph ?? null, graphProblem };
        return printJson(terminal.out, { file, ratio, metadata, ...model, ledger }, exactIntegers);
      }
      for (const [name, text] of Object.entries(metadata)) {
        terminal.out(`${shortName(name)}: ${shortened(printable(text), LONGEST_TEXT)}\n`);
      }
      for (const { name, source } of files.slice(0, MOST_FILES)) {
        const bytes = grouped(source.byteLength);
        terminal.out(`${shortName(name)}: ${format ?? "a model's file"}, ${bytes} bytes, as it was\n`);
      }
      if (files.length > MOST_FILES) terminal.out(`and ${grouped(files.length - MOST_FILES)} more files\n`);
      terminal.out(graph ? graphText(graph) : `no graph: ${printable(graphProblem ?? "weights only")}\n`);
      const problem = graph && runProblem(graph);
      if (problem !== undefined) terminal.out(`the command run cannot run it: ${printable(problem)}\n`);
      terminal.out(ledgerText(ledger));
    });
}

/** Files of a model that are shown; the others are counted. */
const MOST_FILES = 16;

/** Longest value of metadata that is shown. */
const LONGEST_TEXT = 200;

/** Operators that are named; the others are counted. */
const MOST_OPERATORS = 12;

function graphText({ name, opset, inputs, outputs, nodes }: Graph): string {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  const operators = [...counts].sort(([, a], [, b]) => b - a).map(([op, count]) => `${count} ${shortName(op)}`);
  const more = operators.length > MOST_OPERATORS ? `, and ${operators.length - MOST_OPERATORS} more operators` : "";
  const title = name ? `graph ${shortName(name)}` : "graph";
  const lines = [
    `${title} (opset ${opset}): ${grouped(nodes.length)} ${nodes.length === 1 ? "node" : "nodes"}: ${operators.slice(0, MOST_OPERATORS).join(", ")}${more}`,
    `inputs: ${valuesText(inputs)}`,
    `outputs: ${valuesText(outputs)}`,
  ];
  return lines.map((line) => `${printable(line)}\n`).join("");
}

/** Values of a graph that are shown. */
const MOST_VALUES = 16;

function valuesText(values: readonly ValueInfo[]): string {
  const shown = values.slice(0, MOST_VALUES).map(({ name, type, shape }) => {
    const sizes = shape?.map((size) => size || "?");
    return `${shortName(name)} ${type ?? "of no known type"}${sizes ? ` ${shapeText(sizes)}` : ""}`;
  });
  return `${shown.join(", ")}${values.length > MOST_VALUES ? `, and ${values.length - MOST_VALUES} more` : ""}`;
}

/** JSON has no integers beyond 2^53: those of a graph are written as texts, exactly. */
function exactIntegers(_: string, value: unknown): unknown {
  return typeof value === "bigint" ? String(value) : value;
}

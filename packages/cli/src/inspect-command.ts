import type { Graph, ValueInfo } from "@deep-compression/network";
import { open } from "@deep-compression/pipeline";
import type { Command } from "commander";
import { withSource } from "./input-file";
import { denseBytes, ledgerText } from "./ledger-table";
import { printable, printJson, type Terminal } from "./terminal";

/** Adds the command `inspect`. */
export function addInspect(program: Command, terminal: Terminal): void {
  program
    .command("inspect")
    .summary("show what a .dcz file holds")
    .description("Shows a .dcz file's metadata, graph and ledger: where every byte went.")
    .argument("<file>", "a .dcz file")
    .option("--json", "print them as JSON")
    .action(async (file: string, { json }: { readonly json?: true }) => {
      const { ledger, graph, metadata } = await withSource(file, terminal, async (source) => {
        const opened = await open(source);
        return { ...opened, ledger: await opened.ledger() };
      });
      if (json) {
        const ratio = denseBytes(ledger) / ledger.fileBytes;
        return printJson(terminal, { file, ratio, metadata, graph: graph ?? null, ledger });
      }
      for (const [name, text] of Object.entries(metadata)) terminal.out(`${printable(name)}: ${printable(text)}\n`);
      terminal.out(graph ? graphText(graph) : "no graph: weights only\n");
      terminal.out(ledgerText(ledger));
    });
}

function graphText({ name, opset, inputs, outputs, nodes }: Graph): string {
  const values = (list: readonly ValueInfo[]) => list.map((value) => `${value.name} [${value.shape}]`).join(", ");
  const title = name ? `graph ${name}` : "graph";
  const steps = [values(inputs), ...nodes.map(({ op }) => op), values(outputs)].join(" > ");
  return `${printable(`${title} (opset ${opset}): ${steps}`)}\n`;
}

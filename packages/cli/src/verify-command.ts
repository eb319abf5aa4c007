import { open } from "@deep-compression/pipeline";
import type { Command } from "commander";
import { withSource } from "./input-file";
import { tensorProgress } from "./progress";
import { grouped, printJson, type Terminal } from "./terminal";

/** Adds the command `verify`. */
export function addVerify(program: Command, terminal: Terminal): void {
  program
    .command("verify")
    .summary("check every byte of a .dcz file")
    .description("Checks all checksums of a .dcz file and decodes all of it.")
    .argument("<file>", "a .dcz file")
    .option("--json", "print the finding as JSON")
    .action(async (file: string, { json }: { readonly json?: true }) => {
      const found = await withSource(file, async (source) => {
        const opened = await open(source);
        const { graph, byteLength: bytes } = opened;
        const tensors = opened.source.tensors.length;
        const shown = tensorProgress(json ? undefined : terminal, { doing: "verifying", tensors });
        await opened.verify({ onRead: shown.show }).finally(shown.stop);
        return { file, ok: true, bytes, tensors, graph: graph !== undefined };
      });
      if (json) return printJson(terminal, found);
      terminal.out(`${file}: ok, ${found.tensors} tensors, ${grouped(found.bytes)} bytes\n`);
    });
}

import { FormatError } from "@deep-compression/bits";
import { open } from "@deep-compression/pipeline";
import type { Command } from "commander";
import { reasonOf } from "./failure";
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
    .action((file: string, options: { readonly json?: true }) => runVerify(file, options, terminal));
}

async function runVerify(file: string, { json }: { readonly json?: true }, terminal: Terminal): Promise<void> {
  try {
    const found = await withSource(file, terminal, async (source) => {
      const opened = await open(source);
      const { graph, byteLength: bytes } = opened;
      const tensors = opened.source.tensors.length;
      const shown = tensorProgress(json ? undefined : terminal, { doing: "verifying", tensors });
      await opened.verify({ onRead: shown.show }).finally(shown.stop);
      return { file, ok: true, bytes, tensors, graph: graph !== undefined };
    });
    if (json) return printJson(terminal.out, found);
    terminal.out(`${file}: ok, ${grouped(found.tensors)} tensors, ${grouped(found.bytes)} bytes\n`);
  } catch (error) {
    if (json) printJson(terminal.out, { file, ok: false, error: errorFields(error) });
    throw error;
  }
}

/** What is known of why a file cannot be read: message, and code and place of damaged bytes. */
function errorFields(error: unknown): object {
  const cause = error instanceof Error ? error.cause : undefined;
  const found = cause instanceof FormatError ? cause : undefined;
  const { code, offset, tensor, section } = found ?? {};
  return { message: reasonOf(found ?? error), code, offset, tensor, section };
}

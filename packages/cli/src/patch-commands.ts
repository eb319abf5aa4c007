import type { ByteSource } from "@deep-compression/bits";
import { applyPatch, makePatch } from "@deep-compression/container/patch";
import { open } from "@deep-compression/pipeline";
import { quoted } from "@deep-compression/runtime";
import type { Command } from "commander";
import { doing } from "./failure";
import { readInput, STANDARD_STREAM, withSource } from "./input-file";
import { fileNamed } from "./option-values";
import { assertWritable, writeOutput } from "./output-file";
import { grouped, type Terminal } from "./terminal";

interface OutputOption {
  readonly output: string;
}

/** Adds the command `diff`. */
export function addDiff(program: Command, terminal: Terminal): void {
  program
    .command("diff")
    .summary("make a patch from one file to another")
    .description(
      "Writes what makes the new file of the old one: kilobytes if few tensors changed, or only the centroids. The command patch applies it, and so does a page that has the old file.",
    )
    .argument("<old>", "a .dcz file that others have")
    .argument("<new>", "the .dcz file that they are to have")
    .requiredOption("-o, --output <patch>", "the patch to write", fileNamed(".dczp"))
    .action(async (old: string, made: string, { output }: OutputOption) => {
      await assertWritable(output, [old, made]);
      const bytes = await withSource(made, terminal, wholeOf);
      const patch = makePatch(await withSource(old, terminal, wholeOf), bytes);
      await writeOutput(terminal, { path: output, content: patch });
      const share = ((100 * patch.length) / Math.max(1, bytes.length)).toFixed(2);
      const say = output === STANDARD_STREAM ? terminal.error : terminal.out;
      say(`wrote ${output}: ${grouped(patch.length)} bytes, ${share} % of ${made}\n`);
    });
}

/** Adds the command `patch`. */
export function addPatch(program: Command, terminal: Terminal): void {
  program
    .command("patch")
    .summary("make the new file of the old one and a patch")
    .description(
      "Writes the file that a patch of the command diff makes of an old one. Both are checked by their SHA-256.",
    )
    .argument("<old>", "the .dcz file that the patch was made for")
    .argument("<patch>", "the patch, a .dczp file")
    .requiredOption("-o, --output <new>", "the file to write", fileNamed(".dcz"))
    .action(async (old: string, patch: string, { output }: OutputOption) => {
      await assertWritable(output, [old, patch]);
      const steps = await readInput(patch, (bytes) => bytes);
      const made = await withSource(old, terminal, (source) =>
        doing(`apply ${quoted(patch)}`, () => applyPatch(source, steps)),
      );
      await writeOutput(terminal, { path: output, content: made });
      const say = output === STANDARD_STREAM ? terminal.error : terminal.out;
      say(`wrote ${output}: ${grouped(made.length)} bytes\n`);
    });
}

/** The bytes of a .dcz file. A patch to a file of another kind would be as large as that, and no page could use it. */
async function wholeOf(source: ByteSource): Promise<Uint8Array> {
  await open(source);
  return source.slice(0, source.byteLength);
}

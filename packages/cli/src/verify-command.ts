import { FormatError } from "@deep-compression/bits";
import { open } from "@deep-compression/pipeline";
import type { Command } from "commander";
import { addPictureOptions } from "./calibration-options";
import { reasonOf } from "./failure";
import { withSource } from "./input-file";
import { collect } from "./named-inputs";
import type { PictureOptions } from "./pictures";
import { tensorProgress } from "./progress";
import { grouped, percentOf, printJson, shortName, type Terminal } from "./terminal";
import { verifyAgainst } from "./verify-against";

/** Adds the command `verify`. */
export function addVerify(program: Command, terminal: Terminal): void {
  const command: Command = program
    .command("verify")
    .summary("check every byte of a .dcz file")
    .description(
      "Checks all checksums of a .dcz file and decodes all of it. With --against and --inputs it also runs the file beside the model that it was made of, and fails if outputs are further off than the file's certificate says (by more than a tenth, or a point of agreement or one row).",
    )
    .argument("<file>", "a .dcz file")
    .option("--against <model>", "the model that it was made of, by compress --calibrate")
    .option(
      "--inputs <inputs>",
      "with --against: x.npy, a folder of pictures or .wav files, or name=x.npy for each (inputs given again are a further set)",
      collect,
    );
  addPictureOptions(command);
  command.option("--json", "print the finding as JSON").action((file: string, options: VerifyOptions) => {
    const { against, inputs } = options;
    if ((against === undefined) !== (inputs === undefined)) {
      return command.error("--against <model> and --inputs <inputs> go together");
    }
    return runVerify(file, options, terminal);
  });
}

interface VerifyOptions extends PictureOptions {
  readonly against?: string;
  readonly inputs?: readonly string[];
  readonly json?: true;
}

async function runVerify(file: string, options: VerifyOptions, terminal: Terminal): Promise<void> {
  const { against, inputs, json, ...pictures } = options;
  try {
    const found = await withSource(file, terminal, async (source) => {
      const opened = await open(source);
      const { graph, byteLength: bytes } = opened;
      const tensors = opened.source.tensors.length;
      const shown = tensorProgress(json ? undefined : terminal, { doing: "verifying", tensors });
      await opened.verify({ onRead: shown.show }).finally(shown.stop);
      return { file, ok: true, bytes, tensors, graph: graph !== undefined };
    });
    const outputs =
      against === undefined || inputs === undefined
        ? undefined
        : await verifyAgainst(file, { model: against, inputs, ...pictures }, terminal);
    if (json) return printJson(terminal.out, { ...found, ...(outputs && { outputs }) });
    terminal.out(`${file}: ok, ${grouped(found.tensors)} tensors, ${grouped(found.bytes)} bytes\n`);
    for (const [name, { relativeError, stated }] of Object.entries(outputs ?? {})) {
      terminal.out(
        `output ${shortName(name)} is off by ${percentOf(relativeError)}, its certificate says ${percentOf(stated)}: ok\n`,
      );
    }
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

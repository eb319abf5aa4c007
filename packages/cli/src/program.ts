import { inspect } from "node:util";
import { shortened } from "@deep-compression/runtime";
import { Command, CommanderError } from "commander";
import packageJson from "../package.json";
import { addCompare } from "./compare-command";
import { addCompress } from "./compress-command";
import { addEvaluate } from "./evaluate-command";
import { addExplore } from "./explore-command";
import { reasonOf } from "./failure";
import { addInspect } from "./inspect-command";
import { collect } from "./named-inputs";
import { addDiff, addPatch } from "./patch-commands";
import { addProfile } from "./profile-command";
import { addReproduce } from "./reproduce-command";
import type { Reproduce } from "./reproduction";
import { addRestore } from "./restore-command";
import { addRun } from "./run-command";
import { addSensitivity } from "./sensitivity-command";
import { printable, type Terminal } from "./terminal";
import { addVerify } from "./verify-command";

const EXAMPLES = `
Examples
  deep-compression reproduce lenet-300-100
  deep-compression compress model.onnx -o model.dcz
  deep-compression compress model.onnx -o exact.dcz --lossless
  deep-compression compress model.onnx -o fitted.dcz --calibrate x.npy
  deep-compression inspect model.dcz
  deep-compression explore model.dcz
  deep-compression run model.dcz --input x.npy -o y.npy
  deep-compression evaluate model.dcz --images t10k-images.idx --labels t10k-labels.idx
  deep-compression restore model.dcz -o again.onnx
  deep-compression compare model.onnx model.dcz --inputs x.npy
  deep-compression diff old.dcz new.dcz -o change.dczp

Exit codes: 0 done, 1 the work failed, 2 wrong usage. DEBUG=1 shows where an error arose.`;

function createProgram(terminal: Terminal, load?: () => Promise<Reproduce>): Command {
  const program = new Command("deep-compression")
    .description("Makes models small, gives their own files back, and runs compressed networks as they are.")
    .version(packageJson.version)
    .configureOutput({
      writeOut: terminal.out,
      writeErr: terminal.error,
      outputError: (text, write) => write(oneLine(text)),
    })
    .configureHelp({ showGlobalOptions: false })
    .showSuggestionAfterError(false)
    .exitOverride()
    .helpCommand(false)
    .addHelpText("after", EXAMPLES);
  for (const add of [
    addCompress,
    addInspect,
    addExplore,
    addRestore,
    addVerify,
    addRun,
    addEvaluate,
    addProfile,
    addCompare,
    addSensitivity,
    addDiff,
    addPatch,
  ])
    add(program, terminal);
  addReproduce(program, terminal, load);
  for (const command of program.commands) refuseRepeats(command);
  addHelp(program);
  return program;
}

/** A second value of an option that does not collect them is refused: commander would take it and drop the first. */
function refuseRepeats(command: Command): void {
  for (const option of command.options.filter(({ required, parseArg }) => required && parseArg !== collect)) {
    let isGiven = false;
    command.on(`option:${option.name()}`, () => {
      if (isGiven) command.error(`option '${option.flags}' given twice; give it once`);
      isGiven = true;
    });
  }
}

/** As commander's own, which answers a name that is no command's with the whole help as an error. */
function addHelp(program: Command): void {
  program
    .command("help [command]")
    .description("display help for command")
    .action((name?: string) => {
      const command = program.commands.find((one) => one.name() === name);
      if (name !== undefined && !command) program.error(`unknown command '${name}'`);
      (command ?? program).help();
    });
}

/** Characters of what is wrong with the usage, which has what was given in it. */
const LONGEST_LINE = 400;

function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/\s*\n\s*/g, " ")
    .replace(/^error: /, "");
  return `deep-compression: ${shortened(printable(line), LONGEST_LINE)}; see deep-compression --help\n`;
}

/**
 * Runs the command `deep-compression` with its arguments (without node and script) and returns its exit code: 0 done,
 * 1 the work failed, with one line on `terminal.error`, 2 wrong usage.
 */
export async function runProgram(
  args: readonly string[],
  terminal: Terminal,
  options: { readonly load?: () => Promise<Reproduce>; readonly debug?: string } = {},
): Promise<number> {
  if (args.length === 0) {
    terminal.error(oneLine("missing command"));
    return 2;
  }
  try {
    await createProgram(terminal, options.load).parseAsync(args, { from: "user" });
    return 0;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    terminal.error(`deep-compression: ${reasonOf(error)}\n`);
    if (options.debug === "1") terminal.error(`${inspect(error)}\n`); // the stack, and those of its causes
    return 1;
  }
}

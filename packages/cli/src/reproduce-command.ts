import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { quoted } from "@deep-compression/runtime";
import { Argument, type Command } from "commander";
import { doing } from "./failure";
import { wholeNumber } from "./option-values";
import { assertWritable } from "./output-file";
import { progressLines, progressOn } from "./progress";
import type { Reproduce, ReproduceOptions } from "./reproduction";
import { printJson, type Terminal } from "./terminal";
import { textTable } from "./text-table";

interface ReproduceFlags {
  readonly seed: number;
  readonly paper?: true;
  readonly out: string;
  readonly threads?: number;
  readonly resume: boolean;
  readonly json?: true;
}

/** Adds the command `reproduce`. */
export function addReproduce(
  program: Command,
  terminal: Terminal,
  load: () => Promise<Reproduce> = loadExperiments,
): void {
  program
    .command("reproduce")
    .summary("train and compress a network of the paper on MNIST")
    .description(
      "Trains a network of the paper on MNIST, prunes it, shares and codes its weights, writes OUT/NETWORK.dcz, reopens that file and measures it on the 10,000 test images, beside the paper's figures. LeNet-300-100 takes up to 3 minutes, LeNet-5 up to 20.",
    )
    .addArgument(new Argument("<network>", "which network").choices(["lenet-300-100", "lenet-5"]))
    .option("--seed <seed>", "seed of the run", wholeNumber(0, 2 ** 32 - 1), 1)
    .option("--paper", "the paper's own scheme instead of ours")
    .option("--out <folder>", "folder for the results", "out")
    .option("--threads <threads>", "threads to train on", wholeNumber(1, 64))
    .option("--no-resume", "begin anew, not from the checkpoint of an interrupted run")
    .option("--json", "print the results as JSON; progress goes to the error output")
    .action((network: ReproduceOptions["network"], flags: ReproduceFlags) =>
      runReproduce(network, flags, { terminal, load }),
    );
}

async function runReproduce(
  network: ReproduceOptions["network"],
  flags: ReproduceFlags,
  { terminal, load }: { readonly terminal: Terminal; readonly load: () => Promise<Reproduce> },
): Promise<void> {
  const { seed, out, threads, resume, json } = flags;
  const reproduce = await load();
  await doing(`make the folder ${quoted(out)}`, () => mkdir(out, { recursive: true }));
  await assertWritable(join(out, `${network}.dcz`));
  const view = json ? progressLines(terminal.error) : progressOn(terminal);
  const scheme = flags.paper ? "paper" : "ours";
  const report = await doing(`reproduce ${network}`, () =>
    reproduce({ network, scheme, seed, out, threads, resume, onProgress: view.show }),
  ).finally(view.stop);
  if (json) return printJson(terminal.out, report.json);
  terminal.out(textTable(report.table.head, report.table.rows));
  for (const line of [...report.notes, ...report.files.map((path) => `wrote ${path}`)]) terminal.out(`${line}\n`);
}

const EXPERIMENTS = "@deep-compression/experiments";

/** The package is an optional peer: only this command needs it, and the training data it brings. */
async function loadExperiments(): Promise<Reproduce> {
  try {
    return (await import("@deep-compression/experiments")).reproduce;
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && cause.code === "ERR_MODULE_NOT_FOUND";
    if (!missing || !cause.message.includes(EXPERIMENTS)) throw cause;
    throw new Error(`reproduce needs the package ${EXPERIMENTS}; install it: npm install ${EXPERIMENTS}`, { cause });
  }
}

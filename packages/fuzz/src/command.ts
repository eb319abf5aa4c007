import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { Failure, FuzzReport } from "./fuzz";
import { CORPUS_FOLDER, FAILURES_FOLDER, type FuzzCase, parseCase, readCases, writeCase } from "./fuzz-case";
import { fuzzInWorkers } from "./fuzz-workers";
import { tallyText } from "./tally";
import { targetNamed } from "./targets";
import { trial } from "./trial";

const USAGE = `usage: npm run fuzz -- [--runs N] [--seconds S] [--seed N] [--jobs N]
       npm run fuzz -- --replay FILE
  --runs     mutated containers, default 100000; for every four of them there is one bare stream
  --seconds  ends sooner, after so many seconds
  --seed     default 1; the same seed and jobs give the same cases
  --jobs     threads, default 2
  --replay   runs one kept case, and shows where it fails`;

export interface CommandIO {
  readonly out: (text: string) => void;
  readonly error: (text: string) => void;
}

/** Runs the command and resolves to its exit code: 0 nothing failed, 1 something did, 2 wrong usage. */
export async function fuzzCommand(args: readonly string[], io: CommandIO): Promise<number> {
  let request: ReturnType<typeof parse>;
  try {
    request = parse(args);
  } catch (error) {
    io.error(`${error instanceof Error ? error.message : error}\n${USAGE}\n`);
    return 2;
  }
  if (request.replay !== undefined) return replay(request.replay, io);
  const known = await failuresOf(readCases(CORPUS_FOLDER));
  const start = performance.now();
  const report = await fuzzInWorkers({
    ...request,
    onProgress: (cases) => io.error(`${cases.toLocaleString("en-US")} cases\n`),
  });
  io.out(reportText({ ...report, seconds: (performance.now() - start) / 1000 }));
  const failures = [...known, ...report.failures];
  for (const { input, message } of failures) {
    io.error(`${input.target}: ${message}\n  npm run fuzz -- --replay ${writeCase(FAILURES_FOLDER, input)}\n`);
  }
  return failures.length === 0 ? 0 : 1;
}

function parse(args: readonly string[]) {
  const text = (byDefault?: string) => ({ type: "string" as const, ...(byDefault && { default: byDefault }) });
  const { values } = parseArgs({
    args: [...args],
    options: { runs: text("100000"), seconds: text(), seed: text("1"), jobs: text("2"), replay: text() },
  });
  const whole = (name: "runs" | "seed" | "jobs", least: number): number => {
    const value = Number(values[name]);
    if (Number.isSafeInteger(value) && value >= least) return value;
    throw new Error(`--${name}: expected a whole number from ${least}, got ${values[name]}`);
  };
  const seconds = values.seconds === undefined ? Number.POSITIVE_INFINITY : Number(values.seconds);
  if (!(seconds > 0)) throw new Error(`--seconds: expected a number above 0, got ${values.seconds}`);
  return { runs: whole("runs", 1), seconds, seed: whole("seed", 0), jobs: whole("jobs", 1), replay: values.replay };
}

/** Runs kept cases; gives those that fail. */
export async function failuresOf(inputs: Iterable<FuzzCase>): Promise<Failure[]> {
  const failures: Failure[] = [];
  for (const input of inputs) {
    const { failure } = await trial(targetNamed(input.target), input);
    if (failure !== undefined) failures.push({ input, message: failure });
  }
  return failures;
}

/** Runs one case without catching anything, so that an error shows its stack. */
async function replay(path: string, io: CommandIO): Promise<number> {
  const input = parseCase(readFileSync(path, "utf8"));
  const { outcome, kind, ms, allocated, failure } = await trial(targetNamed(input.target), input);
  io.out(`${outcome} (${kind}), ${ms.toFixed(1)} ms, ${allocated} bytes\n`);
  if (failure === undefined) return 0;
  io.error(`${failure}\n`);
  await targetNamed(input.target).run(input);
  return 1;
}

function reportText({ tallies, failures, kinds, seconds }: FuzzReport & { readonly seconds: number }): string {
  const cases = Object.values(tallies).reduce((sum, tally) => sum + tally.cases, 0);
  const rate = Math.round(cases / seconds).toLocaleString("en-US");
  const total = `${cases.toLocaleString("en-US")} cases in ${seconds.toFixed(1)} s, ${rate} a second`;
  const peak = `peak memory ${Math.round(process.resourceUsage().maxRSS / 1024)} MiB`;
  return `${tallyText(tallies)}${total}; ${kinds} kinds of outcome; ${peak}; ${failures.length} failures\n`;
}

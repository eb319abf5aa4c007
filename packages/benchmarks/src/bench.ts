import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Row } from "./harness";
import type { Suite } from "./suite";
import { formatTable, machineLine, ratioText } from "./table";

const USAGE = `usage: npm run bench -- [FILTER ...] [--json] [--rounds N] [--passes N] [--effort X] [--out FOLDER]
  FILTER    runs the cases whose "suite/case" contains one of these texts; none runs all
  --json    prints one JSON array of rows on stdout and nothing else
  --rounds  timed runs of each side; their median counts (default 3)
  --passes  times that all is run, minutes apart, since machines have bad ones; of each figure the pass with the median
            ratio counts (default 1; suites of long cases run once)
  --effort  scales the work of a run; 1, the default, is what reports state
  --out     also writes the rows of each suite to FOLDER/SUITE.json, which "npm run results" records`;

export interface BenchIO {
  readonly suites: readonly Suite[];
  readonly out: (text: string) => void;
  /** Progress, the machine and what went wrong. */
  readonly log: (text: string) => void;
}

function parse(args: readonly string[], suites: readonly Suite[]) {
  const { values, positionals: filters } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      json: { type: "boolean", default: false },
      rounds: { type: "string", default: "3" },
      passes: { type: "string", default: "1" },
      effort: { type: "string", default: "1" },
      out: { type: "string" },
    },
  });
  const [rounds, passes, effort] = [Number(values.rounds), Number(values.passes), Number(values.effort)];
  for (const [option, value] of Object.entries({ rounds, passes })) {
    if (!Number.isInteger(value) || value < 1) throw new Error(`--${option}: expected an integer >= 1, got ${value}`);
  }
  if (!(effort > 0 && effort <= 1)) throw new Error(`--effort: expected a number in (0, 1], got ${values.effort}`);
  const unknown = filters.find((filter) => !suites.some((suite) => mayMatch(filter, suite)));
  if (unknown === undefined) return { filters, json: values.json, rounds, passes, effort, out: values.out };
  throw new Error(`no suite matches "${unknown}"; there are ${suites.map(({ name }) => name).join(", ")}`);
}

type Request = ReturnType<typeof parse>;

/** Whether a case of a suite may match, as far as the suite's name tells. */
function mayMatch(filter: string, { name }: Suite): boolean {
  return name.includes(filter.split("/")[0]!);
}

/**
 * Runs the suites that `args` select and prints their rows.
 * Returns the exit code: 0 all rows measured, whatever their verdict; 1 a case failed or lacks its peer; 2 wrong usage.
 */
export async function bench(args: readonly string[], io: BenchIO): Promise<number> {
  let request: Request;
  try {
    request = parse(args, io.suites);
  } catch (error) {
    io.log(`${error instanceof Error ? error.message : error}\n${USAGE}`);
    return 2;
  }
  (request.json ? io.log : io.out)(machineLine());
  const { rows, failures } = await runCases(request, io);
  if (rows.length === 0 && failures === 0) {
    io.log(`no case matches ${request.filters.join(" ")}`);
    return 2;
  }
  io.out(request.json ? JSON.stringify(rows, null, 2) : formatTable(rows));
  return failures === 0 ? 0 : 1;
}

async function runCases(request: Request, io: BenchIO) {
  const measured = new Map<string, Row[]>();
  let failures = 0;
  for (let pass = 1; pass <= request.passes; pass++) {
    for (const suite of io.suites) {
      if (pass > 1 && suite.once) continue;
      const rows = measured.get(suite.name) ?? [];
      measured.set(suite.name, rows);
      // An interrupted run of an hour still leaves what it had measured.
      failures += await runSuite(suite, request, io, async (own) => {
        rows.push(...own);
        await record(suite.name, medianRows(rows), request);
      });
    }
  }
  return { rows: [...measured.values()].flatMap(medianRows), failures };
}

async function record(suite: string, rows: readonly Row[], { out }: Request): Promise<void> {
  if (out === undefined || rows.length === 0) return;
  await mkdir(out, { recursive: true });
  await writeFile(join(out, `${suite}.json`), `${JSON.stringify(rows, null, 2)}\n`);
}

/** @param onRows given the rows of each case. @returns how many cases failed */
async function runSuite(
  suite: Suite,
  { filters, rounds, effort }: Request,
  io: BenchIO,
  onRows: (rows: readonly Row[]) => Promise<void>,
): Promise<number> {
  let failed = 0;
  if (filters.length > 0 && !filters.some((filter) => mayMatch(filter, suite))) return failed;
  for (const { name, run } of await suite.load()) {
    const path = `${suite.name}/${name}`;
    if (filters.length > 0 && !filters.some((filter) => path.includes(filter))) continue;
    const progress = (line: string) => io.log(`${path}: ${line}`);
    try {
      const rows = await run({ rounds, effort, progress });
      for (const row of rows) progress(`${row.name}: ${ratioText(row)} against ${row.peer}`);
      await onRows(rows);
    } catch (error) {
      failed++;
      progress(`failed: ${error instanceof Error ? error.message : error}`);
    }
  }
  return failed;
}

/** Of the rows of all passes that compare the same, the one with the median ratio; of an even number the lower of two. */
function medianRows(rows: readonly Row[]): Row[] {
  const alike = new Map<string, Row[]>();
  for (const row of rows) {
    const figure = JSON.stringify([row.name, row.peer]);
    alike.set(figure, [...(alike.get(figure) ?? []), row]);
  }
  return [...alike.values()].map((passes) => passes.sort((a, b) => a.ratio - b.ratio)[(passes.length - 1) >> 1]!);
}

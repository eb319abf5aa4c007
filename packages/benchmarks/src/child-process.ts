import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PACKAGE_FLAGS } from "./measured-packages";
import { SYMBOL_SAMPLES, type SymbolSample } from "./symbol-samples";
import type { Direction } from "./zlib-contest";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** How the command line is started: as it was built, as users run it, or from its sources, as tests are. */
export type Program = "built" | "source";

const PROGRAMS: Readonly<Record<Program, readonly string[]>> = {
  built: [here("../../cli/bin/deep-compression.js")],
  source: ["--conditions=@deep-compression/source", here("../../cli/src/main.ts")],
};

/** Runs TypeScript; by its place, since the process may start in another folder. */
const TSX = `--import=${import.meta.resolve("tsx")}`;

/**
 * Runs the command line in a process of its own. Gives its seconds, the most memory that it held at once (resident
 * set) and what it printed. Rejects with its last words if it fails.
 *
 * @param options.folder where what is measured is noted
 * @param options.from the current folder of the process. Default: ours
 * @param options.program default "built"
 */
export async function runCommand(
  args: readonly string[],
  { folder, from, program = "built" }: { readonly folder: string; readonly from?: string; readonly program?: Program },
): Promise<{ readonly seconds: number; readonly peakBytes: number; readonly out: string }> {
  const usageFile = join(folder, "usage.json");
  const start = performance.now();
  const reporting = `--import=${new URL("report-usage.mjs", import.meta.url)}`;
  const node = program === "source" ? [TSX, reporting] : [reporting];
  const out = await run([...node, ...PROGRAMS[program], ...args], { USAGE_FILE: usageFile }, from);
  const seconds = (performance.now() - start) / 1000;
  return { seconds, out, ...JSON.parse(await readFile(usageFile, "utf8")) };
}

/**
 * Calibrates a layer of `size` x `size` by so many rows of inputs, in a process of its own. Gives its seconds and the most memory that
 * the process held at once.
 *
 * @param folder where what is measured is noted
 */
export async function layerCalibration(
  { size, rows }: { readonly size: number; readonly rows: number },
  folder: string,
): Promise<{ readonly seconds: number; readonly peakBytes: number }> {
  const usageFile = join(folder, "usage.json");
  const reporting = `--import=${new URL("report-usage.mjs", import.meta.url)}`;
  const source = [TSX, reporting, ...PACKAGE_FLAGS, here("calibrate-layer-process.ts")];
  const out = await run([...source, String(size), String(rows)], { USAGE_FILE: usageFile });
  return { ...JSON.parse(out), ...JSON.parse(await readFile(usageFile, "utf8")) };
}

/**
 * Decodes a file to dense tensors in a fresh process, once and then `rounds` times. Gives the seconds: of the first time,
 * which compiles the code, and of each time after that.
 *
 * @param options.memory "shared": threads fill tensors together; "own": each tensor is the work of one
 */
export async function decodeSeconds(
  file: string,
  options: {
    readonly rounds: number;
    readonly threads: number;
    readonly memory: "shared" | "own";
    readonly pages?: "ordinary" | "huge";
  },
): Promise<readonly [first: number, ...later: number[]]> {
  const source = ["--expose-gc", TSX, ...PACKAGE_FLAGS, here("decode-file.ts")];
  // glibc then asks for huge pages; elsewhere this means nothing.
  const environment = options.pages === "huge" ? { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" } : {};
  const args = [file, String(options.rounds + 1), String(options.threads), options.memory];
  return JSON.parse(await run([...source, ...args], environment));
}

/**
 * Opens a model file of one input "input" and runs it once in a fresh process: a `.dcz` file by our session, an ONNX file by
 * onnxruntime-web. Gives the seconds from before the file is read, modules being loaded, and the numbers of the output.
 */
export async function firstAnswer(
  file: string,
  shape: readonly number[],
): Promise<{ readonly seconds: number; readonly output: readonly number[] }> {
  const source = [TSX, ...PACKAGE_FLAGS, here("first-answer-process.ts")];
  return JSON.parse(await run([...source, file, JSON.stringify(shape)], {}));
}

/** Seconds that two threads take to write so many bytes of fresh memory, in a process of its own: each of `rounds` times, after a first. */
export async function writeMemorySeconds(
  bytes: number,
  { rounds }: { readonly rounds: number },
): Promise<readonly number[]> {
  const args = ["--expose-gc", TSX, here("write-memory.ts"), String(bytes), String(rounds + 1)];
  const [, ...later] = JSON.parse(await run(args, {}));
  return later;
}

/**
 * Seconds that our Huffman coder and zlib's take for `count` symbols, each the median of `rounds`, in a process of its own. Its
 * memory is had as in this one: neither side then waits for pages to be cleared.
 */
export async function zlibContestSeconds(
  direction: Direction,
  sample: SymbolSample,
  { count, rounds }: { readonly count: number; readonly rounds: number },
): Promise<{ readonly ours: number; readonly theirs: number }> {
  const source = ["--expose-gc", TSX, ...PACKAGE_FLAGS, here("zlib-contest-process.ts")];
  const memory = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("MALLOC_")));
  const args = [direction, String(SYMBOL_SAMPLES.indexOf(sample)), String(count), String(rounds)];
  return JSON.parse(await run([...source, ...args], memory));
}

/** Seconds that `gzip -1` takes for a file. Rejects where there is none. */
export function gzipSeconds(file: string): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const child = spawn("gzip", ["-1", "--stdout", file], { stdio: ["ignore", "ignore", "inherit"] });
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve((performance.now() - start) / 1000) : reject(new Error(`gzip: exit code ${code}`)),
    );
  });
}

function run(args: readonly string[], environment: NodeJS.ProcessEnv, from?: string): Promise<string> {
  // Without what `npm run bench` tells glibc: these processes are to be as a user's.
  const own = Object.entries(process.env).filter(([name]) => !name.startsWith("MALLOC_"));
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd: from,
      env: { ...Object.fromEntries(own), ...environment },
    });
    let [out, errors] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (errors += data));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(out) : reject(new Error(`exit code ${code}: ${errors.slice(-500)}`)),
    );
  });
}

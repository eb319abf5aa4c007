import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** What a command took. */
export interface Usage {
  readonly seconds: number;
  /** Most memory that the process held at once (resident set). */
  readonly peakBytes: number;
}

/** Runs the built command line in a process of its own. Rejects with its last words if it fails. */
export async function runCommand(args: readonly string[], options: { readonly folder: string }): Promise<Usage> {
  const usageFile = join(options.folder, "usage.json");
  const program = here("../../cli/bin/deep-compression.js");
  const start = performance.now();
  await run([`--import=${new URL("report-usage.mjs", import.meta.url)}`, program, ...args], { USAGE_FILE: usageFile });
  const seconds = (performance.now() - start) / 1000;
  return { seconds, ...JSON.parse(await readFile(usageFile, "utf8")) };
}

/** Seconds to decode a file to dense tensors. */
export interface DecodeSeconds {
  /** The first time in a process: compiling the code is part of it. */
  readonly first: number;
  /** Each time after that. */
  readonly later: readonly number[];
}

/**
 * Decodes a file in a fresh process, once and then `rounds` times.
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
): Promise<DecodeSeconds> {
  const source = ["--expose-gc", "--import=tsx", "--conditions=@deep-compression/source", here("decode-file.ts")];
  // glibc then asks for huge pages; elsewhere this means nothing.
  const environment: Readonly<Record<string, string>> =
    options.pages === "huge" ? { GLIBC_TUNABLES: "glibc.malloc.hugetlb=1" } : {};
  const args = [file, String(options.rounds + 1), String(options.threads), options.memory];
  const [first, ...later] = JSON.parse(await run([...source, ...args], environment));
  return { first, later };
}

function run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { ...ownEnvironment(), ...environment } });
    let [out, errors] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (errors += data));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(out) : reject(new Error(`exit code ${code}: ${errors.slice(-500)}`)),
    );
  });
}

/** Without what `npm run bench` tells glibc: these processes are to be as a user's. */
function ownEnvironment(): Readonly<Record<string, string | undefined>> {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith("MALLOC_")));
}

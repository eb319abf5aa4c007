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

/** Seconds to decode a file to dense tensors, in a fresh process that has never decoded anything. */
export async function decodeSeconds(file: string): Promise<number> {
  const source = ["--import=tsx", "--conditions=@deep-compression/source", here("decode-file.ts"), file];
  return JSON.parse(await run(source, {})).seconds;
}

function run(args: readonly string[], environment: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, { env: { ...process.env, ...environment } });
    let [out, errors] = ["", ""];
    child.stdout.on("data", (data) => (out += data));
    child.stderr.on("data", (data) => (errors += data));
    child.on("error", reject);
    child.on("close", (code) =>
      code === 0 ? resolve(out) : reject(new Error(`exit code ${code}: ${errors.slice(-500)}`)),
    );
  });
}

import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import { build } from "esbuild";
import type { FuzzOptions, FuzzReport } from "./fuzz";
import { summed } from "./tally";
import { casesBegun, lastCase, sharedCase } from "./watched-case";

/** A case that takes longer hangs: the slowest take some tens of milliseconds. */
const HANG_SECONDS = 30;

export interface WorkersOptions extends Omit<FuzzOptions, "onCase"> {
  /** Threads; each takes a slice of the runs with a seed of its own. */
  readonly jobs: number;
  /** Told from time to time how many cases have been begun. */
  readonly onProgress?: (cases: number) => void;
}

/**
 * As {@link fuzz} on several threads, watched: a case in which a thread hangs, or with which it dies, is a failure, and
 * ends that thread's work.
 */
export async function fuzzInWorkers(options: WorkersOptions): Promise<FuzzReport> {
  const { seed, runs, seconds, jobs, onProgress } = options;
  const worker = await bundledWorker();
  const slice = Math.ceil(runs / jobs);
  const cases = Array.from({ length: jobs }, sharedCase);
  const timer = setInterval(() => onProgress?.(cases.reduce((sum, shared) => sum + casesBegun(shared), 0)), 10_000);
  try {
    const reports = await Promise.all(
      cases.map((shared, job) =>
        watched(new Worker(worker, { workerData: { seed: jobs * seed + job, runs: slice, seconds, shared } }), shared),
      ),
    );
    return {
      tallies: summed(reports.map(({ tallies }) => tallies)),
      failures: reports.flatMap(({ failures }) => failures),
      kinds: Math.max(...reports.map(({ kinds }) => kinds)),
    };
  } finally {
    clearInterval(timer);
  }
}

/** The report of a worker, or the case that it hung in or died of. */
function watched(worker: Worker, shared: SharedArrayBuffer): Promise<FuzzReport> {
  return new Promise((resolve) => {
    const fail = (message: string) => {
      const input = lastCase(shared) ?? { target: "file", numbers: [0], bytes: new Uint8Array(0) };
      resolve({ tallies: {}, failures: [{ input, message }], kinds: 0 });
    };
    // Counted in ticks, not by a clock: that goes on while the whole machine stands still.
    let begun = 0;
    let ticks = 0;
    const watch = setInterval(() => {
      ticks = casesBegun(shared) === begun ? ticks + 1 : 0;
      begun = casesBegun(shared);
      if (begun === 0 || ticks < HANG_SECONDS) return;
      fail(`hangs: more than ${HANG_SECONDS} s`);
      void worker.terminate();
    }, 1000);
    worker.once("message", resolve);
    worker.once("error", (error: unknown) => fail(`the thread died: ${String(error)}`));
    worker.once("exit", (code) => {
      clearInterval(watch);
      if (code !== 0) fail(`the thread ended with ${code}`);
    });
  });
}

/**
 * Bundles the worker and gives its path. A bundle because a worker thread of Node 20 does not load TypeScript, and because
 * the sources run a third faster without what tsx puts around every function. It stands as deep as the sources do, so
 * that paths relative to them hold.
 */
async function bundledWorker(): Promise<string> {
  const outfile = fileURLToPath(new URL("../out/worker.mjs", import.meta.url));
  await build({
    entryPoints: [fileURLToPath(new URL("./worker.ts", import.meta.url))],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    conditions: ["@deep-compression/source"],
    external: ["fast-check"],
    sourcemap: "inline",
    logLevel: "error",
  });
  return outfile;
}

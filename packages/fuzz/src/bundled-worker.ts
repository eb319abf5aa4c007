import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * Bundles the worker and gives its path. A bundle because a worker thread of Node 20 does not load TypeScript, and because
 * the sources run a third faster without what tsx puts around every function. It stands as deep as the sources do, so
 * that paths relative to them hold.
 */
export async function bundledWorker(): Promise<string> {
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

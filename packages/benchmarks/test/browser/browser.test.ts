// What runs in Node runs in a browser, and gives the same: in Chromium, where there is one. `npm run test:browser` wants one.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { type Browser, chromium } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { run as runHuffman } from "./huffman-streams";
import { run as runThreads } from "./inference-threads";
import { run as runNetworks } from "./network-files";
import { run as runTraining } from "./training";

const vectors = fileURLToPath(new URL("../../../../test-vectors/container/", import.meta.url));
const required = process.env.DEEP_COMPRESSION_BROWSER === "required";
const executablePath = ["chromium", "chromium-browser", "google-chrome"].map(pathOf).find((path) => path !== undefined);

function pathOf(command: string): string | undefined {
  try {
    return execFileSync("which", [command], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** A file of the vectors; `names.json` lists them. */
async function readVector(path: string): Promise<Uint8Array> {
  if (path !== "names.json") return new Uint8Array(readFileSync(vectors + path));
  const paths = ["valid", "invalid"].flatMap((folder) =>
    readdirSync(vectors + folder).map((name) => `${folder}/${name}`),
  );
  return new TextEncoder().encode(JSON.stringify(paths.filter((name) => name.endsWith(".dcz"))));
}

/** A module of this folder, as a page loads it. */
async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(`${name}.ts`, import.meta.url))],
    bundle: true,
    write: false,
    platform: "browser", // an import of a Node built-in is an error
    format: "esm",
    target: "es2022",
    conditions: process.env.DEEP_COMPRESSION_TEST === "dist" ? [] : ["@deep-compression/source"],
    logLevel: "silent",
  });
  return outputFiles[0].text;
}

/** A page that allows WebAssembly, but no workers from blobs. */
const NO_BLOBS = "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; worker-src 'self'";

/**
 * Pages at /isolated/ (they have SharedArrayBuffer), /forbidding/ (they have, but start no workers from blobs) and /open/, the modules
 * of this folder below all; /vectors/.
 */
async function answer(url: string, response: ServerResponse): Promise<void> {
  const [, place, ...rest] = url.split("/");
  const path = rest.join("/");
  if (place === "isolated" || place === "forbidding") {
    response.setHeader("cross-origin-opener-policy", "same-origin");
    response.setHeader("cross-origin-embedder-policy", "require-corp");
  }
  if (place === "forbidding") response.setHeader("content-security-policy", NO_BLOBS);
  if (place === "vectors") {
    response.end(await readVector(path));
  } else if (path.endsWith(".js")) {
    response.setHeader("content-type", "text/javascript").end(await bundled(path.slice(0, -".js".length)));
  } else {
    response.setHeader("content-type", "text/html").end("<!doctype html><title>test</title>");
  }
}

describe.skipIf(executablePath === undefined && !required)("in Chromium", () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    if (executablePath === undefined) throw new Error("no Chromium found: install one that is called chromium");
    server = createServer((request, response) => {
      answer(request.url ?? "/", response).catch((error) => response.writeHead(500).end(String(error)));
    }).listen(0);
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 0 });
  });
  afterAll(async () => {
    await browser?.close();
    server?.close();
  });

  async function inPage(kind: "isolated" | "forbidding" | "open", call: string): Promise<unknown> {
    const page = await browser.newPage();
    page.setDefaultTimeout(0); // the test's own is enough
    await page.goto(`http://localhost:${(server.address() as AddressInfo).port}/${kind}/`);
    expect(await page.evaluate(() => globalThis.crossOriginIsolated)).toBe(kind !== "open");
    const result = await page.evaluate(`import("./run-module.js").then((runner) => runner.${call})`);
    await page.close();
    return result;
  }

  test.each(["isolated", "open"] as const)("symbol streams, kernels and workers: a page that is %s", async (kind) => {
    expect(await inPage(kind, 'runModule("./huffman-streams.js")')).toEqual(await runHuffman());
  });

  test.each(["isolated", "open"] as const)("files, threads and inference: a page that is %s", async (kind) => {
    expect(await inPage(kind, 'runModule("./network-files.js")')).toEqual(await runNetworks(readVector));
  });

  test("inference on two threads, in a page and in a worker, where memory can be shared", async () => {
    const shared = await runThreads();
    expect(shared).toEqual({ threads: 2, same: [true, true], closed: [true, true], after: 1 });
    for (const runner of ["runModule", "runInWorker"])
      expect(await inPage("isolated", `${runner}("./inference-threads.js")`)).toEqual(shared);
    expect(await inPage("open", 'runModule("./inference-threads.js")')).toMatch(/must be cross-origin isolated/);
    expect(await inPage("forbidding", 'runModule("./inference-threads.js")')).toMatch(/a worker did not start/);
  });

  test("training on one thread in a page, on more in a worker", async () => {
    const [one, two] = await runTraining();
    expect(await inPage("isolated", 'runModule("./training.js")')).toEqual([
      one,
      expect.stringContaining("in a Web Worker"),
    ]);
    expect(await inPage("isolated", 'runInWorker("./training.js")')).toEqual([one, two]);
  });
});

// Pages that use a library from npm as its users do: modules of this folder, bundled, beside files that a test serves.
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium, type Page } from "playwright-core";

const required = process.env.DEEP_COMPRESSION_BROWSER === "required";
const executablePath = ["chromium", "chromium-browser", "google-chrome"].map(pathOf).find((path) => path !== undefined);

// `npm run bench:peers` installs it there; DEEP_COMPRESSION_PEERS names another folder with a node_modules.
const peers = join(
  process.env.DEEP_COMPRESSION_PEERS ?? resolve(import.meta.dirname, "../../../benchmarks/peers"),
  "node_modules",
);

function pathOf(command: string): string | undefined {
  try {
    return execFileSync("which", [command], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** Whether pages can use a library of the benchmarks' peers, which are installed on demand. */
export function canUse(library: string): boolean {
  return existsSync(join(peers, library, "package.json")) && (executablePath !== undefined || required);
}

/** The folder of a library; `from`: as that other one finds it. */
export function libraryFolder(library: string, from?: string): string {
  const own = from === undefined ? "" : join(peers, from, "node_modules", library);
  return from !== undefined && existsSync(own) ? own : join(peers, library);
}

/** A module of this folder with all that it imports. */
async function bundled(name: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(import.meta.dirname, name)],
    bundle: true,
    write: false,
    platform: "browser",
    format: "esm",
    target: "es2022",
    nodePaths: [peers],
    conditions: process.env.DEEP_COMPRESSION_TEST === "dist" ? [] : ["@deep-compression/source"],
    logLevel: "silent",
  });
  return outputFiles[0]!.text;
}

/** What a page may ask for. */
export interface Served {
  /** By path, as "/models/model.dcz". */
  readonly files?: Readonly<Record<string, Uint8Array | string>>;
  /** Folders by the beginning of their paths, as "/runtime/". */
  readonly folders?: Readonly<Record<string, string>>;
}

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  mjs: "text/javascript",
  json: "application/json",
  wasm: "application/wasm",
};

/**
 * Opens a page that has run a module of this folder; the module puts its functions on `window`. `asked` lists the paths that were
 * asked for.
 */
export async function openPage(
  module: string,
  { files = {}, folders = {} }: Served,
): Promise<{ readonly page: Page; readonly asked: string[]; readonly close: () => Promise<void> }> {
  if (executablePath === undefined) throw new Error("no Chromium found: install one that is called chromium");
  const script = await bundled(module);
  const asked: string[] = [];
  const send = (response: ServerResponse, path: string, body: string | Uint8Array) => {
    const type = TYPES[path.split(".").at(-1)!] ?? "application/octet-stream";
    response.writeHead(200, { "content-type": type, "content-length": Buffer.byteLength(body) }).end(body);
  };
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://page").pathname;
    asked.push(path);
    const folder = Object.keys(folders).find((start) => path.startsWith(start));
    const file = folder && join(folders[folder]!, path.slice(folder.length));
    if (path === "/") response.setHeader("content-type", "text/html").end("<!doctype html><title>test</title>");
    else if (path === "/module.js") send(response, path, script);
    else if (files[path] !== undefined) send(response, path, files[path]);
    else if (file !== undefined && existsSync(file)) send(response, path, readFileSync(file));
    else response.writeHead(404).end();
  }).listen(0, "127.0.0.1");
  let browser: Browser | undefined;
  const close = async () => {
    await browser?.close();
    server.close();
  };
  try {
    await new Promise((listening) => server.once("listening", listening));
    browser = await chromium.launch({ executablePath, args: ["--no-sandbox"], timeout: 0 });
    const page = await browser.newPage();
    page.setDefaultTimeout(0);
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.addScriptTag({ url: "/module.js", type: "module" });
    await page.waitForFunction("window.isReady");
    return { page, asked, close };
  } catch (error) {
    await close();
    throw error;
  }
}

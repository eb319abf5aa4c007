import { execFileSync } from "node:child_process";
import { createReadStream, statSync } from "node:fs";
import { createServer, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, type CDPSession, chromium, type Page } from "playwright-core";
import { bundled } from "./bundle-size";

/** A page in Chromium, and what its tools tell of it. */
export interface OpenPage {
  readonly page: Page;
  readonly tools: CDPSession;
}

/** What a page may ask for. */
export interface Served {
  /** By path. */
  readonly files: Readonly<Record<string, Uint8Array>>;
  /** Folders by the beginning of their paths. */
  readonly folders: Readonly<Record<string, string>>;
}

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};

/** Debian's Chromium, or another. @throws Error if there is none */
function executablePath(): string {
  for (const command of ["chromium", "chromium-browser", "google-chrome"]) {
    try {
      return execFileSync("which", [command], { encoding: "utf8" }).trim();
    } catch {
      // the next one
    }
  }
  throw new Error("no Chromium found: install one that is called chromium");
}

/**
 * Opens a page that is isolated, so that it may share memory, and has the functions of a module of `pages/` on `window`; `work` may open several, one after
 * the other, each in a browser of its own.
 */
export async function withPages<T>(
  served: Served,
  module: string,
  work: (open: <R>(use: (opened: OpenPage) => Promise<R>) => Promise<R>) => Promise<T>,
): Promise<T> {
  const folder = fileURLToPath(new URL("pages/", import.meta.url));
  const script = await bundled(`import * as page from "./${module}"; Object.assign(window, page, { isReady: true });`, {
    folder,
  });
  const server = createServer((request, response) => {
    const path = new URL(request.url!, "http://page").pathname;
    answer(response, path, { ...served, files: { ...served.files, "/module.js": Buffer.from(script) } });
  }).listen(0, "127.0.0.1");
  try {
    await new Promise((listening) => server.once("listening", listening));
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    return await work(async (use) => {
      const browser = await chromium.launch({ executablePath: executablePath(), args: ["--no-sandbox"], timeout: 0 });
      try {
        return await use(await openPage(browser, url));
      } finally {
        await browser.close();
      }
    });
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

async function openPage(browser: Browser, url: string): Promise<OpenPage> {
  const page = await browser.newPage();
  page.setDefaultTimeout(0);
  await page.goto(url);
  await page.addScriptTag({ url: "/module.js", type: "module" });
  await page.waitForFunction("window.isReady");
  return { page, tools: await page.context().newCDPSession(page) };
}

function answer(response: ServerResponse, path: string, { files, folders }: Served): void {
  response.setHeader("cross-origin-opener-policy", "same-origin");
  response.setHeader("cross-origin-embedder-policy", "require-corp");
  response.setHeader("content-type", TYPES[path.split(".").at(-1)!] ?? "application/octet-stream");
  const bytes = files[path];
  const start = Object.keys(folders).find((beginning) => path.startsWith(beginning));
  if (path === "/") response.setHeader("content-type", "text/html").end("<!doctype html><title>benchmark</title>");
  else if (bytes !== undefined) response.setHeader("content-length", bytes.length).end(bytes);
  else if (start !== undefined) sendFile(response, join(folders[start]!, path.slice(start.length)));
  else response.writeHead(404).end();
}

function sendFile(response: ServerResponse, path: string): void {
  try {
    response.setHeader("content-length", statSync(path).size);
    createReadStream(path).pipe(response);
  } catch {
    response.writeHead(404).end();
  }
}

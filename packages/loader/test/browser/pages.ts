import { execFileSync } from "node:child_process";
import { basename } from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import type { Behaviour } from "../misbehaving-server";

/** Where Chromium is; undefined where there is none. */
export const executablePath = ["chromium", "chromium-browser", "google-chrome"].map(pathOf).find((path) => path);

export const isRequired = process.env.DEEP_COMPRESSION_BROWSER === "required";

function pathOf(command: string): string | undefined {
  try {
    return execFileSync("which", [command], { encoding: "utf8" }).trim();
  } catch {
    return undefined;
  }
}

/** The scripts that a page loads, by name; parts that come later are files of their own. */
export async function pageScripts(): Promise<ReadonlyMap<string, Uint8Array>> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL("in-page.ts", import.meta.url))],
    bundle: true,
    splitting: true,
    write: false,
    outdir: "scripts",
    platform: "browser",
    format: "esm",
    target: "es2022",
    conditions: process.env.DEEP_COMPRESSION_TEST === "dist" ? [] : ["@deep-compression/source"],
    logLevel: "silent",
  });
  return new Map(outputFiles.map(({ path, contents }) => [basename(path), contents]));
}

/** Passes every request on, as those of many pages do. */
const SERVICE_WORKER = `
addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));
addEventListener("fetch", (event) => event.respondWith(fetch(event.request)));
`;

const HEADERS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  open: {},
  isolated: { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" },
  "no-workers": { "content-security-policy": "worker-src 'none'" },
  /** Of no origin: nothing can be stored, and locks are refused. */
  sandbox: { "content-security-policy": "sandbox allow-scripts", "cross-origin-resource-policy": "cross-origin" },
  "no-wasm": { "content-security-policy": "script-src 'self' blob:" },
};

/** Pages by their kind, their scripts and the service worker; undefined for other paths. */
export function pageAt(path: string, scripts: ReadonlyMap<string, Uint8Array>): Behaviour | undefined {
  const text = new TextEncoder();
  const [, place = "", name = ""] = path.split("/");
  const headers = HEADERS[place];
  if (place === "scripts") {
    const bytes = scripts.get(name);
    return (
      bytes && {
        bytes,
        contentType: "text/javascript",
        headers: { "cross-origin-resource-policy": "cross-origin", "access-control-allow-origin": "*" },
      }
    );
  }
  if (place === "service-worker.js") return { bytes: text.encode(SERVICE_WORKER), contentType: "text/javascript" };
  if (headers === undefined) return undefined;
  return { bytes: text.encode("<!doctype html><title>test</title>"), contentType: "text/html", headers };
}

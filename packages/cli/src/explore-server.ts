import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";
import { pageFolder } from "@deep-compression/explorer";

/** A server of the explorer's page and of the files that it shows. */
export interface ExploreServer {
  /** The address of the page, with the files in it. */
  readonly url: string;
  /** Ends it, and what is still being answered. */
  close(): Promise<void>;
}

/** Nobody else on the network can reach it. */
const LOOPBACK = "127.0.0.1";

/** The files of the page, and their media types. */
const PAGE_FILES: Readonly<Record<string, string>> = {
  "index.html": "text/html; charset=utf-8",
  "explorer.js": "text/javascript; charset=utf-8",
  "explorer.css": "text/css; charset=utf-8",
  "licences.txt": "text/plain; charset=utf-8",
};

const HEADERS = {
  "cache-control": "no-store",
  "cross-origin-resource-policy": "same-origin",
  "referrer-policy": "no-referrer",
  "x-content-type-options": "nosniff",
  "x-frame-options": "DENY",
};

/**
 * Serves the explorer's page and one or two files, and nothing else, on the loopback interface.
 *
 * @param port 0 for one that is free
 * @throws Error if the port is taken
 */
export async function exploreServer(paths: readonly string[], port: number): Promise<ExploreServer> {
  const files = paths.map((path, i) => ({ path, at: `/files/${i}/${encodeURIComponent(basename(path))}` }));
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.destroy()); // the reader has gone, or the file while it was read
  });

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { port: own } = server.address() as AddressInfo;
    // A page of another site whose name has come to stand for this machine would send that name.
    if (![`${LOOPBACK}:${own}`, `localhost:${own}`].includes(request.headers.host ?? "")) return refuse(response, 421);
    if (request.method !== "GET" && request.method !== "HEAD") return refuse(response, 405);
    const [path = "/"] = (request.url ?? "/").split("?");
    const file = files.find(({ at }) => at === path);
    if (file !== undefined) return sendFile(response, file.path, request.method);
    const name = path === "/" ? "index.html" : path.slice(1);
    const type = Object.hasOwn(PAGE_FILES, name) ? PAGE_FILES[name] : undefined;
    if (type === undefined) return refuse(response, 404);
    const bytes = await readFile(new URL(name, pageFolder()));
    response.writeHead(200, { ...HEADERS, "content-type": type, "content-length": bytes.length }).end(bytes);
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, LOOPBACK, resolve);
  });
  const { port: own } = server.address() as AddressInfo;
  const query = new URLSearchParams(files.map(({ at }, i) => [i === 0 ? "file" : "other", at]));
  return {
    url: `http://${LOOPBACK}:${own}/?${query}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

function refuse(response: ServerResponse, status: number): void {
  response.writeHead(status, { ...HEADERS, "content-type": "text/plain" }).end(`${status}\n`);
}

async function sendFile(response: ServerResponse, path: string, method: string): Promise<void> {
  const found = await stat(path).catch(() => undefined);
  if (!found?.isFile()) return refuse(response, 404);
  const headers = { ...HEADERS, "content-type": "application/octet-stream", "content-length": found.size };
  response.writeHead(200, headers);
  if (method === "HEAD" || found.size === 0) response.end();
  else await pipeline(createReadStream(path, { end: found.size - 1 }), response);
}

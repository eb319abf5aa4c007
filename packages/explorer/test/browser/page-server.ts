import { readFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join } from "node:path";

/** A server of static files, and what it was asked for. */
export interface PageServer {
  readonly origin: string;
  /** Method and path of each request, in their order. */
  readonly requests: readonly string[];
  close(): void;
}

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
};

/** Serves the files of a folder, and besides those that are given by their paths. */
export async function serveFolder(folder: string, files: Readonly<Record<string, Uint8Array>>): Promise<PageServer> {
  const requests: string[] = [];
  const server: Server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    requests.push(`${request.method} ${pathname}`);
    const name = pathname === "/" ? "/index.html" : pathname;
    try {
      const bytes = files[name] ?? (await readFile(join(folder, name)));
      response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream").end(bytes);
    } catch {
      response.writeHead(404).end("not here");
    }
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, requests, close: () => server.close() };
}

import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { gzipSync } from "node:zlib";

/** How a request is answered, well or badly. */
export interface Behaviour {
  readonly bytes: Uint8Array;
  readonly etag?: string;
  readonly lastModified?: string;
  readonly contentType?: string;
  /** "none": `Range` is not heard; "lying": `Content-Range` says another place; "refused": status 416. Default "true". */
  readonly ranges?: "true" | "none" | "lying" | "other-total" | "refused";
  readonly status?: number;
  /** Compressed, as by a server set up for text. */
  readonly isGzipped?: boolean;
  /** The connection breaks after so many bytes of the body. */
  readonly cutAfter?: number;
  /** Nothing comes after so many bytes of the body, and the connection stays. */
  readonly stallAfter?: number;
  /** What `Content-Length` says, "none" for a body in chunks. */
  readonly contentLength?: number | "none";
  /** Number of a byte that is altered on the way. */
  readonly alteredAt?: number;
  /** Conditions are not heard. */
  readonly isUnconditional?: boolean;
  /** Milliseconds between pieces of 64 KiB. */
  readonly pause?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  /** Of the body. */
  sent: number;
  status: number;
}

export interface MisbehavingServer {
  readonly origin: string;
  readonly requests: SeenRequest[];
  close(): Promise<void>;
}

/** A server on the loopback interface that answers each request as it is told; undefined is 404. */
export async function misbehavingServer(
  behave: (request: SeenRequest, number: number) => Behaviour | undefined,
): Promise<MisbehavingServer> {
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    const seen = {
      method: request.method ?? "",
      path: request.url ?? "",
      headers: request.headers,
      sent: 0,
      status: 0,
    };
    requests.push(seen);
    response.on("error", () => {});
    answer(seen, response, behave(seen, requests.length)).catch((error) => response.destroy(error));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://localhost:${(server.address() as AddressInfo).port}`,
    requests,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function answer(seen: SeenRequest, response: ServerResponse, behaviour: Behaviour | undefined): Promise<void> {
  const end = (status: number, headers: Record<string, string> = {}) => {
    seen.status = status;
    response.writeHead(status, headers).end();
  };
  if (behaviour === undefined) return end(404);
  const { bytes, etag, lastModified, ranges = "true", status, isUnconditional } = behaviour;
  if (status !== undefined) return end(status, { ...behaviour.headers });
  const headers: Record<string, string> = {
    "content-type": behaviour.contentType ?? "application/octet-stream",
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { "last-modified": lastModified }),
    ...behaviour.headers,
  };
  const { headers: asked } = seen;
  const isSame =
    asked["if-none-match"] === undefined
      ? lastModified !== undefined && asked["if-modified-since"] === lastModified
      : asked["if-none-match"] === etag;
  if (isSame && !isUnconditional) return end(304, headers);

  const [, first, last = ""] = /^bytes=(\d+)-(\d*)$/.exec(asked.range ?? "") ?? [];
  const condition = asked["if-range"];
  const isRanged =
    first !== undefined &&
    ranges !== "none" &&
    (condition === undefined || condition === etag || condition === lastModified);
  if (isRanged && (ranges === "refused" || Number(first) >= bytes.length))
    return end(416, { "content-range": `bytes */${bytes.length}` });
  const endOf = (text: string) => Math.min(bytes.length, text === "" ? bytes.length : Number(text) + 1);
  let from = isRanged ? Number(first) : 0;
  if (isRanged) {
    const told = ranges === "lying" ? from - 1 : from;
    const total = ranges === "other-total" ? bytes.length + 7 : bytes.length;
    headers["content-range"] = `bytes ${told}-${endOf(last) - 1}/${total}`;
    if (ranges === "lying") from -= 1;
  }
  let body = bytes.slice(from, isRanged ? endOf(last) : undefined);
  if (behaviour.alteredAt !== undefined && behaviour.alteredAt >= from) body[behaviour.alteredAt - from]! ^= 1;
  if (behaviour.isGzipped) {
    body = new Uint8Array(gzipSync(body));
    headers["content-encoding"] = "gzip";
  }
  const { contentLength = body.length } = behaviour;
  if (contentLength !== "none") headers["content-length"] = String(contentLength);
  seen.status = isRanged ? 206 : 200;
  response.writeHead(seen.status, headers);
  if (seen.method === "HEAD") return void response.end();
  await send(seen, response, body, behaviour);
}

const PIECE_BYTES = 2 ** 16;

async function send(
  seen: SeenRequest,
  response: ServerResponse,
  body: Uint8Array,
  behaviour: Behaviour,
): Promise<void> {
  const { cutAfter = Number.POSITIVE_INFINITY, stallAfter = Number.POSITIVE_INFINITY, pause } = behaviour;
  const most = Math.min(body.length, cutAfter, stallAfter);
  response.flushHeaders();
  for (let at = 0; at < most; at += PIECE_BYTES) {
    const piece = body.subarray(at, Math.min(most, at + PIECE_BYTES));
    if (response.destroyed) return;
    await new Promise<void>((resolve) => {
      response.once("close", resolve);
      response.write(piece, () => {
        response.off("close", resolve);
        resolve();
      });
    });
    seen.sent += piece.length;
    if (pause !== undefined) await new Promise((resolve) => setTimeout(resolve, pause));
  }
  if (stallAfter < body.length) return;
  if (cutAfter < body.length) return void response.socket?.end(() => response.destroy());
  response.end();
}

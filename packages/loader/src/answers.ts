import type { Connection } from "./connection";
import { LoadError } from "./load-error";
import type { Validators } from "./model-record";
import { MOST_RETRY_AFTER, retryAfterOf } from "./retry-after";

/** What a server says of a file, and its bytes from `start` on. */
export interface Answer extends Validators {
  readonly start: number;
  /** Length of the file, where the server tells it. */
  readonly total?: number;
  /** Not where `total` may count compressed bytes: of another origin a page sees `Content-Length`, but `Content-Encoding` only if it may. */
  readonly isTotalSure: boolean;
  /** It comes compressed, so that lengths on the way are not the file's. */
  readonly isEncoded: boolean;
  readonly contentType: string;
  readonly connection: Connection;
}

/** Statuses that another try can mend. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** Whether another try can mend it, at some time. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof LoadError)) return false;
  const { code, status = 0 } = error;
  return (
    code === "network" || code === "offline" || code === "timeout" || (code === "http-status" && PASSING.has(status))
  );
}

/** Milliseconds before the next try: as the caller has it, and no less than the server asks for. Undefined: it asks for too long. */
export function waitBefore(error: unknown, delay: number): number | undefined {
  const { retryAfter = 0 } = error as LoadError;
  return retryAfter > MOST_RETRY_AFTER ? undefined : Math.max(delay, retryAfter);
}

/** @throws LoadError "http-status" */
export function statusError(url: string, { response }: Pick<Connection, "response">): LoadError {
  const { status, statusText, type } = response;
  if (type.startsWith("opaque")) {
    const message = `${url}: the answer cannot be read (${type}): the server must allow this page by CORS headers`;
    return new LoadError("http-status", message, { url, status });
  }
  const retryAfter = PASSING.has(status) ? retryAfterOf(response) : undefined;
  const again = retryAfter && `try again in ${Math.ceil(retryAfter / 1000)} s, as the server asks for`;
  const what = status === 404 ? "there is no such file: is the address right?" : "see what the server says of it";
  return new LoadError("http-status", `${url}: status ${status} ${statusText}: ${again || what}`, {
    url,
    status,
    ...(retryAfter !== undefined && { retryAfter }),
  });
}

/** A whole file that is sent. @throws LoadError "http-status" */
export function wholeAnswer(url: string, connection: Connection): Answer {
  const { response } = connection;
  if (response.status !== 200) {
    connection.cancel();
    throw statusError(url, connection);
  }
  const answer = answerOf(connection);
  const length = response.headers.get("content-length");
  const total = answer.isEncoded || length === null ? undefined : Number(length);
  return { ...answer, start: 0, ...(total !== undefined && { total }) };
}

/** The rest of a file, or undefined if the server's words do not go together with what was asked for. */
export function partAnswer(
  connection: Connection,
  asked: { readonly from: number; readonly total?: number },
): Answer | undefined {
  const answer = answerOf(connection);
  if (answer.isEncoded) return undefined;
  const range = connection.response.headers.get("content-range");
  const length = connection.response.headers.get("content-length");
  if (range === null) {
    // Of another origin, which does not show it: then the length must be that of the rest.
    const isRest = asked.total !== undefined && length !== null && Number(length) === asked.total - asked.from;
    return isRest ? { ...answer, start: asked.from, total: asked.total } : undefined;
  }
  const [, first, last, whole] = /^bytes (\d+)-(\d+)\/(\d+|\*)$/.exec(range) ?? [];
  const total = whole === "*" ? asked.total : Number(whole);
  const isRight =
    Number(first) === asked.from &&
    (total === undefined || Number(last) < total) &&
    (asked.total === undefined || total === asked.total);
  return isRight ? { ...answer, start: asked.from, ...(total !== undefined && { total }) } : undefined;
}

/** Length of a file of which the range that was asked for is none, as far as the answer says. */
export function wholeLength({ response }: Connection): number | undefined {
  const [, length] = /^bytes \*\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  return length === undefined ? undefined : Number(length);
}

function answerOf(connection: Connection): Omit<Answer, "start" | "total"> {
  const { headers } = connection.response;
  const told = headers.get("content-encoding");
  const encoding = told ?? "identity";
  return {
    connection,
    isEncoded: encoding !== "identity" && encoding !== "",
    isTotalSure: connection.response.type !== "cors" || told !== null,
    contentType: headers.get("content-type") ?? "",
    ...headersOf(connection.response),
  };
}

/** What an answer says of the version of a file. */
export function headersOf({ headers }: Response): Validators {
  const etag = headers.get("etag");
  const lastModified = headers.get("last-modified");
  return { ...(etag !== null && { etag }), ...(lastModified !== null && { lastModified }) };
}

/** Whether two answers are, as far as they say, of the same version of a file; undefined if they do not say. */
export function isSameVersion(a: Validators, b: Validators): boolean | undefined {
  const opaque = (etag: string) => etag.replace(/^W\//, "");
  if (a.etag !== undefined && b.etag !== undefined) return opaque(a.etag) === opaque(b.etag);
  if (a.lastModified !== undefined && b.lastModified !== undefined) return a.lastModified === b.lastModified;
  return undefined;
}

/** What may stand in `If-Range`: a strong ETag, or a date. */
export function rangeValidator({ etag, lastModified }: Validators): string | undefined {
  return etag !== undefined && !etag.startsWith("W/") ? etag : lastModified;
}

/** The headers that ask whether a file is still that of a version. */
export function conditionalHeaders({ etag, lastModified }: Validators): Record<string, string> {
  if (etag !== undefined) return { "if-none-match": etag };
  return lastModified === undefined ? {} : { "if-modified-since": lastModified };
}

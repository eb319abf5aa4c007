/** Longest that a server is waited for because it asks for it. One that wants longer is told of as an error, and not asked again. */
export const MOST_RETRY_AFTER = 60_000;

/**
 * What `Retry-After` asks for, in milliseconds from now: a number of seconds, or a date, which is held against the server's own
 * where it tells one. Undefined without the header, and for one that is neither.
 */
export function retryAfterOf({ headers }: Response): number | undefined {
  const text = headers.get("retry-after")?.trim() ?? "";
  if (/^\d+$/.test(text)) return 1000 * Number(text);
  const date = Date.parse(text);
  if (!/^[A-Z][a-z]{2}/.test(text) || Number.isNaN(date)) return undefined;
  const told = Date.parse(headers.get("date") ?? "");
  return Math.max(0, date - (Number.isNaN(told) ? Date.now() : told));
}

import type { OpenWithOptions } from "@deep-compression/pipeline/read";
import { checkInteger, checkNumber, checkObject, describeValue } from "@deep-compression/runtime";
import type { CacheOptions } from "./choose-store";
import type { LoadProgress } from "./progress";

export interface LoadOptions extends CacheOptions, OpenWithOptions {
  /** Ends the download; what is stored stays, and the next load goes on there. */
  readonly signal?: AbortSignal;
  /** Told how far the file has come, about 20 times a second and when the stage changes. */
  readonly onProgress?: (progress: LoadProgress) => void;
  /**
   * SHA-256 of the whole file: in hexadecimal, as Subresource Integrity writes it ("sha256-" and base64), or "beside" for what
   * stands in a file of the same name and ".sha256". A file that is stored under its hash needs no question to the server.
   */
  readonly sha256?: string;
  /** Asks the browser to keep what is stored when room runs out. Default false. */
  readonly persist?: boolean;
  /** Tries in a row that bring nothing new before the load fails. Default 5. */
  readonly retries?: number;
  /** Milliseconds before a try, of which the first is 1; default a random part of 0.5, 1, 2, ... up to 16 seconds. */
  readonly retryDelay?: (attempt: number) => number;
  /** Milliseconds without a byte after which the connection is made anew. Default 20,000, at most 2^31 - 1; Infinity: never. */
  readonly idleTimeout?: number;
  /** Workers that decode; 0: none. Default 2. */
  readonly threads?: number;
  /** Instead of the platform's, to send headers or to load otherwise. */
  readonly fetch?: typeof fetch;
}

/** Options with their defaults. */
export type CheckedOptions = LoadOptions &
  Required<
    Pick<LoadOptions, "persist" | "retries" | "retryDelay" | "idleTimeout" | "threads" | "fetch" | "onProgress">
  >;

const FIRST_DELAY = 500;
const MOST_DELAY = 16_000;

/** Longest that a timer can wait: one that is to wait longer goes off at once. */
const MOST_MILLISECONDS = 2 ** 31 - 1;

/** "Full jitter": pages that lost the same server do not come back at the same moment. */
function jitteredDelay(attempt: number): number {
  return Math.random() * Math.min(MOST_DELAY, FIRST_DELAY * 2 ** (attempt - 1));
}

/** @throws TypeError, RangeError */
export function checkOptions(options: LoadOptions): CheckedOptions {
  const checked = {
    persist: false,
    retries: 5,
    retryDelay: jitteredDelay,
    idleTimeout: 20_000,
    threads: 2,
    fetch: (...request: Parameters<typeof fetch>) => globalThis.fetch(...request),
    onProgress: () => {},
    ...checkObject("options", options),
  };
  checkInteger("retries", checked.retries);
  checkInteger("threads", checked.threads, { maximum: 1024 });
  if (checked.idleTimeout !== Number.POSITIVE_INFINITY)
    checkNumber("idleTimeout", checked.idleTimeout, { minimum: 1, maximum: MOST_MILLISECONDS });
  for (const name of ["fetch", "onProgress", "retryDelay"] as const) {
    if (typeof checked[name] !== "function")
      throw new TypeError(`${name}: expected a function, got ${describeValue(checked[name])}`);
  }
  return checked;
}

import { LoadError, reasonText } from "./load-error";

/** How requests are made. */
export interface ConnectionOptions {
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
  /** Milliseconds without a byte after which a connection counts as broken. */
  readonly idleTimeout: number;
}

/** An answer whose status nobody has looked at yet. */
export interface Connection {
  readonly response: Response;
  /** The body, piece by piece. @throws LoadError "network", "offline", "timeout", "aborted" */
  pieces(): AsyncGenerator<Uint8Array, void, void>;
  /** Says that no more is wanted. */
  cancel(): void;
}

/** Makes a request. @throws LoadError "network", "offline", "timeout", "aborted" */
export async function connect(
  url: string,
  init: { readonly method?: "HEAD"; readonly headers?: Readonly<Record<string, string>> },
  options: ConnectionOptions,
): Promise<Connection> {
  const abort = abortOf(options.signal);
  const request = { ...init, cache: "no-store", signal: abort.signal } as const; // Firefox gives up on large streams that it caches
  try {
    const watch = { ...options, url, abort };
    const dog = watchdog(watch);
    const response = await dog.wait(() => options.fetch(url, request)).finally(dog.release);
    return connectionOf(response, watch);
  } catch (error) {
    abort.release();
    throw error;
  }
}

/** A connection that the caller has made. */
export function givenConnection(response: Response, url: string, options: ConnectionOptions): Connection {
  return connectionOf(response, { ...options, url, abort: abortOf(options.signal) });
}

interface Watch extends ConnectionOptions {
  readonly url: string;
  readonly abort: Abort;
}

function connectionOf(response: Response, watch: Watch): Connection {
  const reader = response.body?.getReader();
  const cancel = () => {
    watch.abort.release();
    reader?.cancel().catch(() => {}); // it may have failed already
    watch.abort.abort();
  };
  return {
    response,
    cancel,
    async *pieces() {
      const dog = watchdog(watch);
      const next = () => reader!.read();
      try {
        for (;;) {
          const read = reader && (await dog.wait(next));
          if (read === undefined || read.done) return;
          if (read.value.length > 0) yield read.value;
        }
      } finally {
        dog.release();
        cancel();
      }
    },
  };
}

interface Abort {
  readonly signal: AbortSignal;
  abort(): void;
  /** Lets go of the caller's signal. */
  release(): void;
}

/** What one connection is ended by, and what ends all of them ends it too. */
function abortOf(outer: AbortSignal): Abort {
  const controller = new AbortController();
  const abort = () => controller.abort();
  if (outer.aborted) abort();
  outer.addEventListener("abort", abort);
  return { signal: controller.signal, abort, release: () => outer.removeEventListener("abort", abort) };
}

interface Watchdog {
  /** Waits for what a connection gives, no longer than allowed, and says in our own words what went wrong. One at a time. @throws LoadError */
  wait<T>(start: () => Promise<T>): Promise<T>;
  release(): void;
}

/** One timer and one listener for all pieces: a timer for each would take a page's thread longer than the pieces themselves. */
function watchdog({ url, abort, signal, idleTimeout }: Watch): Watchdog {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let since = 0;
  let fail: ((error: LoadError) => void) | undefined; // of what is waited for
  const look = () => {
    timer = undefined;
    if (fail === undefined) return;
    const left = since + idleTimeout - performance.now();
    if (left > 0) timer = setTimeout(look, left);
    else fail(new LoadError("timeout", `${url}: nothing came for ${idleTimeout} ms: try again`, { url }));
  };
  const stop = () => fail?.(abortedError(url, signal));
  signal.addEventListener("abort", stop);
  return {
    async wait(start) {
      since = performance.now();
      try {
        return await new Promise((resolve, reject) => {
          fail = reject;
          if (signal.aborted) stop();
          if (timer === undefined && Number.isFinite(idleTimeout)) timer = setTimeout(look, idleTimeout);
          start().then(resolve, reject);
        });
      } catch (error) {
        abort.abort();
        if (error instanceof LoadError) throw error;
        if (signal.aborted) throw abortedError(url, signal);
        throw connectionError(url, error);
      } finally {
        fail = undefined;
      }
    },
    release() {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    },
  };
}

export function abortedError(url: string, signal: AbortSignal): LoadError {
  return new LoadError("aborted", `${url}: stopped by the caller; what is stored stays`, { url, cause: signal.reason });
}

function connectionError(url: string, cause: unknown): LoadError {
  if (globalThis.navigator?.onLine === false)
    return new LoadError("offline", `${url}: the browser is offline: try again when it is not`, { url, cause });
  const hint = url.startsWith("file:")
    ? "give a file as a Blob: await openAsBlob(path) of node:fs, or a File that was chosen or dropped"
    : "is the address right, and do its CORS headers allow this page?";
  return new LoadError("network", `${url}: the connection failed (${reasonText(cause)}): ${hint}`, { url, cause });
}

import type { ByteSource } from "@deep-compression/bits";
import type { ContainerInfo } from "@deep-compression/container";
import { breather } from "@deep-compression/runtime";
import { isPassing, waitBefore } from "./answers";
import { fileServer } from "./ask-server";
import { changes } from "./changes";
import { chooseStore, persistWarning, roomWarning } from "./choose-store";
import { abortedError, type ConnectionOptions } from "./connection";
import { delay } from "./delay";
import { type Download, download } from "./download";
import { hashBeside, hexOfHash } from "./expected-hash";
import { MissingBytes } from "./growing-file";
import { LoadError, reasonText } from "./load-error";
import type { CheckedOptions } from "./load-options";
import type { LoadedModel } from "./loaded-model";
import { readRecord } from "./model-record";
import { lockName, type ModelStore } from "./model-store";
import { oneAtATime } from "./one-at-a-time";
import { progressReporter } from "./progress";
import { openFile, reader } from "./reader";
import { withTimeLimit } from "./time-limit";

/** Loads a file from the network. @throws LoadError, TypeError */
export async function loadUrl(
  { url, response }: { readonly url: string; readonly response?: Response },
  options: CheckedOptions,
): Promise<LoadedModel> {
  const { retries, retryDelay } = options;
  if (options.sha256 === "beside" && response?.url === "")
    throw new TypeError('sha256: "beside" is for a file that has a URL, which this Response has not');
  const warnings: LoadError[] = [];
  const onWarning = (warning: LoadError) => void warnings.push(warning);
  const controller = new AbortController();
  const { signal } = controller;
  const stop = () => controller.abort(options.signal?.reason);
  if (options.signal?.aborted) stop();
  options.signal?.addEventListener("abort", stop);
  const connection: ConnectionOptions = { fetch: options.fetch, idleTimeout: options.idleTimeout, signal };
  const chosen = /^https?:/.test(url) ? chooseStore(options) : undefined;
  const store = chosen && withTimeLimit(chosen);

  const change = changes();
  const breathe = breather();
  const onDirectory = async (_: ContainerInfo, missing: number) => {
    if (store === undefined) return "memory";
    if (options.persist) await persistWarning().then((warning) => warning && onWarning(warning));
    const warning = await roomWarning(url, store, missing);
    if (warning !== undefined) onWarning(warning);
    return warning === undefined ? "store" : "memory";
  };
  const sha256 = await expectedHash(url, { ...options, connection, onWarning, ...(store && { store }) });
  const report = progressReporter(options.onProgress, () => running);
  const running: Download = download({
    url,
    server: fileServer(url, connection, response),
    signal,
    ...(store && { store }),
    ...(sha256 !== undefined && { sha256 }),
    retries,
    retryDelay,
    onStage: report.stage,
    onBytes: () => {
      report.bytes();
      change.happened();
    },
    onDirectory,
    onWarning,
  });
  const run = () => running.run();
  const waited = { signal, onWait: () => report.stage("waiting") };
  const finished = (store === undefined ? run() : oneAtATime(lockName(store, url, options), waited, run))
    .then(() => {
      report.stage("complete");
      change.happened();
    })
    .catch((error) => {
      const failure = signal.aborted && !(error instanceof LoadError) ? abortedError(url, signal) : error;
      change.failed(failure);
      throw failure;
    })
    .finally(() => options.signal?.removeEventListener("abort", stop));
  finished.catch(() => {}); // heard of by whoever waits for bytes, or for all of them

  reader().catch(() => {}); // heard of when it is wanted
  await change.until(() => running.given > 0);
  await breathe(); // the directory was read, the reader begins
  const source: ByteSource = {
    byteLength: running.checks.info!.byteLength,
    async slice(start, end = source.byteLength) {
      const to = Math.min(end, source.byteLength);
      await change.until(() => running.given >= to);
      const bytes = await readStored(running, start, to);
      await breathe(); // copied here, checked next
      return bytes;
    },
  };
  const onNoWorkers = (cause: unknown) => {
    const message = `workers cannot be started (${reasonText(cause)}): tensors are decoded on this thread; a page's CSP needs "worker-src blob:"`;
    onWarning(new LoadError("no-workers", message, { url, cause }));
  };
  try {
    const { freeElements, formats } = options;
    const reading = {
      workers: options.threads,
      onNoWorkers,
      ...(freeElements !== undefined && { freeElements }),
      ...(formats && { formats }),
    };
    const opened = await openFile(source, reading);
    return Object.freeze({
      ...opened,
      get cached() {
        return store !== undefined && running.file.isStored ? store.name : "memory";
      },
      warnings,
      complete: () => finished,
      cancel: () => controller.abort(),
    });
  } catch (error) {
    controller.abort();
    if (error instanceof LoadError) throw error;
    throw new LoadError("format", `${url}: ${reasonText(error)}`, { url, cause: error });
  }
}

/** Bytes of the file; what the store has lost is fetched again. */
async function readStored(running: Download, start: number, end: number): Promise<Uint8Array> {
  for (;;) {
    try {
      return await running.file.read(start, end);
    } catch (error) {
      if (!(error instanceof MissingBytes)) throw error;
      await running.refetch(error.start, error.end);
    }
  }
}

interface HashOptions extends Pick<CheckedOptions, "sha256" | "retries" | "retryDelay"> {
  readonly connection: ConnectionOptions;
  readonly store?: ModelStore;
  readonly onWarning: (warning: LoadError) => void;
}

/** The hash that the file must have, in hexadecimal. Where the server does not answer, it is that of the stored file. */
async function expectedHash(url: string, options: HashOptions): Promise<string | undefined> {
  const { sha256, store, connection, retries, retryDelay, onWarning } = options;
  if (sha256 !== "beside") return sha256 === undefined ? undefined : hexOfHash(sha256);
  for (let attempt = 1; ; attempt++) {
    try {
      return await hashBeside(url, connection);
    } catch (error) {
      if (!isPassing(error)) throw error;
      const known = store && (await readRecord(store, url).catch(() => undefined))?.sha256;
      const { code } = error as LoadError;
      if (known !== undefined) {
        onWarning(
          new LoadError(code, `${url}: the hash beside it cannot be asked for: the stored one is used`, {
            url,
            cause: error,
          }),
        );
        return known;
      }
      const wait = attempt > retries ? undefined : waitBefore(error, retryDelay(attempt));
      if (wait === undefined) throw error;
      await delay(wait, connection.signal);
    }
  }
}

import { FormatError } from "@deep-compression/bits";
import type { ContainerInfo } from "@deep-compression/container";
import { breather } from "@deep-compression/runtime";
import { type Answer, isPassing, isSameVersion } from "./answers";
import type { FileServer } from "./ask-server";
import { abortedError } from "./connection";
import { type FileChecks, fileChecks } from "./file-checks";
import { CHUNK_BYTES, type GrowingFile, growingFile, MissingBytes } from "./growing-file";
import { LoadError } from "./load-error";
import { chunksInRow, deleteStored, type ModelRecord, newGeneration, readRecord, writeRecord } from "./model-record";
import type { ModelStore } from "./model-store";
import { lengthError, notOfFormat } from "./refusals";

/** What a download reports of itself. */
export type DownloadStage = "requesting" | "downloading" | "retrying" | "reading";

export interface DownloadOptions {
  readonly url: string;
  readonly server: FileServer;
  readonly signal: AbortSignal;
  /** Absent: everything stays in memory. */
  readonly store?: ModelStore;
  /** Of the whole file, in hexadecimal. */
  readonly sha256?: string;
  readonly retries: number;
  /** Milliseconds to wait before a try. */
  readonly retryDelay: (attempt: number) => number;
  readonly onStage: (stage: DownloadStage) => void;
  /** Told whenever bytes came: how many of them over the network. */
  readonly onBytes: (fetched: number) => void;
  /** Told what the directory says, and how many bytes of the file are not stored yet. */
  readonly onDirectory: (info: ContainerInfo, missing: number) => Promise<"store" | "memory">;
  readonly onWarning: (warning: LoadError) => void;
}

/** A file on its way. */
export interface Download {
  readonly checks: FileChecks;
  readonly file: GrowingFile;
  /** Bytes from the start that may be given out. */
  readonly given: number;
  /** Bytes that came over the network. */
  readonly fetched: number;
  /** Fetches all that is missing. @throws LoadError */
  run(): Promise<void>;
  /** Fetches bytes again that the store has lost. @throws LoadError "evicted" */
  refetch(start: number, end: number): Promise<void>;
}

export function download(options: DownloadOptions): Download {
  const { url, server, signal, store, sha256, onWarning } = options;
  const storeFailed = (cause: unknown) => {
    const needed = checks.info && checks.info.byteLength - file.length;
    const room = needed === undefined ? "" : ` (it needs ${needed} bytes more)`;
    const message = `${url}: the storage takes no more${room}: the rest stays in memory, and is fetched again next time`;
    onWarning(new LoadError("quota", message, { url, cause, ...(needed !== undefined && { needed }) }));
  };
  const startFile = (generation: string, chunks: ReturnType<typeof chunksInRow> = []) =>
    growingFile({ url, generation, chunks, onStoreFailed: storeFailed, ...(store && { store }) });
  let record: ModelRecord | undefined;
  let file = startFile(newGeneration());
  let checks = fileChecks({ isHashed: sha256 !== undefined });
  let isConfirmed = false;
  let isHashRight = sha256 === undefined;
  let fetched = 0;
  let storedBefore = 0;
  let refusedAt: number | undefined;
  let refusals = 0;

  async function openStored(): Promise<void> {
    if (store === undefined) return;
    try {
      record = await readRecord(store, url);
      if (record === undefined) return;
      file = startFile(record.generation, chunksInRow(await store.names(), record));
      storedBefore = file.length;
    } catch (cause) {
      file.keepInMemory();
      onWarning(new LoadError("storage", `${url}: the storage cannot be read: nothing is stored`, { url, cause }));
    }
  }
  const isWhole = () => record?.byteLength !== undefined && record.byteLength === file.length;

  /** What is to come from the server; undefined if all of the file is there and current. */
  async function ask(): Promise<Answer | undefined> {
    if (isWhole() && (isConfirmed || sha256 !== undefined)) return undefined;
    if (isWhole()) return askIfSame(record!);
    if (record === undefined || file.length === 0) return started(await server.whole());
    const answer = await server.rest(record, file.length);
    // Where nobody says that it is another one, the checksums of the directory that is there tell.
    if (answer.start > 0 || isSameVersion(answer, record) !== false) {
      isConfirmed = true;
      return answer;
    }
    return started(answer);
  }
  async function askIfSame(known: ModelRecord): Promise<Answer | undefined> {
    try {
      const answer = await server.unlessSame(known);
      if (answer !== "same") return await started(answer);
    } catch (error) {
      if (!isPassing(error)) throw error;
      const { code, status } = error as LoadError;
      const message = `${url}: the server cannot be asked: the stored file is used`;
      onWarning(new LoadError(code, message, { url, cause: error, ...(status !== undefined && { status }) }));
    }
    isConfirmed = true;
    return undefined;
  }
  /** Begins anew with what the server sends; what is there of a version before is let go. */
  async function started(answer: Answer): Promise<Answer> {
    if (isConfirmed && checks.info !== undefined) {
      answer.connection.cancel();
      if (store !== undefined) await deleteStored(store, url);
      throw new LoadError("changed", `${url}: the file became another one while it was loaded: load it again`, { url });
    }
    const { etag, lastModified, isEncoded } = answer;
    record = {
      url,
      generation: newGeneration(),
      ...(etag !== undefined && { etag }),
      ...(lastModified !== undefined && { lastModified }),
      ...(isEncoded && { isEncoded }),
      saved: "",
    };
    storedBefore = 0;
    const wasStored = file.isStored;
    file = startFile(record.generation);
    checks = fileChecks({ isHashed: sha256 !== undefined });
    isConfirmed = true;
    if (!wasStored) file.keepInMemory();
    else await keepRecord(record);
    return answer;
  }
  async function keepRecord(changed: ModelRecord): Promise<void> {
    record = changed;
    if (store === undefined || !file.isStored) return;
    try {
      await writeRecord(store, changed);
      await deleteStored(store, url, changed.generation);
    } catch (reason) {
      file.keepInMemory();
      storeFailed(reason);
    }
  }

  /** Looks at bytes of the file. */
  async function look(bytes: Uint8Array): Promise<void> {
    const hadInfo = checks.info !== undefined;
    checks.push(bytes);
    if (hadInfo || checks.info === undefined) return;
    const { byteLength } = checks.info;
    if ((await options.onDirectory(checks.info, byteLength - storedBefore)) === "memory") file.keepInMemory();
    if (record!.byteLength !== byteLength) await keepRecord({ ...record!, byteLength });
  }
  /** Looks at what is there and was not looked at yet. */
  async function replay(): Promise<void> {
    const breathe = breather();
    if (checks.position < file.length) options.onStage("reading");
    while (checks.position < file.length) {
      const { position } = checks;
      const end = Math.min(file.length, (Math.floor(position / CHUNK_BYTES) + 1) * CHUNK_BYTES);
      await look(await file.read(position, end));
      options.onBytes(0);
      await breathe();
      if (signal.aborted) throw abortedError(url, signal);
    }
  }
  async function receive(answer: Answer): Promise<void> {
    const breathe = breather();
    let place = answer.start;
    checkTotal(answer);
    options.onStage("downloading");
    for await (const piece of answer.connection.pieces()) {
      fetched += piece.length;
      for (let from = Math.max(0, file.length - place); from < piece.length; ) {
        const news = piece.subarray(from, from + CHUNK_BYTES); // large pieces are stored and looked at step by step
        const start = file.length;
        await file.append(news);
        await look(news.subarray(checks.position - start));
        checkTotal(answer);
        from += news.length;
        await breathe();
      }
      place += piece.length;
      options.onBytes(piece.length);
      if (checks.isComplete) return;
    }
    // It ended by itself: where the server said how much there is, that was all.
    const { byteLength: expected = place + 1 } = checks.info ?? {};
    if (answer.total === place && place < expected) throw lengthError(url, { length: place, expected });
    throw new LoadError("network", `${url}: the connection ended after ${place} bytes: try again`, {
      url,
      offset: place,
    });
  }
  function checkTotal(answer: Answer): void {
    const { info } = checks;
    if (info === undefined || answer.total === undefined || answer.total === info.byteLength) return;
    throw lengthError(url, { length: answer.total, expected: info.byteLength });
  }

  async function attempt(): Promise<void> {
    options.onStage("requesting");
    const answer = await ask();
    try {
      await replay();
      if (!checks.isComplete && answer !== undefined) await receive(answer);
    } catch (error) {
      if (error instanceof MissingBytes) await file.truncate(error.start);
      else if (error instanceof FormatError) await refused(error, answer);
      else throw error;
    } finally {
      answer?.connection.cancel();
    }
  }
  /** Bytes that are not right are dropped and, the first time, fetched once more. */
  async function refused(error: FormatError, answer: Answer | undefined): Promise<void> {
    const at = checks.checked;
    if (error.code === "trailing-data" && checks.isComplete) throw lengthError(url, { length: "more", expected: at });
    const isAgain = error.code === "bad-magic" || refusedAt === at || ++refusals > Math.max(1, options.retries);
    refusedAt = at;
    await file.truncate(at);
    checks.rewind();
    if (!isAgain) return;
    await drop();
    throw notOfFormat(error, { url, contentType: answer?.contentType ?? "" });
  }
  async function drop(): Promise<void> {
    file.keepInMemory();
    await file.truncate(0);
    if (store !== undefined) await deleteStored(store, url).catch(() => {});
  }

  async function run(): Promise<void> {
    await openStored();
    let best = file.length;
    for (let failures = 0; !isDone(); ) {
      try {
        await attempt();
        if (checks.isComplete && !isConfirmed && checks.hash() !== sha256) forget(); // what is stored is an older one
      } catch (error) {
        await file.flush();
        failures = file.length > best ? 1 : failures + 1;
        best = Math.max(best, file.length);
        if (!isPassing(error) || failures > options.retries) {
          if (error instanceof LoadError && error.code === "length") await drop();
          throw error;
        }
        options.onStage("retrying");
        await delay(options.retryDelay(failures), signal);
      }
    }
    await finish();
  }
  const isDone = () => checks.isComplete && (isConfirmed || checks.hash() === sha256);
  function forget(): void {
    record = undefined;
    file = startFile(newGeneration());
    checks = fileChecks({ isHashed: true });
  }
  async function finish(): Promise<void> {
    await file.flush();
    const found = checks.hash();
    if (sha256 !== undefined && found !== sha256) {
      await drop();
      throw new LoadError("hash", `${url}: its SHA-256 is ${found}, not ${sha256} as asked for: nothing is kept`, {
        url,
      });
    }
    isConfirmed = true;
    isHashRight = true;
    if (found !== undefined && record?.sha256 !== found) await keepRecord({ ...record!, sha256: found });
  }

  return {
    get checks() {
      return checks;
    },
    get file() {
      return file;
    },
    get given() {
      const checked = isConfirmed ? Math.min(checks.checked, file.length) : 0;
      return isHashRight ? checked : Math.min(checked, (checks.info?.byteLength ?? 1) - 1);
    },
    get fetched() {
      return fetched;
    },
    run,
    async refetch(start, end) {
      const lost = (cause?: unknown) => {
        const message = `${url}: the storage dropped bytes ${start} to ${end}, and the server does not give them again: load it again`;
        return new LoadError("evicted", message, { url, offset: start, cause });
      };
      if (record === undefined) throw lost();
      const answer = await server.rest(record, start).catch((cause) => {
        throw lost(cause);
      });
      const bytes = new Uint8Array(end - start);
      let place = answer.start;
      if (place === 0 && isSameVersion(answer, record) === false) throw lost();
      for await (const piece of answer.connection.pieces()) {
        fetched += piece.length;
        const from = Math.max(0, start - place);
        const wanted = piece.subarray(from, Math.max(from, end - place));
        if (wanted.length > 0) bytes.set(wanted, place + from - start);
        place += piece.length;
        if (place >= end) break;
      }
      if (place < end) throw lost();
      file.restore(start, bytes);
    },
  };
}

function delay(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener("abort", done);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}

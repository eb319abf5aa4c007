import { FormatError } from "@deep-compression/bits";
import { breather } from "@deep-compression/runtime";
import { type Answer, isPassing, isSameVersion, waitBefore } from "./answers";
import type { FileServer } from "./ask-server";
import { abortedError } from "./connection";
import { delay } from "./delay";
import { CHUNK_BYTES, MissingBytes } from "./growing-file";
import { type KeptFile, type KeptFileOptions, keptFile } from "./kept-file";
import { LoadError } from "./load-error";
import type { ModelRecord } from "./model-record";
import { refetched } from "./refetch";
import { lengthError, notOfFormat } from "./refusals";

/** What a download reports of itself. */
export type DownloadStage = "requesting" | "downloading" | "retrying" | "reading";

export interface DownloadOptions extends KeptFileOptions {
  readonly server: FileServer;
  readonly signal: AbortSignal;
  readonly retries: number;
  /** Milliseconds to wait before a try. */
  readonly retryDelay: (attempt: number) => number;
  readonly onStage: (stage: DownloadStage) => void;
  /** Told whenever bytes came. */
  readonly onBytes: () => void;
}

/** A file on its way. */
export interface Download extends Pick<KeptFile, "checks" | "file"> {
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
  const { url, server, signal, sha256, onWarning } = options;
  const kept = keptFile(options);
  let isConfirmed = false; // the server, or the hash, says that this is the version
  let isHashRight = sha256 === undefined;
  let fetched = 0;
  let refusedAt: number | undefined;
  let refusals = 0;

  /** What is to come from the server; undefined if all of the file is there and current. */
  async function ask(): Promise<Answer | undefined> {
    const { record, file, isWhole } = kept;
    if (isWhole && (isConfirmed || sha256 !== undefined)) return undefined;
    if (isWhole) return askIfSame(record!);
    if (record === undefined || file.length === 0) return begun(await server.whole());
    const answer = await server.rest(record, file.length);
    // Where nobody says that it is another one, the checksums of the directory that is there tell.
    if (answer.start === 0 && isSameVersion(answer, record) === false) return begun(answer);
    isConfirmed = true;
    return answer;
  }
  async function askIfSame(record: ModelRecord): Promise<Answer | undefined> {
    try {
      const answer = await server.unlessSame(record);
      if (answer !== "same") return await begun(answer);
    } catch (error) {
      if (!isPassing(error)) throw error;
      const { code, status } = error as LoadError;
      const message = `${url}: the server cannot be asked: the stored file is used`;
      onWarning(new LoadError(code, message, { url, cause: error, ...(status !== undefined && { status }) }));
    }
    isConfirmed = true;
    return undefined;
  }
  /** Begins anew with what the server sends. */
  async function begun(answer: Answer): Promise<Answer> {
    if (isConfirmed && kept.checks.info !== undefined) {
      answer.connection.cancel();
      await kept.drop();
      throw new LoadError("changed", `${url}: the file became another one while it was loaded: load it again`, { url });
    }
    await kept.begin(answer);
    isConfirmed = true;
    return answer;
  }

  /** Looks at what is there and was not looked at yet. */
  async function replay(): Promise<void> {
    const { file, checks } = kept;
    const breathe = breather();
    if (checks.position < file.length) options.onStage("reading");
    while (checks.position < file.length) {
      const { position } = checks;
      const end = Math.min(file.length, (Math.floor(position / CHUNK_BYTES) + 1) * CHUNK_BYTES);
      await kept.look(await file.read(position, end));
      options.onBytes();
      await breathe();
      if (signal.aborted) throw abortedError(url, signal);
    }
  }
  async function receive(answer: Answer): Promise<void> {
    const { file, checks } = kept;
    const breathe = breather();
    let place = answer.start;
    checkTotal(answer);
    options.onStage("downloading");
    for await (const piece of answer.connection.pieces()) {
      fetched += piece.length;
      for (let from = Math.max(0, file.length - place); from < piece.length; ) {
        const news = piece.subarray(from, from + CHUNK_BYTES); // large pieces are stored and looked at step by step
        await kept.add(news);
        checkTotal(answer);
        from += news.length;
        await breathe();
      }
      place += piece.length;
      options.onBytes();
      if (checks.isComplete) return;
    }
    // It ended by itself: where the server said how much there is, that was all.
    const expected = checks.info?.byteLength;
    if (answer.total === place && place < (expected ?? place + 1)) throw lengthError(url, { length: place, expected });
    const message = `${url}: the connection ended after ${place} bytes: try again`;
    throw new LoadError("network", message, { url, offset: place });
  }
  function checkTotal({ total, isTotalSure }: Answer): void {
    const { info } = kept.checks;
    if (info === undefined || total === undefined || !isTotalSure || total === info.byteLength) return;
    throw lengthError(url, { length: total, expected: info.byteLength });
  }

  async function attempt(): Promise<void> {
    options.onStage("requesting");
    const answer = await ask();
    try {
      await replay();
      if (!kept.checks.isComplete && answer !== undefined) await receive(answer);
    } catch (error) {
      if (error instanceof MissingBytes) await kept.file.truncate(error.start);
      else if (error instanceof FormatError) await refused(error, answer);
      else throw error;
    } finally {
      answer?.connection.cancel();
    }
  }
  /** Bytes that are not right are dropped and, the first time, fetched once more. */
  async function refused(error: FormatError, answer: Answer | undefined): Promise<void> {
    const { checked: at, isComplete } = kept.checks;
    if (error.code === "trailing-data" && isComplete) throw lengthError(url, { length: "more", expected: at });
    const isAgain = refusedAt === at || ++refusals > Math.max(1, options.retries);
    const isLast = isAgain || error.code === "bad-magic" || !server.canBeAsked;
    refusedAt = at;
    await kept.dropWrong();
    if (!isLast) return;
    await kept.drop();
    throw notOfFormat(error, { url, contentType: answer?.contentType ?? "" });
  }

  const isDone = () => kept.checks.isComplete && (isConfirmed || kept.checks.hash() === sha256);
  async function run(): Promise<void> {
    await kept.open();
    let best = kept.file.length;
    for (let failures = 0; !isDone(); ) {
      try {
        await attempt();
        if (kept.checks.isComplete && !isDone()) kept.forget(); // what is stored is an older version
      } catch (error) {
        const { file } = kept;
        await file.flush();
        failures = file.length > best ? 1 : failures + 1;
        best = Math.max(best, file.length);
        const isOver = !isPassing(error) || failures > options.retries || !server.canBeAsked;
        const wait = isOver ? undefined : waitBefore(error, options.retryDelay(failures));
        if (wait === undefined) {
          if (error instanceof LoadError && error.code === "length") await kept.drop();
          throw error;
        }
        options.onStage("retrying");
        await delay(wait, signal);
      }
    }
    const found = kept.checks.hash();
    if (found !== sha256) {
      await kept.drop();
      const message = `${url}: its SHA-256 is ${found}, not ${sha256} as asked for: nothing is kept`;
      throw new LoadError("hash", message, { url });
    }
    await kept.finish(found);
    isConfirmed = true;
    isHashRight = true;
  }

  return {
    get checks() {
      return kept.checks;
    },
    get file() {
      return kept.file;
    },
    get given() {
      const { checks, file } = kept;
      const checked = isConfirmed ? Math.min(checks.checked, file.length) : 0;
      return isHashRight ? checked : Math.min(checked, (checks.info?.byteLength ?? 1) - 1);
    },
    get fetched() {
      return fetched;
    },
    run,
    async refetch(start, end) {
      const count = (bytes: number) => {
        fetched += bytes;
      };
      const bytes = await refetched({ start, end }, { url, server, record: kept.record }, count);
      kept.file.restore(start, bytes);
    },
  };
}

import { type ByteSource, bytesSource, FormatError } from "@deep-compression/bits";
import { HEADER_BYTES } from "@deep-compression/container";
import { applyPatch } from "@deep-compression/container/patch";
import { headersOf } from "./answers";
import type { CacheOptions } from "./choose-store";
import { abortedError, type ConnectionOptions, connect } from "./connection";
import { growingFile } from "./growing-file";
import { loadBytes } from "./load-bytes";
import { LoadError, reasonText } from "./load-error";
import { checkOptions, type LoadOptions } from "./load-options";
import { chunksInRow, deleteStored, newGeneration, readRecord, writeRecord } from "./model-record";
import { lockName, type ModelStore } from "./model-store";
import { oneAtATime } from "./one-at-a-time";
import { resolvedUrl } from "./source-kind";
import { tellingStore } from "./store-errors";

/** What {@link patchCached} needs beside a file and its patch. */
export type PatchOptions = CacheOptions & Pick<LoadOptions, "fetch" | "signal" | "idleTimeout">;

/**
 * Makes the newest version of a stored file of the stored one and a patch (docs/patches.md), so that the next `load` has it without
 * fetching it. The server is asked for the first bytes of its file: if they are those of the new version, which they tell by a checksum
 * over all others, its ETag or date are kept. What is stored is replaced when the new file is whole, right by its SHA-256 and its
 * checksums; else it stays.
 *
 * @param patch its bytes, or where it is
 * @throws LoadError "not-cached" if the file is not stored whole; "patch" if the patch is none, or is for another file
 */
export async function patchCached(
  url: string | URL,
  patch: Uint8Array | string | URL,
  options: PatchOptions = {},
): Promise<void> {
  const checked = checkOptions(options);
  const place = resolvedUrl(url);
  const connection: ConnectionOptions = { ...checked, signal: options.signal ?? new AbortController().signal };
  const store = tellingStore(options);
  if (store === undefined) throw notCached(place);
  const replaced = async () => {
    const old = await storedFile(store, place);
    if (old === undefined) throw notCached(place);
    const bytes = patch instanceof Uint8Array ? patch : await fetched(resolvedUrl(patch), connection);
    const made = await patched(place, old, bytes);
    const file = await loadBytes(bytesSource(made), { ...checked, threads: 0 });
    await file.complete(); // it is a valid file
    await replace(store, place, made, await validatorsOf(place, made, connection));
  };
  const { signal } = connection;
  await oneAtATime(lockName(store, place, options), { signal, onWait: () => {} }, replaced).catch((error) => {
    throw signal.aborted && !(error instanceof LoadError) ? abortedError(place, signal) : error;
  });
}

function notCached(url: string): LoadError {
  return new LoadError("not-cached", `${url}: the file is not stored whole: load it`, { url });
}

/** What is stored of a URL, if that is all of the file. */
async function storedFile(store: ModelStore, url: string): Promise<ByteSource | undefined> {
  const record = await readRecord(store, url);
  if (record?.byteLength === undefined) return undefined;
  const chunks = chunksInRow(await store.names(), record);
  const file = growingFile({ store, url, generation: record.generation, chunks, onStoreFailed: () => {} });
  if (file.length !== record.byteLength) return undefined;
  return { byteLength: file.length, slice: (start, end = file.length) => file.read(start, end) };
}

async function fetched(url: string, options: ConnectionOptions): Promise<Uint8Array> {
  const connection = await connect(url, {}, options);
  const { ok, status } = connection.response;
  if (!ok) {
    connection.cancel();
    throw new LoadError("http-status", `${url}: status ${status}: is the patch there?`, { url, status });
  }
  const pieces: Uint8Array<ArrayBuffer>[] = [];
  for await (const piece of connection.pieces()) pieces.push(new Uint8Array(piece));
  return new Uint8Array(await new Blob(pieces).arrayBuffer());
}

async function patched(url: string, old: ByteSource, patch: Uint8Array): Promise<Uint8Array> {
  try {
    return await applyPatch(old, patch);
  } catch (cause) {
    const what = cause instanceof FormatError ? "the patch does not go with it" : "the patch cannot be applied";
    throw new LoadError("patch", `${url}: ${what} (${reasonText(cause)}): load the file`, { url, cause });
  }
}

/** What the server says of the version that it has, if that is this one: the header has a checksum of the directory, and that of all else. */
async function validatorsOf(url: string, file: Uint8Array, options: ConnectionOptions) {
  try {
    const { response, pieces } = await connect(url, { headers: { range: `bytes=0-${HEADER_BYTES - 1}` } }, options);
    let place = 0;
    for await (const piece of pieces()) {
      const isSame = piece.subarray(0, HEADER_BYTES - place).every((byte, i) => byte === file[place + i]);
      place += piece.length;
      if (!response.ok || !isSame) return {};
      if (place >= HEADER_BYTES) return headersOf(response);
    }
  } catch {
    // It will be asked when the file is loaded.
  }
  return {};
}

async function replace(
  store: ModelStore,
  url: string,
  bytes: Uint8Array,
  validators: ReturnType<typeof headersOf>,
): Promise<void> {
  const generation = newGeneration();
  let failure: unknown;
  const onStoreFailed = (reason: unknown) => {
    failure = reason;
  };
  const file = growingFile({ store, url, generation, onStoreFailed });
  await file.append(bytes);
  await file.flush();
  if (!file.isStored) {
    const message = `${url}: the storage has no room for the new file beside the old one: the old one stays`;
    throw new LoadError("quota", message, { url, needed: bytes.length, cause: failure });
  }
  await writeRecord(store, { url, generation, byteLength: bytes.length, saved: "", ...validators });
  await deleteStored(store, url, generation);
}

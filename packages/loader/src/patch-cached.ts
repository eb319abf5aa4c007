import { type ByteSource, FormatError } from "@deep-compression/bits";
import { applyPatch } from "@deep-compression/container/patch";
import { headersOf } from "./answers";
import { type CacheOptions, chooseStore } from "./choose-store";
import { type ConnectionOptions, connect } from "./connection";
import { growingFile } from "./growing-file";
import { loadBytes } from "./load-bytes";
import { LoadError, reasonText } from "./load-error";
import { checkOptions, type LoadOptions } from "./load-options";
import { chunksInRow, deleteStored, newGeneration, readRecord, writeRecord } from "./model-record";
import type { ModelStore } from "./model-store";
import { resolvedUrl } from "./source-kind";

/** What {@link patchCached} needs beside a file and its patch. */
export type PatchOptions = CacheOptions & Pick<LoadOptions, "fetch" | "signal" | "idleTimeout">;

/**
 * Makes the newest version of a stored file of the stored one and a patch (docs/patches.md), so that the next `load` has it without
 * fetching it. The server is asked by `HEAD` for the ETag or date that the new version has. What is stored is replaced when the new
 * file is whole, right by its SHA-256 and its checksums; else it stays.
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
  const store = chooseStore(options);
  const old = store && (await storedFile(store, place));
  if (store === undefined || old === undefined)
    throw new LoadError("not-cached", `${place}: the file is not stored whole: load it`, { url: place });
  const bytes = patch instanceof Uint8Array ? patch : await fetched(resolvedUrl(patch), connection);
  const made = await patched(place, old, bytes);
  const file = await loadBytes(
    { byteLength: made.length, slice: (a, b) => made.subarray(a, b) },
    { ...checked, threads: 0 },
  );
  await file.complete(); // it is a valid file
  await replace(store, place, made, await validatorsOf(place, made.length, connection));
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

/** What the server says of the version that it has, if that can be the one of so many bytes. */
async function validatorsOf(url: string, length: number, options: ConnectionOptions) {
  try {
    const { response, cancel } = await connect(url, { method: "HEAD" }, options);
    cancel();
    const told = response.headers.get("content-length");
    const isIt = response.ok && (told === null || response.headers.has("content-encoding") || Number(told) === length);
    return isIt ? headersOf(response) : {};
  } catch {
    return {}; // it will be asked when the file is loaded
  }
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

import type { CacheOptions } from "./choose-store";
import { chunksInRow, deleteStored, readRecords } from "./model-record";
import { resolvedUrl } from "./source-kind";
import { tellingStore } from "./store-errors";

/** A file that is kept. */
export interface CachedModel {
  readonly url: string;
  /** Of the file; undefined if not even its directory came. */
  readonly byteLength: number | undefined;
  /** Bytes that are there. */
  readonly storedBytes: number;
  readonly isComplete: boolean;
  readonly saved: Date;
  readonly etag?: string;
  /** Of a file that was checked against it. */
  readonly sha256?: string;
}

/** What is kept of files, whole or in part. @throws LoadError, TypeError */
export async function listCached(options: CacheOptions = {}): Promise<CachedModel[]> {
  const store = tellingStore(options);
  if (store === undefined) return [];
  const names = await store.names();
  return (await readRecords(store)).map((record) => {
    const { url, byteLength, etag, sha256, saved } = record;
    const storedBytes = chunksInRow(names, record).at(-1)?.end ?? 0;
    return {
      url,
      byteLength,
      storedBytes,
      isComplete: storedBytes === byteLength,
      saved: new Date(saved),
      ...(etag !== undefined && { etag }),
      ...(sha256 !== undefined && { sha256 }),
    };
  });
}

/** Deletes what is kept of a file. Does nothing if that is nothing. @throws LoadError, TypeError */
export async function deleteCached(url: string | URL, options: CacheOptions = {}): Promise<void> {
  const store = tellingStore(options);
  if (store !== undefined) await deleteStored(store, resolvedUrl(url));
}

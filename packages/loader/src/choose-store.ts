import { describeValue } from "@deep-compression/runtime";
import { cacheApiStore } from "./cache-api-store";
import { LoadError, reasonText } from "./load-error";
import type { ModelStore } from "./model-store";
import { opfsStore } from "./opfs-store";

/** Where a file is kept: "auto" is the Cache API where there is one, and else nowhere. */
export type CacheChoice = "auto" | "cache-api" | "opfs" | "none" | ModelStore;

export interface CacheOptions {
  readonly cache?: CacheChoice;
  /** Of the cache, or of the folder; default "deep-compression". */
  readonly cacheName?: string;
}

const DEFAULT_NAME = "deep-compression";

/** @throws TypeError; LoadError "storage" for a store that was asked for and is not there */
export function chooseStore({ cache = "auto", cacheName = DEFAULT_NAME }: CacheOptions): ModelStore | undefined {
  if (cache === "none") return undefined;
  if (cache === "auto") return hasCacheApi() ? cacheApiStore(cacheName) : undefined;
  if (cache === "cache-api") {
    if (hasCacheApi()) return cacheApiStore(cacheName);
    throw new LoadError(
      "storage",
      'cache: there is no Cache API here (a page must come by https): use "auto" or "none"',
    );
  }
  if (cache === "opfs") {
    if (hasFileSystem()) return opfsStore(cacheName);
    throw new LoadError("storage", 'cache: there is no private file system here: use "auto" or "none"');
  }
  if (typeof cache === "object" && cache !== null && typeof cache.get === "function") return cache;
  const expected = '"auto", "cache-api", "opfs", "none" or a store';
  throw new TypeError(`cache: expected ${expected}, got ${describeValue(cache)}`);
}

/** A page in a sandbox may not even look whether there is one. */
export function hasCacheApi(): boolean {
  try {
    return typeof caches !== "undefined";
  } catch {
    return false;
  }
}

function hasFileSystem(): boolean {
  const writes = typeof FileSystemFileHandle !== "undefined" && "createWritable" in FileSystemFileHandle.prototype;
  return writes && typeof navigator.storage?.getDirectory === "function";
}

/** Whether a browser's storage has room, and what to say if it has not. Stores of one's own are not asked. */
export async function roomWarning(url: string, store: ModelStore, needed: number): Promise<LoadError | undefined> {
  if (store.name !== "cache-api" && store.name !== "opfs") return undefined;
  const { quota, usage } = (await navigator.storage?.estimate?.().catch(() => undefined)) ?? {};
  if (quota === undefined || usage === undefined || needed <= quota - usage) return undefined;
  const free = Math.max(0, quota - usage);
  const message = `${url}: storing it takes ${needed} bytes, ${free} are free: it stays in memory only; delete what is cached, or ask for "persist"`;
  return new LoadError("quota", message, { url, needed, free });
}

/** Asks the browser to keep what is stored; what to say if it does not promise it. */
export async function persistWarning(): Promise<LoadError | undefined> {
  try {
    if (await navigator.storage.persist()) return undefined;
    return new LoadError("not-persisted", "persist: the browser does not promise to keep what is stored");
  } catch (cause) {
    return new LoadError("not-persisted", `persist: the browser cannot be asked (${reasonText(cause)})`, { cause });
  }
}

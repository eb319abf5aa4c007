/**
 * Where files are kept between two loads: bytes under names of at most 120 characters out of a-z, 0-9, ".", "-". Anything
 * that can keep those will do. A `put` is there whole or not at all, also if the page goes away in the middle of it.
 */
export interface ModelStore {
  /** What `model.cached` says of files that are kept here. */
  readonly name: string;
  get(name: string): Promise<Uint8Array | undefined>;
  /** @throws whatever it likes if there is no room: the file stays in memory then */
  put(name: string, bytes: Uint8Array): Promise<void>;
  /** Does nothing for a name that is not there. */
  delete(name: string): Promise<void>;
  names(): Promise<readonly string[]>;
}

/** What pages that load the same file into the same store agree by to take turns. */
export function lockName(store: ModelStore, url: string, { cacheName = "" }: { readonly cacheName?: string }): string {
  return `deep-compression ${store.name} ${cacheName} ${url}`;
}

/** Keeps files as long as the store itself is kept: for several loads on one page, and for tests. */
export function memoryStore(): ModelStore {
  const kept = new Map<string, Uint8Array>();
  return {
    name: "memory",
    get: async (name) => kept.get(name),
    async put(name, bytes) {
      kept.set(name, bytes.slice());
    },
    async delete(name) {
      kept.delete(name);
    },
    names: async () => [...kept.keys()],
  };
}

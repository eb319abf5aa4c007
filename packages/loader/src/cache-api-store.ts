import type { ModelStore } from "./model-store";

/** The names of entries are URLs; no request ever goes there. */
const PREFIX = "https://deep-compression.invalid/";

/** Keeps files in the Cache API: where a page's own data belong, in every browser, in pages, workers and service workers. */
export function cacheApiStore(cacheName: string): ModelStore {
  let opened: Promise<Cache> | undefined;
  const cache = () => {
    opened ??= caches.open(cacheName);
    return opened;
  };
  return {
    name: "cache-api",
    async get(name) {
      const response = await (await cache()).match(PREFIX + name);
      return response && new Uint8Array(await response.arrayBuffer());
    },
    async put(name, bytes) {
      await (await cache()).put(PREFIX + name, new Response(bytes as Uint8Array<ArrayBuffer>));
    },
    async delete(name) {
      await (await cache()).delete(PREFIX + name);
    },
    async names() {
      const requests = await (await cache()).keys();
      return requests.map(({ url }) => url.slice(PREFIX.length));
    },
  };
}

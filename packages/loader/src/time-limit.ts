import type { ModelStore } from "./model-store";

/** Longest that a store may take for anything: browsers have been seen never to answer. */
const MILLISECONDS = 20_000;

/** The same store, of which everything fails that takes too long. */
export function withTimeLimit(store: ModelStore): ModelStore {
  return {
    name: store.name,
    get: (name) => limited(() => store.get(name)),
    put: (name, bytes) => limited(() => store.put(name, bytes)),
    delete: (name) => limited(() => store.delete(name)),
    names: () => limited(() => store.names()),
  };
}

/** @throws also what the store throws at once instead of promising it */
async function limited<T>(work: () => Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the storage gave no answer for ${MILLISECONDS} ms`)), MILLISECONDS);
  });
  try {
    return await Promise.race([work(), late]);
  } finally {
    clearTimeout(timer);
  }
}

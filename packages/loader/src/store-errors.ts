import { type CacheOptions, chooseStore } from "./choose-store";
import { LoadError, reasonText } from "./load-error";
import type { ModelStore } from "./model-store";
import { withTimeLimit } from "./time-limit";

/** The store of these options, undefined for none. What goes wrong in it is a LoadError "storage". @throws TypeError, LoadError */
export function tellingStore(options: CacheOptions): ModelStore | undefined {
  const chosen = chooseStore(options);
  if (chosen === undefined) return undefined;
  const { name, ...work } = withTimeLimit(chosen);
  return {
    name,
    get: (key) => told(name, work.get(key)),
    put: (key, bytes) => told(name, work.put(key, bytes)),
    delete: (key) => told(name, work.delete(key)),
    names: () => told(name, work.names()),
  };
}

async function told<T>(store: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (cause) {
    throw new LoadError("storage", `cache: the storage ${store} cannot be used (${reasonText(cause)})`, { cause });
  }
}

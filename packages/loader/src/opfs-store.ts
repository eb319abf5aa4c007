import type { ModelStore } from "./model-store";

/** What is not in the types of the DOM that we compile with. */
interface Folder extends FileSystemDirectoryHandle {
  keys(): AsyncIterable<string>;
}

/** Keeps files in a folder of the origin private file system. */
export function opfsStore(folderName: string): ModelStore {
  let opened: Promise<Folder> | undefined;
  const folder = () => {
    opened ??= navigator.storage
      .getDirectory()
      .then((root) => root.getDirectoryHandle(folderName, { create: true })) as Promise<Folder>;
    return opened;
  };
  return {
    name: "opfs",
    get: (name) =>
      unlessMissing(async () => {
        const handle = await (await folder()).getFileHandle(name);
        return unlessReplaced(async () => new Uint8Array(await (await handle.getFile()).arrayBuffer()));
      }),
    async put(name, bytes) {
      const handle = await (await folder()).getFileHandle(name, { create: true });
      const writable = await handle.createWritable(); // what it wrote is there when it is closed
      await writable.write(bytes as Uint8Array<ArrayBuffer>);
      await writable.close();
    },
    async delete(name) {
      await unlessMissing(async () => (await folder()).removeEntry(name));
    },
    async names() {
      const names: string[] = [];
      for await (const name of (await folder()).keys()) names.push(name);
      return names.filter((name) => !name.endsWith(".crswap")); // what Chromium is writing
    },
  };
}

async function unlessMissing<T>(run: () => Promise<T>): Promise<T | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotFoundError") return undefined;
    throw error;
  }
}

/** Times that a file is read anew because another page has written it meanwhile. */
const MOST_REPLACED = 20;

/** A file that is written between `getFile` and the end of reading cannot be read: it is there in its new form. */
async function unlessReplaced<T>(read: () => Promise<T>): Promise<T> {
  for (let times = 0; ; times++) {
    try {
      return await read();
    } catch (error) {
      const isReplaced = error instanceof DOMException && error.name === "NotReadableError";
      if (!isReplaced || times === MOST_REPLACED) throw error;
    }
  }
}

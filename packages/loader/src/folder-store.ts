import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { ModelStore } from "./model-store";

/** Keeps files in a folder of the file system, which is made if it is not there: for Node. */
export function folderStore(path: string): ModelStore {
  let puts = 0;
  return {
    name: "folder",
    async get(name) {
      const bytes = await unlessMissing(readFile(join(path, name)));
      return bytes && new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length);
    },
    async put(name, bytes) {
      await mkdir(path, { recursive: true });
      const part = join(path, `${name}.${process.pid}-${puts++}.part`);
      await writeFile(part, bytes);
      await rename(part, join(path, name));
    },
    delete: (name) => rm(join(path, name), { force: true }),
    async names() {
      const names = (await unlessMissing(readdir(path))) ?? [];
      return names.filter((name) => !name.endsWith(".part"));
    },
  };
}

async function unlessMissing<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

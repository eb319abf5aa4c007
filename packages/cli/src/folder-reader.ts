import { open, realpath, stat } from "node:fs/promises";
import { dirname, join, sep } from "node:path";
import type { FolderReader } from "@deep-compression/model-io";
import { quoted } from "@deep-compression/runtime";
import { fileSource } from "./input-file";

/** The other files of a model's folder, open until `close`. */
export interface ModelFolder {
  readonly read: FolderReader;
  readonly close: () => Promise<void>;
}

/**
 * Gives the files that lie in the folder of a model, and in no other: a link that leads out of it is not followed, since a
 * model may come from anywhere and say any name.
 */
export function modelFolder(model: string): ModelFolder {
  const files: { close(): Promise<void> }[] = [];
  return {
    async read(name) {
      const folder = await realpath(dirname(model));
      const path = await realpath(join(folder, name)).catch(ignoreMissing);
      if (path === undefined) return undefined;
      if (!path.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
        throw new Error(`${quoted(name)} leads out of the model's folder; put the file itself there`);
      }
      if (!(await stat(path)).isFile()) throw new Error(`${quoted(name)} is no plain file`);
      const file = await open(path, "r");
      files.push(file);
      return fileSource(file);
    },
    close: async () => {
      for (const file of files.splice(0)) await file.close();
    },
  };
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

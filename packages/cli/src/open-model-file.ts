import { basename } from "node:path";
import { type OpenedModel, openModel } from "@deep-compression/model-io";
import { quoted } from "@deep-compression/runtime";
import { doing } from "./failure";
import { modelFolder } from "./folder-reader";
import { STANDARD_STREAM, withFile } from "./input-file";
import type { Terminal } from "./terminal";

/** Opens a model and the files beside it for `work`, and closes them after. From the standard input comes one file. */
export function withModel<T>(
  path: string,
  terminal: Pick<Terminal, "input">,
  work: (model: OpenedModel) => Promise<T>,
): Promise<T> {
  return withFile(path, terminal, async (source) => {
    const isStream = path === STANDARD_STREAM;
    const folder = modelFolder(path);
    const place = isStream ? {} : { name: basename(path), folder: folder.read };
    try {
      return await work(await doing(`read ${quoted(path)}`, () => openModel(source, place)));
    } finally {
      await folder.close();
    }
  });
}

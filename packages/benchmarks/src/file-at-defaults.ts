import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { runCommand } from "./child-process";
import { inTemporaryFolder } from "./temporary-folder";

/** The `.dcz` file that `compress MODEL` makes, without another option. */
export function fileAtDefaults(model: string): Promise<Uint8Array> {
  return inTemporaryFolder(async (folder) => {
    const stored = join(folder, "model.dcz");
    await runCommand(["compress", model, "-o", stored], { folder, program: "source" });
    return readFile(stored);
  });
}

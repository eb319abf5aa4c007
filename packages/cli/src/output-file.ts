import { rmSync } from "node:fs";
import { access, constants, open, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { doing, reasonOf } from "./failure";

/** Says early that a file cannot be written: its folder is missing or closed, or the path is no plain file. */
export async function assertWritable(path: string): Promise<void> {
  const folder = dirname(path);
  const found = await stat(folder).catch((error: unknown) => error);
  if (found instanceof Error)
    throw new Error(
      "code" in found && found.code === "ENOENT"
        ? `cannot write "${path}": the folder "${folder}" does not exist; make it first`
        : `cannot write "${path}": ${reasonOf(found)}`,
      { cause: found },
    );
  await doing(`write "${path}"`, async () => {
    await access(`${folder}/`, constants.W_OK | constants.X_OK);
    const existing = await stat(path).catch(ignoreMissing);
    if (existing && !existing.isFile())
      throw new Error(`it is ${existing.isDirectory() ? "a folder" : "no plain file"}; name a file`);
  });
}

/** The bytes of a file, at once or part by part. */
export type FileContent = Uint8Array | AsyncIterable<Uint8Array>;

/**
 * Writes a file whole or not at all: beside its place, to the disk, then renamed. Whatever happens on the way, an
 * interrupt or an error of who makes the parts included, the temporary file is gone and an older file of this name is as
 * it was. Resolves to the number of bytes.
 */
export async function writeWhole(path: string, content: FileContent): Promise<number> {
  await assertWritable(path);
  return doing(`write "${path}"`, async () => {
    const target = await realpath(path).catch(() => path);
    const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
    const interrupted = () => {
      rmSync(temporary, { force: true });
      process.exit(130);
    };
    process.once("SIGINT", interrupted);
    process.once("SIGTERM", interrupted);
    try {
      const written = await writeThrough(temporary, content);
      await rename(temporary, target);
      return written;
    } catch (error) {
      await rm(temporary, { force: true }).catch(() => {});
      throw error;
    } finally {
      process.off("SIGINT", interrupted);
      process.off("SIGTERM", interrupted);
    }
  });
}

async function writeThrough(path: string, content: FileContent): Promise<number> {
  const file = await open(path, "w");
  try {
    let written = 0;
    for await (const part of content instanceof Uint8Array ? [content] : content) {
      await file.writeFile(part); // goes on where the last one ended
      written += part.length;
    }
    await file.sync();
    return written;
  } finally {
    await file.close();
  }
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

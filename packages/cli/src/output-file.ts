import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { access, constants, open, readlink, realpath, rename, rm, stat } from "node:fs/promises";
import { constants as system } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { quoted } from "@deep-compression/runtime";
import { doing } from "./failure";
import { STANDARD_STREAM } from "./input-file";
import type { Terminal } from "./terminal";

/**
 * Finds out early whether a file can be written.
 *
 * @throws Error if it is one of `inputs`, which writing would destroy, its folder is missing or closed, it is closed
 * itself, or the path is no plain file
 */
export async function assertWritable(path: string, inputs: readonly string[] = []): Promise<void> {
  if (path === STANDARD_STREAM) return;
  await doing(`write ${quoted(path)}`, async () => {
    const target = await targetOf(path);
    const folder = dirname(target);
    if (!(await statusOf(folder))) throw new Error(`the folder ${quoted(folder)} does not exist; make it first`);
    await access(`${folder}/`, constants.W_OK | constants.X_OK);
    const existing = await statusOf(path);
    if (!existing) return;
    if (!existing.isFile())
      throw new Error(`it is ${existing.isDirectory() ? "a folder" : "no plain file"}; name a file`);
    await access(path, constants.W_OK);
    for (const input of inputs) {
      const other = await stat(input, { bigint: true }).catch(() => undefined);
      if (other?.dev === existing.dev && other.ino === existing.ino)
        throw new Error("it is the input; take another name");
    }
  });
}

/** The bytes of a file, at once or part by part. */
export type FileContent = Uint8Array | AsyncIterable<Uint8Array>;

/** A file to be written. */
export interface OutputFile {
  readonly path: string;
  readonly content: FileContent;
}

/** As {@link writeAllAtomically}, of one file. */
export function writeAtomically(path: string, content: FileContent): Promise<number> {
  return writeAllAtomically([{ path, content }]);
}

/**
 * Writes files whole or not at all: each beside its place, to the disk, and when all are there they are renamed. Whatever
 * happens on the way, an interrupt or an error of who makes the parts included, the temporary files are gone and older
 * files of these names are as they were. New ones have the older ones' permissions. Resolves to the number of bytes.
 */
export async function writeAllAtomically(files: readonly OutputFile[]): Promise<number> {
  for (const { path } of files) await assertWritable(path);
  const temporaries: string[] = [];
  const placed: string[] = [];
  const release = onInterrupt(() => {
    for (const temporary of temporaries) rmSync(temporary, { force: true });
  });
  try {
    const finished: (OutputFile & { readonly temporary: string; readonly target: string; readonly isNew: boolean })[] =
      [];
    let written = 0;
    for (const { path, content } of files) {
      written += await doing(`write ${quoted(path)}`, async () => {
        const target = await targetOf(path);
        const older = await statusOf(target);
        const temporary = join(dirname(target), `.${randomBytes(4).toString("hex")}.part`);
        temporaries.push(temporary);
        finished.push({ path, content, temporary, target, isNew: older === undefined });
        return writeThrough(temporary, content, older && Number(older.mode) & 0o777);
      });
    }
    // The first comes last: where it is, the others are.
    for (const { path, temporary, target, isNew } of finished.reverse()) {
      await doing(`write ${quoted(path)}`, () => rename(temporary, target));
      if (isNew) placed.push(target);
    }
    return written;
  } catch (error) {
    for (const file of [...temporaries, ...placed]) await rm(file, { force: true }).catch(() => {});
    throw error;
  } finally {
    release();
  }
}

/** Writes a file as {@link writeAtomically} does or, to "-", to the standard output, part by part. */
export async function writeOutput(terminal: Terminal, { path, content }: OutputFile): Promise<number> {
  if (path !== STANDARD_STREAM) return writeAtomically(path, content);
  let written = 0;
  for await (const part of content instanceof Uint8Array ? [content] : content) {
    terminal.outBytes?.(part);
    written += part.length;
  }
  return written;
}

/** Writes a new file, with these permissions from the start or, without any, those that new files get. */
async function writeThrough(path: string, content: FileContent, mode?: number): Promise<number> {
  const file = await open(path, "wx", mode);
  try {
    if (mode !== undefined) await file.chmod(mode); // what the umask took
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

/** Signals that end the program, in the ways of a keyboard, a system that shuts down and a terminal that closes. */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"] as const;

/** Does `clean` when a signal ends the program, until what is returned is called. */
function onInterrupt(clean: () => void): () => void {
  const interrupted = (signal: NodeJS.Signals) => {
    clean();
    process.exit(128 + system.signals[signal]);
  };
  for (const signal of SIGNALS) process.once(signal, interrupted);
  return () => {
    for (const signal of SIGNALS) process.off(signal, interrupted);
  };
}

/** Where the file of a path lies, or will lie: links are followed, one that leads nowhere yet too. */
async function targetOf(path: string): Promise<string> {
  const real = await realpath(path).catch(ignoreMissing);
  if (real !== undefined) return real;
  const link = await readlink(path).catch(ignoreMissing);
  return link === undefined ? path : targetOf(isAbsolute(link) ? link : `${dirname(path)}/${link}`);
}

function statusOf(path: string) {
  return stat(path, { bigint: true }).catch(ignoreMissing);
}

function ignoreMissing(error: unknown): undefined {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
  throw error;
}

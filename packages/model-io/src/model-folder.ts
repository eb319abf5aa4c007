import { type ByteSource, FormatError } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import type { FolderReader } from "./opened-model";

/** The last part of a path of any system: the name of a file in its folder. */
export function fileName(path: string | undefined, otherwise: string): string {
  const last = path
    ?.replace(/^[a-z]:/i, "")
    .split(/[/\\]/)
    .at(-1);
  return last === undefined || ["", ".", ".."].includes(last) ? otherwise : last;
}

/**
 * A path that a model's file gives to another one, as it stands in the folder: "./a/b" is "a/b". Undefined for what is none,
 * or might lead out of the folder on any system.
 */
export function relativePath(path: string): string | undefined {
  const parts = path.split("/").filter((part) => part !== ".");
  const isStrange = parts.length === 0 || parts.includes("") || parts.includes("..");
  // A backslash parts folders, and a colon names a drive, a stream or a protocol, on some systems.
  return isStrange || /[\\:\0]/.test(path) ? undefined : parts.join("/");
}

/** As {@link relativePath}. @throws FormatError "out-of-range" where that gives none */
export function pathInFolder(path: string): string {
  const relative = relativePath(path);
  if (relative !== undefined) return relative;
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(path)) {
    const message = `${quoted(path)} is an address: download it beside the model, and name it there`;
    throw new FormatError("out-of-range", message, { offset: 0 });
  }
  const message = `expected the path of a file in the model's folder, got ${quoted(path)}`;
  throw new FormatError("out-of-range", message, { offset: 0 });
}

/** Opens another file of a model, whose path {@link pathInFolder} gave. @throws FormatError "truncated" if it is not there */
export async function openBeside(folder: FolderReader | undefined, path: string): Promise<ByteSource> {
  const source = await folder?.(path);
  if (source) return source;
  const message = folder
    ? `the model's file ${quoted(path)} is missing: put it beside the one that names it`
    : `the model has another file, ${quoted(path)}, and its folder is not known here`;
  throw new FormatError("truncated", message, { offset: 0 });
}

import { type ByteSource, FormatError, readExactly } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import { EXTENSIONS } from "./foreign-extensions";
import { describeSignature } from "./foreign-signatures";
import { describeText } from "./foreign-text";
import { describeZip } from "./foreign-zip";
import type { ModelFile } from "./opened-model";

/** Bytes of a file's beginning that tell what it is. */
export const FOREIGN_BEGINNING = 4096;

/**
 * What a file is that is no model of a known format, and what to do about it, in one line: "a Git LFS pointer, not the
 * model itself: run git lfs pull". Told by the bytes or, where they say nothing, by the extension of the name.
 *
 * @param bytes the first {@link FOREIGN_BEGINNING} bytes of the file, or all of a shorter one
 * @returns undefined if neither tells
 */
export function describeForeign(bytes: Uint8Array, name = ""): string | undefined {
  return describeBytes(bytes) ?? describeName(name);
}

/** As {@link describeForeign}, by the bytes alone. */
export function describeBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 0) return "an empty file: get it again";
  if (bytes.length >= 16 && bytes.every((byte) => byte === 0)) {
    return "nothing but zero bytes, as a download leaves that did not finish: get it again";
  }
  return describeSignature(bytes) ?? describeZip(bytes) ?? describeText(bytes);
}

/** As {@link describeForeign}, by the name alone. */
export function describeName(name: string): string | undefined {
  const lower = name.toLowerCase();
  return EXTENSIONS.find(({ extensions }) => extensions.some((extension) => lower.endsWith(extension)))?.what;
}

/**
 * The error of a model whose files do not fit: that one of them is something else if it is, as a pointer that stands for it
 * or the page of an error; otherwise the one that was found.
 */
export async function errorOfFiles(error: unknown, files: readonly ModelFile[]): Promise<unknown> {
  if (!(error instanceof FormatError)) return error;
  for (const { name, source } of files) {
    const what = describeBytes(await beginningOf(source));
    if (what === undefined) continue;
    return new FormatError("bad-magic", `${quoted(name)} is ${what}`, { offset: 0, cause: error });
  }
  return error;
}

/** As much of a file as tells what it is. */
export async function beginningOf(source: ByteSource): Promise<Uint8Array> {
  return readExactly(source, 0, Math.min(FOREIGN_BEGINNING, source.byteLength));
}

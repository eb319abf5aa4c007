import { FormatError } from "@deep-compression/bits";

/**
 * Checks names of a model's files, relative to its folder: nothing is read or written outside it, and each is a file of its
 * own (docs/format.md, "Names of files").
 *
 * @throws FormatError "out-of-range", or "duplicate-name" for one that stands twice
 */
export function checkFileNames(names: readonly string[]): void {
  for (const name of names) {
    const reason = whyRefused(name);
    if (reason !== undefined) throw new FormatError("out-of-range", `"${name}" is no name of a file: ${reason}`);
  }
  // Sorted with the separator before all else, what lies in a folder comes right behind the folder's name.
  const sorted = names.map((name) => name.replaceAll("/", "\0")).sort();
  for (const [i, name] of sorted.entries()) {
    const next = sorted[i + 1] ?? "";
    if (next === name) throw new FormatError("duplicate-name", `there are two files named "${shown(name)}"`);
    if (next.startsWith(`${name}\0`)) {
      throw new FormatError("out-of-range", `"${shown(name)}" is a file and the folder of "${shown(next)}"`);
    }
  }
}

function whyRefused(name: string): string | undefined {
  if (name.includes("\\") || name.includes("\0")) return "it has a backslash or a NUL";
  if (/^[A-Za-z]:/.test(name)) return "it begins with the letter of a drive";
  const parts = name.split("/");
  if (parts.includes("")) return "a part of its path is empty";
  return parts.includes(".") || parts.includes("..") ? 'a part of its path is "." or ".."' : undefined;
}

function shown(name: string): string {
  return name.replaceAll("\0", "/");
}

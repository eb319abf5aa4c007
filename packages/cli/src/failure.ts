import { FormatError } from "@deep-compression/bits";
import { quoted, shortened } from "@deep-compression/runtime";
import { printable } from "./terminal";

/** What to do about bytes that cannot be read, by the code of their error. */
const ADVICE: Readonly<Partial<Record<string, string>>> = {
  "bad-magic": "check that this is the file you mean",
  "unsupported-version": "install a newer deep-compression",
  "limit-exceeded": "the file asks for more than it can justify; make it again from the model",
  unsupported: "deep-compression cannot hold this; export the file without it",
};

/** What the codes of the file system mean, and what to do. */
const FILE_ERRORS: Readonly<Record<string, string>> = {
  EADDRINUSE: "something else is there; take another port",
  EACCES: "permission denied; change its permissions or take another path",
  EEXIST: "something of this name is there already; take another name",
  EFBIG: "the file is larger than is allowed here; raise the limit or take another disk",
  EISDIR: "it is a folder; name a file",
  ELOOP: "its links lead round in a circle; take another path",
  ENAMETOOLONG: "the name is too long; take a shorter one",
  ENOENT: "no such file; check the path",
  ENOSPC: "the disk is full; free some space",
  ENOTDIR: "a part of the path is a file, not a folder; take another path",
  EPERM: "not permitted; take another path",
  EROFS: "the file system is read-only; take another path",
};

/** Characters of a line that says why: errors of others, and those of ours with what to do about them, may have more. */
const LONGEST_REASON = 500;

/** Why something failed, in one line. */
export function reasonOf(error: unknown): string {
  if (error instanceof FormatError) return formatReason(error);
  if (!(error instanceof Error)) return String(error);
  const code = "code" in error && typeof error.code === "string" ? error.code : "";
  return printable(FILE_ERRORS[code] ?? shortened(error.message, LONGEST_REASON));
}

function formatReason({ code, offset, tensor, section, message }: FormatError): string {
  const places = [
    offset === undefined ? "" : ` at byte ${offset}`,
    tensor === undefined || message.includes(`tensor "`) ? "" : ` of tensor ${quoted(tensor)}`,
    section === undefined ? "" : ` (${section})`,
  ];
  const todo = ADVICE[code] ?? "the file is damaged or not of this kind; get it again or make it anew";
  const isAdvice = code === "bad-magic" && message.includes(": "); // what it is instead, and what to do
  return printable(shortened(`${message} [${code}${places.join("")}]${isAdvice ? "" : `; ${todo}`}`, LONGEST_REASON));
}

/** Does `work` and puts what was being done, and to which file, in front of whatever it throws. */
export async function doing<T>(what: string, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw new Error(`cannot ${what}: ${reasonOf(cause)}`, { cause });
  }
}

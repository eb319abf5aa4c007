import { FormatError } from "@deep-compression/bits";

/** What is wrong with a file, and what to do about it. */
export function problemText(error: unknown): string {
  if (!(error instanceof FormatError)) return error instanceof Error ? error.message : String(error);
  const { code, offset, message } = error;
  const place = offset === undefined ? "" : `, at byte ${offset}`;
  return `${ADVICE[code] ?? DAMAGED} (${message}; ${code}${place})`;
}

const DAMAGED = "The file is damaged: get it again, or make it anew from the model.";

const ADVICE: Readonly<Partial<Record<string, string>>> = {
  "bad-magic": "This is no .dcz file: choose one that deep-compression has made.",
  "unsupported-version": "The file is of a newer version of the format: take a newer explorer.",
  "limit-exceeded": "The file asks for more than it can justify: make it anew from the model.",
  truncated: "The file ends too early: get it again.",
};

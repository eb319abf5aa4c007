import { FormatError } from "@deep-compression/bits";

/** What a FormatError says, in a form that pages can give; other errors go on. */
export function codeOf(error: unknown): string {
  if (error instanceof FormatError) return `${error.code} at ${error.offset}`;
  throw error;
}

import type { FormatError } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import { LoadError } from "./load-error";

/** What is said of bytes that are no valid file, also not when they are fetched again. */
export function notOfFormat(
  cause: FormatError,
  { url, contentType }: { readonly url: string; readonly contentType: string },
): LoadError {
  const { code, offset } = cause;
  const details = { url, cause, ...(offset !== undefined && { offset }) };
  if (code === "bad-magic") {
    const page = contentType.startsWith("text/html") ? "a web page came instead" : `of type ${quoted(contentType)}`;
    const message = `${url}: what came is no .dcz file (${page}): is the address right, and is the file there?`;
    return new LoadError("not-a-model", message, details);
  }
  if (code === "bad-checksum") {
    const message = `${url}: ${cause.message}, also not when fetched again: nothing of it is kept; upload the file again`;
    return new LoadError("checksum", message, details);
  }
  return new LoadError("format", `${url}: ${cause.message}: nothing of it is kept; upload the file again`, details);
}

/** What is said of a file that ends elsewhere than its directory says. */
export function lengthError(
  url: string,
  { length, expected }: { readonly length: number | "more"; readonly expected: number },
): LoadError {
  const message = `${url}: the server has ${length} bytes, the file's directory says ${expected}: was it cut or changed when it was uploaded?`;
  return new LoadError("length", message, { url, offset: expected });
}

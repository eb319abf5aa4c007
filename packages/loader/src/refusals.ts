import type { FormatError } from "@deep-compression/bits";
import { quoted } from "@deep-compression/runtime";
import { LoadError } from "./load-error";

/**
 * What is said of bytes that are no valid file, also not when they are fetched again.
 *
 * @param from `contentType` of what a server sent; undefined for bytes that no server did
 */
export function notOfFormat(
  cause: FormatError,
  { url, contentType }: { readonly url: string; readonly contentType: string | undefined },
): LoadError {
  const { code, offset } = cause;
  const isServed = contentType !== undefined;
  const details = { url, cause, ...(offset !== undefined && { offset }) };
  if (code === "bad-magic") {
    const message = isServed
      ? `${url}: what came is no .dcz file (${whatCame(contentType)}): is the address right, and is the file there?`
      : `${url}: this is no .dcz file: is it the right one?`;
    return new LoadError("not-a-model", message, details);
  }
  const hint = isServed ? "nothing of it is kept; upload the file again" : "copy or write the file again";
  if (code === "bad-checksum") {
    const again = isServed ? ", also not when fetched again" : "";
    return new LoadError("checksum", `${url}: ${cause.message}${again}: ${hint}`, details);
  }
  if (code === "truncated" && !isServed)
    return new LoadError("length", `${url}: it is cut off (${cause.message}): ${hint}`, details);
  return new LoadError("format", `${url}: ${cause.message}: ${hint}`, details);
}

function whatCame(contentType: string): string {
  if (contentType.startsWith("text/html")) return "a web page came instead";
  return contentType === "" ? "of no type that was told" : `of type ${quoted(contentType)}`;
}

/** What is said of a file that ends elsewhere than its directory says, or, if `expected` is undefined, before the end of that. */
export function lengthError(
  url: string,
  { length, expected }: { readonly length: number | "more"; readonly expected: number | undefined },
): LoadError {
  const hint = "was it cut or changed when it was written or uploaded?";
  if (expected !== undefined) {
    const message = `${url}: there are ${length} bytes, the file's directory says ${expected}: ${hint}`;
    return new LoadError("length", message, { url, offset: expected });
  }
  const what = length === 0 ? "the file is empty" : `the file ends after ${length} bytes, within its directory`;
  return new LoadError("length", `${url}: ${what}: ${hint}`, { url });
}

import { describeValue } from "@deep-compression/runtime";
import { isPassing, statusError } from "./answers";
import { type ConnectionOptions, connect } from "./connection";
import { LoadError } from "./load-error";

const HEX = /^[0-9a-f]{64}$/;

/**
 * A SHA-256 in hexadecimal, from that or from the form that Subresource Integrity has, "sha256-" and base64.
 *
 * @throws TypeError
 */
export function hexOfHash(hash: string): string {
  if (typeof hash === "string") {
    if (HEX.test(hash.toLowerCase())) return hash.toLowerCase();
    const [, base64] = /^sha256-([A-Za-z0-9+/]{43}=)$/.exec(hash) ?? [];
    if (base64 !== undefined)
      return Array.from(atob(base64), (byte) => byte.charCodeAt(0).toString(16).padStart(2, "0")).join("");
  }
  const expected = '64 hexadecimal digits, "sha256-" and 44 characters of base64, or "beside"';
  throw new TypeError(`sha256: expected ${expected}, got ${describeValue(hash)}`);
}

/** A hash is short: whatever is longer is something else. */
const MOST_CHARACTERS = 2 ** 16;

/** The hash that stands in a file beside the model's, as `sha256sum` writes it. @throws LoadError */
export async function hashBeside(url: string, options: ConnectionOptions): Promise<string> {
  const place = new URL(url);
  place.pathname += ".sha256";
  const connection = await connect(place.href, {}, options);
  if (!connection.response.ok) {
    connection.cancel();
    const error = statusError(place.href, connection);
    if (isPassing(error)) throw error;
    const { status = 0 } = error;
    throw new LoadError("no-hash", `${error.message}; sha256: "beside" needs it`, { url: place.href, status });
  }
  let text = "";
  const decoder = new TextDecoder();
  for await (const piece of connection.pieces()) {
    text += decoder.decode(piece, { stream: true });
    if (text.length > MOST_CHARACTERS) break;
  }
  const [first = ""] = text.trim().split(/\s/);
  if (HEX.test(first.toLowerCase())) return first.toLowerCase();
  const message = `${place.href}: expected a SHA-256 in hexadecimal: write it by "sha256sum model.dcz > model.dcz.sha256"`;
  throw new LoadError("no-hash", message, { url: place.href });
}

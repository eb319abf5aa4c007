import type { ByteSource } from "@deep-compression/bits";
import { checkSource } from "@deep-compression/bits";

/** What a file can be loaded from. */
export type ModelSource = string | URL | Response | Blob | ByteSource;

/** A place in the network, or bytes that are there. */
export type SourceKind =
  | { readonly kind: "network"; readonly url: string; readonly response?: Response }
  | { readonly kind: "bytes"; readonly source: ByteSource };

/** What messages call a Response that has no URL. */
const NAMELESS = "source";

/** @throws TypeError */
export function sourceKind(source: ModelSource): SourceKind {
  if (typeof source === "string" || source instanceof URL) return { kind: "network", url: resolvedUrl(source) };
  if (source instanceof Response) {
    if (source.bodyUsed)
      throw new TypeError("source: the Response's body was read already: give it unread, or clone it");
    return { kind: "network", url: source.url || NAMELESS, response: source };
  }
  if (source instanceof Blob) return { kind: "bytes", source: blobSource(source) };
  return { kind: "bytes", source: checkSource("source", source) };
}

/** The whole URL, without a fragment. @throws TypeError */
export function resolvedUrl(url: string | URL): string {
  const base = globalThis.document?.baseURI ?? globalThis.location?.href;
  try {
    const resolved = new URL(url, base);
    resolved.hash = "";
    return resolved.href;
  } catch {
    const hint =
      base === undefined
        ? ": there is no page that it could be relative to; for a file, give await openAsBlob(path) of node:fs"
        : "";
    throw new TypeError(`source: expected a URL, got ${JSON.stringify(String(url))}${hint}`);
  }
}

function blobSource(blob: Blob): ByteSource {
  return {
    byteLength: blob.size,
    slice: async (start, end) => new Uint8Array(await blob.slice(start, end).arrayBuffer()),
  };
}

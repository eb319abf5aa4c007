/** A file that the page's address asks for. */
export interface NamedFile {
  readonly name: string;
  readonly bytes: Promise<Blob>;
}

/**
 * The file that a parameter of the page's address names, fetched from the server of the page and from no other; undefined without
 * the parameter.
 */
export function namedFile(address: string, parameter: "file" | "other"): NamedFile | undefined {
  const named = new URL(address).searchParams.get(parameter);
  if (named === null) return undefined;
  const url = new URL(named, address);
  const name = decodeURIComponent(url.pathname.split("/").at(-1) || named);
  const own = new URL(address);
  if (url.origin !== own.origin || own.protocol === "file:") {
    const reason = "The page opens files of its own server only: download this one and drop it here.";
    return { name, bytes: Promise.reject(new Error(reason)) };
  }
  return { name, bytes: fetchBlob(url) };
}

async function fetchBlob(url: URL): Promise<Blob> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`The server answers ${response.status} ${response.statusText}.`);
  return response.blob();
}

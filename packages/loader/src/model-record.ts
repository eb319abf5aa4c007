import { sha256 } from "@deep-compression/bits";
import type { ModelStore } from "./model-store";

/** What a server says to tell one version of a file from another. */
export interface Validators {
  readonly etag?: string;
  readonly lastModified?: string;
}

/** What is kept of a file besides its bytes. */
export interface ModelRecord extends Validators {
  readonly url: string;
  /** Of the names of its chunks: a version of its own for each download that began anew. */
  readonly generation: string;
  /** Of the file, once its directory has told. */
  readonly byteLength?: number;
  /** Of the whole file, in hexadecimal, if it was asked for and found right. */
  readonly sha256?: string;
  /** The server sends it compressed: ranges would count compressed bytes. */
  readonly isEncoded?: true;
  /** When it was last written, as ISO 8601. */
  readonly saved: string;
}

/** Bytes of a file that are kept under a name of their own. */
export interface StoredChunk {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

const ID_CHARACTERS = 32;

/** What the names of all that is kept of a URL begin with. */
export function idOf(url: string): string {
  const hash = sha256();
  hash.update(new TextEncoder().encode(url));
  return hash.hex().slice(0, ID_CHARACTERS);
}

function recordName(url: string): string {
  return `${idOf(url)}.json`;
}

export async function readRecord(store: ModelStore, url: string): Promise<ModelRecord | undefined> {
  return parsedRecord(await store.get(recordName(url)), url);
}

/** A record that cannot be read is none: the file is loaded anew. */
function parsedRecord(bytes: Uint8Array | undefined, url?: string): ModelRecord | undefined {
  if (bytes === undefined) return undefined;
  try {
    const record = JSON.parse(new TextDecoder().decode(bytes)) as ModelRecord;
    const isOne = typeof record.url === "string" && typeof record.generation === "string";
    return isOne && (url === undefined || record.url === url) ? record : undefined;
  } catch {
    return undefined;
  }
}

export async function writeRecord(store: ModelStore, record: ModelRecord): Promise<void> {
  const written = { ...record, saved: new Date().toISOString() };
  await store.put(recordName(record.url), new TextEncoder().encode(JSON.stringify(written)));
}

/** All records of a store. */
export async function readRecords(store: ModelStore): Promise<ModelRecord[]> {
  const records: ModelRecord[] = [];
  for (const name of await store.names()) {
    if (!name.endsWith(".json")) continue;
    const record = parsedRecord(await store.get(name));
    if (record !== undefined) records.push(record);
  }
  return records;
}

export function chunkName({ url, generation }: Pick<ModelRecord, "url" | "generation">, start: number, end: number) {
  return `${idOf(url)}.${generation}.${start}-${end}`;
}

/**
 * The chunks of a record that follow each other from the start of the file. Where two pages stored the same bytes, chunks may
 * overlap.
 */
export function chunksInRow(names: readonly string[], record: ModelRecord): StoredChunk[] {
  const prefix = `${idOf(record.url)}.${record.generation}.`;
  const chunks = names
    .filter((name) => name.startsWith(prefix))
    .map((name) => {
      const [start = Number.NaN, end = Number.NaN] = name.slice(prefix.length).split("-").map(Number);
      return { name, start, end };
    })
    .filter(({ start, end }) => start < end)
    .sort((a, b) => a.start - b.start || b.end - a.end);
  const row: StoredChunk[] = [];
  let reached = 0;
  for (const chunk of chunks) {
    if (chunk.start > reached) break;
    if (chunk.end <= reached) continue;
    row.push(chunk);
    reached = chunk.end;
  }
  return row;
}

/** Deletes what is kept of a URL, but for the chunks of one generation. */
export async function deleteStored(store: ModelStore, url: string, keep?: string): Promise<void> {
  const id = `${idOf(url)}.`;
  for (const name of await store.names()) {
    const isKept = keep !== undefined && (name.startsWith(`${id}${keep}.`) || name === recordName(url));
    if (name.startsWith(id) && !isKept) await store.delete(name);
  }
}

/** A name for the chunks of a new download. */
export function newGeneration(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

import type { ContainerInfo } from "@deep-compression/container";
import { type FileChecks, fileChecks } from "./file-checks";
import { type GrowingFile, growingFile } from "./growing-file";
import { LoadError } from "./load-error";
import {
  chunksInRow,
  deleteStored,
  type ModelRecord,
  newGeneration,
  readRecord,
  type StoredChunk,
  type Validators,
  writeRecord,
} from "./model-record";
import type { ModelStore } from "./model-store";

export interface KeptFileOptions {
  readonly url: string;
  /** Absent: everything stays in memory. */
  readonly store?: ModelStore;
  /** Of the whole file, in hexadecimal. */
  readonly sha256?: string;
  /** Told what the directory says, and how many bytes of the file are not stored yet. */
  readonly onDirectory: (info: ContainerInfo, missing: number) => Promise<"store" | "memory">;
  readonly onWarning: (warning: LoadError) => void;
}

/** One version of a file: its bytes so far, what was found of them, and what the store says of it. */
export interface KeptFile {
  readonly file: GrowingFile;
  readonly checks: FileChecks;
  /** Undefined before anything is known of the file. */
  readonly record: ModelRecord | undefined;
  /** All bytes are there, as far as the record tells. */
  readonly isWhole: boolean;
  /** Takes what is stored. */
  open(): Promise<void>;
  /** Begins anew with another version; what is stored of the one before is let go. */
  begin(version: Validators & { readonly isEncoded: boolean }): Promise<void>;
  /** Adds bytes and looks at them. @throws FormatError */
  add(bytes: Uint8Array): Promise<void>;
  /** Looks at bytes that are there. @throws FormatError */
  look(bytes: Uint8Array): Promise<void>;
  /** Drops what did not match its checksum. */
  dropWrong(): Promise<void>;
  /** Drops everything, from the store too. */
  drop(): Promise<void>;
  /** Lets go of what is there, which is of an older version; it stays stored until a newer one begins. */
  forget(): void;
  /** Waits until everything is stored, and notes the hash if there is one. */
  finish(sha256: string | undefined): Promise<void>;
}

export function keptFile(options: KeptFileOptions): KeptFile {
  const { url, store, onWarning } = options;
  const isHashed = options.sha256 !== undefined;
  let record: ModelRecord | undefined;
  let file = startFile(newGeneration());
  let checks = fileChecks({ isHashed });
  let storedBefore = 0;

  function startFile(generation: string, chunks: readonly StoredChunk[] = []): GrowingFile {
    return growingFile({ url, generation, chunks, onStoreFailed, ...(store && { store }) });
  }
  function onStoreFailed(cause: unknown): void {
    const needed = checks.info && checks.info.byteLength - file.length;
    const room = needed === undefined ? "" : ` (it needs ${needed} bytes more)`;
    const message = `${url}: the storage takes no more${room}: the rest stays in memory, and is fetched again next time`;
    onWarning(new LoadError("quota", message, { url, cause, ...(needed !== undefined && { needed }) }));
  }
  async function save(changed: ModelRecord): Promise<void> {
    record = changed;
    if (store === undefined || !file.isStored) return;
    try {
      await writeRecord(store, changed);
      await deleteStored(store, url, changed.generation);
    } catch (reason) {
      file.keepInMemory();
      onStoreFailed(reason);
    }
  }
  async function look(bytes: Uint8Array): Promise<void> {
    const hadInfo = checks.info !== undefined;
    checks.push(bytes);
    if (hadInfo || checks.info === undefined) return;
    const { byteLength } = checks.info;
    if ((await options.onDirectory(checks.info, byteLength - storedBefore)) === "memory") file.keepInMemory();
    if (record!.byteLength !== byteLength) await save({ ...record!, byteLength });
  }

  return {
    get file() {
      return file;
    },
    get checks() {
      return checks;
    },
    get record() {
      return record;
    },
    get isWhole() {
      return record?.byteLength !== undefined && record.byteLength === file.length;
    },
    async open() {
      if (store === undefined) return;
      try {
        record = await readRecord(store, url);
        if (record === undefined) return;
        file = startFile(record.generation, chunksInRow(await store.names(), record));
        storedBefore = file.length;
      } catch (cause) {
        file.keepInMemory();
        onWarning(new LoadError("storage", `${url}: the storage cannot be read: nothing is stored`, { url, cause }));
      }
    },
    async begin({ etag, lastModified, isEncoded }) {
      const begun: ModelRecord = {
        url,
        generation: newGeneration(),
        ...(etag !== undefined && { etag }),
        ...(lastModified !== undefined && { lastModified }),
        ...(isEncoded && { isEncoded }),
        saved: "",
      };
      const { isStored } = file;
      file = startFile(begun.generation);
      checks = fileChecks({ isHashed });
      storedBefore = 0;
      if (!isStored) file.keepInMemory();
      await save(begun);
    },
    async add(bytes) {
      const start = file.length;
      await file.append(bytes);
      await look(bytes.subarray(checks.position - start));
    },
    look,
    async dropWrong() {
      await file.truncate(checks.checked);
      checks.rewind();
    },
    async drop() {
      file.keepInMemory();
      await file.truncate(0);
      if (store !== undefined) await deleteStored(store, url).catch(() => {}); // a store that fails has been told of
    },
    forget() {
      record = undefined;
      file = startFile(newGeneration());
      checks = fileChecks({ isHashed });
    },
    async finish(sha256) {
      await file.flush();
      if (sha256 !== undefined && record?.sha256 !== sha256) await save({ ...record!, sha256 });
    },
  };
}

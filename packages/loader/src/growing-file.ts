import { chunkName, type StoredChunk } from "./model-record";
import type { ModelStore } from "./model-store";

/** A file of which the bytes so far can be read, in memory or in a store. */
export interface GrowingFile {
  /** Bytes that are there, from the start. */
  readonly length: number;
  /** Whether all of it is kept in the store, or on the way there. */
  readonly isStored: boolean;
  append(piece: Uint8Array): Promise<void>;
  /** A copy of bytes that are there. @throws MissingBytes if the store has lost them */
  read(start: number, end: number): Promise<Uint8Array>;
  /** What comes from now on is not stored. */
  keepInMemory(): void;
  /** Puts bytes back that the store has lost; they stay in memory. */
  restore(start: number, bytes: Uint8Array): void;
  /** Drops what is behind a place, from the store too. */
  truncate(length: number): Promise<void>;
  /** Waits until all that is there is stored. */
  flush(): Promise<void>;
}

/** Bytes that the store had and has no more. */
export class MissingBytes extends Error {
  override readonly name = "MissingBytes";
  constructor(
    readonly start: number,
    readonly end: number,
  ) {
    super(`bytes ${start} to ${end} are not in the store any more`);
  }
}

/** Bytes that are stored together; at most twice as many are lost if the page goes away: these, and those being written. */
export const CHUNK_BYTES = 2 ** 17;

/** Longest that bytes which came are not written, however few they are. */
const FLUSH_MILLISECONDS = 1000;

/** Bytes of the file in one place: in memory, or stored under a name. */
interface Segment {
  readonly start: number;
  readonly end: number;
  readonly name?: string;
  bytes?: Uint8Array;
}

export interface GrowingFileOptions {
  /** Absent: everything stays in memory. */
  readonly store?: ModelStore;
  readonly url: string;
  readonly generation: string;
  /** Stored already, in a row from the start. */
  readonly chunks?: readonly StoredChunk[];
  /** Told once if the store takes no more: what comes then stays in memory. */
  readonly onStoreFailed: (reason: unknown) => void;
}

export function growingFile(options: GrowingFileOptions): GrowingFile {
  const { url, generation, chunks = [], onStoreFailed } = options;
  let store = options.store;
  const segments: Segment[] = [...chunks];
  let tail = new Uint8Array(CHUNK_BYTES);
  let tailLength = 0;
  let tailSince = 0;
  let writing: Promise<void> | undefined;
  let isStored = store !== undefined;

  const tailStart = () => segments.at(-1)?.end ?? 0;
  const length = () => tailStart() + tailLength;

  function storeFailed(reason: unknown): void {
    if (isStored) onStoreFailed(reason);
    isStored = false;
    store = undefined;
  }
  async function write(segment: Segment, into: ModelStore): Promise<void> {
    try {
      await into.put(segment.name!, segment.bytes!);
      segment.bytes = undefined;
    } catch (reason) {
      storeFailed(reason);
    }
  }
  /** Makes a segment of the tail, and begins to write it; one is written at a time. */
  async function sealTail(): Promise<void> {
    if (tailLength === 0) return;
    await writing;
    const start = tailStart();
    const end = start + tailLength;
    const isFull = tailLength === CHUNK_BYTES;
    const segment: Segment = {
      start,
      end,
      bytes: isFull ? tail : tail.slice(0, tailLength),
      ...(store && { name: chunkName({ url, generation }, start, end) }),
    };
    if (isFull) tail = new Uint8Array(CHUNK_BYTES);
    tailLength = 0;
    segments.push(segment);
    if (store !== undefined) writing = write(segment, store);
  }
  async function bytesOf(segment: Segment): Promise<Uint8Array> {
    const { bytes, name, start, end } = segment;
    const found = bytes ?? (await options.store?.get(name!).catch(() => undefined)) ?? segment.bytes;
    if (found?.length === end - start) return found;
    throw new MissingBytes(start, end);
  }
  /** Number of the first segment that ends behind a place. */
  function segmentAt(place: number): number {
    let [low, high] = [0, segments.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (segments[middle]!.end > place) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    get length() {
      return length();
    },
    get isStored() {
      return isStored;
    },
    async append(piece) {
      for (let from = 0; from < piece.length; ) {
        const part = piece.subarray(from, from + CHUNK_BYTES - tailLength);
        if (tailLength === 0) tailSince = performance.now();
        tail.set(part, tailLength);
        tailLength += part.length;
        from += part.length;
        const isLate = store !== undefined && performance.now() - tailSince > FLUSH_MILLISECONDS;
        if (tailLength === CHUNK_BYTES || isLate) await sealTail();
      }
    },
    async read(start, end) {
      const result = new Uint8Array(end - start);
      // Segments and tail of this moment: what is read does not change, where it is may.
      const from = tailStart();
      const ofTail = end > from ? tail.slice(Math.max(0, start - from), end - from) : undefined;
      const parts = segments.slice(segmentAt(start), segmentAt(end - 1) + 1);
      if (ofTail !== undefined) result.set(ofTail, result.length - ofTail.length);
      for (const segment of parts) {
        const bytes = await bytesOf(segment);
        const part = bytes.subarray(Math.max(0, start - segment.start), end - segment.start);
        result.set(part, Math.max(0, segment.start - start));
      }
      return result;
    },
    keepInMemory() {
      isStored = false;
      store = undefined;
    },
    restore(start, bytes) {
      for (const segment of segments) {
        if (segment.start >= start && segment.end <= start + bytes.length)
          segment.bytes = bytes.slice(segment.start - start, segment.end - start);
      }
    },
    async truncate(to) {
      await writing;
      if (to >= tailStart()) {
        tailLength = Math.max(0, to - tailStart());
        return;
      }
      tailLength = 0;
      const first = segmentAt(to);
      const [cut, ...dropped] = segments.splice(first);
      const kept =
        cut!.start < to ? (await bytesOf(cut!).catch(() => undefined))?.slice(0, to - cut!.start) : undefined;
      for (const { name } of [cut!, ...dropped])
        if (name !== undefined) await options.store?.delete(name).catch(() => {}); // what stays is looked at when it is read
      if (kept === undefined || kept.length > CHUNK_BYTES) return; // the file is then shorter than asked for
      tail.set(kept);
      tailLength = kept.length;
    },
    async flush() {
      await sealTail();
      await writing;
    },
  };
}

import type { Codes } from "@deep-compression/bits";
import { checkThreads, type Sent, type WorkerPool, wasmModule, workerPool } from "@deep-compression/runtime";
import { longestCodeWord } from "./canonical-codes";
import { CHUNK_SYMBOLS } from "./chunk-layout";
import type { ChunkedStream } from "./chunk-reader";
import { KERNELS_TEXT } from "./decode-kernels.generated";
import type { EncodedStream } from "./encoded-stream";
import { totalOf } from "./histogram";
import { INDEX_BITS, multiSymbolTable } from "./multi-symbol-table";
import { openChunkedStream, readStream } from "./stream-reader";
import { encodedStream, type SymbolStreamOptions } from "./symbol-stream";
import { type DecodeTask, WORKER_SOURCE } from "./worker-source";

/** Threads that decode streams. */
export interface DecodePool {
  /**
   * What `decodeSymbols` gives. A stream in chunks whose code words have up to 12 bits is decoded by the workers, onto a
   * SharedArrayBuffer where there is one; any other, and with `kernels: "plain"` all of them, at once on the caller's thread.
   * Its bytes are copied at the call, unless they lie on a SharedArrayBuffer: those must not change meanwhile.
   *
   * @throws TypeError, RangeError on wrong arguments
   * @throws FormatError as `decodeSymbols`
   * @throws Error if the pool is closed or a worker fails
   */
  decodeSymbols(bytes: Uint8Array, options: SymbolStreamOptions): Promise<Codes>;
  /** Ends the workers. What they were working on is rejected. */
  close(): Promise<void>;
}

/** Chunks in a task: two million symbols, a millisecond. */
const TASK_CHUNKS = 32;

/**
 * A pool of threads that decode the chunks of long streams side by side, in Node and in browsers; their source is inlined. It
 * does not keep a process of Node alive while it has nothing to do.
 *
 * @param options.threads that decode, all of them workers, for the calling one only waits; by default as many as the machine runs
 * @throws TypeError, RangeError
 */
export function decodePool(options: { readonly threads?: number } = {}): DecodePool {
  const threads = checkThreads(options.threads);
  const module = wasmModule(KERNELS_TEXT);
  const workers = module === undefined ? 0 : threads;
  const pool: ChunkPool = workerPool(WORKER_SOURCE, { workers, setup: module });
  let spare: Uint8Array = new Uint8Array(0);

  /** Room for a copy of bytes that the caller may change; used again, for the pages of new memory take longer than the copy. */
  function roomOf(bytes: Uint8Array): Uint8Array {
    if (onSharedMemory(bytes)) return bytes;
    const room = spare.length < bytes.length ? new Uint8Array(sharedBuffer(bytes.length)) : spare;
    spare = new Uint8Array(0);
    return room.subarray(0, bytes.length);
  }

  return {
    async decodeSymbols(bytes, streamOptions) {
      pool.checkOpen();
      const stream = encodedStream(bytes, streamOptions);
      const chunked = streamOptions.kernels === "plain" ? undefined : openChunkedStream(stream);
      const short = chunked?.tables.every((lengths) => longestCodeWord(lengths) <= INDEX_BITS);
      if (workers === 0 || !chunked || !short) return readStream(stream).symbols;
      const kept = { ...stream, bytes: roomOf(bytes) };
      const symbols = await decodeWith(pool, kept, { ...chunked, source: bytes });
      // What the workers refuse is decoded again here, which tells what is wrong.
      const found = symbols ?? readStream(kept).symbols;
      if (kept.bytes !== bytes) spare = new Uint8Array(kept.bytes.buffer);
      return found;
    },
    close: pool.close,
  };
}

/** Its workers answer with the symbols, or with nothing if a chunk is not valid. */
type ChunkPool = WorkerPool<DecodeTask, Uint8Array | undefined>;

/** Whether workers see the array itself. */
function onSharedMemory({ buffer }: Uint8Array): boolean {
  return typeof SharedArrayBuffer !== "undefined" && buffer instanceof SharedArrayBuffer;
}

/** A buffer that workers see, where there is shared memory. */
function sharedBuffer(length: number): SharedArrayBuffer | ArrayBuffer {
  return typeof SharedArrayBuffer === "undefined" ? new ArrayBuffer(length) : new SharedArrayBuffer(length);
}

/** A stream whose bytes are yet to be copied, from where the caller may change them once there is something to wait for. */
interface UncopiedStream extends ChunkedStream {
  readonly source: Uint8Array;
}

/** The symbols, or nothing if a chunk is not valid. The workers have the first chunks while the others are copied. */
async function decodeWith(pool: ChunkPool, stream: EncodedStream, chunked: UncopiedStream): Promise<Codes | undefined> {
  const symbols = stream.into ?? roomFor(stream);
  const bytes = new Uint8Array(symbols.buffer, symbols.byteOffset, symbols.byteLength);
  const lookUps = allLookUps(chunked);
  const answers: Promise<Uint8Array | undefined>[] = [];
  let start = chunked.start;
  copySlice(stream.bytes.subarray(0, start), chunked.source);
  for (let first = 0; first < chunked.chunkLengths.length; first += TASK_CHUNKS) {
    const { task, place } = taskOf(chunked, { stream, first, start, lookUps, bytes });
    copySlice(task.input, chunked.source.subarray(start));
    start += task.input.length;
    const answer = pool.run(() => sent({ ...task, output: onSharedMemory(place) ? place : undefined }));
    answers.push(
      answer.then((found) => {
        if (found !== undefined && !onSharedMemory(found)) place.set(found);
        return found;
      }),
    );
  }
  const found = await Promise.all(answers);
  return found.every(Boolean) ? symbols : undefined;
}

/** What is not on shared memory is copied for the worker. */
function sent(task: DecodeTask): Sent<DecodeTask> {
  if (onSharedMemory(task.input)) return { value: task };
  const input = new Uint8Array(task.input);
  return { value: { ...task, input }, transfer: [input.buffer] };
}

/** Fills a slice of the room for a stream, unless it is the stream itself. */
function copySlice(slice: Uint8Array, source: Uint8Array): void {
  if (slice.buffer !== source.buffer) slice.set(source.subarray(0, slice.length));
}

function taskOf(
  chunked: ChunkedStream,
  options: {
    readonly stream: EncodedStream;
    readonly first: number;
    readonly start: number;
    readonly lookUps: Int32Array;
    readonly bytes: Uint8Array;
  },
): { readonly task: Omit<DecodeTask, "output">; readonly place: Uint8Array } {
  const { stream, first, start, lookUps, bytes } = options;
  const chunkLengths = chunked.chunkLengths.slice(first, first + TASK_CHUNKS);
  const symbolBytes = bytes.length / stream.count;
  const from = first * CHUNK_SYMBOLS;
  const count = Math.min(chunkLengths.length * CHUNK_SYMBOLS, stream.count - from);
  const task = {
    lookUps,
    tableNumbers: chunked.tableNumbers.slice(first, first + TASK_CHUNKS),
    chunkLengths,
    symbolBytes,
    count,
    input: stream.bytes.subarray(start, start + totalOf(chunkLengths)),
  };
  return { task, place: bytes.subarray(from * symbolBytes, (from + count) * symbolBytes) };
}

function roomFor({ alphabet, count }: EncodedStream): Codes {
  return alphabet <= 256 ? new Uint8Array(sharedBuffer(count)) : new Uint16Array(sharedBuffer(2 * count));
}

/** The look-ups of all prefix codes, one behind the other as the kernel takes them. */
function allLookUps({ tables }: ChunkedStream): Int32Array {
  const length = 2 << INDEX_BITS;
  const lookUps = new Int32Array(sharedBuffer(4 * length * tables.length));
  for (const [number, lengths] of tables.entries()) {
    const { entries, singles } = multiSymbolTable(lengths);
    lookUps.set(entries, number * length);
    lookUps.set(singles.table, number * length + entries.length);
  }
  return lookUps;
}

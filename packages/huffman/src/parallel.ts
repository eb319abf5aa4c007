import { type Codes, checkInteger, wasmModule } from "@deep-compression/bits";
import { CHUNK_SYMBOLS } from "./chunk-layout";
import type { ChunkedStream } from "./chunk-reader";
import { kernelsHex } from "./decode-kernels.generated";
import { symbolArray } from "./huffman";
import { longestCode } from "./prefix-decoder";
import { ROUND_CODE_LENGTH, roundTable, WASM_INDEX_BITS } from "./round-table";
import { type EncodedStream, openChunkedStream, readStream } from "./stream-reader";
import { encodedStream, type SymbolStreamOptions } from "./symbol-stream";
import { type DecodeTask, onSharedMemory, type WorkerPool, workerPool } from "./worker-pool";

export interface DecodePool {
  /**
   * What `decodeSymbols` gives, decoded by the workers where the stream is in chunks. The symbols lie on a
   * SharedArrayBuffer where there is one. Bytes that lie on one are not copied, and must not change meanwhile.
   *
   * @throws FormatError; TypeError, RangeError on wrong arguments; Error if the pool is closed or a worker fails
   */
  decodeSymbols(bytes: Uint8Array, options: SymbolStreamOptions): Promise<Codes>;
  /** Ends the workers. What they were working on is rejected. */
  close(): Promise<void>;
}

/** Chunks in a task: two million symbols, a millisecond. */
const TASK_CHUNKS = 32;

/**
 * Workers that decode the chunks of long streams side by side, in Node and in browsers; their source is inlined. A pool does
 * not keep a process of Node alive while it has nothing to do.
 *
 * @param options.workers number of workers; by default as many as the machine runs threads
 */
export function decodePool(options: { readonly workers?: number } = {}): DecodePool {
  if (options.workers !== undefined) checkInteger("workers", options.workers, { minimum: 1, maximum: 1024 });
  const module = wasmModule(kernelsHex);
  const pool = module && workerPool(module, options.workers);
  let closed = false;

  return {
    async decodeSymbols(bytes, streamOptions) {
      if (closed) throw new Error("the pool is closed");
      const stream = encodedStream(bytes, streamOptions);
      const chunked = openChunkedStream(stream);
      const short = chunked?.codes.every((lengths) => longestCode(lengths) <= ROUND_CODE_LENGTH);
      const symbols = pool && chunked && short ? await decodeWith(pool, stream, chunked) : undefined;
      // What the workers refuse is decoded again here, which tells what is wrong.
      return symbols ?? readStream(stream).symbols;
    },
    async close() {
      closed = true;
      await pool?.close();
    },
  };
}

/** The symbols, or nothing if a chunk is not valid. */
async function decodeWith(pool: WorkerPool, stream: EncodedStream, chunked: ChunkedStream): Promise<Codes | undefined> {
  const shared = typeof SharedArrayBuffer !== "undefined";
  const symbols = stream.into ?? roomFor(stream, shared);
  const bytes = new Uint8Array(symbols.buffer, symbols.byteOffset, symbols.byteLength);
  const tables = allTables(chunked, shared);
  const answers: Promise<boolean>[] = [];
  let start = chunked.start;
  for (let first = 0; first < chunked.lengths.length; first += TASK_CHUNKS) {
    const { task, place } = taskOf(chunked, { stream, first, start, tables, bytes });
    start += task.input.length;
    const answer = pool.run({ ...task, output: onSharedMemory(place) ? place : undefined });
    answers.push(
      answer.then(({ valid, symbols: own }) => {
        if (own !== undefined) place.set(own);
        return valid;
      }),
    );
  }
  const valid = await Promise.all(answers);
  return valid.every(Boolean) ? symbols : undefined;
}

function taskOf(
  { codeOf, lengths: allLengths }: ChunkedStream,
  options: {
    readonly stream: EncodedStream;
    readonly first: number;
    readonly start: number;
    readonly tables: Int32Array;
    readonly bytes: Uint8Array;
  },
): { readonly task: Omit<DecodeTask, "output">; readonly place: Uint8Array } {
  const { stream, first, start, tables, bytes } = options;
  const lengths = allLengths.slice(first, first + TASK_CHUNKS);
  const codedBytes = lengths.reduce((sum, length) => sum + length, 0);
  const symbolBytes = bytes.length / stream.count;
  const from = first * CHUNK_SYMBOLS;
  const count = Math.min(lengths.length * CHUNK_SYMBOLS, stream.count - from);
  const task = {
    tables,
    codeOf: codeOf.slice(first, first + TASK_CHUNKS),
    lengths,
    symbolBytes,
    count,
    input: stream.bytes.subarray(start, start + codedBytes),
  };
  return { task, place: bytes.subarray(from * symbolBytes, (from + count) * symbolBytes) };
}

function roomFor({ alphabet, count }: EncodedStream, shared: boolean): Codes {
  if (!shared) return symbolArray(alphabet, count);
  const bytes = new SharedArrayBuffer(alphabet <= 256 ? count : 2 * count);
  return alphabet <= 256 ? new Uint8Array(bytes) : new Uint16Array(bytes);
}

/** The tables of all codes, one behind the other as the kernel takes them. */
function allTables({ codes }: ChunkedStream, shared: boolean): Int32Array {
  const length = 2 << WASM_INDEX_BITS;
  const bytes = 4 * length * codes.length;
  const tables = new Int32Array(shared ? new SharedArrayBuffer(bytes) : new ArrayBuffer(bytes));
  for (const [number, lengths] of codes.entries()) {
    const { entries, singles } = roundTable(lengths, WASM_INDEX_BITS);
    tables.set(entries, number * length);
    tables.set(singles.table, number * length + entries.length);
  }
  return tables;
}

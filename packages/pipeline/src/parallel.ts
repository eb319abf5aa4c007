import type { ByteSource } from "@deep-compression/bits";
import { openModel } from "@deep-compression/model-io";
import type { Network, Tensor } from "@deep-compression/network";
import { checkObject, checkThreads, describeValue, type WorkerPool, workerPool } from "@deep-compression/runtime";
import { checkSlices, type DecodeJob, decodedJob, sharedJobs, wholeJobs } from "./decode-jobs";
import { decodeWorkerSource } from "./decode-worker";
import { DECODERS } from "./decoders";
import type { ReadOptions } from "./expansion-limit";
import { openDirectory } from "./open-directory";
import { readGraph } from "./read-graph";

/** Threads that decode files side by side. */
export interface DecodePool {
  /**
   * What `network()` of a file that the package's main entry opens gives.
   *
   * @throws FormatError; Error if the pool is closed, or where there is no memory to share
   */
  decompress(source: ByteSource, options?: PoolReadOptions): Promise<Network>;
  /** Ends the workers. What they were working on is rejected. */
  close(): Promise<void>;
}

/** Options of a pool that reads a file. */
export interface PoolReadOptions extends ReadOptions {
  /**
   * Tensors on memory that threads share (SharedArrayBuffer), each filled by as many as it takes to end together: where a
   * layer is most of the network, this is faster. Pages must be isolated for it, and some functions of browsers take no
   * such arrays. Until the pool is closed its workers may hold on to memory that the caller has let go. Default false:
   * every tensor on memory of its own, and the work of one thread.
   */
  readonly shared?: boolean;
}

/**
 * Threads that decode tensors side by side, in Node and in browsers: tensors go to the threads longest first, each to the one
 * that has the least to do. What workers decode comes without a copy. The workers' source is inlined, and they do not keep a
 * process of Node alive.
 *
 * @param options.threads that decode, the calling one among them; by default as many as the machine runs
 * @throws TypeError, RangeError
 */
export function decodePool(options: { readonly threads?: number } = {}): DecodePool {
  const threads = checkThreads(options.threads);
  const pool: TensorPool = workerPool(decodeWorkerSource(), { workers: threads - 1 });
  return {
    async decompress(source, readOptions = {}) {
      pool.checkOpen();
      const shared = checkShared(readOptions);
      const {
        file,
        tensors: parts,
        graph,
        metadata,
      } = await openDirectory(source, readOptions, {
        decoders: DECODERS,
        graph: readGraph,
        openerOf: () => openModel,
      });
      const jobs: DecodeJob[] = [];
      const tensors: Tensor[] = [];
      for (const [index, { entry, read, ...head }] of parts.entries()) {
        if (entry === undefined) {
          const tensor = { ...head, bytes: await read() };
          tensors[index] = shared ? onSharedMemory(tensor) : tensor;
          continue;
        }
        const { sections } = await file.read(entry.name);
        jobs.push({ index, entry, bytes: sections[0]!.bytes });
      }
      const [own = [], ...others] = shared ? sharedJobs(jobs, threads) : wholeJobs(jobs, threads);
      const away = others.filter(({ length }) => length > 0);
      const all = Promise.all(away.map((list) => decodedAway(pool, list)));
      all.catch(() => {}); // heard of below, once the own jobs are done
      for (const job of own) tensors[job.index] = shared ? onSharedMemory(decodedJob(job)) : decodedJob(job);
      for (const [i, found] of (await all).entries()) {
        for (const [j, tensor] of found.entries()) tensors[away[i]![j]!.index] = tensor;
      }
      checkSlices([...own, ...away.flat()]);
      return { graph, tensors, metadata };
    },
    close: pool.close,
  };
}

/** Its workers answer with the tensors, and with nothing in the place of one (or of its slice) that is not valid. */
type TensorPool = WorkerPool<readonly DecodeJob[], readonly (Tensor | undefined)[]>;

/** @throws TypeError; Error where there is no memory to share */
function checkShared(options: PoolReadOptions): boolean {
  const { shared = false } = checkObject("options", options);
  if (typeof shared !== "boolean") throw new TypeError(`shared: expected true or false, got ${describeValue(shared)}`);
  if (shared && typeof SharedArrayBuffer === "undefined") {
    throw new Error("shared: there is no memory that threads share here (pages must be isolated): leave it out");
  }
  return shared;
}

/** The tensor as it is, or with a copy of its elements: those that are not in codes are views into the file. */
function onSharedMemory(tensor: Tensor): Tensor {
  if (tensor.bytes.buffer instanceof SharedArrayBuffer) return tensor;
  const bytes = new Uint8Array(new SharedArrayBuffer(tensor.bytes.length));
  bytes.set(tensor.bytes);
  return { ...tensor, bytes };
}

/** What a worker finds invalid is decoded again here, which tells what is wrong. */
async function decodedAway(pool: TensorPool, jobs: readonly DecodeJob[]): Promise<Tensor[]> {
  // Copies to give away: a view would take all of the file with it.
  const copies = jobs.map((job) => ({ ...job, bytes: new Uint8Array(job.bytes) }));
  const transfer = copies.map(({ bytes }) => bytes.buffer);
  const tensors = await pool.run(() => ({ value: copies, transfer }));
  return tensors.map((tensor, i) => tensor ?? decodedJob(jobs[i]!));
}

import { type ByteSource, openContainer } from "@deep-compression/container";
import type { Network, Tensor } from "@deep-compression/network";
import {
  checkInteger,
  checkObject,
  concurrency,
  describeValue,
  startWorker,
  type WorkerPort,
} from "@deep-compression/runtime";
import { type DecodeJob, sharedJobs, wholeJobs } from "./decode-jobs";
import type { DecodeAnswer, DecodeRequest } from "./decode-worker";
import { decodeWorkerSource } from "./decode-worker.generated";
import { readGraph } from "./read-graph";
import { checkClaims, decodeTensor, expandTensor, type ReadOptions } from "./stored-tensor";

/** Threads that decode files side by side. */
export interface DecodePool {
  /**
   * What `decompress` of the package's main entry gives.
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
 * Worker threads, in Node and in browsers, besides the calling thread, which decodes its share: tensors go to the threads
 * largest first, each to the one that has the least to do. What workers decode comes without a copy. The workers' source is
 * inlined, and they do not keep a process of Node alive.
 *
 * @param options.threads the calling one among them; by default as many as the machine runs
 * @throws RangeError
 */
export function decodePool(options: { readonly threads?: number } = {}): DecodePool {
  const threads = checkInteger("threads", options.threads ?? concurrency(), { minimum: 1, maximum: 1024 });
  const workers = Array.from({ length: threads - 1 }, () => decodeWorker());
  let closed = false;
  return {
    async decompress(source, readOptions = {}) {
      if (closed) throw new Error("the pool is closed");
      const shared = checkShared(readOptions);
      const file = await openContainer(source);
      checkClaims(file.tensors, readOptions);
      const graph = await readGraph(file);
      const jobs: DecodeJob[] = [];
      for (const [index, info] of file.tensors.entries()) {
        jobs.push({ index, info, sections: (await file.read(info.name)).sections });
      }
      const [own, ...others] = shared ? sharedJobs(jobs, threads) : wholeJobs(jobs, threads);
      const away = others.flatMap((list, i) => list.map((job) => decodedAway(workers[i], job)));
      const tensors: Tensor[] = [];
      const all = Promise.all(away);
      all.catch(() => {}); // heard of below, once the own jobs are done
      for (const job of own) tensors[job.index] = shared ? onSharedMemory(decodedHere(job)) : decodedHere(job);
      for (const { index, tensor } of await all) tensors[index] = tensor;
      return { graph, tensors, metadata: file.metadata };
    },
    async close() {
      closed = true;
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** @throws TypeError; Error where there is no memory to share */
function checkShared(options: PoolReadOptions): boolean {
  const { shared = false } = checkObject("options", options);
  if (typeof shared !== "boolean") throw new TypeError(`shared: expected true or false, got ${describeValue(shared)}`);
  if (shared && typeof SharedArrayBuffer === "undefined") {
    throw new Error("shared: there is no memory that threads share here (pages must be isolated): leave it out");
  }
  return shared;
}

function decodedHere({ info, sections, share }: DecodeJob): Tensor {
  return expandTensor(decodeTensor(info, sections), share);
}

/** The tensor as it is, or with a copy of its elements: those that are not in codes are views into the file. */
function onSharedMemory(tensor: Tensor): Tensor {
  if (tensor.bytes.buffer instanceof SharedArrayBuffer) return tensor;
  const bytes = new Uint8Array(new SharedArrayBuffer(tensor.bytes.length));
  bytes.set(tensor.bytes);
  return { ...tensor, bytes };
}

/** What a worker finds invalid is decoded again here, which tells what is wrong. */
async function decodedAway(
  worker: DecodeWorker,
  job: DecodeJob,
): Promise<{ readonly index: number; readonly tensor: Tensor }> {
  return { index: job.index, tensor: (await worker.decode(job)) ?? decodedHere(job) };
}

interface DecodeWorker {
  /** The tensor, or nothing if it (or its share) is not valid. */
  decode(job: DecodeJob): Promise<Tensor | undefined>;
  close(): Promise<void>;
}

function decodeWorker(): DecodeWorker {
  type Waiting = { resolve(tensor: Tensor | undefined): void; reject(error: unknown): void };
  const waiting = new Map<number, Waiting>();
  let lastId = 0;
  let failure: unknown;
  const port: WorkerPort = startWorker(decodeWorkerSource, { onMessage, onError: fail });

  function onMessage(message: unknown): void {
    const { id, tensor } = message as DecodeAnswer;
    waiting.get(id)?.resolve(tensor);
    waiting.delete(id);
    if (waiting.size === 0) port.hold("idle");
  }
  function fail(error: unknown): void {
    failure = error;
    for (const { reject } of waiting.values()) reject(error);
    waiting.clear();
  }
  return {
    decode: ({ info, sections, share }) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        // Copies to give away: a view would take all of the file with it.
        const copies = sections.map(({ bytes }) => ({ bytes: new Uint8Array(bytes) }));
        const request: DecodeRequest = { id: ++lastId, info, sections: copies, ...(share && { share }) };
        waiting.set(request.id, { resolve, reject });
        port.hold("busy");
        port.post(
          request,
          copies.map(({ bytes }) => bytes.buffer),
        );
      }),
    async close() {
      fail(new Error("the pool is closed"));
      await port.close();
    },
  };
}

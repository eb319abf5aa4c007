import { checkInteger, concurrency, startWorker, type WorkerPort } from "@deep-compression/bits";
import { type ByteSource, openContainer, type TensorInfo } from "@deep-compression/container";
import { elementCount, type Network, type Tensor } from "@deep-compression/network";
import type { DecodeAnswer, DecodeRequest } from "./decode-worker";
import { decodeWorkerSource } from "./decode-worker.generated";
import { readGraph } from "./read-graph";
import { checkClaims, decodeTensor, expandTensor, type ReadOptions } from "./stored-tensor";

/** Threads that decode files tensor by tensor, side by side. */
export interface DecodePool {
  /**
   * What `decompress` of the package's main entry gives.
   *
   * @throws FormatError; Error if the pool is closed
   */
  decompress(source: ByteSource, options?: ReadOptions): Promise<Network>;
  /** Ends the workers. What they were working on is rejected. */
  close(): Promise<void>;
}

interface Job {
  readonly index: number;
  readonly info: TensorInfo;
  readonly sections: DecodeRequest["sections"];
}

/**
 * Worker threads, in Node and in browsers, besides the calling thread, which decodes its share: tensors go to the threads
 * largest first, each to the one that has the least to do. Tensors that workers decode come without a copy. The workers'
 * source is inlined, and they do not keep a process of Node alive.
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
      const file = await openContainer(source);
      checkClaims(file.tensors, readOptions);
      const graph = await readGraph(file);
      const jobs: Job[] = [];
      for (const [index, info] of file.tensors.entries()) {
        jobs.push({ index, info, sections: (await file.read(info.name)).sections });
      }
      const [own, ...others] = shares(jobs, threads);
      const away = others.flatMap((share, i) => share.map((job) => decodedAway(workers[i], job)));
      const tensors: Tensor[] = [];
      const all = Promise.all(away);
      all.catch(() => {}); // heard of below, once the own share is done
      for (const job of own) tensors[job.index] = decodedHere(job);
      for (const { index, tensor } of await all) tensors[index] = tensor;
      return { graph, tensors, metadata: file.metadata };
    },
    async close() {
      closed = true;
      await Promise.all(workers.map((worker) => worker.close()));
    },
  };
}

/** The jobs of each thread. */
function shares(jobs: readonly Job[], threads: number): Job[][] {
  const lists = Array.from({ length: threads }, () => ({ elements: 0, jobs: [] as Job[] }));
  for (const job of jobs.toSorted((a, b) => elementCount(b.info.shape) - elementCount(a.info.shape))) {
    const least = lists.reduce((best, list) => (list.elements < best.elements ? list : best));
    least.jobs.push(job);
    least.elements += elementCount(job.info.shape);
  }
  return lists.map((list) => list.jobs);
}

function decodedHere({ info, sections }: Job): Tensor {
  return expandTensor(decodeTensor(info, sections));
}

/** What a worker finds invalid is decoded again here, which tells what is wrong. */
async function decodedAway(
  worker: DecodeWorker,
  job: Job,
): Promise<{ readonly index: number; readonly tensor: Tensor }> {
  return { index: job.index, tensor: (await worker.decode(job)) ?? decodedHere(job) };
}

interface DecodeWorker {
  /** The tensor, or nothing if it is not valid. */
  decode(job: Job): Promise<Tensor | undefined>;
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
    decode: ({ info, sections }) =>
      new Promise((resolve, reject) => {
        if (failure !== undefined) return reject(failure);
        // Copies to give away: a view would take all of the file with it.
        const copies = sections.map(({ bytes }) => ({ bytes: new Uint8Array(bytes) }));
        const request: DecodeRequest = { id: ++lastId, info, sections: copies };
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

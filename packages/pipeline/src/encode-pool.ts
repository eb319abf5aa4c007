import type { Tensor } from "@deep-compression/network";
import { checkThreads, type WorkerPool, workerPool } from "@deep-compression/runtime";
import type { Allowance } from "./allowance";
import type { CountedTensor } from "./encode-network";
import { ENCODE_WORKER } from "./encode-worker.generated";
import type { TensorPlan } from "./plan";

/** A tensor to encode, by its plan, and of what coded ones may still have. */
export interface EncodeJob {
  readonly tensor: Tensor;
  readonly plan: TensorPlan;
  readonly allowance: Allowance;
  /** "given": nobody else holds the tensor's bytes. Else they are copied on their way. */
  readonly bytes?: "given";
}

/** Threads that encode tensors side by side. */
export interface EncodePool {
  readonly threads: number;
  /** @internal Starts so many of the threads, at most, while the first tensors are still being read. */
  start(threads: number): void;
  /** @internal The tensor's section; undefined if it cannot be encoded, which who asks does again, to see why. */
  encode(job: EncodeJob): Promise<CountedTensor | undefined>;
  /** Ends the workers. What they were working on is rejected. */
  close(): Promise<void>;
}

/**
 * Threads for the option `pool` of `compressFrom`, `compressModel` and `compressMeasured`, in Node and in browsers: the same bytes
 * sooner, where a model has large tensors. Memory holds as many tensors as there are threads, about twice each. The workers, whose source is
 * inlined, begin with the first tensor, and do not keep a process of Node alive.
 *
 * @param options.threads that encode, besides the calling one, which only reads; by default as many as the machine runs
 * @throws TypeError, RangeError
 */
export function encodePool(options: { readonly threads?: number } = {}): EncodePool {
  const threads = checkThreads(options.threads);
  const pool: WorkerPool<EncodeJob, CountedTensor | undefined> = workerPool(ENCODE_WORKER, { workers: threads });
  return {
    threads,
    start: (some) => pool.start(Math.min(some, threads)),
    encode: ({ tensor, bytes: whose, ...rest }) =>
      pool.run(() => {
        // A copy to give away: whoever read the bytes may have more in their buffer, or read them again.
        const bytes = whose === "given" && isWhole(tensor.bytes) ? tensor.bytes : new Uint8Array(tensor.bytes);
        return { value: { ...rest, tensor: { ...tensor, bytes } }, transfer: [bytes.buffer] };
      }),
    close: pool.close,
  };
}

/** Whether bytes are all of their buffer, and that is no shared one. */
function isWhole(bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> {
  return bytes.buffer instanceof ArrayBuffer && bytes.byteLength === bytes.buffer.byteLength;
}

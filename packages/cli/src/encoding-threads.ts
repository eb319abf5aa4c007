import { elementCount } from "@deep-compression/bits";
import type { NetworkOutline } from "@deep-compression/network";
import { type EncodePool, encodePool } from "@deep-compression/pipeline/encode-pool";
import { checkThreads } from "@deep-compression/runtime";

/** Models of fewer elements are encoded before a worker has begun. */
const LEAST_ELEMENTS = 2 ** 22;

/** By default no more: each takes memory for a tensor. */
const MOST_THREADS = 4;

/** Does `work` with threads that encode tensors side by side, if there are several and the model is large; with none otherwise. */
export async function withEncodingThreads<T>(
  { tensors }: NetworkOutline,
  wanted: number | undefined,
  work: (options: { readonly pool?: EncodePool }) => Promise<T>,
): Promise<T> {
  const threads = wanted ?? Math.min(MOST_THREADS, checkThreads());
  const elements = tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  if (threads === 1 || tensors.length < 2 || elements < LEAST_ELEMENTS) return work({});
  const pool = encodePool({ threads });
  try {
    return await work({ pool });
  } finally {
    await pool.close();
  }
}

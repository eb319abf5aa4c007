import { assertNetwork, type Network } from "@deep-compression/network";
import { type Compressed, compression } from "./compression";
import type { Plan } from "./plan";
import type { TensorSource } from "./tensor-source";

/**
 * A network as a `.dcz` file: each tensor pruned and shared as the plan says (Deep Compression, sections 2 and 3), its
 * codes and positions Huffman coded (section 4) in whatever form takes the fewest bytes. A tensor that declines a
 * stage is stored as it is, bit for bit, and its row in the ledger says why.
 *
 * @throws TypeError, RangeError for a network without tensors or that is not whole, or a plan that is wrong or asks for
 * what cannot be reached
 */
export function compress(network: Network, plan: Plan): Compressed {
  assertNetwork(network);
  const run = compression(network, plan);
  let step = run.next();
  while (!step.done) step = run.next(network.tensors[step.value].bytes);
  return step.value;
}

/**
 * As {@link compress}, one tensor at a time: each is read when its turn comes and let go before the next, so that memory
 * holds the largest tensor about twice, besides the file. With a target for the whole file tensors are read several times.
 *
 * @throws as {@link compress}, and what a tensor's `read` throws
 */
export async function compressFrom(
  source: TensorSource,
  plan: Plan,
  options: CompressOptions = {},
): Promise<Compressed> {
  const run = compression(source, plan);
  let step = run.next();
  while (!step.done) {
    const tensor = source.tensors[step.value];
    options.onRead?.(tensor.name);
    step = run.next(await tensor.read());
  }
  return step.value;
}

export interface CompressOptions {
  /** Told the name of each tensor before it is read. */
  readonly onRead?: (name: string) => void;
}

import { assertNetwork, checkReads, type Network, type NetworkSource } from "@deep-compression/network";
import { checkBytes } from "@deep-compression/runtime";
import { type Compressed, compression } from "./compression";
import type { Plan } from "./plan";

/**
 * A network as a `.dcz` file: each tensor pruned and shared as the plan says (Deep Compression, sections 2 and 3), its
 * codes and positions Huffman coded (section 4) in whatever form takes the fewest bytes. A tensor that declines codes is
 * stored raw, and its row in the ledger says why: bit for bit, but for the weights that `sparsity` made zero and the -0
 * that `sparsity` or `negativeZero` "drop" made 0.
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
  source: NetworkSource,
  plan: Plan,
  options: CompressOptions = {},
): Promise<Compressed> {
  const run = compression(source, plan);
  let step = run.next();
  checkReads(source); // checked in all else, and nothing is read yet
  while (!step.done) {
    const tensor = source.tensors[step.value];
    options.onRead?.(tensor.name);
    step = run.next(checkBytes(`tensor "${tensor.name}": read()`, await tensor.read()));
  }
  return step.value;
}

export interface CompressOptions {
  /** Told the name of each tensor before it is read. */
  readonly onRead?: (name: string) => void;
}

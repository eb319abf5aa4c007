import { checkContent } from "@deep-compression/container";
import {
  assertNetwork,
  assertOutline,
  checkReads,
  type Network,
  type NetworkOutline,
  type NetworkSource,
} from "@deep-compression/network";
import { checkBytes, MAX_ARRAY_BYTES } from "@deep-compression/runtime";
import { compressionToTarget } from "./compression-to-target";
import { type Compressed, type Compression, encodedTensors, fileContent, fileOf } from "./encode-network";
import type { Plan } from "./plan";
import { tensorPlans } from "./tensor-plans";

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
  while (!step.done) step = run.next(network.tensors[step.value]!.bytes);
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
    const tensor = source.tensors[step.value]!;
    options.onRead?.(tensor.name);
    step = run.next(checkBytes(`tensor "${tensor.name}": read()`, await tensor.read()));
  }
  return step.value;
}

export interface CompressOptions {
  /** Told the name of each tensor before it is read. */
  readonly onRead?: (name: string) => void;
}

/**
 * Compresses a network tensor by tensor: of what it reads only the sections are kept. The synchronous and the asynchronous
 * `compress` are its two drivers.
 *
 * @throws TypeError, RangeError for a network without tensors or that is not whole, or a plan that is wrong
 */
function* compression(outline: NetworkOutline, plan: Plan): Compression<Compressed> {
  assertOutline(outline, { maxBytes: MAX_ARRAY_BYTES });
  const names = outline.tensors.map(({ name }) => name);
  const byName = tensorPlans(plan, names);
  checkContent(fileContent(outline, plan, () => [])); // what no file can hold is refused before the work, not after
  const plans = names.map((name) => byName.get(name) ?? plan.default);
  if (plan.targetBytes !== undefined) return yield* compressionToTarget(outline, plan, plans);
  return fileOf(outline, plan, yield* encodedTensors(outline, plans));
}

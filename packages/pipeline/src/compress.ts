import { checkContent } from "@deep-compression/container";
import type { OpenedModel } from "@deep-compression/model-io";
import {
  assertNetwork,
  assertOutline,
  checkReads,
  type Network,
  type NetworkSource,
  type TensorSource,
} from "@deep-compression/network";
import { checkBytes, MAX_ARRAY_BYTES, quoted } from "@deep-compression/runtime";
import { fullAllowance } from "./allowance";
import { compressionToTarget } from "./compression-to-target";
import { type Compressed, type Compression, encodedTensors, fileContent, fileOf } from "./encode-network";
import { modelOutline, type Outline } from "./model-skeleton";
import type { Plan } from "./plan";
import { tensorPlans } from "./tensor-plans";

/**
 * A network as a `.dcz` file: each tensor pruned and shared as the plan says (Deep Compression, sections 2 and 3), its
 * codes and positions Huffman coded (section 4), or coded by context, in whatever form takes the fewest bytes. A tensor that declines codes is
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
  const first = run.next();
  checkReads(source); // checked in all else, and nothing is read yet
  return reading(run, first, { tensors: source.tensors, options });
}

/**
 * As {@link compressFrom}, of a model that keeps its own files: from the `.dcz` file they come back bit for bit, but for the
 * elements of tensors that the plan lets lose something (docs/format.md, "The envelope").
 *
 * @throws as {@link compressFrom}, and what reading the model's files throws
 */
export async function compressModel(
  model: OpenedModel,
  plan: Plan,
  options: CompressOptions = {},
): Promise<Compressed> {
  const outline = await modelOutline(model);
  const names = model.network.tensors.map(({ name }) => name);
  const run = compression(outline, plan, names);
  return reading(run, run.next(), { tensors: outline.tensors, options });
}

export interface CompressOptions {
  /** Told the name of each tensor before it is read. */
  readonly onRead?: (name: string) => void;
}

/** Reads what a compression asks for until it is done. */
async function reading(
  run: Compression<Compressed>,
  first: IteratorResult<number, Compressed>,
  { tensors, options }: { readonly tensors: readonly TensorSource[]; readonly options: CompressOptions },
): Promise<Compressed> {
  let step = first;
  while (!step.done) {
    const tensor = tensors[step.value]!;
    options.onRead?.(tensor.name);
    step = run.next(checkBytes(`tensor ${quoted(tensor.name)}: read()`, await tensor.read()));
  }
  return step.value;
}

/**
 * Compresses tensor by tensor: of what it reads only the sections are kept. The synchronous and the asynchronous `compress`
 * are its drivers.
 *
 * @param known names that the plan may use besides those of the tensors
 * @throws TypeError, RangeError for a network without tensors or that is not whole, or a plan that is wrong
 */
function* compression(outline: Outline, plan: Plan, known: readonly string[] = []): Compression<Compressed> {
  assertOutline(outline, { maxBytes: MAX_ARRAY_BYTES });
  if (outline.tensors.length === 0 && outline.skeleton === undefined) {
    throw new RangeError("network.tensors: expected a model with weights, got none");
  }
  const byName = tensorPlans(plan, [...outline.tensors.map(({ name }) => name), ...known]);
  checkContent(fileContent(outline, plan, () => undefined)); // what no file can hold is refused before the work, not after
  const plans = outline.tensors.map(({ name }) => byName.get(name) ?? plan.default);
  if (plan.targetBytes !== undefined) return yield* compressionToTarget(outline, plan, plans);
  return fileOf(outline, plan, yield* encodedTensors(outline, plans, { allowance: fullAllowance(plan.effort) }));
}

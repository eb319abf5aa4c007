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
import { encodedInPool } from "./encode-in-pool";
import { type Compressed, type Compression, encodedTensors, fileContent, fileOf } from "./encode-network";
import type { EncodePool } from "./encode-pool";
import { modelOutline, type Outline, whyFixed } from "./model-skeleton";
import type { Plan, TensorPlan, ToldPlan } from "./plan";
import { quantizedPlans } from "./quantized-plans";
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
  const checked = checkedPlans(network, plan);
  const read = (index: number) => network.tensors[index]!.bytes;
  const plans = tensorsPlans(network, checked, finished(quantizedPlans(network, plan, checked), read));
  return finished(compression(network, { plan, plans }), read);
}

/** What comes of something that asks for bytes, as they are read. */
function finished<Result>(run: Compression<Result>, read: (index: number) => Uint8Array): Result {
  let step = run.next();
  while (!step.done) step = run.next(read(step.value));
  return step.value;
}

async function finishedLater<Result>(
  run: Compression<Result>,
  read: (index: number) => Promise<Uint8Array>,
): Promise<Result> {
  let step = run.next();
  while (!step.done) step = run.next(await read(step.value));
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
  const checked = checkedPlans(source, plan);
  checkReads(source); // checked in all else, and nothing is read yet
  const read = (index: number) => bytesOf(source.tensors[index]!, options);
  const told = await finishedLater(quantizedPlans(source, plan, checked), read);
  return compressed(source, { plan, plans: tensorsPlans(source, checked, told), options });
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
  const { network, weights } = model;
  const checked = checkedPlans(
    outline,
    plan,
    network.tensors.map(({ name }) => name),
  );
  const read = (index: number) => bytesOf(network.tensors[index]!, options);
  const told = await finishedLater(quantizedPlans({ ...network, weights }, plan, checked), read);
  return compressed(outline, { plan, plans: tensorsPlans(outline, checked, told), options });
}

export interface CompressOptions {
  /** Told the name of each tensor before it is read. */
  readonly onRead?: (name: string) => void;
  /** Threads that encode, of `@deep-compression/pipeline/encode-pool`; not for a plan with `targetBytes`. They change no byte. */
  readonly pool?: EncodePool;
}

/** Reads what a compression asks for until it is done. */
async function compressed(
  { tensors, ...rest }: Outline & NetworkSource,
  { plan, plans, options }: PlannedCompression & { readonly options: CompressOptions },
): Promise<Compressed> {
  const outline = { ...rest, tensors };
  const read = (tensor: TensorSource) => bytesOf(tensor, options);
  const { pool } = options;
  if (pool !== undefined && plan.targetBytes === undefined) {
    const allowance = fullAllowance(plan.effort);
    return fileOf(outline, plan, await encodedInPool(tensors, plans, { allowance, pool, read }));
  }
  return finishedLater(compression(outline, { plan, plans }), (index) => read(tensors[index]!));
}

async function bytesOf(tensor: TensorSource, { onRead }: CompressOptions): Promise<Uint8Array> {
  onRead?.(tensor.name);
  return checkBytes(`tensor ${quoted(tensor.name)}: read()`, await tensor.read());
}

/** A plan, and what it says of each tensor. */
interface PlannedCompression {
  readonly plan: Plan;
  readonly plans: readonly ToldPlan[];
}

/**
 * What a plan says of each tensor, by its name.
 *
 * @param known names that the plan may use besides those of the tensors
 * @throws TypeError, RangeError for a network without tensors or that is not whole, or a plan that is wrong
 */
function checkedPlans(outline: Outline, plan: Plan, known: readonly string[] = []): ReadonlyMap<string, TensorPlan> {
  assertOutline(outline, { maxBytes: MAX_ARRAY_BYTES });
  if (outline.tensors.length === 0 && outline.skeleton === undefined) {
    throw new RangeError("network.tensors: expected a model with weights, got none");
  }
  const byName = tensorPlans(plan, [...outline.tensors.map(({ name }) => name), ...known]);
  checkContent(fileContent(outline, plan, () => undefined)); // what no file can hold is refused before the work, not after
  return byName;
}

/** The plans of an outline's tensors: those that the network tells more of in the place of the plan's own. */
function tensorsPlans(
  { tensors, skeleton }: Outline,
  plans: ReadonlyMap<string, TensorPlan>,
  told: ReadonlyMap<string, ToldPlan>,
): readonly ToldPlan[] {
  return tensors.map(({ name }, index) => {
    const { quantization, ...plan }: ToldPlan = told.get(name) ?? plans.get(name)!;
    if (quantization === undefined) return plan;
    const whyExact = whyFixed(skeleton, index);
    return whyExact === undefined ? { ...plan, quantization } : { ...plan, whyExact };
  });
}

/** Compresses tensor by tensor: of what it reads only the sections are kept. */
function* compression(outline: Outline, { plan, plans }: PlannedCompression): Compression<Compressed> {
  if (plan.targetBytes !== undefined) return yield* compressionToTarget(outline, plan, plans);
  return fileOf(outline, plan, yield* encodedTensors(outline, plans, { allowance: fullAllowance(plan.effort) }));
}

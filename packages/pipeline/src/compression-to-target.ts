import { writeContainer } from "@deep-compression/container";
import type { NetworkOutline } from "@deep-compression/network";
import { searchTarget, spendBytes, type TensorRate } from "@deep-compression/rate-control";
import { seededRandom } from "@deep-compression/runtime";
import {
  type Compressed,
  type Compression,
  type CountedTensor,
  encodedTensors,
  fileContent,
  fileOf,
} from "./encode-network";
import { FREE_ELEMENTS } from "./expansion-limit";
import type { Plan, TensorPlan } from "./plan";
import { type Follower, sampledFollowers, sharedAt, trial } from "./target-trials";

/** What is encoded: the tensors that follow the target, in the ways that were tried, and all others by their index. */
interface Trials {
  readonly plans: readonly TensorPlan[];
  readonly followers: readonly Follower[];
  readonly others: ReadonlyMap<number, CountedTensor>;
}

/**
 * A file within the plan's `targetBytes`: the tensors that follow it are encoded at few lambdas, with the same relative error
 * a bit for all, and of what came out each takes the way that spends the bytes best.
 *
 * @throws RangeError if the target cannot be reached; it says the least that can
 */
export function* compressionToTarget(
  outline: NetworkOutline,
  plan: Plan,
  plans: readonly TensorPlan[],
): Compression<Compressed> {
  const { targetBytes = 0 } = plan;
  const followers = yield* sampledFollowers(outline, plans);
  const others = yield* encodedOthers(outline, plans, followers);
  const trials = { plans, followers, others };
  let limit = targetBytes - overheadOf(outline, plan, others);
  if (mayFitWithoutLoss(followers, limit)) {
    yield* trial(outline, { plans, followers, sharing: () => ({ share: "exact" }) });
  }
  for (let tries = 0; tries < MAX_SEARCHES; tries++) {
    if (!fitsWithoutLoss(followers, limit)) yield* searchTrials(outline, trials, limit);
    const found = yield* bestMix(outline, plan, trials, limit);
    if (found.file !== undefined) return found.file;
    limit = found.limit;
  }
  const { bytes, ledger } = yield* mixedFile(outline, plan, trials, smallestMix(followers));
  if (bytes.length <= targetBytes) return { bytes, ledger };
  const expected = `at least ${bytes.length} for this network and plan`;
  throw new RangeError(`plan.targetBytes: expected ${expected}, got ${targetBytes}`);
}

/** What a file takes besides its sections is known within some bytes at first; each search knows it better. */
const MAX_SEARCHES = 3;

/** Tries the followers at lambdas that bring them close to the limit. */
function* searchTrials(outline: NetworkOutline, trials: Trials, limit: number): Compression<void> {
  const { plans, followers } = trials;
  if (followers.length === 0) return;
  const search = searchTarget(
    Math.max(1, limit),
    followers.map(({ rate }) => rate),
  );
  let step = search.next();
  while (!step.done) {
    const lambda = step.value;
    const sharing = ({ energy }: { readonly energy: number }) => sharedAt(lambda * energy);
    step = search.next(yield* trial(outline, { plans, followers, sharing }));
  }
  yield* finerTrials(outline, trials, limit);
}

/** The tensors that do not follow the target, each by its own plan. */
function* encodedOthers(
  outline: NetworkOutline,
  plans: readonly TensorPlan[],
  followers: readonly Follower[],
): Compression<ReadonlyMap<number, CountedTensor>> {
  const following = new Set(followers.map(({ index }) => index));
  const indices = outline.tensors.map((_, index) => index).filter((index) => !following.has(index));
  const counted = yield* encodedTensors(outline, plans, indices);
  return new Map(indices.map((index, i) => [index, counted[i]!]));
}

/** Bytes of the file besides the sections of the followers, whose lengths and checksums in the directory are not known yet. */
function overheadOf(outline: NetworkOutline, plan: Plan, others: ReadonlyMap<number, CountedTensor>): number {
  const random = seededRandom(1);
  let placeholders = 0;
  const content = fileContent(outline, plan, (index) => {
    const known = others.get(index)?.section;
    if (known !== undefined) return [known];
    // As long as many sections are, and all different, so that their entries do not shrink as real ones would not.
    const bytes = Uint8Array.from({ length: 128 + Math.floor(128 * random()) }, () => 256 * random());
    placeholders += bytes.length;
    return [{ kind: 0, bytes }];
  });
  return writeContainer(content).length - placeholders;
}

/** Whether it is worth a try: weights that repeat may take few bytes exactly, others seldom less than half. */
function mayFitWithoutLoss(followers: readonly Follower[], limit: number): boolean {
  return followers.reduce((sum, { raw, hasRepeats }) => sum + (hasRepeats ? raw / 32 : raw / 2), 0) <= limit;
}

function fitsWithoutLoss(followers: readonly Follower[], limit: number): boolean {
  const exact = followers.map(({ ways }) => ways.filter(({ error }) => error === 0).map(({ bytes }) => bytes));
  return exact.reduce((sum, bytes) => sum + Math.min(Number.POSITIVE_INFINITY, ...bytes), 0) <= limit;
}

/** Where a mix leaves more of the limit than this, it lies between two steps of a curve. */
const SPENT = 0.98;

/** Parts of the errors of a mix that are tried then: what is best at an error need not be best at any lambda. */
const FINER = [0.8, 0.5, 0.25, 0.1];

/** Tries every follower at a part of its error in the best mix, as long as too much of the limit is left. */
function* finerTrials(outline: NetworkOutline, { plans, followers }: Trials, limit: number): Compression<void> {
  const ways = followers.map((follower) => follower.ways);
  const mixed = () => spendBytes(ways, limit)?.map((place, i) => ways[i]![place]!);
  const errors = new Map(followers.map(({ rate, energyRatio }, i) => [rate, (mixed()?.[i]?.error ?? 0) / energyRatio]));
  for (const part of FINER) {
    const bytes = mixed()?.reduce((sum, way) => sum + way.bytes, 0);
    if (bytes === undefined || bytes >= SPENT * limit) return;
    const sharing = (rate: TensorRate) => ({ maxError: Math.min(1, part * (errors.get(rate) ?? 0)) });
    yield* trial(outline, { plans, followers, sharing });
  }
}

/** Lengths in the directory differ from file to file by a few bytes; the limit is corrected so often. */
const MAX_CORRECTIONS = 4;

/** The file of those ways that spend the bytes best, or, where none is small enough, the limit corrected by what came out. */
function* bestMix(
  outline: NetworkOutline,
  plan: Plan,
  trials: Trials,
  limit: number,
): Compression<{ readonly file?: Compressed; readonly limit: number }> {
  const { targetBytes = 0 } = plan;
  const ways = trials.followers.map((follower) => follower.ways);
  for (let tries = 0; tries < MAX_CORRECTIONS; tries++) {
    const mix = spendBytes(ways, limit);
    if (mix === undefined) break;
    const file = yield* mixedFile(outline, plan, trials, mix);
    if (file.bytes.length <= targetBytes) return { file, limit };
    limit -= file.bytes.length - targetBytes;
  }
  return { limit };
}

function smallestMix(followers: readonly Follower[]): readonly number[] {
  const sizes = followers.map(({ ways }) => ways.map(({ bytes }) => bytes));
  return sizes.map((own) => own.indexOf(Math.min(...own)));
}

/** The file in which each follower is stored the way that is named by its number. */
function* mixedFile(
  outline: NetworkOutline,
  plan: Plan,
  { plans, followers, others }: Trials,
  mix: readonly number[],
): Compression<Compressed> {
  const chosen = new Map(followers.map(({ index, ways }, i) => [index, ways[mix[i]!]!]));
  const counted: CountedTensor[] = [];
  const mixed = plans.map((own, index) => chosen.get(index)?.plan ?? own);
  for (const index of plans.keys()) {
    const known = others.get(index) ?? chosen.get(index)?.counted;
    counted.push(known ?? (yield* encodedTensors(outline, mixed, [index]))[0]!);
  }
  const free = counted.reduce((sum, { freeElements }) => sum + freeElements, 0);
  return fileOf(outline, plan, free <= FREE_ELEMENTS ? counted : yield* encodedTensors(outline, mixed));
}

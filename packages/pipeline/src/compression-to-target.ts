import { writeContainer } from "@deep-compression/container";
import { searchTarget, spendBytes, type TargetTrial } from "@deep-compression/rate-control";
import { SECTION_KINDS } from "@deep-compression/tensor-codec";
import { type Allowance, fullAllowance } from "./allowance";
import {
  type Compressed,
  type Compression,
  type CountedTensor,
  encodedTensors,
  fileContent,
  fileOf,
} from "./encode-network";

import type { Outline, StoredSection } from "./model-skeleton";
import type { Plan, TensorPlan } from "./plan";
import { type Follower, finerThan, sampledFollowers, sharedAt, smallerError, trial, type Way } from "./target-trials";

/** What is encoded: the tensors that follow the target, in the ways that were tried, and all others by their index. */
interface Trials {
  readonly plans: readonly TensorPlan[];
  readonly followers: readonly Follower[];
  readonly others: ReadonlyMap<number, CountedTensor>;
  readonly allowance: Allowance;
}

/**
 * A file within the plan's `targetBytes`: the tensors that follow it are encoded at few lambdas, with the same relative error
 * a bit for all, and of what came out each takes the way that spends the bytes best.
 *
 * What a file has besides those tensors is deflated, and is known only once it is written: as long as the file is too large the
 * search goes on with a lower limit.
 *
 * @throws RangeError if the target cannot be reached; it says the least that can
 */
export function* compressionToTarget(
  outline: Outline,
  plan: Plan,
  plans: readonly TensorPlan[],
): Compression<Compressed> {
  const { targetBytes = 0 } = plan;
  const followers = yield* sampledFollowers(outline, plans);
  const allowance = fullAllowance(plan.effort);
  const others = yield* encodedOthers(outline, { plans, followers, allowance });
  const trials = { plans, followers, others, allowance };
  let limit = targetBytes - overheadOf(outline, plan, others);
  if (mayFitWithoutLoss(followers, limit)) {
    yield* trial(outline, { plans, followers, allowance, sharing: () => ({ share: "exact" }) });
  }
  let known: readonly TargetTrial[] = [];
  for (let slack = 0; ; slack = 2 * slack + 1) {
    known = yield* searched(outline, trials, { limit, known });
    const mix = spendBytes(waysOf(trials), limit);
    if (mix === undefined) return yield* smallestMix(outline, plan, trials);
    const file = yield* mixedFile(outline, plan, trials, mix);
    const left = targetBytes - file.bytes.length;
    if (left >= 0) return yield* spentOn(outline, plan, trials, { mix, file });
    limit = bytesOf(trials, mix) + left - slack;
  }
}

/** Encodes the followers until some mix of the ways comes close to the limit, or the coarsest have been tried. */
function* searched(
  outline: Outline,
  { plans, followers, allowance }: Trials,
  { limit, known }: { readonly limit: number; readonly known: readonly TargetTrial[] },
): Compression<readonly TargetTrial[]> {
  if (followers.length === 0 || fitsWithoutLoss(followers, limit)) return known;
  const rates = followers.map(({ rate }) => rate);
  const search = searchTarget(Math.max(1, limit), rates, known);
  let step = search.next();
  while (!step.done) {
    const lambda = step.value;
    const sharing = ({ rate }: Follower) => sharedAt(lambda * rate.energy);
    step = search.next(yield* trial(outline, { plans, followers, allowance, sharing }));
  }
  return step.value;
}

/** The tensors that do not follow the target, each by its own plan. */
function* encodedOthers(
  outline: Outline,
  { plans, followers, allowance }: Omit<Trials, "others">,
): Compression<ReadonlyMap<number, CountedTensor>> {
  const following = new Set(followers.map(({ index }) => index));
  const indices = outline.tensors.map((_, index) => index).filter((index) => !following.has(index));
  const counted = yield* encodedTensors(outline, plans, { allowance, indices });
  return new Map(indices.map((index, i) => [index, counted[i]!]));
}

/** Bytes of a section that is not known yet: its length takes two bytes in the directory, as that of most sections does. */
const PLACEHOLDER_BYTES = 128;

/** Bytes of the file besides the sections of the followers, but for the lengths of those, which are not known yet. */
function overheadOf(outline: Outline, plan: Plan, others: ReadonlyMap<number, CountedTensor>): number {
  const content = fileContent(outline, plan, (index) => others.get(index) ?? placeholder(index));
  return writeContainer(content).length - (outline.tensors.length - others.size) * PLACEHOLDER_BYTES;
}

/** No two are alike, so that the directory deflates to about as much as it will. */
function placeholder(index: number): StoredSection {
  const bytes = new Uint8Array(PLACEHOLDER_BYTES);
  new DataView(bytes.buffer).setUint32(0, index);
  return { section: { kind: SECTION_KINDS.dense, bytes }, error: 0 };
}

/** Whether it is worth a try: weights that repeat may take few bytes exactly, others seldom less than half. */
function mayFitWithoutLoss(followers: readonly Follower[], limit: number): boolean {
  return followers.reduce((sum, { raw, hasRepeats }) => sum + (hasRepeats ? raw / 32 : raw / 2), 0) <= limit;
}

function fitsWithoutLoss(followers: readonly Follower[], limit: number): boolean {
  const exact = followers.map(({ ways }) => ways.filter(({ error }) => error === 0).map(({ bytes }) => bytes));
  return exact.reduce((sum, bytes) => sum + Math.min(Number.POSITIVE_INFINITY, ...bytes), 0) <= limit;
}

/** A mix of ways, and its file. */
interface MixedFile {
  readonly mix: readonly number[];
  readonly file: Compressed;
}

/** A file that leaves no more of its target is not worth another trial. */
const WELL_SPENT = 0.98;

/**
 * Trials of finer ways, each tensor its own; lambdas that all have in common may leave bytes where one of them makes a leap. More of
 * few weights, where one step may be a good part of the file.
 */
const FINER_TRIALS = { least: 4, most: 24, bytes: 2 ** 18 } as const;

function mostFinerTrials(followers: readonly Follower[]): number {
  const bytes = followers.reduce((sum, { raw }) => sum + raw, 0);
  const { least, most } = FINER_TRIALS;
  return Math.min(most, Math.max(least, Math.floor(FINER_TRIALS.bytes / Math.max(1, bytes))));
}

/**
 * Smaller errors, as fractions of that of the way taken. Bytes of few weights do not always rise where the error falls: where
 * nothing between two ways fits, one beyond may.
 */
const LEAPS = [0.8, 0.5, 0.2, 0.05] as const;

/** Leaps from so many ways, one after the other, are made in networks of few weights. */
const MOST_LEAPS = 8;

/** The file, or one that spends the bytes which it leaves: at first by the exact values, then by ways between those tried. */
function* spentOn(outline: Outline, plan: Plan, trials: Trials, found: MixedFile): Compression<Compressed> {
  const { targetBytes = 0 } = plan;
  const { followers, plans, allowance } = trials;
  const most = mostFinerTrials(followers);
  const isSpent = ({ file }: MixedFile) => file.bytes.length >= WELL_SPENT * targetBytes;
  let taken = yield* betterMix(outline, plan, trials, found);
  for (let leaps = most === FINER_TRIALS.most ? MOST_LEAPS : 0; ; leaps--) {
    taken = yield* halved(outline, plan, trials, { taken, most, isSpent });
    if (leaps <= 0 || isSpent(taken)) return taken.file;
    const { mix } = taken;
    for (const factor of LEAPS) {
      yield* trial(outline, {
        plans,
        followers,
        allowance,
        sharing: (follower, i) => smallerError(follower.ways[mix[i]!]!, factor),
      });
    }
    const leapt = yield* betterMix(outline, plan, trials, taken);
    if (leapt === taken) return taken.file;
    taken = leapt;
  }
}

/** By ways halfway between those tried, each tensor its own. */
function* halved(
  outline: Outline,
  plan: Plan,
  trials: Trials,
  options: { readonly taken: MixedFile; readonly most: number; readonly isSpent: (found: MixedFile) => boolean },
): Compression<MixedFile> {
  const { followers, plans, allowance } = trials;
  const { most, isSpent } = options;
  let { taken } = options;
  for (let left = most; left > 0 && !isSpent(taken); left--) {
    const { mix } = taken;
    const isExactTried = followers.every(({ ways }) => ways.some((way) => way.plan.share === "exact"));
    const sharing = followers.map((follower, i): TensorPlan | undefined =>
      isExactTried ? finerThan(follower.ways[mix[i]!]!, follower) : { share: "exact" },
    );
    if (sharing.every((own) => own === undefined)) break;
    yield* trial(outline, { plans, followers, allowance, sharing: (_, place) => sharing[place] });
    taken = yield* betterMix(outline, plan, trials, taken);
  }
  return taken;
}

/** Lower limits that are tried where a directory of other numbers makes a file larger than its sections are. */
const MAX_LOWER_LIMITS = 8;

/** The file of another mix that loses less within the target; the same if there is none. */
function* betterMix(outline: Outline, plan: Plan, trials: Trials, found: MixedFile): Compression<MixedFile> {
  const { targetBytes = 0 } = plan;
  let limit = bytesOf(trials, found.mix) + targetBytes - found.file.bytes.length;
  for (let tries = 0; tries < MAX_LOWER_LIMITS; tries++) {
    const mix = spendBytes(waysOf(trials), limit);
    if (mix === undefined || mix.every((way, i) => way === found.mix[i])) break;
    const file = yield* mixedFile(outline, plan, trials, mix);
    if (file.bytes.length <= targetBytes) return { mix, file };
    limit = bytesOf(trials, mix) - 1;
  }
  return found;
}

/** The file of the smallest ways of all. @throws RangeError if that is too large */
function* smallestMix(outline: Outline, plan: Plan, trials: Trials): Compression<Compressed> {
  const { targetBytes = 0 } = plan;
  const sizes = waysOf(trials).map((ways) => ways.map(({ bytes }) => bytes));
  const smallest = sizes.map((own) => own.indexOf(Math.min(...own)));
  const file = yield* mixedFile(outline, plan, trials, smallest);
  if (file.bytes.length <= targetBytes) return file;
  const expected = `at least ${file.bytes.length} for this network and plan`;
  throw new RangeError(`plan.targetBytes: expected ${expected}, got ${targetBytes}`);
}

function waysOf({ followers }: Trials): readonly (readonly Way[])[] {
  return followers.map(({ ways }) => ways);
}

/** Bytes of the followers' sections. */
function bytesOf({ followers }: Trials, mix: readonly number[]): number {
  return followers.reduce((sum, { ways }, i) => sum + ways[mix[i]!]!.bytes, 0);
}

/** The file in which each follower is stored the way that is named by its number. */
function* mixedFile(
  outline: Outline,
  plan: Plan,
  { plans, followers, others, allowance }: Trials,
  mix: readonly number[],
): Compression<Compressed> {
  const chosen = new Map(followers.map(({ index, ways }, i) => [index, ways[mix[i]!]!]));
  const counted: CountedTensor[] = [];
  const mixed = plans.map((own, index) => chosen.get(index)?.plan ?? own);
  for (const index of plans.keys()) {
    const known = others.get(index) ?? chosen.get(index)?.counted;
    counted.push(known ?? (yield* encodedTensors(outline, mixed, { allowance, indices: [index] }))[0]!);
  }
  const free = counted.reduce((sum, { used }) => sum + used.freeElements, 0);
  const isWithin = free <= allowance.freeElements;
  return fileOf(outline, plan, isWithin ? counted : yield* encodedTensors(outline, mixed, { allowance }));
}

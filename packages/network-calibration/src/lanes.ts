import type { Graph, Network, Tensor } from "@deep-compression/network";
import { shortened } from "@deep-compression/runtime";
import { type BranchGroup, partOfGroup } from "./branch-groups";
import type { Executor, NamedTensors } from "./executor";
import { type NetworkPart, networkOfPart } from "./network-part";

/** The same inputs on their way through the dense and the compressed network: for each batch the values that are still needed. */
export interface Lanes {
  readonly dense: readonly NamedTensors[];
  readonly compressed: readonly NamedTensors[];
}

/** The lanes on their way, that of the dense network only where it is not known already what it tells. */
export interface MovingLanes {
  readonly dense: readonly NamedTensors[] | undefined;
  readonly compressed: readonly NamedTensors[];
}

export interface LaneRun {
  readonly network: Network & { readonly graph: Graph };
  readonly executor: Executor;
  /** Tensors of the compressed network that differ. */
  readonly replaced: NamedTensors;
  /** Which batches take which branches. */
  readonly groups: readonly BranchGroup[];
  /** Names of values that are needed behind the part. */
  readonly needed: ReadonlySet<string>;
}

/** Runs a part of the network in the lanes, each batch by the branches that it takes; where the lanes do not differ, once. */
export async function runLanes<Moving extends MovingLanes>(
  lanes: Moving,
  part: NetworkPart,
  run: LaneRun,
): Promise<Pick<Moving, keyof MovingLanes>>;
export async function runLanes(lanes: MovingLanes, part: NetworkPart, run: LaneRun): Promise<MovingLanes> {
  const { dense, compressed } = lanes;
  const after = { dense: dense && [...dense], compressed: [...compressed] };
  for (const group of run.groups) {
    const places = group.batches.filter((place) => place < compressed.length);
    if (places.length === 0) continue;
    const made = await runTogether(lanesAt(lanes, places), partOfGroup(part, group), run);
    for (const [i, place] of places.entries()) {
      after.compressed[place] = made.compressed[i]!;
      if (after.dense !== undefined) after.dense[place] = made.dense![i]!;
    }
  }
  return after;
}

/** The lanes of some batches. */
export function lanesAt({ dense, compressed }: MovingLanes, places: readonly number[]): MovingLanes {
  const at = (batches: readonly NamedTensors[]) => places.map((place) => batches[place]!);
  return { dense: dense && at(dense), compressed: at(compressed) };
}

async function runTogether(lanes: MovingLanes, part: NetworkPart, run: LaneRun): Promise<MovingLanes> {
  if (part.nodes.length === 0) return lanes;
  const kept = (batches: readonly NamedTensors[], made: readonly NamedTensors[]) =>
    batches.map((values, i) => new Map([...values, ...made[i]!].filter(([name]) => run.needed.has(name))));
  const { compressed } = lanes;
  const changed = networkOfPart(run.network, part, { examples: compressed, replaced: run.replaced });
  if (lanes.dense === undefined) {
    return { dense: undefined, compressed: kept(compressed, await runBatches(changed, compressed, part, run)) };
  }
  const original = networkOfPart(run.network, part, { examples: lanes.dense, replaced: new Map() });
  const isSame =
    original.tensors.every((tensor, i) => tensor === changed.tensors[i]) &&
    lanes.dense.every((values, i) => part.reads.every((name) => values.get(name) === compressed[i]!.get(name)));
  const dense = await runBatches(original, lanes.dense, part, run);
  const made = isSame ? dense : await runBatches(changed, compressed, part, run);
  return { dense: kept(lanes.dense, dense), compressed: kept(compressed, made) };
}

async function runBatches(
  network: Network,
  batches: readonly NamedTensors[],
  part: NetworkPart,
  { executor }: LaneRun,
): Promise<readonly NamedTensors[]> {
  if (part.makes.length === 0) return batches.map(() => new Map<string, Tensor>());
  const prepared = await inWords(executor, () => executor.prepare(network));
  try {
    const made: NamedTensors[] = [];
    for (const values of batches) {
      const inputs = new Map(part.reads.map((name) => [name, values.get(name)!]));
      made.push(await inWords(executor, () => prepared.run(inputs)));
    }
    return made;
  } finally {
    await prepared.close();
  }
}

/** Characters of the executor's own words. */
const MAX_REASON = 300;

async function inWords<T>({ name }: Executor, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    const reason = shortened(cause instanceof Error ? cause.message : String(cause), MAX_REASON);
    throw new Error(`a part of the network does not run in ${name}: ${reason}`, { cause });
  }
}

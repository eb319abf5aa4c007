import type { Graph, Network, Tensor } from "@deep-compression/network";
import { shortened } from "@deep-compression/runtime";
import type { Executor, NamedTensors } from "./executor";
import { type NetworkPart, networkOfPart } from "./network-part";

/** The same inputs on their way through the dense and the compressed network: for each batch the values that are still needed. */
export interface Lanes {
  readonly dense: readonly NamedTensors[];
  readonly compressed: readonly NamedTensors[];
}

export interface LaneRun {
  readonly network: Network & { readonly graph: Graph };
  readonly executor: Executor;
  /** Tensors of the compressed network that differ. */
  readonly replaced: NamedTensors;
  /** Names of values that are needed behind the part. */
  readonly needed: ReadonlySet<string>;
}

/** Runs a part of the network in both lanes; where they do not differ, once. */
export async function runLanes(lanes: Lanes, part: NetworkPart, run: LaneRun): Promise<Lanes> {
  if (part.nodes.length === 0) return lanes;
  const part1 = networkOfPart(run.network, part, { examples: lanes.dense, replaced: new Map() });
  const part2 = networkOfPart(run.network, part, { examples: lanes.compressed, replaced: run.replaced });
  const dense = await runBatches(part1, lanes.dense, part, run);
  const isSame =
    part1.tensors.every((tensor, i) => tensor === part2.tensors[i]) &&
    lanes.dense.every((values, i) => part.reads.every((name) => values.get(name) === lanes.compressed[i]!.get(name)));
  const made = isSame ? dense : await runBatches(part2, lanes.compressed, part, run);
  const kept = (values: NamedTensors, more: NamedTensors) =>
    new Map([...values, ...more].filter(([name]) => run.needed.has(name)));
  return {
    dense: lanes.dense.map((values, i) => kept(values, dense[i]!)),
    compressed: lanes.compressed.map((values, i) => kept(values, made[i]!)),
  };
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

import { deflateSync } from "node:zlib";
import { bytesSource } from "@deep-compression/container";
import { floatTensor, floatValues, type Network, type Tensor } from "@deep-compression/network";
import { compress, defaultPlan, open, type Plan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { squaredError } from "./agreement";
import { type Case, type CaseContext, median, type Row, toRow } from "./harness";
import { normalDraw } from "./pruned-weights";

const TENSORS = 10_000;
const SHAPE = [16, 16] as const;

/** Seconds that compressing and inspecting may take, whatever the plan. */
const MOST_SECONDS = { compress: 10, inspect: 2 } as const;

/** A plan, and the most that each tensor may lose of its energy. */
interface Way {
  readonly name: string;
  readonly plan: Plan | ((network: Network) => Plan);
  readonly most: number;
}

const WAYS: readonly Way[] = [
  { name: "the command's defaults", plan: defaultPlan, most: 2.1e-5 },
  { name: "max error 0.01 %", plan: { default: { maxError: 1e-4 } }, most: 1e-4 },
  { name: "31 optimal clusters", plan: { default: { share: { size: 31, method: "optimal" } } }, most: 0.01 },
  { name: "exact", plan: { default: {} }, most: 0 },
];

/** Independent normal weights: as good as no tensor shares anything with another. */
function drawTensors(count: number): Tensor[] {
  const random = seededRandom(1);
  const elements = SHAPE[0] * SHAPE[1];
  return Array.from({ length: count }, (_, i) => {
    const values = new Float32Array(elements).map(() => normalDraw(random, 0.05));
    return floatTensor(`layers.${i}.weight`, SHAPE, values);
  });
}

/** Holds every tensor of a file against what was drawn. */
async function assertErrors(bytes: Uint8Array, tensors: readonly Tensor[], most: number): Promise<void> {
  let next = 0;
  for await (const restored of (await open(bytesSource(bytes))).tensors()) {
    const drawn = floatValues(tensors[next++]!);
    const energy = squaredError(drawn, new Float32Array(drawn.length));
    const error = squaredError(floatValues(restored), drawn) / energy;
    if (!(error <= most)) throw new Error(`${restored.name}: relative error ${error}, expected at most ${most}`);
  }
  if (next !== tensors.length) throw new Error(`the file holds ${next} tensors of ${tensors.length}`);
}

async function secondsOf(rounds: number, run: () => unknown): Promise<number> {
  const seconds: number[] = [];
  for (let round = 0; round < rounds; round++) {
    globalThis.gc?.();
    const start = performance.now();
    await run();
    seconds.push((performance.now() - start) / 1000);
  }
  return median(seconds);
}

async function rowsOf(network: Network, way: Way, { rounds, effort }: CaseContext): Promise<Row[]> {
  const { name, most } = way;
  const plan = typeof way.plan === "function" ? way.plan(network) : way.plan;
  const { bytes } = compress(network, plan);
  await assertErrors(bytes, network.tensors, most);
  const compressSeconds = await secondsOf(rounds, () => compress(network, plan));
  const inspectSeconds = await secondsOf(rounds, async () => (await open(bytesSource(bytes))).ledger());
  const deflated = await secondsOf(rounds, () => network.tensors.map((tensor) => deflateSync(tensor.bytes)));
  const of = `${network.tensors.length} tensors of 16 x 16, ${name}`;
  const limit = (figure: keyof typeof MOST_SECONDS, ours: number) => {
    const theirs = effort * MOST_SECONDS[figure];
    return toRow({ name: `${of}, ${figure}`, unit: "s", ours, peer: "the bar", theirs, bar: 1 });
  };
  const zlib = { peer: `Node ${process.versions.node} zlib, tensor by tensor`, theirs: deflated };
  return [
    limit("compress", compressSeconds),
    limit("inspect", inspectSeconds),
    toRow({ name: `${of}, compress`, unit: "s", ours: compressSeconds, ...zlib }),
  ];
}

/** What a tensor costs besides its elements: compress and inspect, which must not take long for many. */
export const SMALL_TENSORS_CASE: Case = {
  name: "small tensors",
  async run(context) {
    const tensors = drawTensors(Math.ceil(TENSORS * context.effort));
    const rows: Row[] = [];
    for (const way of WAYS) rows.push(...(await rowsOf({ graph: undefined, tensors }, way, context)));
    return rows;
  },
};

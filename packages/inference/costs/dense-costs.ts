import { floatTensor, type Graph, type Network, type Node } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { denseWeights, OPERATORS, prepare, type Session } from "../src/index";
import { DENSE_DENSITY } from "../src/sparse-weight";
import { LEAST_COST } from "../src/thread-team";
import { prepareOnThreads } from "../src/threads";
import { type Constant, leastTime } from "./measuring";

const CENTROIDS = 32;

/** A layer: its node, its weight [outputs, ...] and an item of its input. */
interface Setting {
  readonly node: Pick<Node, "op" | "attributes">;
  readonly weight: readonly number[];
  readonly x: readonly number[];
}

const elements = (shape: readonly number[]) => shape.reduce((product, size) => product * size, 1);

function random(length: number): Float32Array {
  const next = seededRandom(1);
  return Float32Array.from({ length }, () => next() - 0.5);
}

function networkOf({ node, weight }: Setting): Network & { readonly graph: Graph } {
  const nodes = [{ ...node, inputs: ["x", "w"], outputs: ["y"] }];
  const graph = { opset: 17, inputs: [{ name: "x", type: "float32" as const }], outputs: [{ name: "y" }], nodes };
  return { graph, tensors: [floatTensor("w", weight, random(elements(weight)))] };
}

function timeOf(session: Session, { x }: Setting): number {
  const inputs = { x: { shape: x, data: random(elements(x)) } };
  return leastTime(() => session.run(inputs), 7);
}

/** Nanoseconds from a sparse weight of some density. */
function sparseTime(setting: Setting, density: number): number {
  const next = seededRandom(2);
  const { weight } = setting;
  const code = () => (next() < density ? 1 + Math.floor((CENTROIDS - 1) * next()) : 0);
  const codes = Uint8Array.from({ length: elements(weight) }, code);
  const centroids = random(CENTROIDS);
  centroids[0] = 0;
  const stored = { form: "dense", codes, centroids } as const;
  return timeOf(prepare(networkOf(setting), { weight: () => ({ shape: weight, stored }) }), setting);
}

/** The density at which both take as long, by the line through the times of two densities. */
function equalDensity(setting: Setting): number {
  const network = networkOf(setting);
  const dense = timeOf(prepare(network, denseWeights(network)), setting);
  const [low, high] = [0.1, 0.4];
  const [first, second] = [sparseTime(setting, low), sparseTime(setting, high)];
  return low + ((dense - first) * (high - low)) / (second - first);
}

/** The density from which weights are dense: of one constant for all, what several layers would have. */
export function densityConstants(): readonly Constant[] {
  const gemm = { op: "Gemm", attributes: { transB: 1 } };
  const conv = { op: "Conv", attributes: { pads: [1, 1, 1, 1] } };
  const settings: Readonly<Record<string, Setting>> = {
    "a product, 1 item": { node: gemm, weight: [1024, 4096], x: [1, 4096] },
    "a product, 64 items": { node: gemm, weight: [1024, 4096], x: [64, 4096] },
    "a convolution": { node: conv, weight: [128, 128, 3, 3], x: [1, 128, 28, 28] },
  };
  return Object.entries(settings).map(([layer, setting]) => ({
    name: "DENSE_DENSITY",
    file: "sparse-weight.ts",
    unit: `density at which ${layer} takes as long as dense`,
    now: DENSE_DENSITY,
    measured: equalDensity(setting),
  }));
}

/** From how much work on a second thread pays. */
export async function threadConstants(): Promise<readonly Constant[]> {
  const side = Math.round(LEAST_COST ** (1 / 3));
  const setting = { node: { op: "MatMul", attributes: {} }, weight: [side, side], x: [side, side] };
  const network = networkOf(setting);
  const times: number[] = [];
  for (const threads of [1, 2]) {
    const session = await prepareOnThreads(network, denseWeights(network), { operators: OPERATORS, threads });
    times.push(timeOf(session, setting));
    await session.close();
  }
  const [one, two] = times as [number, number];
  const wake = Math.max(0, two - one / 2);
  return [
    {
      name: "LEAST_COST",
      file: "thread-team.ts",
      unit: `multiplications that take twice the ${(wake / 1000).toFixed(0)} us of a second thread's help`,
      now: LEAST_COST,
      measured: (2 * wake * side ** 3) / one,
    },
  ];
}

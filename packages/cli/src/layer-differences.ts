import type { Executor, NamedTensors } from "@deep-compression/network-calibration";
import { valuesOf } from "./network-outputs";
import { addDifference, type DifferenceSums, differenceOf, NO_DIFFERENCE } from "./output-difference";
import type { RunnableNetwork } from "./whole-network";

/** How far what a layer makes of inputs is from what the same layer of another model makes of them. */
export interface LayerDifference {
  /** The name of its output. */
  readonly value: string;
  readonly op: string;
  /** ||y - y'|| / ||y||. */
  readonly relativeError: number;
}

/** Operators whose outputs are compared. */
const LAYERS: ReadonlySet<string> = new Set(["Conv", "ConvTranspose", "Gemm", "MatMul", "LSTM", "GRU", "RNN"]);

/** The differences of all layers that both networks have, in the graph's order. @throws what the executor throws */
export async function layerDifferences(
  [model, other]: readonly [RunnableNetwork, RunnableNetwork],
  batches: readonly NamedTensors[],
  executor: Executor,
): Promise<readonly LayerDifference[]> {
  const theirs = new Set(other.graph.nodes.flatMap(({ outputs }) => outputs));
  const layers = model.graph.nodes.flatMap(({ op, outputs: [value = ""] }) =>
    LAYERS.has(op) && theirs.has(value) ? [{ value, op }] : [],
  );
  if (layers.length === 0) return [];
  const outputs = layers.map(({ value }) => ({ name: value }));
  const prepared = [];
  for (const network of [model, other]) {
    prepared.push(await executor.prepare({ ...network, graph: { ...network.graph, outputs } }));
  }
  const sums = new Map<string, DifferenceSums>();
  try {
    for (const batch of batches) {
      const [a, b] = [await prepared[0]!.run(batch), await prepared[1]!.run(batch)];
      for (const { value } of layers) {
        const [ours, others] = [a.get(value), b.get(value)];
        if (!ours || !others) continue;
        sums.set(value, addDifference(sums.get(value) ?? NO_DIFFERENCE, valuesOf(ours), valuesOf(others)));
      }
    }
  } finally {
    for (const one of prepared) await one.close();
  }
  return layers.flatMap(({ value, op }) => {
    const sum = sums.get(value);
    return sum === undefined ? [] : [{ value, op, relativeError: differenceOf(sum).relativeError }];
  });
}

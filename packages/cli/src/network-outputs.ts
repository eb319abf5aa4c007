import { type Network, numericValues, type Tensor, type ValueInfo } from "@deep-compression/network";
import type { Executor, NamedTensors } from "@deep-compression/network-calibration";
import {
  addDifference,
  type DifferenceSums,
  differenceOf,
  NO_DIFFERENCE,
  type OutputDifference,
} from "./output-difference";

/** What an executor makes of batches. */
export async function outputsOf(
  network: Network,
  batches: readonly NamedTensors[],
  executor: Executor,
): Promise<readonly NamedTensors[]> {
  const prepared = await executor.prepare(network);
  try {
    const outputs: NamedTensors[] = [];
    for (const batch of batches) outputs.push(await prepared.run(batch));
    return outputs;
  } finally {
    await prepared.close();
  }
}

/** Outputs of the dense and of the compressed network, batch by batch. */
export interface Outputs {
  readonly dense: readonly NamedTensors[];
  readonly compressed: readonly NamedTensors[];
}

/** How far each output of the compressed network is from that of the dense one. */
export function differencesOf(
  infos: readonly Pick<ValueInfo, "name">[],
  { dense, compressed }: Outputs,
): Readonly<Record<string, OutputDifference>> {
  const found: [string, OutputDifference][] = [];
  for (const { name } of infos) {
    let sums: DifferenceSums = NO_DIFFERENCE;
    for (const [i, batch] of dense.entries()) {
      const [ours, theirs] = [batch.get(name), compressed[i]!.get(name)];
      if (ours && theirs) sums = addDifference(sums, valuesOf(ours), valuesOf(theirs));
    }
    if (sums.values > 0) found.push([name, differenceOf(sums)]);
  }
  return Object.fromEntries(found);
}

/** The elements of a tensor as numbers. */
export function valuesOf(tensor: Tensor) {
  return { shape: tensor.shape, values: numericValues(tensor) };
}

import { crc32c } from "@deep-compression/bits";
import { lenet5 } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { constant, createTrainer, gradualPruning, initialize, shareWeights } from "@deep-compression/training";

/** On one thread and on two; where it refuses, the reason. */
export async function run(): Promise<unknown[]> {
  const results: unknown[] = [];
  for (const threads of [1, 2]) results.push(await trained(threads).catch((error: Error) => error.message));
  return results;
}

/** LeNet-5 learns, is pruned, shares its weights, and learns on. */
async function trained(threads: number): Promise<unknown> {
  const labels = Uint8Array.from({ length: 60 }, (_, n) => n % 10);
  const inputs = Uint8Array.from({ length: 60 * 784 }, (_, i) => ((i % 784) % 10 === ((i / 784) | 0) % 10 ? 255 : 0));
  const network = initialize(lenet5, { random: seededRandom(1) });
  const trainer = await createTrainer(network, { seed: 1, batch: 20, threads });
  const hook = gradualPruning({ sparsity: 0.9, score: "magnitude", every: 5 });
  const reports = await trainer.train({ inputs, labels }, { epochs: 6, learningRate: constant(1e-3), hook });
  shareWeights(trainer, { sizes: { "ip1.weight": 15 } });
  await trainer.train({ inputs, labels }, { epochs: 2, learningRate: constant(1e-3) });
  const { buffer, byteOffset, byteLength } = trainer.weights("ip1.weight");
  const weights = new Uint8Array(buffer, byteOffset, byteLength).slice();
  const evaluation = trainer.evaluate({ inputs, labels });
  await trainer.close();
  return { reports, evaluation, weights: crc32c(weights) };
}

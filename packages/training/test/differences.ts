import type { Network } from "@deep-compression/network";
import { createTrainer, type Samples, type TrainerOptions } from "@deep-compression/training";
import { expect } from "vitest";
import { referenceLoss, type Teacher, type Weights, weightsOf } from "./reference";

export const ENGINES: readonly Partial<TrainerOptions>[] = [
  { kernels: "wasm", threads: 1 },
  { kernels: "wasm", threads: 2 },
  { kernels: "plain", threads: 1 },
];

/**
 * Central differences in float64. With a step of 1e-6 the truncation is about 1e-12 and the rounding 1e-16 / 1e-6 =
 * 1e-10 of the loss; and a ReLU or a maximum changes sides within the step about once in 1e5 pre-activations.
 */
export function differences(weights: Weights, name: string, loss: () => number): Float64Array {
  const step = 1e-6;
  const { data } = weights.get(name)!;
  return data.map((value, i) => {
    data[i] = value + step;
    const above = loss();
    data[i] = value - step;
    const below = loss();
    data[i] = value;
    return (above - below) / (2 * step);
  });
}

/**
 * A float32 gradient is a sum of at most some thousand products, each rounded to 6e-8 of itself, through at most five
 * layers; 1e-5 of the tensor's largest gradient is 170 roundings. A wrong term is off by far more.
 */
export const TOLERANCE = 1e-5;

/** Holds the gradients that trainers give, in WebAssembly and in plain TypeScript, against finite differences of the reference's loss. */
export async function expectGradients(
  network: Network,
  options: { readonly samples: Samples; readonly batch: number; readonly distill?: Teacher },
): Promise<void> {
  const { samples, batch, distill } = options;
  const weights = weightsOf(network);
  const loss = () => referenceLoss(network, weights, { samples, batch, teacher: distill });
  let expected: readonly { readonly name: string; readonly slopes: Float64Array }[] | undefined;
  for (const engine of ENGINES) {
    const trainer = await createTrainer(network, { batch, seed: 1, ...engine });
    const got = trainer.gradients(samples, { distill });
    await trainer.close();
    expect(got.loss).toBeCloseTo(loss(), 5);
    expected ??= trainer.names.map((name) => ({ name, slopes: differences(weights, name, loss) }));
    for (const { name, slopes } of expected) {
      const gradients = got.gradients.get(name)!;
      const largest = slopes.reduce((max, slope) => Math.max(max, Math.abs(slope)), 1e-3);
      const error = slopes.reduce((max, slope, i) => Math.max(max, Math.abs(slope - gradients[i])), 0);
      expect(gradients.length).toBe(slopes.length);
      expect(error / largest, `${name}, ${JSON.stringify(engine)}`).toBeLessThan(TOLERANCE);
    }
  }
}

import type { Mnist, Recipe } from "@deep-compression/experiments";
import { lenet300100 } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import type { Samples } from "@deep-compression/training";

/** Images whose class is the place of a bright band, with noise; pixel 0 is always dark. */
function bands(count: number, seed: number): Samples {
  const random = seededRandom(seed);
  const labels = Uint8Array.from({ length: count }, () => Math.floor(random() * 10));
  const inputs = Uint8Array.from({ length: count * 784 }, (_, i) => {
    const row = Math.floor((i % 784) / 28);
    if (i % 784 === 0) return 0;
    return Math.floor(row / 2.8) === labels[Math.floor(i / 784)] ? 150 + random() * 100 : random() * 60;
  });
  return { inputs, labels };
}

export const smallData: Mnist = { training: bands(640, 1), validation: bands(100, 2), test: bands(100, 3) };

/** Every kind of stage and preparation, in seconds. */
export const smallRecipe: Recipe = {
  architecture: lenet300100,
  scheme: "ours",
  batch: 64,
  centroids: "float16",
  plan: { default: { share: "exact" } },
  stages: [
    {
      title: "train dense",
      before: [{ kind: "clear-unused-inputs", weight: "ip1.weight" }],
      epochs: 2,
      learningRate: { initial: 2e-3 },
      dropout: { "ip2.weight": 0.1 },
    },
    {
      title: "train another teacher",
      before: [{ kind: "initialize", stream: 1 }],
      epochs: 1,
      learningRate: { initial: 2e-3 },
      teaches: true,
    },
    {
      title: "prune",
      before: [{ kind: "return-to-dense" }],
      epochs: 3,
      learningRate: { initial: 2e-3 },
      l1: 1e-5,
      gradualPruning: { sparsity: 0.95, every: 5 },
      distill: { share: 0.5, temperature: 3 },
    },
    {
      title: "share weights",
      before: [
        { kind: "remove-units" },
        { kind: "share", sizes: { "ip1.weight": 8, "ip2.weight": 8, "ip3.weight": 8, "ip1.bias": 4 } },
      ],
      epochs: 2,
      learningRate: { initial: 5e-4 },
      distill: { share: 0.5, temperature: 3 },
    },
  ],
};

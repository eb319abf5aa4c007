import { lenet5, lenet300100 } from "@deep-compression/network";
import type { Plan } from "@deep-compression/pipeline";
import type { NetworkName, Recipe, Scheme, Stage } from "./recipe";

// Every number here was chosen on the validation images. The test images are read once, at the end of a run.

const CLEAR_UNUSED_INPUTS = { kind: "clear-unused-inputs", weight: "ip1.weight" } as const;

/** The loss of a student: half the labels, half the teachers. */
const DISTILL: Stage["distill"] = { share: 0.5, temperature: 3 };

/** Bit for bit, in whatever form takes the fewest bytes. */
const SMALLEST: Plan = { default: { share: "exact" } };

/** The paper's form of a weight: gaps of 5 bits row by row, codebooks in float32; biases as they are. */
const PAPER_FORM: Plan = {
  default: { share: "none" },
  tensors: {
    "*.weight": {
      share: "exact",
      form: "gaps",
      gapBits: 5,
      order: "row-major",
      lineMaps: "never",
      centroids: "float32",
    },
  },
};

const DENSE_LENET_300_100: Stage = {
  title: "train dense",
  before: [CLEAR_UNUSED_INPUTS],
  epochs: 12,
  learningRate: { initial: 2e-3 },
  dropout: { "ip1.weight": 0.1, "ip2.weight": 0.3, "ip3.weight": 0.1 },
};

/** Another dense network from other weights, whose outputs join those that the pruned network learns from. */
function teacher(dense: Stage, stream: number): Stage {
  return {
    ...dense,
    title: `train teacher ${stream + 1}`,
    before: [{ kind: "initialize", stream }, ...(dense.before ?? [])],
    teaches: true,
  };
}

const LENET_300_100_OURS: Recipe = {
  architecture: lenet300100,
  scheme: "ours",
  batch: 128,
  centroids: "float16",
  plan: SMALLEST,
  stages: [
    DENSE_LENET_300_100,
    teacher(DENSE_LENET_300_100, 1),
    teacher(DENSE_LENET_300_100, 2),
    {
      title: "prune",
      before: [{ kind: "return-to-dense" }],
      epochs: 42,
      learningRate: { initial: 2e-3 },
      l1: 6e-5,
      gradualPruning: { sparsity: 0.961 },
      distill: DISTILL,
    },
    {
      title: "share weights",
      before: [
        { kind: "remove-units" },
        {
          kind: "share",
          sizes: {
            "ip1.weight": 16,
            "ip2.weight": 16,
            "ip3.weight": 16,
            "ip1.bias": 16,
            "ip2.bias": 16,
            "ip3.bias": 8,
          },
        },
      ],
      epochs: 5,
      learningRate: { initial: 3e-4 },
      distill: DISTILL,
    },
  ],
};

/** The paper's three prune-retrain rounds: magnitude, a threshold a layer, to the densities of its tables. */
function paperRounds(sparsities: Readonly<Record<string, number>>, round: Omit<Stage, "title" | "before">): Stage[] {
  const perRound = [1 / 3, 2 / 3, 1];
  return perRound.map((exponent, index) => {
    // Equal factors of density: each round keeps the same fraction of what the one before left.
    const sparsity = Object.fromEntries(Object.entries(sparsities).map(([name, s]) => [name, 1 - (1 - s) ** exponent]));
    return {
      ...round,
      title: `prune and retrain ${index + 1} of 3`,
      before: [{ kind: "prune", score: "magnitude", sparsity }],
    };
  });
}

const LENET_300_100_PAPER: Recipe = {
  architecture: lenet300100,
  scheme: "paper",
  batch: 128,
  centroids: "float32",
  plan: PAPER_FORM,
  stages: [
    DENSE_LENET_300_100,
    ...paperRounds(
      { "ip1.weight": 0.92, "ip2.weight": 0.91, "ip3.weight": 0.74 },
      { epochs: 12, learningRate: { initial: 1e-3 } },
    ),
    {
      title: "share weights",
      before: [{ kind: "share", method: "linear", sizes: { "ip1.weight": 64, "ip2.weight": 64, "ip3.weight": 64 } }],
      epochs: 6,
      learningRate: { initial: 5e-4 },
    },
  ],
};

const DENSE_LENET_5: Stage = {
  title: "train dense",
  epochs: 8,
  learningRate: { initial: 2e-3 },
  dropout: { "ip1.weight": 0.2, "ip2.weight": 0.4 },
};

const LENET_5_OURS: Recipe = {
  architecture: lenet5,
  scheme: "ours",
  batch: 128,
  centroids: "float16",
  plan: SMALLEST,
  stages: [
    DENSE_LENET_5,
    teacher(DENSE_LENET_5, 1),
    {
      title: "prune",
      before: [{ kind: "return-to-dense" }],
      epochs: 16,
      learningRate: { initial: 2e-3 },
      l1: 1e-5,
      gradualPruning: {
        sparsity: 0.97,
        // Without these the second convolution, whose inputs are small, would lose almost all its weights.
        multipliers: { "conv1.weight": 12, "conv2.weight": 4 },
      },
      distill: DISTILL,
    },
    {
      title: "share weights",
      before: [
        { kind: "remove-units" },
        {
          kind: "share",
          sizes: {
            "conv1.weight": 12,
            "conv2.weight": 12,
            "ip1.weight": 8,
            "ip2.weight": 8,
            "conv1.bias": 8,
            "conv2.bias": 8,
            "ip1.bias": 8,
            "ip2.bias": 8,
          },
        },
      ],
      epochs: 3,
      learningRate: { initial: 3e-4 },
      distill: DISTILL,
    },
  ],
};

const LENET_5_PAPER: Recipe = {
  architecture: lenet5,
  scheme: "paper",
  batch: 128,
  centroids: "float32",
  plan: PAPER_FORM,
  stages: [
    DENSE_LENET_5,
    ...paperRounds(
      { "conv1.weight": 0.34, "conv2.weight": 0.88, "ip1.weight": 0.92, "ip2.weight": 0.81 },
      { epochs: 4, learningRate: { initial: 1e-3 } },
    ),
    {
      title: "share weights",
      before: [
        {
          kind: "share",
          method: "linear",
          sizes: { "conv1.weight": 256, "conv2.weight": 256, "ip1.weight": 32, "ip2.weight": 32 },
        },
      ],
      epochs: 2,
      learningRate: { initial: 5e-4 },
    },
  ],
};

/** The recipe for a network: ours, or the paper's own scheme. */
export function recipeFor(network: NetworkName, scheme: Scheme): Recipe {
  if (network === "lenet-5") return scheme === "ours" ? LENET_5_OURS : LENET_5_PAPER;
  return scheme === "ours" ? LENET_300_100_OURS : LENET_300_100_PAPER;
}

import { type Architecture, lenet5, lenet300100 } from "@deep-compression/network";
import type { Plan } from "@deep-compression/pipeline";
import type { ShareOptions } from "@deep-compression/training";
import type { NetworkName, Recipe, Scheme, Stage } from "./recipe";

// Every number here was chosen on the validation images. The test images are read once, at the end of a run.

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
  before: [{ kind: "clear-unused-inputs", weight: "ip1.weight" }],
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

/** What tells our two recipes apart. */
interface OurStages {
  readonly dense: Stage;
  readonly teachers: number;
  readonly prune: Pick<Stage, "epochs" | "l1" | "gradualPruning">;
  readonly share: Pick<Stage, "epochs"> & Pick<ShareOptions, "sizes">;
}

/** Dense networks, gradual pruning towards what all of them say, and shared values that are trained on. */
function ourRecipe(architecture: Architecture, { dense, teachers, prune, share }: OurStages): Recipe {
  return {
    architecture,
    scheme: "ours",
    batch: 128,
    centroids: "float16",
    plan: SMALLEST,
    stages: [
      dense,
      ...Array.from({ length: teachers }, (_, i) => teacher(dense, i + 1)),
      {
        title: "prune",
        before: [{ kind: "return-to-dense" }],
        epochs: prune.epochs,
        learningRate: { initial: 2e-3 },
        l1: prune.l1,
        gradualPruning: prune.gradualPruning,
        distill: DISTILL,
      },
      {
        title: "share weights",
        before: [{ kind: "remove-units" }, { kind: "share", sizes: share.sizes }],
        epochs: share.epochs,
        learningRate: { initial: 3e-4 },
        distill: DISTILL,
      },
    ],
  };
}

/** What tells the paper's recipes apart. */
interface PaperStages {
  readonly dense: Stage;
  readonly sparsity: Readonly<Record<string, number>>;
  readonly sizes: ShareOptions["sizes"];
  readonly epochs: { readonly round: number; readonly shared: number };
}

/** The paper's three prune-retrain rounds: magnitude, a threshold a layer, to the densities of its tables; then k-means. */
function paperRecipe(architecture: Architecture, { dense, sparsity, sizes, epochs }: PaperStages): Recipe {
  const rounds = [1, 2, 3].map((round): Stage => {
    // Equal factors of density: each round keeps the same fraction of what the one before left.
    const soFar = Object.entries(sparsity).map(([name, s]) => [name, 1 - (1 - s) ** (round / 3)]);
    return {
      epochs: epochs.round,
      learningRate: { initial: 1e-3 },
      title: `prune and retrain ${round} of 3`,
      before: [{ kind: "prune", score: "magnitude", sparsity: Object.fromEntries(soFar) }],
    };
  });
  return {
    architecture,
    scheme: "paper",
    batch: 128,
    centroids: "float32",
    plan: PAPER_FORM,
    stages: [
      dense,
      ...rounds,
      {
        title: "share weights",
        before: [{ kind: "share", method: "linear", sizes }],
        epochs: epochs.shared,
        learningRate: { initial: 5e-4 },
      },
    ],
  };
}

const DENSE_LENET_5: Stage = {
  title: "train dense",
  epochs: 8,
  learningRate: { initial: 2e-3 },
  dropout: { "ip1.weight": 0.2, "ip2.weight": 0.4 },
};

const RECIPES: { readonly [network in NetworkName]: { readonly [scheme in Scheme]: Recipe } } = {
  "lenet-300-100": {
    ours: ourRecipe(lenet300100, {
      dense: DENSE_LENET_300_100,
      teachers: 2,
      prune: { epochs: 42, l1: 6e-5, gradualPruning: { sparsity: 0.961 } },
      share: {
        epochs: 5,
        sizes: { "ip1.weight": 16, "ip2.weight": 16, "ip3.weight": 16, "ip1.bias": 16, "ip2.bias": 16, "ip3.bias": 8 },
      },
    }),
    paper: paperRecipe(lenet300100, {
      dense: DENSE_LENET_300_100,
      sparsity: { "ip1.weight": 0.92, "ip2.weight": 0.91, "ip3.weight": 0.74 },
      sizes: { "ip1.weight": 64, "ip2.weight": 64, "ip3.weight": 64 },
      epochs: { round: 12, shared: 6 },
    }),
  },
  "lenet-5": {
    ours: ourRecipe(lenet5, {
      dense: DENSE_LENET_5,
      teachers: 1,
      prune: {
        epochs: 16,
        l1: 1e-5,
        // Without these the second convolution, whose inputs are small, would lose almost all its weights.
        gradualPruning: { sparsity: 0.97, multipliers: { "conv1.weight": 12, "conv2.weight": 4 } },
      },
      share: {
        epochs: 3,
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
    }),
    paper: paperRecipe(lenet5, {
      dense: DENSE_LENET_5,
      sparsity: { "conv1.weight": 0.34, "conv2.weight": 0.88, "ip1.weight": 0.92, "ip2.weight": 0.81 },
      sizes: { "conv1.weight": 256, "conv2.weight": 256, "ip1.weight": 32, "ip2.weight": 32 },
      epochs: { round: 4, shared: 2 },
    }),
  },
};

/** The recipe for a network: ours, or the paper's own scheme. */
export function recipeFor(network: NetworkName, scheme: Scheme): Recipe {
  return RECIPES[network][scheme];
}

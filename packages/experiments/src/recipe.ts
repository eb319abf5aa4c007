import type { Architecture } from "@deep-compression/network";
import type { Plan } from "@deep-compression/pipeline";
import type {
  Distillation,
  GradualPruningOptions,
  PruneOptions,
  ShareOptions,
  UpdateRule,
} from "@deep-compression/training";

/** What happens to the network before a stage's epochs. */
export type Preparation =
  /** Weights of inputs that are zero in every training image become zero: nothing would ever train them. */
  | { readonly kind: "clear-unused-inputs"; readonly weight: string }
  /** New weights, drawn from the run's seed and this number. */
  | { readonly kind: "initialize"; readonly stream: number }
  /** The weights that the first stage ended with. */
  | { readonly kind: "return-to-dense" }
  | ({ readonly kind: "prune" } & PruneOptions)
  | { readonly kind: "remove-units" }
  | ({ readonly kind: "share" } & ShareOptions);

/** A stage of training. */
export interface Stage {
  readonly title: string;
  readonly before?: readonly Preparation[];
  readonly epochs: number;
  /** Cosine decay from `initial` to `initial * final` (default 0.01). */
  readonly learningRate: { readonly initial: number; readonly final?: number };
  /** Default: Adam with 0.9 and 0.999. */
  readonly optimizer?: UpdateRule;
  readonly dropout?: Readonly<Record<string, number>>;
  readonly weightDecay?: number;
  readonly l1?: number;
  readonly gradualPruning?: GradualPruningOptions;
  /** The network that this stage makes joins the teachers; that of the first stage always does. */
  readonly teaches?: boolean;
  /** Trains towards the mean logits of the teachers. */
  readonly distill?: Omit<Distillation, "logits">;
}

/** How a network is trained and compressed; plain data, so that a checkpoint can tell whether it belongs to it. */
export interface Recipe {
  readonly architecture: Architecture;
  readonly scheme: Scheme;
  readonly batch: number;
  /** The first stage trains the dense network. */
  readonly stages: readonly Stage[];
  /** What the trained codebooks are rounded to, before the network is validated and stored. */
  readonly centroids: "float16" | "float32";
  /** How the trained network is stored. */
  readonly plan: Plan;
}

/** Our recipe, or the paper's own scheme. */
export type Scheme = "ours" | "paper";

export type NetworkName = "lenet-300-100" | "lenet-5";

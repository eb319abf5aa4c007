import type { Quantization } from "@deep-compression/network";
import type { CentroidPrecision, CodedForm } from "@deep-compression/tensor-codec";

/** Shared values that are the means of clusters (Deep Compression, section 3). */
export interface ClusterPlan {
  /** Most distinct values besides zero, 1..65,535; for "optimal" at most 1024. */
  readonly size: number;
  readonly method?: "lloyd" | "optimal";
  readonly init?: "linear" | "density" | "random";
  /** For the random initialisation; default 1. */
  readonly seed?: number;
}

/** Shared values that make squared error + lambda * bits least. */
export interface RatePlan {
  readonly method: "entropy-constrained";
  /** The squared error that one bit is worth, above 0. */
  readonly lambda: number;
  /** Most distinct values, zero included, 2..65,535; default: as many as pay. */
  readonly size?: number;
}

export type SharePlan = ClusterPlan | RatePlan;

export function isRatePlan(share: TensorPlan["share"]): share is RatePlan {
  return typeof share === "object" && share.method === "entropy-constrained";
}

/** What is done to a tensor. Without any of it the tensor comes back bit for bit. */
export interface TensorPlan {
  /** Fraction of the weights that become zero, 0..1, the smallest by magnitude first; -0 becomes 0 with them. Default: none. */
  readonly sparsity?: number;
  /** Default "exact": the distinct values that are there, if coding them saves bytes. "none": no codes, stored raw. */
  readonly share?: "exact" | "none" | SharePlan;
  /**
   * Instead of `share`: as few bytes as go with this relative squared error, the sum of (w - w')^2 over that of w^2 of the
   * tensor as it came, pruning included. 0 is as "exact".
   */
  readonly maxError?: number;
  /**
   * What errors are relative to. Default "energy": the tensor's sum of squares. "typical": that of normally distributed weights
   * of the same mean magnitude, if it is less: where a few weights far out make most of the energy, an error that is small
   * beside them may be as large as all the others; and where rows or columns differ in scale, that of typical ones.
   * Of a computed table, whose magnitudes repeat as those of a Fourier basis, a 64th of that. "rows", "columns": those of each row,
   * or of each column, of the first dimension x the others, on average: lines of small weights count as much as others. They
   * then may have scales, within the same `maxError`; whatever takes fewer bytes, with scales or without, is taken.
   */
  readonly errorOf?: "energy" | "typical" | "rows" | "columns";
  /**
   * Axes, side by side, along which the inputs that elements meet are alike: [2, 3] of the kernels of a weight [O, I, kh, kw], or
   * that of the inputs, [1] of [O, I], where these are not negative. Shared values are then chosen so that the errors along them add
   * up to about nothing; the squared error grows, by some tenths for small kernels, or, where `maxError` bounds it, the bytes a little.
   * Default: none.
   */
  readonly kernelAxes?: readonly number[];
  /** Whether values shared by rate (`maxError`, `targetBytes`, "entropy-constrained") may turn small weights into zeros; default "auto". */
  readonly zeros?: "auto" | "keep";
  /** Default "auto": whatever takes the fewest bytes. "raw": bit for bit, deflated where that is smaller. */
  readonly form?: "auto" | "raw" | CodedForm;
  /** Width of a gap in the gaps form, 1..8; default "auto". */
  readonly gapBits?: "auto" | number;
  /** Default "auto": float16 if that holds every centroid exactly, or pays where they are chosen by rate. "float16" rounds them,
   * unless one is beyond its range, or a target is met without loss. */
  readonly centroids?: "auto" | CentroidPrecision;
  /** Default "auto": rows and columns of zeros are left out, and those of like density put together, where that saves bytes. */
  readonly lineMaps?: "auto" | "never";
  /** Direction in which a matrix is scanned; default "auto". */
  readonly order?: "auto" | "row-major" | "column-major";
  /** Default "keep"; "drop" makes -0 a zero like others, so that a tensor with both can be coded. */
  readonly negativeZero?: "keep" | "drop";
  /**
   * "keep": a tensor of so few distinct values that it is a constant, a mask or a table is stored without loss, whatever else
   * the plan says. Default "share": it is a tensor like others.
   */
  readonly fewValues?: "keep" | "share";
  /**
   * What 8-bit integers stand for: they then are weights that may lose something as floats do, about their zero point, and come
   * back as integers of their type. Default: what the network tells of weights that `tensors` of the plan names. Integers of which
   * neither tells it lose nothing.
   */
  readonly quantization?: Quantization;
}

/** A tensor's plan with what the network tells of the tensor. */
export interface ToldPlan extends TensorPlan {
  /** Why integers lose nothing, whatever the plan allows. */
  readonly whyExact?: string;
}

/** What is done to a network. */
export interface Plan {
  readonly default: TensorPlan;
  /**
   * By name, or by a pattern in which `*` stands for any characters; laid over the default, member by member.
   * A name goes before patterns, an earlier pattern before a later one.
   */
  readonly tensors?: Readonly<Record<string, TensorPlan>>;
  /**
   * Most bytes that the file may have: tensors of which the plan does not say how they share values share them by rate, with
   * one lambda for the relative errors of all, so that bits go where they spare the most, and what is left of the bytes is
   * spent tensor by tensor.
   */
  readonly targetBytes?: number;
  /** The `maxError` of every tensor of which the plan does not say how it shares values: it bounds each of them by itself. */
  readonly maxError?: number;
  /**
   * How much time a smaller file may cost. "smallest": tensors are coded by context wherever that is smaller. Default "default":
   * where decoding them so takes at most about 50 ms a tensor and a quarter of a second in all. "fast": never.
   */
  readonly effort?: "fast" | "default" | "smallest";
  /** Laid over the network's own. */
  readonly metadata?: Readonly<Record<string, string>>;
}

/** Whether values may change, by pruning or by sharing. */
export function allowsLoss({ sparsity = 0, share = "exact", maxError = 0 }: TensorPlan): boolean {
  return sparsity > 0 || typeof share === "object" || maxError > 0;
}

/** Whether a bound or a target of the whole plan decides how the tensor shares values. */
export function followsNetwork({ share, maxError, form }: TensorPlan): boolean {
  return share === undefined && maxError === undefined && form !== "raw";
}

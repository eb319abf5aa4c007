import type { Graph } from "@deep-compression/network";
import type { KnownWeights } from "./constants";
import { finishOf } from "./following";
import { type Fusion, fuseNodes } from "./fusion";
import { assertValuesKnown } from "./graph-values";
import { type InlinedGraph, inlineFunctions } from "./inline-functions";
import { CONVOLUTION, ELEMENTWISE } from "./kernels.generated";
import { type Rearrange, rearranged } from "./rearranged-weights";

/** What may be done to a graph before its nodes are prepared. */
export interface Passes {
  /** Puts the nodes of functions in the place of their calls. */
  inline?(graph: Graph): InlinedGraph;
  /** @throws TypeError, RangeError for a name without a value, or with two */
  check?(graph: Graph, weights: KnownWeights): void;
  /** Lets layers take in what is done to their outputs. */
  readonly fuse?: Fusion;
  /** Keeps weights that nodes rearrange, by a Transpose as an example, in their codes. */
  readonly rearrange?: Rearrange;
}

/** All of it. */
export const ALL_PASSES: Passes = {
  inline: inlineFunctions,
  check: assertValuesKnown,
  fuse: { nodes: fuseNodes, finishOf, kernels: [CONVOLUTION, ELEMENTWISE] },
  rearrange: rearranged,
};

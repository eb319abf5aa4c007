import type { Graph } from "@deep-compression/network";
import type { KnownWeights } from "./constants";
import { finishOf } from "./following";
import { type Fusion, fuseNodes } from "./fusion";
import { assertValuesKnown } from "./graph-values";
import { type InlinedGraph, inlineFunctions } from "./inline-functions";
import { CONVOLUTION, ELEMENTWISE } from "./kernels.generated";
import { loweredProblem, lowerNodes } from "./lower-nodes";
import type { OperatorTable } from "./operation";
import { type Rearrange, rearranged } from "./rearranged-weights";
import { assertNoProblem } from "./run-problem";

/** What may be done to a graph before its nodes are prepared. */
export interface Passes {
  /**
   * Puts the nodes of functions in the place of their calls, and ONNX's own operators in that of others.
   *
   * @throws RangeError that names all operators which the table has not, and why they cannot be made of others
   */
  inline?(graph: Graph, weights: KnownWeights, operators: OperatorTable): InlinedGraph;
  /** @throws TypeError, RangeError for a name without a value, or with two */
  check?(graph: Graph, weights: KnownWeights): void;
  /** Lets layers take in what is done to their outputs. */
  readonly fuse?: Fusion;
  /** Keeps weights that nodes rearrange, by a Transpose as an example, in their codes. */
  readonly rearrange?: Rearrange;
}

/** All of it. */
export const ALL_PASSES: Passes = {
  inline(graph, weights, operators) {
    const lowered = lowerNodes(inlineFunctions(graph), weights);
    // Without one the session itself names the operators that it lacks.
    if (lowered.whyNot.size > 0) assertNoProblem(loweredProblem(lowered, operators));
    return lowered;
  },
  check: assertValuesKnown,
  fuse: { nodes: fuseNodes, finishOf, kernels: [CONVOLUTION, ELEMENTWISE] },
  rearrange: rearranged,
};

import type { Graph } from "@deep-compression/network";
import { inlineFunctions } from "./inline-functions";
import { loweredProblem, lowerNodes } from "./lower-nodes";
import { OPERATORS } from "./operators";
import { ALL_PASSES } from "./passes";
import { plainKernels } from "./plain-kernels";
import { type PrepareOptions, prepareWith, type Session } from "./session";
import type { WeightSource } from "./weight-source";

/** The ONNX operators a session can run. */
export const SUPPORTED_OPERATORS: readonly string[] = /* @__PURE__ */ Object.keys(OPERATORS).sort();

/** As `prepareWith`, with all operators, passes and kernels unless told otherwise. @throws as that */
export function prepare(
  network: { readonly graph: Graph | undefined },
  weights: WeightSource,
  options: Partial<PrepareOptions> = {},
): Session {
  return prepareWith(network, weights, { operators: OPERATORS, passes: ALL_PASSES, plain: plainKernels, ...options });
}

/** Why a session cannot run a graph, in one line, as far as its operators tell. Undefined if nothing speaks against it. */
export function runProblem(graph: Graph): string | undefined {
  try {
    return loweredProblem(lowerNodes(inlineFunctions(graph), undefined), OPERATORS);
  } catch (cause) {
    if (cause instanceof RangeError || cause instanceof TypeError) return cause.message;
    throw cause;
  }
}

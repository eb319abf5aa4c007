import type { Network } from "@deep-compression/network";
import { shown } from "@deep-compression/runtime";
import { dryCompile } from "./dry-compile";
import { isKnown } from "./layers";

/** Most operators that are named, and most characters of each. */
const [MOST_NAMED, MAX_OPERATOR] = [8, 40];

/**
 * Why training does not support a network, in one line: all the operators that it does not know, or else what the first node asks for
 * that it cannot do. Undefined if it does. Nothing is run.
 */
export function trainingProblem(network: Network): string | undefined {
  const { graph } = network;
  if (graph === undefined) return "it has no graph";
  const unknown = new Set(
    graph.nodes
      .filter((node) => !isKnown(node))
      .map(({ op, domain }) => shown(domain === undefined ? op : `${domain}.${op}`, MAX_OPERATOR)),
  );
  if (unknown.size > 0) {
    const names = [...unknown];
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
    const what = names.length === 1 ? "the operator" : "the operators";
    return `training does not know ${what} ${names.slice(0, MOST_NAMED).join(", ")}${more}`;
  }
  try {
    dryCompile({ ...network, graph });
    return undefined;
  } catch (error) {
    if (error instanceof RangeError || error instanceof TypeError) return error.message;
    throw error;
  }
}

import type { Graph, Node } from "@deep-compression/network";
import { shown } from "@deep-compression/runtime";
import type { OperatorTable } from "./operation";

/** Operators that a message names; the others are counted. */
const MOST_NAMED = 8;
/** Most characters of each. */
const MAX_OPERATOR = 40;

/**
 * Why a session cannot run a graph, in one line, as far as its operators tell. Undefined if nothing speaks against it.
 */
export function missingOperators({ nodes }: Pick<Graph, "nodes">, operators: OperatorTable): string | undefined {
  const missing = new Map<string, number>();
  countMissing(nodes, operators, missing);
  if (missing.size === 0) return undefined;
  const names = [...missing].sort(([, a], [, b]) => b - a).map(([name]) => name);
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return `it lacks ${names.length === 1 ? "the operator" : "the operators"} ${names.slice(0, MOST_NAMED).join(", ")}${more}`;
}

function countMissing(nodes: readonly Node[], operators: OperatorTable, missing: Map<string, number>): void {
  for (const node of nodes) {
    const { op, domain, attributes } = node;
    const unknown = unknownConstant(node);
    if (domain !== undefined || !Object.hasOwn(operators, op) || unknown !== undefined) {
      const name = shown(domain === undefined ? (unknown ?? op) : `${domain}.${op}`, MAX_OPERATOR);
      missing.set(name, (missing.get(name) ?? 0) + 1);
    }
    for (const attribute of Object.values(attributes))
      if (typeof attribute === "object" && "graph" in attribute)
        countMissing(attribute.graph.nodes, operators, missing);
  }
}

/** A Constant whose value the model has in a kind that we have none for, and which. */
function unknownConstant({ op, domain, attributes }: Node): string | undefined {
  if (op !== "Constant" || domain !== undefined) return undefined;
  for (const attribute of Object.values(attributes))
    if (typeof attribute === "object" && "opaque" in attribute) return `Constant of ${attribute.opaque}`;
  return undefined;
}

/** @throws RangeError if there is a problem, in words as of {@link missingOperators} */
export function assertNoProblem(problem: string | undefined): void {
  if (problem !== undefined) throw new RangeError(`graph: a session cannot run it: ${problem}`);
}

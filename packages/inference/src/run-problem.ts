import type { Graph } from "@deep-compression/network";
import { quoted, shown } from "@deep-compression/runtime";
import { SUPPORTED_OPERATORS } from "./operators";

/** Operators that a message names; the others are counted. */
const MOST_NAMED = 8;
/** Most characters of each. */
const MAX_OPERATOR = 40;

/**
 * Why a session cannot run a graph, in one line, as far as that can be told without its weights: operators that it lacks, or
 * inputs of other types than float32. Undefined if nothing speaks against it.
 */
export function runProblem({ nodes, inputs }: Graph): string | undefined {
  const missing = new Map<string, number>();
  for (const { op, domain } of nodes) {
    if (domain === undefined && SUPPORTED_OPERATORS.includes(op)) continue;
    const name = shown(domain === undefined ? op : `${domain}.${op}`, MAX_OPERATOR);
    missing.set(name, (missing.get(name) ?? 0) + 1);
  }
  if (missing.size > 0) {
    const names = [...missing].sort(([, a], [, b]) => b - a).map(([name]) => name);
    const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
    return `it lacks ${names.length === 1 ? "the operator" : "the operators"} ${names.slice(0, MOST_NAMED).join(", ")}${more}`;
  }
  const odd = inputs.find(({ type }) => type !== "float32");
  return odd && `its input ${quoted(odd.name)} is ${odd.type ?? "of no known type"}, and only float32 is taken`;
}

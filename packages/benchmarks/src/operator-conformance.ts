import { denseWeights, type OperatorTable, prepareWith, type ShapedArray } from "@deep-compression/inference";
import { type Node, RANDOM_OPERATORS } from "@deep-compression/network";
import { type OpenedCase, type OperatorCase, openCase } from "./operator-cases";

/** How a case ended. */
export interface CaseResult {
  readonly case: OperatorCase;
  /** `unread`: the model or its values are none that a session could take, such as text or sequences. */
  readonly outcome: "passed" | "failed" | "refused" | "unread";
  /** Operators of the graph. */
  readonly operators: readonly string[];
  readonly reason?: string;
}

/** Bounds of ONNX's own runner of these cases. */
const [RELATIVE, ABSOLUTE] = [1e-3, 1e-7];
/** One unit of the last place: the cases of ONNX 1.12 cut floats off that ONNX since 1.13 and onnxruntime round. */
const BFLOAT16_RELATIVE = 2 ** -7;

/** Runs a case of ONNX's and holds what comes out against what should. */
export async function runCase(one: OperatorCase, operators: OperatorTable): Promise<CaseResult> {
  let opened: OpenedCase;
  try {
    opened = await openCase(one);
  } catch (error) {
    return { case: one, outcome: "unread", operators: [], reason: messageOf(error) };
  }
  const { network, runs } = opened;
  const names = [...operatorNames(network.graph!.nodes)];
  const isRandom = names.some((name) => RANDOM_OPERATORS.has(name));
  const result = (outcome: CaseResult["outcome"], reason?: string): CaseResult => ({
    case: one,
    outcome,
    operators: names,
    ...(reason !== undefined && { reason }),
  });
  let session: ReturnType<typeof prepareWith>;
  try {
    // With the operators of the graph alone: they have no loops but those that they name.
    const own = Object.fromEntries(Object.entries(operators).filter(([name]) => names.includes(name)));
    session = prepareWith({ graph: network.graph! }, denseWeights(network), { operators: own });
  } catch (error) {
    return result("refused", messageOf(error));
  }
  for (const { inputs, outputs } of runs) {
    try {
      const got = session.run(inputs);
      for (const [name, expected] of Object.entries(outputs)) {
        const problem =
          kindDifference(got[name]!, expected) ?? (isRandom ? undefined : difference(got[name]!, expected));
        if (problem !== undefined) return result("failed", `${name}: ${problem}`);
      }
    } catch (error) {
      return result(isRefusal(error) ? "refused" : "failed", messageOf(error));
    }
  }
  return result("passed");
}

/** The operators of nodes and of the graphs in them. */
export function operatorNames(nodes: readonly Node[], names = new Set<string>()): Set<string> {
  for (const { op, domain, attributes } of nodes) {
    names.add(domain === undefined ? op : `${domain}.${op}`);
    for (const attribute of Object.values(attributes))
      if (typeof attribute === "object" && "graph" in attribute) operatorNames(attribute.graph.nodes, names);
  }
  return names;
}

/** Whether two arrays are of one type and shape, and otherwise of which. */
function kindDifference(got: ShapedArray, expected: ShapedArray): string | undefined {
  if (got.type !== expected.type) return `expected ${expected.type}, got ${got.type}`;
  if (got.shape.join() !== expected.shape.join()) return `expected shape [${expected.shape}], got [${got.shape}]`;
  return undefined;
}

/** In what the elements of two arrays differ; undefined if they agree. */
function difference(got: ShapedArray, expected: ShapedArray): string | undefined {
  const relative = expected.type === "bfloat16" ? BFLOAT16_RELATIVE : RELATIVE;
  for (let i = 0; i < expected.data.length; i++) {
    const [a, b] = [Number(got.data[i]), Number(expected.data[i])];
    if (Object.is(a, b) || a === b) continue;
    if (!(Math.abs(a - b) <= ABSOLUTE + relative * Math.abs(b))) return `element ${i} expected ${b}, got ${a}`;
  }
  return undefined;
}

/** Whether an error says of a node that it cannot do what it is asked: what is wrong in our code names none. */
function isRefusal(error: unknown): boolean {
  return (error instanceof RangeError || error instanceof TypeError) && /^\S+ node "/.test(error.message);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

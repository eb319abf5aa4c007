import { axisInFirst, type GraphBuilder } from "./graph-builder";
import { boolOf, intOf, typeOf } from "./graph-nodes";
import { type Call, cast, sizes, type Translation, type TranslationTable } from "./translation";

/** What is left of axes: `op` of all elements along them. */
export function reduced(
  graph: GraphBuilder,
  op: string,
  { value, axes, keep }: { readonly value: string; readonly axes: readonly number[]; readonly keep: boolean },
): string {
  const turned = graph.isTurned(value) ? axes.map(axisInFirst) : undefined;
  // The axes that stay have the same order in both only where both of the image are gone.
  const fits = turned?.every((axis) => axis !== undefined) && (keep || (turned.includes(2) && turned.includes(3)));
  if (!fits) return graph.add(op, [value, graph.integers(axes)], { keepdims: keep ? 1 : 0 });
  const inputs = [graph.channelsFirst(value), graph.integers(turned as number[])];
  const [made] = graph.addRaw(op, inputs, { outputs: 1, attributes: { keepdims: keep ? 1 : 0 } });
  return keep ? graph.turned(made!) : made!;
}

function reduce(op: string): Translation {
  return (call) => [reducedBy(call, op, call.inputs[0]!)];
}

function reducedBy({ node, graph, inputs }: Call, op: string, value: string): string {
  const keep = boolOf(node, "keep_dims", boolOf(node, "keepDims"));
  const axes = graph.integersOf(inputs[1]);
  if (axes !== undefined && axes.length > 0) return reduced(graph, op, { value, axes, keep });
  const attributes = { keepdims: keep ? 1 : 0, noop_with_empty_axes: axes?.length === 0 ? 1 : 0 };
  const list =
    axes === undefined ? graph.add("Reshape", [sizes(graph, inputs[1]), graph.integers([-1])]) : graph.integers([]);
  return graph.add(op, [value, list], attributes);
}

/** Whether all or any of the elements are true: the least or greatest of 0 and 1. */
function reduceTruth(op: string): Translation {
  return (call) => [cast(call.graph, reducedBy(call, op, cast(call.graph, call.inputs[0]!, "int32")), "bool")];
}

/** The mean is a float, whatever it is taken of. */
const mean: Translation = (call) => {
  const isFloat = (typeOf(call.node, "T") ?? "float32") === "float32";
  return [reducedBy(call, "ReduceMean", isFloat ? call.inputs[0]! : cast(call.graph, call.inputs[0]!, "float32"))];
};

function argExtreme(op: string): Translation {
  return ({ graph, inputs }) => {
    const axis = graph.integersOf(inputs[1])?.[0];
    return axis === undefined ? undefined : [cast(graph, graph.add(op, [inputs[0]!], { axis, keepdims: 0 }), "int32")];
  };
}

const topK: Translation = ({ node, graph, inputs }) => {
  const given = inputs[1] === undefined ? graph.integers([intOf(node, "k", 0)]) : undefined;
  const count = given ?? graph.add("Reshape", [sizes(graph, inputs[1]), graph.integers([1])]);
  const attributes = { axis: -1, sorted: 1 };
  const [values, places] = graph.addSeveral("TopK", [inputs[0]!, count], { outputs: 2, attributes });
  return [values!, cast(graph, places!, "int32")];
};

const cumulative: Translation = ({ node, graph, inputs }) => {
  const axis = graph.add("Reshape", [sizes(graph, inputs[1]), graph.integers([])]);
  const attributes = { exclusive: boolOf(node, "exclusive") ? 1 : 0, reverse: boolOf(node, "reverse") ? 1 : 0 };
  return [graph.add("CumSum", [inputs[0]!, axis], attributes)];
};

function alongLast(op: string): Translation {
  return ({ graph, inputs }) => [graph.add(op, [inputs[0]!], { axis: -1 })];
}

/** Operators that look along axes. */
export const REDUCTIONS: TranslationTable = {
  Sum: reduce("ReduceSum"),
  Mean: mean,
  Max: reduce("ReduceMax"),
  Min: reduce("ReduceMin"),
  Prod: reduce("ReduceProd"),
  All: reduceTruth("ReduceMin"),
  Any: reduceTruth("ReduceMax"),
  ArgMax: argExtreme("ArgMax"),
  ArgMin: argExtreme("ArgMin"),
  TopKV2: topK,
  Cumsum: cumulative,
  Softmax: alongLast("Softmax"),
  LogSoftmax: alongLast("LogSoftmax"),
};

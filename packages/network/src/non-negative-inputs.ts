import { elementCount } from "@deep-compression/bits";
import { intAttribute, intsAttribute, type Node } from "./graph";
import type { NetworkOutline } from "./network";
import { subgraphsOf } from "./subgraphs";

/** Operators that make no negative numbers, or next to none. */
const RECTIFIERS: ReadonlySet<string> = new Set([
  ...["Abs", "Exp", "HardSigmoid", "Relu", "Sigmoid", "Softmax", "Softplus", "Sqrt", "ThresholdedRelu"],
  // Of a minimum of 0 as a rule: a ReLU6.
  "Clip",
  ...["Celu", "Elu", "Gelu", "HardSwish", "LeakyRelu", "Mish", "PRelu", "Selu", "Swish"],
]);

/** Operators that choose, move or average what their first input has. */
const KEEPERS: ReadonlySet<string> = new Set([
  ...["AveragePool", "GlobalAveragePool", "GlobalLpPool", "GlobalMaxPool", "LpPool", "MaxPool", "MaxUnpool"],
  ...["ReduceL1", "ReduceL2", "ReduceMax", "ReduceMean", "ReduceSum", "ReduceSumSquare", "Resize", "Upsample"],
  ...["Cast", "DepthToSpace", "Dropout", "Expand", "Flatten", "Gather", "Identity", "Pad", "Reshape", "Slice"],
  ...["SpaceToDepth", "Split", "Squeeze", "Tile", "Transpose", "Unsqueeze"],
]);

/** Operators that make such numbers of such numbers only. */
const COMBINERS: ReadonlySet<string> = new Set(["Add", "Concat", "Div", "Max", "Mean", "Mul", "Sum"]);

/** Operators of one input, but for constants, that a gate such as a hard swish is made of. */
const GATES: ReadonlySet<string> = new Set([
  "Add",
  "Clip",
  "Div",
  "HardSigmoid",
  "Mul",
  "Relu",
  "Sigmoid",
  "Softplus",
  "Tanh",
]);

/**
 * The weights of matrix products, recurrent layers and convolutions of one place whose inputs are hardly ever negative, since a ReLU
 * or the like makes them: for each the axis along which these inputs go. Weights that a Transpose turns first are among them, and those
 * of branches and loops.
 */
export function nonNegativeInputAxes({ graph, tensors }: NetworkOutline): ReadonlyMap<string, number> {
  const axes = new Map<string, number>();
  if (graph === undefined) return axes;
  const constants = new Map(tensors.map(({ name, shape }) => [name, { name, shape, axes: [...shape.keys()] }]));
  lookThrough(graph.nodes, { constants, nonNegative: new Set(), makers: new Map() }, axes);
  return axes;
}

/** A tensor of the network, turned or not. */
interface Constant {
  readonly name: string;
  readonly shape: readonly number[];
  /** For each axis that of the tensor. */
  readonly axes: readonly number[];
}

/** What is known of values by their names in a graph. */
interface Known {
  readonly constants: Map<string, Constant>;
  readonly nonNegative: Set<string>;
  readonly makers: Map<string, Node>;
}

function lookThrough(nodes: readonly Node[], known: Known, found: Map<string, number>): void {
  for (const node of nodes) {
    for (const { nodes: inner, tensors } of subgraphsOf(node)) {
      const own = Object.entries(tensors).flatMap(([local, name]) => {
        const constant = known.constants.get(name);
        return constant === undefined ? [] : [[local, constant] as const];
      });
      const inside = { ...known, constants: new Map([...known.constants, ...own]) };
      lookThrough(inner, { ...inside, nonNegative: new Set(known.nonNegative), makers: new Map(known.makers) }, found);
    }
    const [output = ""] = node.outputs;
    const turned = turnedConstant(node, known);
    if (turned !== undefined) known.constants.set(output, turned);
    for (const { place, axis, input } of productsOf(node, known)) {
      const weight = known.constants.get(node.inputs[place] ?? "");
      // Of a rank that the operator does not take there is no such axis.
      const own = weight?.axes[axis];
      if (weight !== undefined && own !== undefined && known.nonNegative.has(node.inputs[input] ?? ""))
        found.set(weight.name, own);
    }
    if (isNonNegative(node, known)) for (const name of node.outputs) known.nonNegative.add(name);
    for (const name of node.outputs) known.makers.set(name, node);
  }
}

/** The constant that a node is, or that it turns. */
function turnedConstant(node: Node, { constants }: Known): Constant | undefined {
  if (node.op === "Constant") return constantOf(node, constants);
  const constant = constants.get(node.inputs[0] ?? "");
  if (constant === undefined || (node.op !== "Transpose" && node.op !== "Identity" && node.op !== "Cast"))
    return undefined;
  if (node.op !== "Transpose") return constant;
  const order = intsAttribute(node, "perm") ?? [...constant.shape.keys()].reverse();
  const at = <T>(list: readonly T[]) => order.map((axis) => list[axis]!);
  return { name: constant.name, shape: at(constant.shape), axes: at(constant.axes) };
}

function constantOf({ attributes: { value } }: Node, constants: Known["constants"]): Constant | undefined {
  if (typeof value !== "object") return undefined;
  if ("tensorName" in value) return constants.get(value.tensorName);
  if (!("tensor" in value)) return undefined;
  const { name, shape } = value.tensor;
  return { name, shape, axes: [...shape.keys()] };
}

/** A place of a node where a weight may stand, its axis of inputs, and the place of these inputs. */
interface Product {
  readonly place: number;
  readonly axis: number;
  readonly input: number;
}

function productsOf(node: Node, { constants }: Known): readonly Product[] {
  const rankAt = (place: number) => constants.get(node.inputs[place] ?? "")?.shape.length ?? 0;
  switch (node.op) {
    case "Conv":
    case "ConvTranspose": {
      const [, , ...kernel] = constants.get(node.inputs[1] ?? "")?.shape ?? [];
      const isOfOnePlace = kernel.length > 0 && elementCount(kernel) === 1 && intAttribute(node, "group", 1) === 1;
      return isOfOnePlace ? [{ place: 1, axis: node.op === "Conv" ? 1 : 0, input: 0 }] : [];
    }
    case "Gemm":
      return [
        { place: 0, axis: intAttribute(node, "transA", 0) === 0 ? 1 : 0, input: 1 },
        { place: 1, axis: intAttribute(node, "transB", 0) === 0 ? 0 : 1, input: 0 },
      ];
    case "MatMul":
      return [
        { place: 0, axis: rankAt(0) - 1, input: 1 },
        { place: 1, axis: rankAt(1) - 2, input: 0 },
      ].filter(({ place }) => rankAt(place) >= 2);
    case "LSTM":
    case "GRU":
    case "RNN":
      return [{ place: 1, axis: 2, input: 0 }];
    default:
      return [];
  }
}

function isNonNegative(node: Node, known: Known): boolean {
  const { op, domain = "" } = node;
  if (domain !== "" && domain !== "ai.onnx") return false;
  if (RECTIFIERS.has(op)) return true;
  const inputs = node.inputs.filter((name) => name !== "");
  const isKnown = (name: string) => known.nonNegative.has(name);
  if (KEEPERS.has(op)) return inputs[0] !== undefined && isKnown(inputs[0]);
  if (!COMBINERS.has(op)) return false;
  const [one = "", other = ""] = inputs;
  if (op === "Mul" && inputs.length === 2 && (gates(one, other, known) || gates(other, one, known))) return true;
  // A constant of one element is a factor of a gate or an average, and positive as a rule.
  const isScalar = (name: string) => elementCount(known.constants.get(name)?.shape ?? [2]) === 1;
  return inputs.some(isKnown) && inputs.every((name) => isKnown(name) || isScalar(name));
}

/** Whether a value is multiplied by what a few nodes make of it that is not negative: x * sigmoid(x), as of a swish. */
function gates(value: string, gate: string, { constants, nonNegative, makers }: Known): boolean {
  if (!nonNegative.has(gate)) return false;
  let at = gate;
  for (let steps = 0; steps < LONGEST_GATE; steps++) {
    const maker = makers.get(at);
    if (maker === undefined || !GATES.has(maker.op)) return false;
    const from = maker.inputs.filter((name) => makers.has(name) && !constants.has(name));
    if (from.length !== 1) return false;
    at = from[0]!;
    if (at === value) return true;
  }
  return false;
}

/** Nodes between a value and what it is multiplied by: those of a hard swish are three. */
const LONGEST_GATE = 5;

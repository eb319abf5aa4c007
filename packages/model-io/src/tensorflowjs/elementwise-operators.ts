import type { GraphBuilder } from "./graph-builder";
import { floatOf, textOf, typeOf } from "./graph-nodes";
import { type Call, cast, each, same, type Translation, type TranslationTable } from "./translation";

/** An operator of two values that broadcast. */
function broadcast(op: string): Translation {
  return ({ graph, inputs }) => [graph.addBroadcast(op, inputs.slice(0, 2))];
}

/** Operators of one value, each of what the one before makes. */
function chain(...ops: readonly string[]): Translation {
  return ({ graph, inputs }) => [ops.reduce((value, op) => graph.addEach(op, [value]), inputs[0]!)];
}

const squared = (graph: GraphBuilder, x: string) => graph.addBroadcast("Mul", [x, x]);

/** x / y; of whole numbers the one below. */
const floorDivision: Translation = ({ node, graph, inputs }) => {
  if (typeOf(node, "T") === "float32") return [graph.addEach("Floor", [graph.addBroadcast("Div", inputs)])];
  const wide = inputs.slice(0, 2).map((name) => cast(graph, name, "float64"));
  return [cast(graph, graph.addEach("Floor", [graph.addBroadcast("Div", wide)]), "int32")];
};

/** The rest of x / y that has the sign of y. */
const floorMod: Translation = ({ node, graph, inputs }) => {
  const [x, y] = inputs as [string, string];
  if (typeOf(node, "T") !== "float32") return [graph.addBroadcast("Mod", [x, y])];
  const whole = graph.addEach("Floor", [graph.addBroadcast("Div", [x, y])]);
  return [graph.addBroadcast("Sub", [x, graph.addBroadcast("Mul", [whole, y])])];
};

const realDivision: Translation = (call) =>
  typeOf(call.node, "T") === "int32" ? floorDivision(call) : broadcast("Div")(call);

/** x / y, and 0 where y is. */
const divNoNan: Translation = ({ graph, inputs }) => {
  const [x, y] = inputs as [string, string];
  const isNumber = cast(graph, y, "bool");
  return [graph.add("Where", [isNumber, graph.add("Div", [x, y]), graph.number(0)])];
};

const squaredDifference: Translation = ({ graph, inputs }) => [squared(graph, graph.addBroadcast("Sub", inputs))];

const clip: Translation = ({ graph, inputs }) => [graph.addEach("Clip", inputs.slice(0, 3))];

const relu6 = (graph: GraphBuilder, x: string) => graph.addEach("Clip", [x, graph.number(0), graph.number(6)]);

const toType: Translation = ({ node, graph, inputs }) => {
  const to = typeOf(node, "DstT");
  return to && [cast(graph, inputs[0]!, to)];
};

/** The alpha of each channel, or of each element. */
export function parametricRelu(graph: GraphBuilder, x: string, alpha: string): string {
  return graph.addBroadcast("PRelu", [x, alpha]);
}

/** An activation of TensorFlow's fused operators, by its name there; undefined for another. */
export function activation(
  { node, graph }: Call,
  name: string,
  x: string,
  alpha: string | undefined,
): string | undefined {
  const known: Readonly<Record<string, () => string | undefined>> = {
    Linear: () => x,
    Relu: () => graph.addEach("Relu", [x]),
    Relu6: () => relu6(graph, x),
    Elu: () => graph.addEach("Elu", [x]),
    Sigmoid: () => graph.addEach("Sigmoid", [x]),
    LeakyRelu: () =>
      graph.addEach("LeakyRelu", [x], { alpha: { float: Math.fround(floatOf(node, "leakyrelu_alpha", 0.2)) } }),
    Prelu: () => (alpha === undefined ? undefined : parametricRelu(graph, x, alpha)),
  };
  return Object.hasOwn(known, name) ? known[name]!() : undefined;
}

/** A constant added to the channels. */
const biasAdd: Translation = ({ node, graph, inputs }) => {
  const [x, bias] = inputs as [string, string];
  if (textOf(node, "data_format", "NHWC") === "NHWC") return [graph.addBroadcast("Add", [x, bias])];
  return [graph.add("Add", [x, graph.add("Unsqueeze", [bias, graph.integers([1, 2])])])];
};

const addAll: Translation = ({ graph, inputs }) => {
  let [sum, ...others] = inputs as [string, ...string[]];
  for (const other of others) sum = graph.addBroadcast("Add", [sum, other]);
  return [sum];
};

/** Operators that do the same to each element. */
export const ELEMENTWISE: TranslationTable = {
  Add: broadcast("Add"),
  AddV2: broadcast("Add"),
  AddN: addAll,
  Sub: broadcast("Sub"),
  Mul: broadcast("Mul"),
  Div: realDivision,
  RealDiv: realDivision,
  DivNoNan: divNoNan,
  FloorDiv: floorDivision,
  FloorMod: floorMod,
  Mod: floorMod,
  Maximum: broadcast("Max"),
  Minimum: broadcast("Min"),
  Pow: broadcast("Pow"),
  SquaredDifference: squaredDifference,
  BiasAdd: biasAdd,
  BiasAddV1: biasAdd,
  Equal: broadcast("Equal"),
  NotEqual: ({ graph, inputs }) => [graph.addEach("Not", [graph.addBroadcast("Equal", inputs)])],
  Greater: broadcast("Greater"),
  GreaterEqual: broadcast("GreaterOrEqual"),
  Less: broadcast("Less"),
  LessEqual: broadcast("LessOrEqual"),
  LogicalAnd: broadcast("And"),
  LogicalOr: broadcast("Or"),
  LogicalNot: each("Not"),
  Select: same("Where"),
  SelectV2: same("Where"),
  ClipByValue: clip,
  Cast: toType,
  Relu: each("Relu"),
  Relu6: ({ graph, inputs }) => [relu6(graph, inputs[0]!)],
  LeakyRelu: ({ node, graph, inputs }) => [
    graph.addEach("LeakyRelu", inputs, { alpha: { float: Math.fround(floatOf(node, "alpha", 0.2)) } }),
  ],
  Prelu: ({ graph, inputs }) => [parametricRelu(graph, inputs[0]!, inputs[1]!)],
  Elu: each("Elu"),
  Selu: each("Selu"),
  Sigmoid: each("Sigmoid"),
  Softplus: each("Softplus"),
  Tanh: each("Tanh"),
  Erf: each("Erf"),
  Exp: each("Exp"),
  Log: each("Log"),
  Sqrt: each("Sqrt"),
  Abs: each("Abs"),
  Neg: each("Neg"),
  Sign: each("Sign"),
  Floor: each("Floor"),
  Ceil: each("Ceil"),
  Round: each("Round"),
  Reciprocal: each("Reciprocal"),
  Inv: each("Reciprocal"),
  Sin: each("Sin"),
  Cos: each("Cos"),
  Tan: each("Tan"),
  Asin: each("Asin"),
  Acos: each("Acos"),
  Atan: each("Atan"),
  Sinh: each("Sinh"),
  Cosh: each("Cosh"),
  Asinh: each("Asinh"),
  Acosh: each("Acosh"),
  Atanh: each("Atanh"),
  IsNan: each("IsNaN"),
  IsInf: each("IsInf"),
  Rsqrt: chain("Sqrt", "Reciprocal"),
  Square: ({ graph, inputs }) => [squared(graph, inputs[0]!)],
  Log1p: ({ graph, inputs }) => [graph.addEach("Log", [graph.addBroadcast("Add", [inputs[0]!, graph.number(1)])])],
  Expm1: ({ graph, inputs }) => [graph.addBroadcast("Sub", [graph.addEach("Exp", [inputs[0]!]), graph.number(1)])],
};

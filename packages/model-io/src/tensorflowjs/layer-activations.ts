import type { GraphBuilder } from "./graph-builder";
import { type LayerCall, type LayerTable, type LayerTranslation, nameOf } from "./layer-call";

type Activation = (graph: GraphBuilder, x: string) => string;

function each(op: string): Activation {
  return (graph, x) => graph.addEach(op, [x]);
}

function alongLast(op: string): Activation {
  return (graph, x) => graph.noteRank(graph.add(op, [x], { axis: -1 }), graph.rankOf(x));
}

/** x times a function of it. */
function gated(gate: Activation): Activation {
  return (graph, x) => graph.addBroadcast("Mul", [x, gate(graph, x)]);
}

const clipped = (graph: GraphBuilder, x: string, most: number) =>
  graph.addEach("Clip", [x, graph.number(0), graph.number(most)]);

/** x times the share of a normal distribution that is below it. */
const gelu = gated((graph, x) => {
  const error = graph.addEach("Erf", [graph.addBroadcast("Mul", [x, graph.number(Math.SQRT1_2)])]);
  return graph.addBroadcast("Mul", [graph.addBroadcast("Add", [error, graph.number(1)]), graph.number(0.5)]);
});

/** Activations by their names in Keras. */
const ACTIVATIONS: Readonly<Record<string, Activation>> = {
  linear: (_, x) => x,
  relu: each("Relu"),
  relu6: (graph, x) => clipped(graph, x, 6),
  elu: each("Elu"),
  selu: each("Selu"),
  sigmoid: each("Sigmoid"),
  tanh: each("Tanh"),
  softplus: each("Softplus"),
  softsign: each("Softsign"),
  exponential: each("Exp"),
  hard_sigmoid: (graph, x) =>
    graph.addEach("HardSigmoid", [x], { alpha: { float: Math.fround(0.2) }, beta: { float: 0.5 } }),
  softmax: alongLast("Softmax"),
  log_softmax: alongLast("LogSoftmax"),
  swish: gated(each("Sigmoid")),
  silu: gated(each("Sigmoid")),
  mish: gated((graph, x) => graph.addEach("Tanh", [graph.addEach("Softplus", [x])])),
  gelu,
};

/** An activation that a config names; undefined for one that is not known. */
export function activationOf(value: unknown): Activation | undefined {
  const name = value === undefined || value === null ? "linear" : nameOf(value);
  return Object.hasOwn(ACTIVATIONS, name) ? ACTIVATIONS[name] : undefined;
}

const activation: LayerTranslation = ({ graph, config, inputs }) => {
  const known = activationOf(config.activation);
  return known && [known(graph, inputs[0]!)];
};

function numberIn(value: unknown, fallback: number): number {
  return typeof value === "number" && Number.isFinite(value) ? value : fallback;
}

const relu: LayerTranslation = ({ graph, config, inputs }) => {
  const { max_value: most, negative_slope: slope = 0, threshold = 0 } = config;
  if ((slope !== 0 && slope !== null) || (threshold !== 0 && threshold !== null)) return undefined;
  return [typeof most === "number" ? clipped(graph, inputs[0]!, most) : graph.addEach("Relu", [inputs[0]!])];
};

function withAlpha(op: string, alphaOf: (config: LayerCall["config"]) => number): LayerTranslation {
  return ({ graph, config, inputs }) => [
    graph.addEach(op, [inputs[0]!], { alpha: { float: Math.fround(alphaOf(config)) } }),
  ];
}

const softmax: LayerTranslation = ({ graph, config, inputs }) => {
  const axis = config.axis ?? -1;
  return Number.isSafeInteger(axis) ? [graph.add("Softmax", [inputs[0]!], { axis: axis as number })] : undefined;
};

const parametricRelu: LayerTranslation = ({ graph, inputs, weight }) => {
  return [graph.addBroadcast("PRelu", [inputs[0]!, weight("alpha")])];
};

const rescaling: LayerTranslation = ({ graph, config, inputs }) => {
  const { scale, offset = 0 } = config;
  if (typeof scale !== "number" || typeof offset !== "number") return undefined;
  const scaled = graph.addBroadcast("Mul", [inputs[0]!, graph.number(scale)]);
  return [graph.addBroadcast("Add", [scaled, graph.number(offset)])];
};

/** Layers that do nothing once a model is trained. */
const passed: LayerTranslation = ({ inputs }) => [inputs[0]!];

/** Layers that do the same to each element. */
export const ACTIVATION_LAYERS: LayerTable = {
  Activation: activation,
  ReLU: relu,
  LeakyReLU: withAlpha("LeakyRelu", ({ alpha, negative_slope: slope }) => numberIn(alpha ?? slope, 0.3)),
  ELU: withAlpha("Elu", ({ alpha }) => numberIn(alpha, 1)),
  ThresholdedReLU: withAlpha("ThresholdedRelu", ({ theta }) => numberIn(theta, 1)),
  PReLU: parametricRelu,
  Softmax: softmax,
  Rescaling: rescaling,
  Dropout: passed,
  SpatialDropout1D: passed,
  SpatialDropout2D: passed,
  GaussianNoise: passed,
  GaussianDropout: passed,
  AlphaDropout: passed,
  ActivityRegularization: passed,
};

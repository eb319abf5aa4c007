import { type Attribute, describeNode, misfit, type Node } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";

/** A function of one number. */
export type Activation = (x: number) => number;

const sigmoid: Activation = (x) => 1 / (1 + Math.exp(-x));

/** The activations of recurrent cells by name, in lower case; those that have an alpha and a beta say what they are by default. */
const ACTIVATIONS: Readonly<
  Record<
    string,
    {
      readonly alpha?: number;
      readonly beta?: number;
      readonly make: (alpha: number, beta: number) => Activation;
    }
  >
> = {
  relu: { make: () => (x) => Math.max(0, x) },
  tanh: { make: () => Math.tanh },
  sigmoid: { make: () => sigmoid },
  softsign: { make: () => (x) => x / (1 + Math.abs(x)) },
  softplus: { make: () => (x) => Math.max(0, x) + Math.log1p(Math.exp(-Math.abs(x))) },
  affine: { alpha: 1, beta: 0, make: (alpha, beta) => (x) => alpha * x + beta },
  scaledtanh: { alpha: 1, beta: 1, make: (alpha, beta) => (x) => alpha * Math.tanh(beta * x) },
  hardsigmoid: { alpha: 0.2, beta: 0.5, make: (alpha, beta) => (x) => Math.max(0, Math.min(1, alpha * x + beta)) },
  leakyrelu: { alpha: 0.01, make: (alpha) => (x) => (x < 0 ? alpha * x : x) },
  thresholdedrelu: { alpha: 1, make: (alpha) => (x) => (x > alpha ? x : 0) },
  elu: { alpha: 1, make: (alpha) => (x) => (x < 0 ? alpha * Math.expm1(x) : x) },
};

/**
 * The activations of each direction of a recurrent node: those that it names, or `defaults`. Alphas and betas go to those that have one,
 * in order. @throws TypeError, RangeError naming the node
 */
export function cellActivations(
  node: Node,
  defaults: readonly string[],
  directions: number,
): readonly (readonly Activation[])[] {
  const named = listAttribute(node, "activations", "strings");
  const names = named.length > 0 ? named : Array.from({ length: directions }, () => defaults).flat();
  if (names.length !== defaults.length * directions)
    throw misfit(node, `activations expected ${defaults.length * directions}, got ${names.length}`);
  const alphas = [...listAttribute(node, "activation_alpha", "floats")];
  const betas = [...listAttribute(node, "activation_beta", "floats")];
  const made = names.map((name) => {
    const key = name.toLowerCase();
    const activation = Object.hasOwn(ACTIVATIONS, key) ? ACTIVATIONS[key] : undefined;
    if (activation === undefined) throw misfit(node, `the activation ${quoted(name)} is not known`);
    const { alpha, beta, make } = activation;
    return make(alpha === undefined ? 0 : (alphas.shift() ?? alpha), beta === undefined ? 0 : (betas.shift() ?? beta));
  });
  const count = defaults.length;
  return Array.from({ length: directions }, (_, d) => made.slice(d * count, (d + 1) * count));
}

/** A list of floats or strings among the attributes. @throws TypeError naming the node if it is of another kind */
function listAttribute(node: Node, name: string, kind: "floats"): readonly number[];
function listAttribute(node: Node, name: string, kind: "strings"): readonly string[];
function listAttribute(node: Node, name: string, kind: "floats" | "strings"): readonly (number | string)[] {
  const value: Attribute | undefined = Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
  if (value === undefined || (Array.isArray(value) && value.length === 0)) return [];
  if (typeof value === "object" && "floats" in value && kind === "floats") return value.floats;
  if (typeof value === "object" && "strings" in value && kind === "strings") return value.strings;
  throw new TypeError(`${describeNode(node)}: attribute ${quoted(name)} expected a list of ${kind}`);
}

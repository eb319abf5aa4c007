import { floatAttribute, misfit, type Node } from "@deep-compression/network";
import { type Finish, PLAIN_FINISH } from "../finish";
import { type FollowingNode, floatsOf, type Operation, type Operator, type Site, scalarOf } from "../operation";
import type { Value } from "../value";
import { foldedNormalization } from "./batch-normalization";

/** The largest float32, which bounds Clip before version 11 unless it is told otherwise. */
const LARGEST = 3.4028234663852886e38;

/** An operator that does what follows it as `finishOf` says. */
export function finishing(prepare: (site: Site) => Operation): Operator {
  return Object.assign(prepare, { finishes: true as const });
}

/** What a layer does to its outputs, by the nodes that it takes in; given its bias, and the channels that it has. */
export function finishOf(site: Site): (bias: Value | undefined, channels: number) => Finish {
  const { node, following } = site;
  const normalization = following.find(({ node: { op } }) => op === "BatchNormalization");
  const activation = following.find(({ node: { op } }) => op !== "BatchNormalization");
  const bounds = { ...PLAIN_FINISH, ...(activation && activationBounds(site, activation)) };
  if (normalization === undefined) return (shifts) => ({ ...bounds, shifts });
  const [scales, shifts] = foldedParameters(site, normalization);
  return (_, channels) => {
    if (scales.size === channels) return { ...bounds, scales, shifts };
    throw misfit(node, `the normalization behind it expected ${scales.size} channels, got ${channels}`);
  };
}

/** Factors and terms of a normalization, with the layer's bias among the terms. */
function foldedParameters(site: Site, { node, firstInput }: FollowingNode): readonly [scales: Value, shifts: Value] {
  const parameters = [0, 1, 2, 3].map((offset) => constantOf(site, node, firstInput + offset));
  const size = parameters[0]!.size;
  const bias = site.constant(2);
  for (const { size: own } of bias ? [...parameters, bias] : parameters)
    if (own !== size) throw misfit(node, `expected parameters of ${size} channels, got ${own}`);
  const [scales, shifts] = [site.keep("float32", [size]), site.keep("float32", [size])];
  const [scale, shift, mean, variance] = parameters.map((value) => floatsOf(node, value)) as [
    Float32Array,
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  const { factors, terms } = foldedNormalization({ scale, bias: shift, mean, variance }, epsilon);
  const own = bias && floatsOf(node, bias);
  floatsOf(node, scales).set(factors);
  floatsOf(node, shifts).set(terms.map((term, c) => term + (own === undefined ? 0 : own[c]! * factors[c]!)));
  return [scales, shifts];
}

function activationBounds(site: Site, { node, firstInput }: FollowingNode): Partial<Finish> {
  if (node.op === "Relu") return { low: 0 };
  if (node.op === "LeakyRelu") return { slope: Math.fround(floatAttribute(node, "alpha", 0.01)) };
  if (site.opset < 11)
    return { low: floatAttribute(node, "min", -LARGEST), high: floatAttribute(node, "max", LARGEST) };
  const bound = (index: number, absent: number) => {
    const given = (node.inputs[index] ?? "") !== "";
    return given ? scalarOf(node, constantOf(site, node, firstInput + index - 1)) : absent;
  };
  return { low: bound(1, Number.NEGATIVE_INFINITY), high: bound(2, Number.POSITIVE_INFINITY) };
}

function constantOf(site: Site, node: Node, index: number): Value {
  const value = site.constant(index);
  if (value !== undefined) return value;
  throw misfit(node, "expected constants");
}

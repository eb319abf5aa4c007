import { elementCount } from "@deep-compression/bits";
import { type Attribute, automaticValueName, type Graph, type Node } from "./graph";

/** A tensor that training fills in. */
export interface Parameter {
  readonly name: string;
  readonly shape: readonly number[];
}

/** A network without its weights. `parameterCount` counts the elements of all parameters, biases included. */
export interface Architecture {
  readonly name: string;
  readonly graph: Graph;
  readonly parameters: readonly Parameter[];
  readonly parameterCount: number;
}

/** One node of a chain, before its values have names. */
export interface Layer {
  readonly op: string;
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly parameters: readonly Parameter[];
}

function weightAndBias(name: string, shape: readonly [number, ...number[]]): readonly Parameter[] {
  const weight = { name: `${name}.weight`, shape };
  return [weight, { name: `${name}.bias`, shape: shape.slice(0, 1) }];
}

/** A convolution with bias; `shape` is [output channels, input channels a group, height, width]. */
/* @__NO_SIDE_EFFECTS__ */ export function conv(
  name: string,
  shape: readonly [number, number, number, number],
  options: { readonly stride?: number; readonly pad?: number; readonly group?: number } = {},
): Layer {
  const { stride = 1, pad = 0, group = 1 } = options;
  const attributes = {
    kernel_shape: [shape[2], shape[3]],
    ...(stride === 1 ? {} : { strides: [stride, stride] }),
    ...(pad === 0 ? {} : { pads: [pad, pad, pad, pad] }),
    ...(group === 1 ? {} : { group }),
  };
  return { op: "Conv", attributes, parameters: weightAndBias(name, shape) };
}

/** A fully connected layer with bias; `shape` is [outputs, inputs]. */
/* @__NO_SIDE_EFFECTS__ */ export function dense(name: string, shape: readonly [number, number]): Layer {
  return { op: "Gemm", attributes: { transB: 1 }, parameters: weightAndBias(name, shape) };
}

/** Max pooling in square windows of `size`, no padding. */
/* @__NO_SIDE_EFFECTS__ */ export function maxPool(options: { readonly size: number; readonly stride: number }): Layer {
  const { size, stride } = options;
  return { op: "MaxPool", attributes: { kernel_shape: [size, size], strides: [stride, stride] }, parameters: [] };
}

/** A layer without parameters. */
/* @__NO_SIDE_EFFECTS__ */ export function plain(
  op: string,
  attributes: Readonly<Record<string, Attribute>> = {},
): Layer {
  return { op, attributes, parameters: [] };
}

/** Joins layers into an architecture from "input" [N, ...inputShape] to "output" [N, classes]. */
/* @__NO_SIDE_EFFECTS__ */ export function chainLayers(options: {
  readonly name: string;
  readonly inputShape: readonly number[];
  readonly classes: number;
  readonly layers: readonly Layer[];
}): Architecture {
  const { name, inputShape, classes, layers } = options;
  const last = layers.length - 1;
  const valueName = (index: number) => (index === last ? "output" : automaticValueName(index));
  const nodes = layers.map((layer, index): Node => {
    const previous = index === 0 ? "input" : valueName(index - 1);
    const inputs = [previous, ...layer.parameters.map((parameter) => parameter.name)];
    return { op: layer.op, inputs, outputs: [valueName(index)], attributes: layer.attributes };
  });
  const graph: Graph = {
    name,
    opset: 13,
    inputs: [{ name: "input", type: "float32", shape: ["N", ...inputShape] }],
    outputs: [{ name: "output", type: "float32", shape: ["N", classes] }],
    nodes,
  };
  const parameters = layers.flatMap((layer) => layer.parameters);
  const parameterCount = parameters.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  return { name, graph, parameters, parameterCount };
}

import { type Graph, type Network, shapeOf, type ValueInfo } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import type { LayerContext, Value } from "./layer";
import { padded } from "./parameters";

/** The input that is no tensor of the network. @throws RangeError unless there is one, [N, features] or [N, C, H, W] */
export function inputOf({ graph, tensors }: Network & { readonly graph: Graph }): ValueInfo {
  const named = new Set(tensors.map(({ name }) => name));
  const inputs = graph.inputs.filter(({ name }) => !named.has(name));
  const [input] = inputs;
  if (input === undefined || inputs.length !== 1)
    throw new RangeError(`training supports graphs of one input, got ${inputs.length}`);
  const sizes = shapeOf(input).slice(1);
  if (![1, 3].includes(sizes.length) || !sizes.every((size) => typeof size === "number" && size > 0))
    throw new RangeError(
      `training supports inputs [N, features] and [N, C, H, W] of known sizes, got ${shapeText(shapeOf(input))}`,
    );
  return input;
}

/** Room for the values of the input; nobody needs their gradient. */
export function inputValue(input: ValueInfo, context: LayerContext): Value {
  const [channels = 1, height = 1, width = 1] = shapeOf(input).slice(1).map(Number);
  const flat = shapeOf(input).length === 2;
  const { scope, images } = context;
  const bytes = padded(channels * height * width * images) * 4;
  return { flat, channels, height, width, data: scope.allocate(bytes), gradient: 0 };
}

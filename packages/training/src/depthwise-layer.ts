import type { Node } from "@deep-compression/network";
import type { Convolution } from "./convolution";
import { allocateValue, type CompiledLayer, type LayerContext, ownGradients, refuse } from "./layer";
import { padPlanes, slidingOver } from "./sliding-window";

/** A convolution whose outputs have one input each. */
export function depthwiseLayer(context: LayerContext, node: Node, convolution: Convolution): CompiledLayer {
  const { input, weight, windows } = convolution;
  const { emit, images } = context;
  if (context.trackerOf(weight.name)) refuse(node, "tracking the inputs of a depthwise convolution");
  const { vertical, horizontal } = windows;
  const channels = weight.shape[0]!;
  const output = allocateValue(context, { flat: false, channels, height: vertical.output, width: horizontal.output });
  const planes = padPlanes(context, input, windows);
  const multiplier = channels / input.channels;
  const geometry = { channels: input.channels, multiplier, images, ...slidingOver(planes, windows) };
  emit({ op: "depthwise", ...geometry, x: planes.data, w: weight.weights, y: output.data });
  const backward = () => {
    const dy = output.gradient;
    emit({ op: "depthwiseWeightGradient", ...geometry, dy, x: planes.data, dw: ownGradients(context, weight) });
    const dx = planes.clearedGradient();
    if (dx) emit({ op: "depthwiseInputGradient", ...geometry, dy, w: weight.weights, dx });
    planes.finishGradient();
  };
  return { output, backward };
}

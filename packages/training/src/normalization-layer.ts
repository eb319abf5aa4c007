import { floatAttribute, intAttribute, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { allocateValue, type LayerCompiler, type LayerContext, ownGradients, refuse } from "./layer";

/** BatchNormalization as it is at inference: by the statistics of the model, which stay; scale and bias are trained. */
export const batchNormalizationLayer: LayerCompiler = (context, node, [input]) => {
  if (input.flat) refuse(node, "an input that is not [N, C, H, W]");
  if (intAttribute(node, "training_mode", 0) !== 0) refuse(node, "statistics of the batch (training_mode)");
  const { images, emit, parameters } = context;
  const { channels, height, width } = input;
  const [scale, bias] = [parameters.named(node.inputs[1]!), parameters.named(node.inputs[2]!)];
  if (scale.count !== channels || bias.count !== channels)
    refuse(node, `a scale or bias that is not ${shapeText([channels])}`);
  const output = allocateValue(context, input);
  const common = {
    channels,
    length: images * height * width,
    x: input.data,
    mean: statistics(context, node, 3),
    variance: statistics(context, node, 4),
    epsilon: floatAttribute(node, "epsilon", 1e-5),
    scale: scale.weights,
  };
  emit({ op: "normalize", ...common, bias: bias.weights, y: output.data });
  const backward = () => {
    const dy = output.gradient;
    const { length } = common;
    emit({ op: "channelSums", channels, length, x: dy, out: ownGradients(context, bias) });
    emit({ op: "normalizeGradient", ...common, dy, dScale: ownGradients(context, scale), dx: input.gradient });
  };
  return { output, backward };
};

/** The address of the means or variances. */
function statistics({ parameters }: LayerContext, node: Node, place: number): number {
  const constant = parameters.constants.get(node.inputs[place] ?? "");
  if (!constant?.address) refuse(node, "statistics that are not float32 constants");
  return constant.address;
}

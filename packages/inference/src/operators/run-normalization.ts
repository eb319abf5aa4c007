import { floatAttribute, intAttribute, misfit } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { imageShape } from "../convolution-shape";
import { axisOf, floatsOf, type Operator, required } from "../operation";
import { applyAffine, broadcastTo, perChannel } from "./affine";
import { normalizeRuns } from "./moments";

/** InstanceNormalization: each channel of each item to mean 0 and variance 1, then scaled and shifted. */
export const instanceNormalization: Operator = ({ node }) => ({
  run(inputs, context) {
    const [x, scale, bias] = [required(node, inputs, 0), required(node, inputs, 1), required(node, inputs, 2)];
    const { spatial } = imageShape(node, x.shape);
    const length = spatial.reduce((product, size) => product * size, 1);
    const y = context.output(x.type, x.shape);
    const to = floatsOf(node, y);
    const [factors, terms] = [perChannel(node, "scale", scale, x.shape), perChannel(node, "B", bias, x.shape)];
    normalizeRuns(floatsOf(node, x), to, length, floatAttribute(node, "epsilon", 1e-5));
    applyAffine(x.shape, to, factors, terms, to);
    return [y];
  },
});

/** GroupNormalization: each group of channels of each item; before version 21 scales and biases are of groups. */
export const groupNormalization: Operator = ({ node, opset }) => ({
  run(inputs, context) {
    const [x, scale, bias] = [required(node, inputs, 0), required(node, inputs, 1), required(node, inputs, 2)];
    const { batch, channels, spatial } = imageShape(node, x.shape);
    const groups = intAttribute(node, "num_groups", 0);
    if (!(groups >= 1 && channels % groups === 0))
      throw misfit(node, `num_groups ${groups} does not divide ${channels} channels`);
    const length = spatial.reduce((product, size) => product * size, channels / groups);
    const grouped = [batch, groups, length];
    const shape = opset < 21 ? grouped : x.shape;
    const y = context.output(x.type, x.shape);
    const to = floatsOf(node, y);
    const [factors, terms] = [perChannel(node, "scale", scale, shape), perChannel(node, "bias", bias, shape)];
    normalizeRuns(floatsOf(node, x), to, length, floatAttribute(node, "epsilon", 1e-5));
    applyAffine(shape, to, factors, terms, to);
    return [y];
  },
});

/** LayerNormalization over the axes from `axis` on, with the means and inverse deviations if they are read. */
export const layerNormalization: Operator = ({ node, isRead }) => ({
  run(inputs, context) {
    const [x, scale, bias] = [required(node, inputs, 0), required(node, inputs, 1), inputs[2]];
    const axis = axisOf(node, intAttribute(node, "axis", -1), x.shape.length);
    const length = x.shape.slice(axis).reduce((product, size) => product * size, 1);
    const reduced = x.shape.map((size, k) => (k < axis ? size : 1));
    const y = context.output(x.type, x.shape);
    const outputs = [1, 2].map((index) => (isRead(index) ? context.output("float32", reduced) : undefined));
    const to = floatsOf(node, y);
    const [means, inverses] = outputs.map((value) => value && floatsOf(node, value));
    const factors = broadcastTo(node, "Scale", scale, x.shape);
    const terms = bias && broadcastTo(node, "B", bias, x.shape);
    normalizeRuns(floatsOf(node, x), to, length, floatAttribute(node, "epsilon", 1e-5), (run, mean, inverse) => {
      if (means !== undefined) means[run] = mean;
      if (inverses !== undefined) inverses[run] = inverse;
    });
    applyAffine(x.shape, to, factors, terms, to);
    return [y, ...outputs];
  },
});

/** RMSNormalization: the axes from `axis` on divided by the root of their mean square, then scaled. */
export const rmsNormalization: Operator = ({ node }) => ({
  run(inputs, context) {
    const [value, scale] = [required(node, inputs, 0), required(node, inputs, 1)];
    const { shape, type } = value;
    const axis = axisOf(node, intAttribute(node, "axis", -1), shape.length);
    const length = shape.slice(axis).reduce((product, size) => product * size, 1);
    if (length === 0) throw misfit(node, `nothing to normalize in shape ${shapeText(shape)}`);
    const y = context.output(type, shape);
    const [x, to] = [floatsOf(node, value), floatsOf(node, y)];
    const epsilon = floatAttribute(node, "epsilon", 1e-5);
    for (let start = 0; start < x.length; start += length) {
      let squares = 0;
      for (let i = start; i < start + length; i++) squares += x[i]! * x[i]!;
      const inverse = 1 / Math.sqrt(squares / length + epsilon);
      for (let i = start; i < start + length; i++) to[i] = x[i]! * inverse;
    }
    applyAffine(shape, to, broadcastTo(node, "scale", scale, shape), undefined, to);
    return [y];
  },
});

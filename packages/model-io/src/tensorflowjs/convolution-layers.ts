import type { Node } from "@deep-compression/network";
import type { GraphBuilder } from "./graph-builder";
import {
  batchNormalization,
  convolution,
  depthwiseConvolution,
  pooling,
  upsampled,
  type WindowSteps,
  windowAttributes,
} from "./images";
import { activationOf } from "./layer-activations";
import {
  hasChannelsLast,
  type LayerCall,
  type LayerTable,
  type LayerTranslation,
  nameOf,
  numbersOf,
} from "./layer-call";
import { reduced } from "./reduction-operators";

/** How the window of a layer goes over `axes` axes; undefined for one that goes in another way. */
function stepsOf({ config }: LayerCall, axes: number, kernel: unknown): WindowSteps | undefined {
  const [sizes, strides, dilations] = [kernel, config.strides ?? 1, config.dilation_rate ?? 1].map((value) =>
    numbersOf(value, axes),
  );
  const padding = nameOf(config.padding ?? "valid");
  if (sizes === undefined || strides === undefined || dilations === undefined) return undefined;
  return padding === "same" || padding === "valid" ? { kernel: sizes, strides, dilations, padding } : undefined;
}

function usesBias({ config }: LayerCall): boolean {
  return config.use_bias !== false;
}

/** A layer of images by a filter, with its bias and activation. */
function filtered(
  layer: LayerCall,
  made: (steps: WindowSteps, bias: string | undefined) => string | undefined,
): readonly string[] | undefined {
  const { config, graph } = layer;
  const steps = stepsOf(layer, 2, config.kernel_size);
  const activation = activationOf(config.activation);
  const isPlain = hasChannelsLast(layer) && (config.groups ?? 1) === 1;
  if (steps === undefined || activation === undefined || !isPlain) return undefined;
  const value = made(steps, usesBias(layer) ? layer.weight("bias") : undefined);
  return value === undefined ? undefined : [activation(graph, value)];
}

const conv2d: LayerTranslation = (layer) =>
  filtered(layer, (steps, bias) =>
    convolution(layer.graph, { image: layer.inputs[0]!, filter: layer.weight("kernel"), bias }, steps),
  );

/** The filter of each channel by itself, and how many channels it makes of each. */
function depthwiseFilter({ graph, weight }: LayerCall) {
  const filter = weight("depthwise_kernel");
  const [, , channels = 0, multiplier = 0] = graph.constantShape(filter) ?? [];
  return { filter, channels, multiplier };
}

const depthwise: LayerTranslation = (layer) =>
  filtered(layer, (steps, bias) => {
    const { filter, ...sizes } = depthwiseFilter(layer);
    return depthwiseConvolution(layer.graph, { image: layer.inputs[0]!, filter, bias }, { ...steps, ...sizes });
  });

const separable: LayerTranslation = (layer) =>
  filtered(layer, (steps, bias) => {
    const { graph, inputs, weight } = layer;
    const { filter, ...sizes } = depthwiseFilter(layer);
    const own = depthwiseConvolution(graph, { image: inputs[0]!, filter }, { ...steps, ...sizes });
    const point = { kernel: [1, 1], strides: [1, 1], dilations: [1, 1], padding: "valid" as const };
    return convolution(graph, { image: own, filter: weight("pointwise_kernel"), bias }, point);
  });

/** A filter [height, width, outputs, channels] over images as its gradient goes. */
const transposed: LayerTranslation = (layer) =>
  filtered(layer, (steps, bias) => {
    const { graph, inputs, weight, config } = layer;
    const isPlain = steps.dilations.every((size) => size === 1) && (config.output_padding ?? null) === null;
    if (!isPlain || typeof steps.padding !== "string") return undefined;
    const kernel = weight("kernel");
    const filter = graph.add("Transpose", [kernel], { perm: [3, 2, 0, 1] });
    // The size is the stride times that of the input; if nothing is cropped, more where the kernel is the larger.
    const more = steps.kernel.map((size, axis) => size - steps.strides[axis]!);
    const crop = more.map((size) => (steps.padding === "same" ? Math.max(0, size) : 0));
    const attributes = {
      ...windowAttributes({ ...steps, padding: "valid" }),
      pads: [...crop.map((size) => Math.floor(size / 2)), ...crop.map((size) => Math.ceil(size / 2))],
      output_padding: more.map((size) => Math.max(0, -size)),
    };
    const parameters = bias === undefined ? [filter] : [filter, bias];
    const channels = graph.constantShape(kernel)?.[2] ?? 0;
    return graph.addLayer("ConvTranspose", inputs[0]!, parameters, { channels, attributes });
  });

/** Sequences [items, steps, channels] by a filter [steps, channels, outputs]. */
const conv1d: LayerTranslation = (layer) => {
  const { config, graph, inputs } = layer;
  const steps = stepsOf(layer, 1, config.kernel_size);
  const activation = activationOf(config.activation);
  if (steps === undefined || activation === undefined || !hasChannelsLast(layer) || (config.groups ?? 1) !== 1)
    return undefined;
  const filter = graph.add("Transpose", [layer.weight("kernel")], { perm: [2, 1, 0] });
  const parameters = usesBias(layer) ? [filter, layer.weight("bias")] : [filter];
  const made = sequenceNode(graph, "Conv", inputs[0]!, { parameters, attributes: windowAttributes(steps) });
  return [activation(graph, made)];
};

/** A node of sequences with their channels first, which are turned before and behind it. */
function sequenceNode(
  graph: GraphBuilder,
  op: string,
  value: string,
  { parameters = [], attributes }: { readonly parameters?: readonly string[]; readonly attributes: Node["attributes"] },
): string {
  const first = graph.add("Transpose", [value], { perm: [0, 2, 1] });
  const made = graph.add(op, [first, ...parameters], attributes);
  return graph.noteRank(graph.add("Transpose", [made], { perm: [0, 2, 1] }), 3);
}

function pool(op: "MaxPool" | "AveragePool", axes: 1 | 2): LayerTranslation {
  return (layer) => {
    const { graph, config, inputs } = layer;
    const strides = config.strides ?? config.pool_size;
    const steps = stepsOf({ ...layer, config: { ...config, strides, dilation_rate: 1 } }, axes, config.pool_size);
    if (steps === undefined || !hasChannelsLast(layer)) return undefined;
    if (axes === 2) return [pooling(graph, op, inputs[0]!, steps)];
    return [sequenceNode(graph, op, inputs[0]!, { attributes: windowAttributes(steps) })];
  };
}

function globalPool(op: "ReduceMax" | "ReduceMean", axes: readonly number[]): LayerTranslation {
  return (layer) => {
    const { graph, config, inputs } = layer;
    if (!hasChannelsLast(layer)) return undefined;
    const keep = config.keepdims === true;
    const made = reduced(graph, op, { value: inputs[0]!, axes, keep });
    return [keep ? made : graph.noteRank(made, 2)];
  };
}

const upsampling: LayerTranslation = (layer) => {
  const { graph, config, inputs } = layer;
  const factors = numbersOf(config.size ?? 2, 2);
  const mode = nameOf(config.interpolation ?? "nearest");
  if (factors === undefined || !hasChannelsLast(layer) || (mode !== "nearest" && mode !== "bilinear")) return undefined;
  const resizing = {
    mode: mode === "nearest" ? "nearest" : "linear",
    alignCorners: false,
    halfPixelCenters: false,
  } as const;
  return [upsampled(graph, inputs[0]!, factors, resizing)];
};

/** [[top, bottom], [left, right]] of one number, of two, or of all four. */
function edgesOf(value: unknown): readonly [number, number, number, number] | undefined {
  const pairs = (Array.isArray(value) ? value : [value, value]).map((pair) => numbersOf(pair, 2));
  const [rows, columns] = pairs;
  return pairs.length === 2 && rows && columns ? [rows[0]!, rows[1]!, columns[0]!, columns[1]!] : undefined;
}

const zeroPadding: LayerTranslation = (layer) => {
  const { graph, config, inputs } = layer;
  const edges = edgesOf(config.padding ?? 1);
  if (edges === undefined || !hasChannelsLast(layer)) return undefined;
  const [top, bottom, left, right] = edges;
  return [graph.addTurned("Pad", inputs[0], [graph.integers([0, 0, top, left, 0, 0, bottom, right])])];
};

const cropping: LayerTranslation = (layer) => {
  const { graph, config, inputs } = layer;
  const edges = edgesOf(config.cropping ?? 0);
  if (edges === undefined || !hasChannelsLast(layer)) return undefined;
  const [top, bottom, left, right] = edges;
  const ends = [bottom, right].map((size) => (size === 0 ? 2 ** 31 - 1 : -size));
  return [
    graph.addTurned("Slice", inputs[0], [graph.integers([top, left]), graph.integers(ends), graph.integers([2, 3])]),
  ];
};

/** Of values whose last axis is that of the channels. */
const normalization: LayerTranslation = ({ graph, config, inputs, weight }) => {
  const rank = graph.rankOf(inputs[0]);
  const [axis = -1] = [config.axis].flat() as unknown[];
  if (rank === undefined || (axis !== -1 && axis !== rank - 1)) return undefined;
  const [mean, variance] = [weight("moving_mean"), weight("moving_variance")];
  const size = graph.constantShape(mean) ?? [0];
  const filled = (value: number) => graph.constant("float32", size, new Array<number>(size[0] ?? 0).fill(value));
  const scale = config.scale === false ? filled(1) : weight("gamma");
  const offset = config.center === false ? filled(0) : weight("beta");
  const epsilon = typeof config.epsilon === "number" ? config.epsilon : 0.001;
  if (rank === 4)
    return [batchNormalization(graph, inputs[0]!, { statistics: [scale, offset, mean, variance], epsilon })];
  const attributes = { epsilon: { float: Math.fround(epsilon) } };
  const parameters = [scale, offset, mean, variance];
  if (rank === 3) return [sequenceNode(graph, "BatchNormalization", inputs[0]!, { parameters, attributes })];
  return rank === 2
    ? [graph.noteRank(graph.add("BatchNormalization", [inputs[0]!, ...parameters], attributes), 2)]
    : undefined;
};

const layerNormalization: LayerTranslation = ({ graph, config, inputs, weight }) => {
  const rank = graph.rankOf(inputs[0]);
  const axes = [config.axis ?? -1].flat() as unknown[];
  const isLast = axes.length === 1 && (axes[0] === -1 || (rank !== undefined && axes[0] === rank - 1));
  if (!isLast || config.scale === false || config.center === false) return undefined;
  const epsilon = typeof config.epsilon === "number" ? config.epsilon : 0.001;
  const attributes = { axis: -1, epsilon: { float: Math.fround(epsilon) } };
  return [
    graph.noteRank(graph.add("LayerNormalization", [inputs[0]!, weight("gamma"), weight("beta")], attributes), rank),
  ];
};

/** Layers of images and sequences. */
export const CONVOLUTION_LAYERS: LayerTable = {
  Conv1D: conv1d,
  Conv2D: conv2d,
  Convolution2D: conv2d,
  Conv2DTranspose: transposed,
  DepthwiseConv2D: depthwise,
  SeparableConv2D: separable,
  MaxPooling1D: pool("MaxPool", 1),
  MaxPooling2D: pool("MaxPool", 2),
  AveragePooling1D: pool("AveragePool", 1),
  AveragePooling2D: pool("AveragePool", 2),
  GlobalMaxPooling1D: globalPool("ReduceMax", [1]),
  GlobalMaxPooling2D: globalPool("ReduceMax", [1, 2]),
  GlobalAveragePooling1D: globalPool("ReduceMean", [1]),
  GlobalAveragePooling2D: globalPool("ReduceMean", [1, 2]),
  UpSampling2D: upsampling,
  ZeroPadding2D: zeroPadding,
  Cropping2D: cropping,
  BatchNormalization: normalization,
  LayerNormalization: layerNormalization,
};

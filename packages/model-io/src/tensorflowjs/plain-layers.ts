import { concatenated, transposed } from "./array-operators";
import { activationOf } from "./layer-activations";
import { type LayerTable, type LayerTranslation, numbersOf } from "./layer-call";
import { cast } from "./translation";

const dense: LayerTranslation = ({ graph, config, inputs, weight }) => {
  const activation = activationOf(config.activation);
  if (activation === undefined) return undefined;
  const rank = graph.rankOf(inputs[0]);
  const product = graph.noteRank(graph.add("MatMul", [inputs[0]!, weight("kernel")]), rank);
  return [
    activation(graph, config.use_bias === false ? product : graph.addBroadcast("Add", [product, weight("bias")])),
  ];
};

/** A row for each index. */
const embedding: LayerTranslation = ({ graph, config, inputs, weight }) => {
  if (config.mask_zero === true) return undefined;
  const rank = graph.rankOf(inputs[0]);
  const made = graph.add("Gather", [weight("embeddings"), cast(graph, inputs[0]!, "int32")], { axis: 0 });
  return [graph.noteRank(made, rank === undefined ? undefined : rank + 1)];
};

const flatten: LayerTranslation = ({ graph, config, inputs }) => {
  if ((config.data_format ?? "channels_last") !== "channels_last") return undefined;
  return [graph.noteRank(graph.add("Flatten", [inputs[0]!], { axis: 1 }), 2)];
};

const reshape: LayerTranslation = ({ graph, config, inputs }) => {
  const { target_shape: target } = config;
  // TensorFlow.js writes the size that is not told as null.
  const told = Array.isArray(target) ? target.map((size) => size ?? -1) : undefined;
  const sizes = told && numbersOf(told, told.length);
  if (sizes === undefined || sizes.includes(0)) return undefined;
  // A size of 0 is that of the input: the batch.
  return [graph.noteRank(graph.add("Reshape", [inputs[0]!, graph.integers([0, ...sizes])]), sizes.length + 1)];
};

/** Axes in another order, counted from 1 behind the batch. */
const permute: LayerTranslation = ({ graph, config, inputs }) => {
  const { dims } = config;
  const order = Array.isArray(dims) ? numbersOf(dims, dims.length) : undefined;
  return order && [transposed(graph, inputs[0]!, [0, ...order])];
};

const repeat: LayerTranslation = ({ graph, config, inputs }) => {
  const { n } = config;
  if (!Number.isSafeInteger(n)) return undefined;
  const one = graph.add("Unsqueeze", [inputs[0]!, graph.integers([1])]);
  return [graph.noteRank(graph.add("Tile", [one, graph.integers([1, n as number, 1])]), 3)];
};

const concatenate: LayerTranslation = ({ graph, config, inputs }) => {
  const axis = config.axis ?? -1;
  if (!Number.isSafeInteger(axis)) return undefined;
  return [graph.noteRank(concatenated(graph, inputs, axis as number), graph.rankOf(inputs[0]))];
};

/** What becomes of several values, two at a time. Values of different ranks are no matter of broadcasting there. */
function merged(op: string, scale: (count: number) => number = () => 1): LayerTranslation {
  return ({ graph, inputs }) => {
    const rank = graph.rankOf(inputs[0]);
    if (rank === undefined || !inputs.every((name) => graph.rankOf(name) === rank)) return undefined;
    const [first, ...others] = inputs as [string, ...string[]];
    let value = first;
    for (const other of others) value = graph.addBroadcast(op, [value, other]);
    const factor = scale(inputs.length);
    return [graph.noteRank(factor === 1 ? value : graph.addBroadcast("Mul", [value, graph.number(factor)]), rank)];
  };
}

/** Layers of values of any kind. */
export const PLAIN_LAYERS: LayerTable = {
  Dense: dense,
  Embedding: embedding,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: repeat,
  Concatenate: concatenate,
  Add: merged("Add"),
  Subtract: merged("Sub"),
  Multiply: merged("Mul"),
  Average: merged("Add", (count) => 1 / count),
  Maximum: merged("Max"),
  Minimum: merged("Min"),
};

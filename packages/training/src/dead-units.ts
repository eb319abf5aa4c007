import { type Graph, intAttribute, intsAttribute } from "@deep-compression/network";
import { describeValue } from "@deep-compression/runtime";
import { type PrunedLayer, removeDeadUnits } from "@deep-compression/sparse";
import { refuse } from "./layer";
import type { Trainer } from "./trainer";

interface Layer extends PrunedLayer {
  readonly weight: string;
  readonly bias: string;
  /** Whether a ReLU stands between this layer and the next. */
  readonly rectified: boolean;
}

/** @throws RangeError unless the layers are a chain, each with a bias, in which a unit is a row of its weight. */
function checkChain({ inputs, nodes }: Graph): void {
  let previous = inputs[0]?.name;
  for (const node of nodes) {
    if (node.inputs[0] !== previous)
      throw new RangeError(
        `removeUnits is for chains of layers; ${describeValue(node.inputs[0])} does not follow ${describeValue(previous)}`,
      );
    previous = node.outputs[0];
    const isLayer = node.op === "Conv" || node.op === "Gemm";
    if (!isLayer && !["Relu", "MaxPool", "Flatten"].includes(node.op)) refuse(node, "units behind this operator");
    if (isLayer && node.inputs.length !== 3) refuse(node, "units of a layer without bias");
    if (intAttribute(node, "group", 1) !== 1) refuse(node, "units of groups");
    if (node.op === "Gemm" && intAttribute(node, "transB", 0) !== 1)
      refuse(node, "units of a weight [inputs, outputs]");
    if (intsAttribute(node, "pads")?.some((pad) => pad !== 0)) refuse(node, "units in front of padding");
  }
}

function layersOf(trainer: Trainer): Layer[] {
  const network = trainer.network();
  const shapes = new Map(network.tensors.map(({ name, shape }) => [name, shape]));
  const nodes = network.graph?.nodes ?? [];
  const weighted = nodes.flatMap((node, index) => (node.inputs.length > 1 ? [{ node, index }] : []));
  let previousRows = 0;
  return weighted.map(({ node, index }, n): Layer => {
    const [, weight = "", bias = ""] = node.inputs;
    const [rows = 0, ...rest] = shapes.get(weight) ?? [];
    const columns = rest.reduce((product, size) => product * size, 1);
    const columnsPerInput = n === 0 ? 1 : columns / previousRows;
    previousRows = rows;
    const until = weighted[n + 1]?.index ?? nodes.length;
    const rectified = nodes.slice(index, until).some(({ op }) => op === "Relu");
    return { weight, bias, rows, columns, columnsPerInput, rectified, mask: trainer.mask(weight) };
  });
}

/** Adds what the starved units of a layer always emit to the next layer's bias. */
function foldConstants(trainer: Trainer, layer: Layer, next: Layer): void {
  const { columnsPerInput = 1 } = next;
  const biases = trainer.weights(layer.bias);
  const nextBiases = trainer.weights(next.bias);
  const nextWeights = trainer.weights(next.weight);
  for (let unit = 0; unit < layer.rows; unit++) {
    if (layer.mask.subarray(unit * layer.columns, (unit + 1) * layer.columns).includes(1)) continue;
    const constant = layer.rectified ? Math.max(0, biases[unit]!) : biases[unit]!;
    for (let row = 0; row < next.rows; row++) {
      for (let i = 0; i < columnsPerInput; i++)
        nextBiases[row]! += nextWeights[row * next.columns + unit * columnsPerInput + i]! * constant;
    }
    next.mask.forEach((_, at, mask) => {
      if (Math.floor((at % next.columns) / columnsPerInput) === unit) mask[at] = 0;
    });
  }
  trainer.setWeights(next.bias, nextBiases);
}

/**
 * Removes the units that pruning left without inputs or without outputs, biases included; the constant that a unit
 * without inputs emits goes into the next layer's bias, so the network computes what it did. Returns how many units
 * each hidden layer lost.
 * @throws RangeError for a network that is no chain of layers with biases.
 */
export function removeUnits(trainer: Trainer): readonly number[] {
  const { graph } = trainer.network();
  if (graph) checkChain(graph);
  const layers = layersOf(trainer);
  for (let n = 0; n + 1 < layers.length; n++) foldConstants(trainer, layers[n]!, layers[n + 1]!);
  const { masks, dead } = removeDeadUnits(layers);
  layers.forEach(({ weight, bias }, n) => {
    trainer.setMask(weight, masks[n]!);
    if (dead[n])
      trainer.setMask(
        bias,
        dead[n].map((value) => 1 - value),
      );
  });
  return dead.map((units) => units.reduce((sum, value) => sum + value, 0));
}

import { elementCount } from "@deep-compression/bits";
import { floatAttribute, intAttribute, type Node, numericValues, type Tensor } from "@deep-compression/network";
import type { NamedTensors } from "./executor";
import type { Layer } from "./layer";
import type { ValueReaders } from "./value-readers";

/** A constant that is added to the outputs of a layer, an element a row. */
export interface BiasPlace {
  readonly tensor: string;
  /** Where the element of the first row stands. */
  readonly start: number;
  /** Whether the gain behind the layer is in front of it. */
  readonly isBehindGain: boolean;
  /** What a correction is multiplied by besides. */
  readonly factor: number;
}

/** What happens to the outputs of a layer until they are added to others. */
export interface BehindLayer {
  readonly bias?: BiasPlace;
  /** What each row of the outputs is multiplied by: of a normalization, or the alpha of a Gemm. */
  readonly gain?: Float64Array;
  readonly normalization?: Node;
  /** The value that the outputs are added to: a skip connection. */
  readonly skip?: string;
}

/** Looks for biases, a normalization and a skip connection behind a layer. @param tensors as they are now, merged normalizations included */
export function behindLayer(layer: Layer, tensors: NamedTensors, readers: ValueReaders): BehindLayer {
  const { node } = layer;
  if (layer.outputInner === undefined) return withBias(recurrentBias(layer, tensors, readers));
  const rows = layer.groups * layer.rows;
  const alpha = node.op === "Gemm" ? floatAttribute(node, "alpha", 1) : 1;
  let found: BehindLayer = withBias(ownBias(layer, tensors, readers));
  if (alpha !== 1) found = { ...found, gain: new Float64Array(rows).fill(alpha) };
  for (let value = node.outputs[0]!; ; ) {
    const next = readers.onlyReader(value);
    if (next === undefined || next.domain !== undefined) return found;
    const place = next.inputs.indexOf(value);
    if (next.op === "BatchNormalization" && place === 0 && found.gain === undefined) {
      const gain = gainOf(next, tensors);
      if (gain === undefined || gain.length !== rows) return found;
      const bias = constantAt(next.inputs[2], { tensors, readers, rows });
      found = {
        ...found,
        gain,
        normalization: next,
        ...(found.bias === undefined && bias && { bias: { ...bias, isBehindGain: true } }),
      };
    } else if (next.op === "Add") {
      const other = next.inputs[1 - place]!;
      if (!tensors.has(other)) return { ...found, skip: other };
      const bias = addedBias(other, layer, { tensors, readers, rows });
      if (found.bias === undefined && bias) found = { ...found, bias: { ...bias, isBehindGain: true } };
    } else if (next.op !== "Identity" && next.op !== "Dropout") return found;
    value = next.outputs[0]!;
  }
}

function withBias(bias: BiasPlace | undefined): BehindLayer {
  return bias === undefined ? {} : { bias };
}

interface Search {
  readonly tensors: NamedTensors;
  readonly readers: ValueReaders;
  readonly rows: number;
}

/** A float constant of one element a row that nothing else uses. */
function constantAt(name: string | undefined, { tensors, readers, rows }: Search): BiasPlace | undefined {
  const tensor = tensors.get(name ?? "");
  if (tensor === undefined || tensor.type !== "float32" || readers.count(tensor.name) !== 1) return undefined;
  return elementCount(tensor.shape) === rows
    ? { tensor: tensor.name, start: 0, isBehindGain: false, factor: 1 }
    : undefined;
}

/** The bias that is an input of the node itself. */
function ownBias(layer: Layer, tensors: NamedTensors, readers: ValueReaders): BiasPlace | undefined {
  const { node } = layer;
  const rows = layer.groups * layer.rows;
  if (node.op === "Conv" || node.op === "ConvTranspose") return constantAt(node.inputs[2], { tensors, readers, rows });
  if (node.op !== "Gemm") return undefined;
  const bias = constantAt(node.inputs[2], { tensors, readers, rows });
  const beta = floatAttribute(node, "beta", 1);
  if (bias === undefined || beta === 0 || !isAlongRows(tensors.get(bias.tensor)!, layer)) return undefined;
  return { ...bias, isBehindGain: true, factor: 1 / beta };
}

/** Whether a bias has its elements along the axis of the layer's rows. */
function isAlongRows({ shape }: Tensor, { node, place, rows }: Layer): boolean {
  const fromEnd = node.op.startsWith("Conv") ? undefined : place === 0 ? 2 : 1;
  if (fromEnd === undefined) return shape[0] === 1 ? shape[1] === rows : shape[0] === rows && shape.length > 2;
  return rows === 1 || shape.at(-fromEnd) === rows;
}

function addedBias(name: string, layer: Layer, search: Search): BiasPlace | undefined {
  const bias = constantAt(name, search);
  return bias !== undefined && isAlongRows(search.tensors.get(name)!, { ...layer, rows: search.rows })
    ? bias
    : undefined;
}

/** Biases of a recurrent node [directions, 2 rows]: those of its inputs in front, those of its states behind. */
function recurrentBias(layer: Layer, tensors: NamedTensors, readers: ValueReaders): BiasPlace | undefined {
  const name = layer.node.inputs[3] ?? "";
  const tensor = tensors.get(name);
  const [directions = 0, both = 0] = tensor?.shape ?? [];
  if (directions !== 1 || readers.count(name) !== 1 || tensor?.type !== "float32") return undefined;
  return { tensor: name, start: layer.place === 1 ? 0 : both / 2, isBehindGain: false, factor: 1 };
}

/** What a BatchNormalization of constants multiplies each channel by. */
export function gainOf(node: Node, tensors: NamedTensors): Float64Array | undefined {
  if (intAttribute(node, "training_mode", 0) !== 0 || node.outputs.length > 1) return undefined;
  const [scale, , , variance] = node.inputs.slice(1).map((name) => tensors.get(name));
  if (scale?.type !== "float32" || variance?.type !== "float32") return undefined;
  const epsilon = floatAttribute(node, "epsilon", 1e-5);
  const variances = numericValues(variance);
  return Float64Array.from(numericValues(scale), (value, i) => value / Math.sqrt(variances[i]! + epsilon));
}

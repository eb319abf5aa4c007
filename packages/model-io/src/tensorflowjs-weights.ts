import { elementCount } from "@deep-compression/bits";
import { isObject, type JsonObject } from "./json-text";

/** A weight by its name and shape. */
interface NamedShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Names that Keras and face-api.js give to what a layer multiplies by or looks up in: the last part of a weight's name. */
const LAYER_WEIGHTS: ReadonlySet<string> = new Set([
  "kernel",
  "depthwise_kernel",
  "pointwise_kernel",
  "recurrent_kernel",
  "embeddings",
  "filters",
  "depthwise_filter",
  "pointwise_filter",
  "weights",
  "depthwise_weights",
]);

/** Operators of graph models, and which of their inputs are weights when they are constants. */
const WEIGHT_INPUTS: ReadonlyMap<unknown, readonly number[]> = new Map([
  ["MatMul", [0, 1]],
  ["_FusedMatMul", [0, 1]],
  ["BatchMatMul", [0, 1]],
  ["BatchMatMulV2", [0, 1]],
  ["Conv1D", [1]],
  ["Conv2D", [1]],
  ["FusedConv2D", [1]],
  ["_FusedConv2D", [1]],
  ["Conv2DBackpropInput", [1]],
  ["Conv3D", [1]],
  ["DepthwiseConv2d", [1]],
  ["DepthwiseConv2dNative", [1]],
  ["FusedDepthwiseConv2dNative", [1]],
  ["Gather", [0]],
  ["GatherV2", [0]],
  ["ResourceGather", [0]],
]);

/** Operators that hand on their first input, in another shape or type at most. */
const PASSING: ReadonlySet<unknown> = new Set([
  "Identity",
  "ReadVariableOp",
  "Reshape",
  "Transpose",
  "Cast",
  "Squeeze",
  "ExpandDims",
  "Enter",
  "StopGradient",
]);

/**
 * The weights that a model of TensorFlow.js multiplies by or looks up in: of a graph model the constant inputs of its
 * products, convolutions and look-ups, directly or behind operators that only hand them on; of a layers model
 * those of rank 2 or more by the names that layers give them; where there is no topology, these and what has the shape of a
 * matrix or a filter.
 *
 * @param topology `modelTopology` of a model.json
 * @param weights all weights of the model
 */
export function tensorflowJsWeights(topology: unknown, weights: readonly NamedShape[]): ReadonlySet<string> {
  const wide = weights.filter(({ shape }) => shape.length >= 2);
  const nodes = nodesOf(topology);
  if (nodes.length === 0) {
    const byShape = isObject(topology) ? () => false : isShapedAsWeight;
    return namesOf(wide.filter(({ name, shape }) => LAYER_WEIGHTS.has(lastPart(name)) || byShape(shape)));
  }
  const used = usedConstants(nodes);
  return namesOf(wide.filter(({ name }) => used.has(name)));
}

function namesOf(weights: readonly NamedShape[]): ReadonlySet<string> {
  return new Set(weights.map(({ name }) => name));
}

/** Fewer rows or columns cost little, and may be biases of several heads or a table of steps. */
const LEAST_LINES = 16;
/** Longest side of a filter's window. */
const LONGEST_SIDE = 11;

/**
 * Whether a tensor has the shape of a matrix (at least 16 rows and 16 columns), or of a filter as TensorFlow has them: the window, at
 * most 11 on a side, then the channels. A table of positions, [1, steps, width], has the shape of neither.
 */
function isShapedAsWeight(shape: readonly number[]): boolean {
  const window = shape.slice(0, -2);
  const [rows = 0, columns = 0] = shape.slice(-2);
  if (window.length === 0) return rows >= LEAST_LINES && columns >= LEAST_LINES;
  const places = elementCount(window);
  const isWindow = window.length > 1 ? window.length <= 3 : places > 1;
  return isWindow && window.every((side) => side <= LONGEST_SIDE) && places * rows * columns >= LEAST_LINES ** 2;
}

/** The nodes of a graph model, those of its functions too. */
function nodesOf(topology: unknown): readonly JsonObject[] {
  if (!isObject(topology)) return [];
  const library = isObject(topology.library) ? topology.library.function : undefined;
  const functions = Array.isArray(library) ? library.filter(isObject) : [];
  const lists = [topology.node, ...functions.map(({ nodeDef }) => nodeDef)];
  return lists.flatMap((list) => (Array.isArray(list) ? list.filter(isObject) : []));
}

/** Names of the nodes that stand at the weights' inputs of operators, once all that only hand on are taken away. */
function usedConstants(nodes: readonly JsonObject[]): ReadonlySet<string> {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const used = new Set<string>();
  for (const node of nodes) {
    const inputs = inputsOf(node);
    for (const i of WEIGHT_INPUTS.get(node.op) ?? []) {
      // Each node is passed once at most, whatever circles a graph may claim.
      let name: string | undefined = inputs[i];
      while (name !== undefined && !used.has(name)) {
        used.add(name);
        const source: JsonObject | undefined = byName.get(name);
        name = source && PASSING.has(source.op) ? inputsOf(source)[0] : undefined;
      }
    }
  }
  return used;
}

/** Names of the nodes that a node's inputs come from: "name:0" is the first output of one, "^name" only runs before it. */
function inputsOf({ input }: JsonObject): readonly string[] {
  if (!Array.isArray(input)) return [];
  const names = input.filter((name) => typeof name === "string" && !name.startsWith("^"));
  return names.map((name: string) => name.split(":")[0]!);
}

/** "kernel" of "dense/kernel:0". */
function lastPart(name: string): string {
  return name.split("/").at(-1)!.replace(/:\d+$/, "");
}

import { describeNode, type Graph, type Node } from "./graph";
import type { ShapedTensor } from "./shape-rule";
import { SHAPE_RULES } from "./shape-rules";
import type { Shape } from "./shapes";

/**
 * The shape of every value of a graph: inputs, tensors and what the nodes make, by name. A symbolic dimension such as
 * "N" stays symbolic where it can be carried through, unless `dimensions` gives its size.
 *
 * @throws RangeError that names the operator and the node for an unknown operator, a missing input, or shapes that do
 * not fit together; TypeError for an attribute of the wrong kind
 */
export function inferShapes(
  graph: Graph,
  tensors: Iterable<ShapedTensor>,
  options: { readonly dimensions?: Readonly<Record<string, number>> } = {},
): Map<string, (number | string)[]> {
  const { dimensions = {} } = options;
  const shapes = new Map<string, (number | string)[]>();
  const byName = new Map<string, ShapedTensor>();
  for (const tensor of tensors) {
    shapes.set(tensor.name, [...tensor.shape]);
    byName.set(tensor.name, tensor);
  }
  for (const { name, shape } of graph.inputs) {
    const sized = shape.map((size) =>
      typeof size === "string" && Object.hasOwn(dimensions, size) ? dimensions[size] : size,
    );
    shapes.set(name, sized);
  }
  for (const node of graph.nodes) {
    const results = outputShapes(node, shapes, byName);
    for (const [index, name] of node.outputs.entries()) {
      if (name === "") continue;
      const shape = results[index];
      if (!shape) throw new RangeError(`${describeNode(node)}: no rule for the shape of its output "${name}"`);
      shapes.set(name, [...shape]);
    }
  }
  return shapes;
}

function outputShapes(
  node: Node,
  shapes: ReadonlyMap<string, Shape>,
  tensors: ReadonlyMap<string, ShapedTensor>,
): readonly Shape[] {
  if (!Object.hasOwn(SHAPE_RULES, node.op)) {
    throw new RangeError(`${describeNode(node)}: unknown operator "${node.op}"`);
  }
  const inputs = node.inputs.map((name) => {
    if (name === "") return undefined;
    const shape = shapes.get(name);
    if (!shape)
      throw new RangeError(`${describeNode(node)}: input "${name}" is no tensor, graph input or earlier output`);
    return shape;
  });
  return SHAPE_RULES[node.op]({
    node,
    input(index) {
      const shape = inputs[index];
      if (!shape) throw new RangeError(`${describeNode(node)}: input ${index} is missing`);
      return shape;
    },
    optionalInput: (index) => inputs[index],
    tensor: (index) => tensors.get(node.inputs[index] ?? ""),
    inputCount: inputs.length,
  });
}

import { quoted } from "@deep-compression/runtime";
import { type Graph, misfit, type Node, operatorName, shapeOf } from "./graph";
import { SHAPE_RULES } from "./shape-rules";
import type { Dimension, Shape, ShapedTensor } from "./shapes";

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
): Map<string, Dimension[]> {
  const sizes = new Map<Dimension, number>(Object.entries(options.dimensions ?? {}));
  const shapes = new Map<string, Dimension[]>();
  const byName = new Map<string, ShapedTensor>();
  for (const tensor of tensors) {
    shapes.set(tensor.name, [...tensor.shape]);
    byName.set(tensor.name, tensor);
  }
  for (const input of graph.inputs) {
    shapes.set(
      input.name,
      shapeOf(input).map((size) => sizes.get(size) ?? size),
    );
  }
  for (const node of graph.nodes) {
    const results = outputShapes(node, shapes, byName);
    for (const [index, name] of node.outputs.entries()) {
      if (name === "") continue;
      const shape = results[index];
      if (!shape) throw misfit(node, `no rule for the shape of its output ${quoted(name)}`);
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
  const isKnown = node.domain === undefined && Object.hasOwn(SHAPE_RULES, node.op);
  const rule = isKnown ? SHAPE_RULES[node.op] : undefined;
  if (!rule) throw misfit(node, `unknown operator ${quoted(operatorName(node))}`);
  const inputs = node.inputs.map((name) => {
    if (name === "") return undefined;
    const shape = shapes.get(name);
    if (!shape) throw misfit(node, `input ${quoted(name)} is no tensor, graph input or earlier output`);
    return shape;
  });
  return rule({
    node,
    inputs,
    input(index) {
      const shape = inputs[index];
      if (!shape) throw misfit(node, `input ${index} is missing`);
      return shape;
    },
    tensor: (index) => tensors.get(node.inputs[index] ?? ""),
  });
}

import type { Graph, Node } from "@deep-compression/network";

/** A graph whose nodes name tensors directly, where they named them through Identity and Constant. */
export function withDirectTensors(graph: Graph, tensorNames: Iterable<string>): Graph {
  const names = new Map([...tensorNames].map((name) => [name, name]));
  const nodes = graph.nodes.map((node) => {
    const direct = { ...node, inputs: node.inputs.map((name) => names.get(name) ?? name) };
    const tensor = tensorOf(direct, names);
    const [output] = node.outputs;
    if (tensor !== undefined && output !== undefined) names.set(output, tensor);
    return direct;
  });
  return { ...graph, nodes };
}

/** The tensor that a node only gives another name. */
function tensorOf(
  { op, domain = "", inputs, attributes }: Node,
  names: ReadonlyMap<string, string>,
): string | undefined {
  if (domain !== "" && domain !== "ai.onnx") return undefined;
  if (op === "Identity") return names.get(inputs[0] ?? "");
  const { value } = attributes;
  return op === "Constant" && typeof value === "object" && "tensorName" in value ? value.tensorName : undefined;
}

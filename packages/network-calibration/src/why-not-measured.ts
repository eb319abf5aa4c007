import {
  type Graph,
  type NetworkSource,
  RANDOM_OPERATORS,
  type Subgraph,
  type Tensor,
  tensorBytes,
} from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";

/** Why a network cannot be measured, as far as it can be told before any of it is read. */
export function whyNotMeasured({ graph, tensors }: NetworkSource, maxBytes: number): string | undefined {
  if (!graph) return "it has no graph that we know";
  const random = randomOperator(graph);
  if (random !== undefined) return `it draws random numbers (${random})`;
  const bytes = tensors.reduce((sum, tensor) => sum + tensorBytes(tensor), 0);
  if (bytes > maxBytes) return `its tensors take ${bytes} bytes, more than the ${maxBytes} that are measured`;
  const strange = inputsOf({ graph, tensors }).find(({ type, shape }) => type === undefined || shape === undefined);
  return strange && `too little is declared of its input ${quoted(strange.name)} to make it up`;
}

function randomOperator({ nodes }: Pick<Subgraph, "nodes">): string | undefined {
  for (const { op, domain, attributes } of nodes) {
    if (domain === undefined && RANDOM_OPERATORS.has(op)) return op;
    for (const attribute of Object.values(attributes)) {
      const inner = typeof attribute === "object" && "graph" in attribute ? randomOperator(attribute.graph) : undefined;
      if (inner !== undefined) return inner;
    }
  }
  return undefined;
}

/** Inputs that no tensor is the default of. */
export function inputsOf({
  graph,
  tensors,
}: {
  readonly graph: Graph;
  readonly tensors: NetworkSource["tensors"] | readonly Tensor[];
}) {
  const names = new Set(tensors.map(({ name }) => name));
  return graph.inputs.filter(({ name }) => !names.has(name));
}

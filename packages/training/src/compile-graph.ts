import { describeNode, type Graph } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { type CompiledLayer, type LayerContext, refuse, type Value } from "./layer";
import { compileLayer } from "./layers";
import { valueBranches } from "./value-branches";

/** The layers of a graph, their forward pass emitted. */
export interface CompiledGraph {
  /** In the order of the nodes. */
  readonly layers: readonly CompiledLayer[];
  /** The outputs of the graph by name. */
  readonly outputs: ReadonlyMap<string, Value>;
  /** The output of the last node. */
  readonly last: Value;
  /** Emits the backward pass of a node: the sum of its readers' gradients, and from there to its inputs and parameters. */
  readonly backward: (node: number) => void;
}

/** @throws RangeError if two nodes train one tensor: each would overwrite the other's gradients. */
function checkUntied({ nodes }: Graph, { parameters }: LayerContext): void {
  const seen = new Set<string>();
  const trained = new Set(parameters.list.map(({ name }) => name));
  for (const node of nodes) {
    for (const name of node.inputs) {
      if (!trained.has(name)) continue;
      if (seen.has(name)) refuse(node, `a tensor that several nodes read (${quoted(name)})`);
      seen.add(name);
    }
  }
}

/**
 * Compiles the nodes one by one; `before` is told of each node and the first value that it reads.
 * @throws RangeError if training does not support a node, naming it.
 */
export function compileGraph(
  context: LayerContext,
  graph: Graph,
  options: {
    readonly input: { readonly name: string; readonly value: Value };
    readonly before?: (node: number, value: Value) => void;
  },
): CompiledGraph {
  const { input, before } = options;
  checkUntied(graph, context);
  const { nodes } = graph;
  const lastName = nodes.at(-1)?.outputs[0] ?? input.name;
  const results = new Set([...graph.outputs.map(({ name }) => name), lastName]);
  const values = valueBranches(context, graph, results);
  values.set(input.name, input.value);
  const { parameters } = context;
  const isTensor = (name: string) => parameters.constants.has(name) || parameters.list.some((one) => one.name === name);
  const layers = nodes.map((node, index) => {
    const missing = node.inputs.find((name) => name !== "" && !values.has(name) && !isTensor(name));
    if (missing !== undefined)
      throw new RangeError(`${describeNode(node)}: no value or tensor is named ${quoted(missing)}`);
    const inputs = node.inputs.filter((name) => values.has(name)).map((name) => values.take(name));
    if (inputs[0]) before?.(index, inputs[0]);
    const layer = compileLayer(context, node, inputs);
    values.set(node.outputs[0] ?? "", layer.output);
    return layer;
  });
  const outputs = new Map([...results].map((name) => [name, resultNamed(name)]));
  function resultNamed(name: string): Value {
    if (values.has(name)) return values.take(name);
    throw new RangeError(`training makes no output ${quoted(name)}: only the first output of a node`);
  }
  return {
    layers,
    outputs,
    last: outputs.get(lastName)!,
    backward(index) {
      values.emitSum(nodes[index]!.outputs[0] ?? "");
      layers[index]!.backward();
    },
  };
}

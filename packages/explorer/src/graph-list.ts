import { type Graph, type Node, operatorName, subgraphsOf } from "@deep-compression/network";

/** A node of a graph, or of a graph that a node runs, as the page shows it. */
export interface GraphNode {
  /** Its place among all nodes; those that a node runs follow it. */
  readonly index: number;
  readonly op: string;
  readonly name: string;
  /** Values that come in, those that are tensors of the file aside. */
  readonly inputs: readonly string[];
  /** Tensors of the file that it uses. */
  readonly weights: readonly string[];
  readonly outputs: readonly string[];
  /** Places of the nodes whose outputs it takes; of the first nodes of a branch or a loop's body, of the node that runs it. */
  readonly after: readonly number[];
}

/** What a name means where a node stands: the place of the node that makes the value, or the name of a tensor of the file. */
type Meaning = { readonly maker: number } | { readonly tensor: string };

/**
 * The nodes of a graph in their order, and those of the branches and bodies that they run. Functions of the model are nodes, not opened.
 *
 * @param tensors names of the file's tensors
 */
export function graphNodes({ nodes }: Graph, tensors: Iterable<string>): GraphNode[] {
  const meanings = new Map<string, Meaning>();
  for (const tensor of tensors) meanings.set(tensor, { tensor });
  const all: GraphNode[] = [];
  addNodes(all, nodes, meanings);
  return all;
}

function addNodes(all: GraphNode[], nodes: readonly Node[], meanings: Map<string, Meaning>, runBy?: number): void {
  for (const node of nodes) {
    const index = all.length;
    const [inputs, weights, after] = [new Set<string>(), new Set<string>(), new Set<number>()];
    for (const name of node.inputs.filter((input) => input !== "")) {
      const meaning = meanings.get(name);
      if (meaning !== undefined && "tensor" in meaning) weights.add(meaning.tensor);
      else inputs.add(name);
      if (meaning !== undefined && "maker" in meaning) after.add(meaning.maker);
    }
    if (runBy !== undefined && ![...after].some((maker) => maker > runBy)) after.add(runBy);
    const outputs = node.outputs.filter((name) => name !== "");
    const name = node.name ?? "";
    all.push({
      index,
      op: operatorName(node),
      name,
      inputs: [...inputs],
      weights: [...weights],
      outputs,
      after: [...after],
    });
    for (const subgraph of subgraphsOf(node)) {
      const own = new Map(meanings);
      for (const [local, tensor] of Object.entries(subgraph.tensors)) own.set(local, { tensor });
      for (const { name: input } of subgraph.inputs) own.delete(input);
      addNodes(all, subgraph.nodes, own, index);
    }
    for (const output of outputs) meanings.set(output, { maker: index });
  }
}

import { type Graph, intAttribute, type Node, type Tensor, valuesRead } from "@deep-compression/network";
import { type Layer, layerOf, type WeightUse } from "./layer";
import { tensorsNamed, tensorsOfFunctions } from "./node-values";

/** Operators that multiply by a constant input at one of these places. */
const WEIGHT_PLACES: Readonly<Record<string, readonly number[]>> = {
  Conv: [1],
  ConvTranspose: [1],
  Gemm: [0, 1],
  MatMul: [0, 1],
  LSTM: [1, 2],
  GRU: [1, 2],
  RNN: [1, 2],
  Gather: [0],
};

/** A weight that is looked up in: rows by index. */
export interface Table extends WeightUse {
  /** The value that has the indices. */
  readonly indices: string;
}

/** How the weights of a network meet their inputs. */
export interface FoundWeights {
  /** By tensor: where it is used, in the order of the graph; several if it is tied. */
  readonly layers: ReadonlyMap<string, readonly Layer[]>;
  readonly tables: ReadonlyMap<string, Table>;
  /** Weights whose inputs are not captured, and why. */
  readonly declined: ReadonlyMap<string, string>;
}

/** @param weights by name; what is rearranged is a tensor of its own */
export function findLayers(graph: Graph, weights: ReadonlyMap<string, Tensor>): FoundWeights {
  const visible = visibleUses(graph, new Set(weights.keys()));
  const hidden = hiddenUses(graph);
  const layers = new Map<string, readonly Layer[]>();
  const tables = new Map<string, Table>();
  const declined = new Map<string, string>();
  for (const [name, tensor] of weights) {
    const own = visible.get(name) ?? [];
    const reason = hidden.get(name) ?? whyNotSeen(own);
    const found = own.map((use) => layerOf(use, tensor));
    const problem = found.flatMap((one) => ("reason" in one ? [one.reason] : []))[0];
    const [first] = own;
    if (reason !== undefined) declined.set(name, reason);
    else if (own.length === 1 && first !== undefined && isTable(first.node))
      tables.set(name, { ...first, indices: first.node.inputs[1]! });
    else if (problem !== undefined) declined.set(name, own.length > 1 ? `${problem}, and tied` : problem);
    else
      layers.set(
        name,
        found.filter((one) => "inputRows" in one),
      );
  }
  return { layers, tables, declined };
}

function isTable(node: Node): boolean {
  return node.op === "Gather" && intAttribute(node, "axis", 0) === 0;
}

function whyNotSeen(uses: readonly WeightUse[]): string | undefined {
  return uses.length === 0 ? "in a branch that no input takes, or behind other nodes" : undefined;
}

/** Uses as the weight of a node of the graph itself. */
function visibleUses({ nodes }: Graph, weights: ReadonlySet<string>): ReadonlyMap<string, readonly WeightUse[]> {
  const uses = new Map<string, WeightUse[]>();
  for (const [nodeIndex, node] of nodes.entries()) {
    const places = Object.hasOwn(WEIGHT_PLACES, node.op) ? WEIGHT_PLACES[node.op]! : [];
    for (const place of places) {
      const name = node.inputs[place] ?? "";
      if (weights.has(name)) uses.set(name, [...(uses.get(name) ?? []), { name, nodeIndex, node, place }]);
    }
  }
  return uses;
}

/** Tensors that are used in places of which no inputs are captured, and where. */
function hiddenUses(graph: Graph): ReadonlyMap<string, string> {
  const reasons = new Map<string, string>();
  for (const name of tensorsOfFunctions(graph)) reasons.set(name, "in a function");
  for (const node of graph.nodes) {
    const direct = new Set(node.inputs);
    const inGraphs = [...valuesRead(node)].filter((name) => !direct.has(name));
    for (const name of [...inGraphs, ...(node.op === "Constant" ? [] : tensorsNamed(node))]) {
      reasons.set(name, `in a subgraph of ${node.op}`);
    }
    const places = Object.hasOwn(WEIGHT_PLACES, node.op) ? WEIGHT_PLACES[node.op]! : [];
    const isPlain = (place: number) => places.includes(place) || node.op === "Identity";
    for (const [place, name] of node.inputs.entries()) if (!isPlain(place)) reasons.set(name, `behind ${node.op}`);
  }
  return reasons;
}

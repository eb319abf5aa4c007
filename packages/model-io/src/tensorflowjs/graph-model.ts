import type { Graph, ValueInfo } from "@deep-compression/network";
import { isObject, type JsonObject } from "../json-text";
import { ARRAYS } from "./array-operators";
import { CONVOLUTIONS } from "./convolution-operators";
import { ELEMENTWISE } from "./elementwise-operators";
import { FOREIGN_DOMAIN, finishedGraph } from "./finish-graph";
import { GraphBuilder, type KnownTensors } from "./graph-builder";
import {
  checkEnds,
  type GraphNode,
  graphNodes,
  inOrder,
  invalid,
  keptAttributes,
  type OutputName,
  outputNamed,
  shapeOfAttribute,
  typeOf,
} from "./graph-nodes";
import { IMAGES } from "./image-operators";
import { PRODUCTS } from "./product-operators";
import { REDUCTIONS } from "./reduction-operators";
import { SLICES } from "./slice-operators";
import { loadedWeight, type StoredWeight } from "./stored-weights";
import type { TranslationTable } from "./translation";

const TRANSLATIONS: TranslationTable = {
  ...ELEMENTWISE,
  ...PRODUCTS,
  ...CONVOLUTIONS,
  ...REDUCTIONS,
  ...ARRAYS,
  ...SLICES,
  ...IMAGES,
};

/** A model of TensorFlow.js without its weights. */
export interface Topology {
  readonly topology: JsonObject;
  readonly signature: unknown;
}

/**
 * The graph of a graph model in ONNX's operators. Values of its inputs and outputs have the names of their nodes; an operator that cannot
 * be said in them stays a node of the domain "tensorflow".
 *
 * @throws FormatError for a topology that is none, and for loops
 */
export function graphOfGraphModel(
  { topology, signature }: Topology,
  weights: ReadonlyMap<string, StoredWeight>,
  known: KnownTensors,
): Graph {
  const nodes = graphNodes(topology.node);
  const outputs = outputsOf(nodes, signature);
  const ordered = inOrder(nodes, outputs);
  const names = outputs.map(({ node, output }) => (output === 0 ? node : `${node}:${output}`));
  const inputs = [...nodes.values()].filter(({ op }) => op === "Placeholder");
  checkEnds(inputs.length);
  const reserved = [...known.heads.keys(), ...names, ...inputs.map(({ name }) => name)];
  const graph = new GraphBuilder(known, reserved);
  const values = translated(ordered, { graph, weights });
  const made = outputs.map(({ node, output }) => graph.plain(values.get(node)?.[output]));
  return finishedGraph(graph, {
    inputs: inputs.map((node) => inputInfo(node, signature)),
    outputs: outputs.map((output, i) => ({ name: names[i]!, ...signatureInfo(signature, "outputs", output) })),
    made,
  });
}

/** Outputs by the signature; without one, what no node takes from. */
function outputsOf(nodes: ReadonlyMap<string, GraphNode>, signature: unknown): readonly OutputName[] {
  const told = isObject(signature) && isObject(signature.outputs) ? Object.values(signature.outputs) : [];
  const named = told.flatMap((one) => (isObject(one) && typeof one.name === "string" ? [outputNamed(one.name)] : []));
  checkEnds(named.length);
  if (named.length > 0) return named.filter((one, i) => named.findIndex((other) => same(one, other)) === i);
  const taken = new Set([...nodes.values()].flatMap(({ inputs }) => inputs.map(({ node }) => node)));
  const ends = [...nodes.values()].filter(({ name, op }) => !taken.has(name) && op !== "Const" && op !== "NoOp");
  if (ends.length === 0) throw invalid("the topology has no outputs");
  checkEnds(ends.length);
  return ends.map(({ name }) => ({ node: name, output: 0 }));
}

function same(a: OutputName, b: OutputName): boolean {
  return a.node === b.node && a.output === b.output;
}

/** What each node makes, by name. */
function translated(
  ordered: readonly GraphNode[],
  { graph, weights }: { readonly graph: GraphBuilder; readonly weights: ReadonlyMap<string, StoredWeight> },
): ReadonlyMap<string, readonly string[]> {
  const outputs = new Map<string, number>();
  for (const { node, output } of ordered.flatMap(({ inputs }) => inputs))
    outputs.set(node, Math.max(outputs.get(node) ?? 0, output + 1));
  const values = new Map<string, readonly string[]>();
  for (const node of ordered) {
    const { name, op } = node;
    graph.within(name);
    const weight = weights.get(name);
    if (op === "Const" && weight !== undefined) {
      values.set(name, [loadedWeight(graph, weight)]);
      continue;
    }
    if (op === "Placeholder") {
      graph.noteRank(name, shapeOfAttribute(node.attributes.shape)?.length);
      values.set(name, [name]);
      continue;
    }
    const inputs = node.inputs.map(({ node: from, output }) => values.get(from)![output]!);
    const translation = Object.hasOwn(TRANSLATIONS, op) ? TRANSLATIONS[op] : undefined;
    const made = inputs.every((input) => input !== undefined) ? translation?.({ node, inputs, graph }) : undefined;
    values.set(name, made ?? foreign(graph, node, { inputs, outputs: outputs.get(name) ?? 1 }));
  }
  return values;
}

/** A node of an operator that ONNX has not. */
function foreign(
  graph: GraphBuilder,
  node: GraphNode,
  { inputs, outputs }: { readonly inputs: readonly string[]; readonly outputs: number },
): readonly string[] {
  return graph.addSeveral(node.op, inputs, { outputs, attributes: keptAttributes(node), domain: FOREIGN_DOMAIN });
}

function inputInfo(node: GraphNode, signature: unknown): ValueInfo {
  const { name } = node;
  const type = typeOf(node, "dtype");
  const told = signatureInfo(signature, "inputs", { node: name, output: 0 }).shape;
  const shape = told ?? shapeOfAttribute(node.attributes.shape);
  return { name, ...(type && { type }), ...(type && shape && { shape: namedBatch(shape) }) };
}

/** The first dimension that is not known is the batch. */
function namedBatch(shape: readonly (number | string)[]): readonly (number | string)[] {
  return shape.map((size, axis) => (axis === 0 && size === "" ? "N" : size));
}

/** What a signature tells of an input or output. */
function signatureInfo(signature: unknown, side: "inputs" | "outputs", output: OutputName): Omit<ValueInfo, "name"> {
  const list = isObject(signature) && isObject(signature[side]) ? Object.values(signature[side]) : [];
  const told = list.find((one) => isObject(one) && typeof one.name === "string" && same(outputNamed(one.name), output));
  if (!isObject(told)) return {};
  const type = typeOf({ name: "", op: "", inputs: [], attributes: { dtype: { type: told.dtype } } }, "dtype");
  const shape = shapeOfAttribute(told.tensorShape);
  return { ...(type && { type }), ...(type && shape && { shape: namedBatch(shape) }) };
}

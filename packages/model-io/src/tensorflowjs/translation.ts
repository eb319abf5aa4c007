import type { ElementType, Node } from "@deep-compression/network";
import type { GraphBuilder } from "./graph-builder";
import type { GraphNode } from "./graph-nodes";

/** A node of TensorFlow to be said in ONNX's operators. */
export interface Call {
  readonly node: GraphNode;
  /** Names of the values that it takes. */
  readonly inputs: readonly string[];
  readonly graph: GraphBuilder;
}

/**
 * What makes the outputs of a node, by name; undefined for a node that ONNX's operators cannot say, or whose constants are not known.
 * It must be sure of that before it adds a node.
 */
export type Translation = (call: Call) => readonly string[] | undefined;

export type TranslationTable = Readonly<Record<string, Translation>>;

/** A node of one operator for all that a node does. */
export function same(op: string, attributes: Node["attributes"] = {}): Translation {
  return ({ graph, inputs }) => [graph.add(op, inputs, attributes)];
}

/** As {@link same}, of an operator that does the same to each element of its one input. */
export function each(op: string, attributes: Node["attributes"] = {}): Translation {
  return ({ graph, inputs }) => [graph.addEach(op, [inputs[0]!], attributes)];
}

/** A value with elements of another type. */
export function cast(graph: GraphBuilder, value: string, to: ElementType): string {
  return graph.addEach("Cast", [value], { to: ELEMENT_CODES[to]! });
}

/** The codes of types in ONNX, of those that TensorFlow.js has or that sizes need. */
const ELEMENT_CODES: Readonly<Partial<Record<ElementType, number>>> = {
  float32: 1,
  int32: 6,
  int64: 7,
  bool: 9,
  float64: 11,
};

/** Whole numbers as ONNX takes sizes and axes: constants where they are known. */
export function sizes(graph: GraphBuilder, value: string | undefined): string {
  const known = graph.integersOf(value);
  const isList = known !== undefined && graph.constantShape(value)?.length === 1;
  return isList ? graph.integers(known) : cast(graph, graph.plain(value), "int64");
}

import type { ElementType } from "./element-types";
import type { Tensor } from "./tensor";

/**
 * An attribute of an ONNX node. A plain number is ONNX's INT and a plain list INTS; a FLOAT is wrapped, because
 * JavaScript cannot tell 1 from 1.0. Floats are float32.
 */
export type Attribute =
  | number
  | string
  | readonly number[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Tensor };

/** One ONNX operator of the default domain. An absent optional input or output has the empty name. */
export interface Node {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly name?: string;
}

/** An input or output of a graph. A string is a symbolic dimension such as "N"; "" one that nobody named. */
export interface ValueInfo {
  readonly name: string;
  readonly type: ElementType;
  readonly shape: readonly (number | string)[];
}

/** Nodes in an order in which each can run after those before it; `opset` is the version of ONNX's operators. */
export interface Graph {
  readonly name?: string;
  readonly opset: number;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
}

/** A FLOAT attribute, rounded to float32 as ONNX stores it. */
export function float(value: number): { readonly float: number } {
  return { float: Math.fround(value) };
}

function attribute(node: Node, name: string): Attribute | undefined {
  return Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
}

function wrongKind(node: Node, name: string, expected: string): TypeError {
  return new TypeError(`${describeNode(node)}: attribute "${name}" expected ${expected}`);
}

/** How messages name a node: its operator, and its name or first output. */
export function describeNode(node: Node): string {
  return `${node.op} node "${node.name ?? node.outputs[0] ?? ""}"`;
}

/** A RangeError that names the node. */
export function misfit(node: Node, message: string): RangeError {
  return new RangeError(`${describeNode(node)}: ${message}`);
}

/**
 * The name of the `index`-th value that nodes make, counted over all their outputs: that of our architectures, which the
 * encoding of a graph need not store (docs/format.md, "The graph").
 */
export function automaticValueName(index: number): string {
  return `value${index}`;
}

/** An INT attribute, or `fallback` if the node has none. @throws TypeError if it is of another kind */
export function intAttribute(node: Node, name: string, fallback: number): number {
  const value = attribute(node, name) ?? fallback;
  if (typeof value !== "number") throw wrongKind(node, name, "a whole number");
  return value;
}

/** An INTS attribute, or undefined if the node has none. @throws TypeError if it is of another kind */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const value = attribute(node, name);
  if (value === undefined || Array.isArray(value)) return value;
  throw wrongKind(node, name, "a list of whole numbers");
}

/** A FLOAT attribute, or `fallback` if the node has none. @throws TypeError if it is of another kind */
export function floatAttribute(node: Node, name: string, fallback: number): number {
  const value = attribute(node, name) ?? { float: fallback };
  if (typeof value !== "object" || !("float" in value)) throw wrongKind(node, name, "a float");
  return value.float;
}

/** A STRING attribute, or `fallback` if the node has none. @throws TypeError if it is of another kind */
export function stringAttribute(node: Node, name: string, fallback: string): string {
  const value = attribute(node, name) ?? fallback;
  if (typeof value !== "string") throw wrongKind(node, name, "a string");
  return value;
}

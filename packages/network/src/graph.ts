import { quoted, shown } from "@deep-compression/runtime";
import type { ElementType } from "./element-types";
import type { Tensor } from "./tensor";

/**
 * An attribute of an ONNX node. A plain number is ONNX's INT and a plain list INTS; whole numbers beyond 2^53 are bigints.
 * A FLOAT is wrapped, because JavaScript cannot tell 1 from 1.0. Floats are float32.
 */
export type Attribute =
  | number
  | bigint
  | string
  | readonly (number | bigint)[]
  | { readonly float: number }
  | { readonly floats: readonly number[] }
  | { readonly strings: readonly string[] }
  | { readonly tensor: Tensor }
  /** A tensor of the network, by its name there. */
  | { readonly tensorName: string }
  | { readonly graph: Subgraph }
  | { readonly graphs: readonly Subgraph[] }
  /** What an attribute of another kind is, in words: only the model's own file holds it. */
  | { readonly opaque: string };

/** One ONNX operator, of the default domain if no other is named. An absent optional input or output has the empty name. */
export interface Node {
  readonly op: string;
  readonly domain?: string;
  /** Which of several functions of one name and domain. */
  readonly overload?: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes: Readonly<Record<string, Attribute>>;
  readonly name?: string;
}

/**
 * An input or output of a graph. A string is a symbolic dimension such as "N"; "" one that nobody named. A type or a shape
 * that is not there is not known; a value that is no tensor of numbers has neither.
 */
export interface ValueInfo {
  readonly name: string;
  readonly type?: ElementType;
  readonly shape?: readonly (number | string)[];
}

/** A graph that a node runs, such as a branch of an If: it also sees the values of the graph around it. */
export interface Subgraph {
  readonly name?: string;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  /** Its own constants: their names in it, and those of the network's tensors that they are. */
  readonly tensors: Readonly<Record<string, string>>;
}

/** An operator of the model's own, made of others: it sees nothing but its inputs. */
export interface GraphFunction {
  readonly name: string;
  readonly domain: string;
  /** Tells functions of one name and domain apart. */
  readonly overload?: string;
  /** Version of ONNX's operators, if its body uses them. */
  readonly opset?: number;
  /** Versions of other domains' operators. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Names of the attributes that a node which calls it may give. */
  readonly attributes?: readonly string[];
  /** Attributes that a node need not give. */
  readonly defaults?: Readonly<Record<string, Attribute>>;
  readonly nodes: readonly Node[];
  /** As those of a {@link Subgraph}. */
  readonly tensors: Readonly<Record<string, string>>;
}

/** Nodes in an order in which each can run after those before it; `opset` is the version of ONNX's operators. */
export interface Graph {
  readonly name?: string;
  readonly opset: number;
  /** Versions of other domains' operators, by domain. */
  readonly domains?: Readonly<Record<string, number>>;
  readonly inputs: readonly ValueInfo[];
  readonly outputs: readonly ValueInfo[];
  readonly nodes: readonly Node[];
  /** Names of tensors that whoever runs the graph may give another value. */
  readonly overridable?: readonly string[];
  readonly functions?: readonly GraphFunction[];
}

/** Characters of an operator that a message has room for. */
const MAX_OPERATOR = 80;

/** A FLOAT attribute, rounded to float32 as ONNX stores it. */
export function float(value: number): { readonly float: number } {
  return { float: Math.fround(value) };
}

function attribute(node: Node, name: string): Attribute | undefined {
  return Object.hasOwn(node.attributes, name) ? node.attributes[name] : undefined;
}

/** What an attribute of a node in a function is that takes the value of an attribute of the function. */
export function functionAttribute(name: string): { readonly opaque: string } {
  return { opaque: `the function's attribute ${quoted(name)}` };
}

function wrongKind(node: Node, name: string, expected: string): TypeError {
  return new TypeError(`${describeNode(node)}: attribute ${quoted(name)} expected ${expected}`);
}

/** The operator of a node, after its domain if that is not ONNX's own: "com.example.Fused". */
export function operatorName({ op, domain }: Node): string {
  return domain === undefined ? op : `${domain}.${op}`;
}

/** How messages name a node: its operator, and its name or first output. */
export function describeNode(node: Node): string {
  const operator = shown(operatorName(node), MAX_OPERATOR);
  return `${operator} node ${quoted(node.name ?? node.outputs[0] ?? "")}`;
}

/** The shape of an input or output. @throws RangeError if it is not known */
export function shapeOf({ name, shape }: ValueInfo): readonly (number | string)[] {
  if (shape) return shape;
  throw new RangeError(`value ${quoted(name)}: its shape is not known`);
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
  if (typeof value !== "number") throw wrongKind(node, name, "a whole number up to 2^53");
  return value;
}

/** An INTS attribute, or undefined if the node has none. @throws TypeError if it is of another kind */
export function intsAttribute(node: Node, name: string): readonly number[] | undefined {
  const value = attribute(node, name);
  if (value === undefined || isNumbers(value)) return value;
  throw wrongKind(node, name, "a list of whole numbers up to 2^53");
}

function isNumbers(value: Attribute): value is readonly number[] {
  return Array.isArray(value) && value.every((item) => typeof item === "number");
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

/** Most nodes of a graph: a node can be a single byte, so this bounds how much a short file can stand for. */
export const MAX_NODES = 65_536;

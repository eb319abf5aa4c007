import type { Attribute, Node } from "@deep-compression/network";
import type { StoredTensor } from "./weight-source";

/** A node to lower, and what nodes of ONNX's own operators are made with in its place. */
export interface LoweringSite {
  readonly node: Node;
  /** The name of an input; "" for one that is not there. */
  input(index: number): string;
  /** Whether an output is there and anything reads it. */
  isRead(output: number): boolean;
  /** A tensor of the network that an input is, as it is stored; undefined for others, and where the tensors are not at hand. */
  stored(index: number): StoredTensor | undefined;
  /** Whether the tensors of the network are at hand: they are not where a graph is looked at alone. */
  readonly hasTensors: boolean;
  /** Adds a node. Returns the name of its first output, which no other value has. */
  add(op: string, inputs: readonly string[], attributes?: Node["attributes"], options?: AddOptions): string;
  /** Adds a node of several outputs. Returns their names. */
  addAll(op: string, inputs: readonly string[], outputs: number, attributes?: Node["attributes"]): readonly string[];
  /** The name of a number, of the type of the input at `like`. */
  numberLike(like: number, value: number): string;
  /** The name of a list of whole numbers. */
  integers(values: readonly number[]): string;
  /** Takes in a tensor of its own. Returns its name. */
  keep(tensor: StoredTensor): string;
}

interface AddOptions {
  /** Default: that of the node which is lowered. */
  readonly opset?: number;
}

/** The names of the values that stand for a node's outputs, "" for one that nothing reads; or why the node cannot be lowered, in words. */
export type Lowered = readonly string[] | { readonly whyNot: string };

/** Puts nodes of ONNX's own operators in the place of a node. @throws TypeError for an attribute of another kind than it has */
export type Lowering = (site: LoweringSite) => Lowered;

export function isLowered(lowered: Lowered): lowered is readonly string[] {
  return !("whyNot" in lowered);
}

/** The attributes of these names, as far as a node has them. */
export function attributesOf({ attributes }: Node, names: readonly string[]): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => names.includes(name)));
}

/** The attributes but those of these names. */
export function attributesBut({ attributes }: Node, names: readonly string[]): Readonly<Record<string, Attribute>> {
  return Object.fromEntries(Object.entries(attributes).filter(([name]) => !names.includes(name)));
}

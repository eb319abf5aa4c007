import { describeNode, type ElementType, isFloatType, type Node } from "@deep-compression/network";
import type { Value } from "../value";

/** What an operator takes: integers are those of 8 to 64 bits; those of 4 are `packed`. */
export type ElementKind = "float" | "integer" | "bool" | "packed";

// What operators take: lists of kinds.
export const FLOATS: readonly ElementKind[] = ["float"];
export const INTEGERS: readonly ElementKind[] = ["integer"];
export const NUMBERS: readonly ElementKind[] = ["float", "integer"];
export const BOOLS: readonly ElementKind[] = ["bool"];
export const NUMBERS_AND_BOOLS: readonly ElementKind[] = ["float", "integer", "bool"];

/** The kind that a type is of; complex numbers are no values of a session. */
export function kindOf(type: ElementType): ElementKind {
  if (isFloatType(type)) return "float";
  if (type === "bool") return "bool";
  return type === "int4" || type === "uint4" ? "packed" : "integer";
}

/** @throws TypeError naming the node unless a value is of one of the kinds that an operator takes */
export function checkKind(node: Node, { type }: Value, kinds: readonly ElementKind[]): void {
  if (kinds.includes(kindOf(type))) return;
  throw new TypeError(`${describeNode(node)}: expected ${kinds.join(" or ")}, got ${type}`);
}

/** @throws TypeError naming the node unless two values are of one type */
export function checkSameType(node: Node, a: Value, b: Value): void {
  if (a.type !== b.type) throw new TypeError(`${describeNode(node)}: expected two of ${a.type}, got ${b.type}`);
}

/** @throws TypeError naming the node unless a value is of integers of 8 bits */
export function checkQuantizedBytes(node: Node, { type }: Value): void {
  if (type === "int8" || type === "uint8") return;
  throw new TypeError(`${describeNode(node)}: expected int8 or uint8, got ${type}`);
}

import { intsAttribute, misfit, type Node } from "@deep-compression/network";
import { shapeText } from "@deep-compression/runtime";
import { axisOf, type Inputs, integersOf } from "../operation";
import type { Value } from "../value";

/** Whole numbers that are an input in newer versions of an operator and an attribute in older ones. @throws TypeError naming the node */
export function integersAt(
  node: Node,
  inputs: Inputs,
  index: number,
  attribute: string,
): readonly number[] | undefined {
  const value = inputs[index];
  return value === undefined ? intsAttribute(node, attribute) : integersOf(node, value);
}

/** Axes counted from the front, each once. @throws RangeError naming the node */
export function axesOf(node: Node, axes: readonly number[], rank: number): number[] {
  const counted = axes.map((axis) => axisOf(node, axis, rank));
  if (new Set(counted).size === counted.length) return counted;
  throw misfit(node, `axes ${shapeText(axes)} expected each once`);
}

/** A shape that an input holds. @throws TypeError, RangeError naming the node unless it is a list of sizes */
export function sizesOf(node: Node, value: Value): readonly number[] {
  const sizes = integersOf(node, value);
  if (value.shape.length === 1 && sizes.every((size) => size >= 0)) return sizes;
  throw misfit(node, `expected a list of sizes from 0, got ${shapeText(sizes)}`);
}

/** @throws RangeError naming the node unless a value has as many dimensions */
export function assertRank(node: Node, { shape }: Value, rank: number): void {
  if (shape.length === rank) return;
  throw misfit(node, `expected ${rank} dimensions, got shape ${shapeText(shape)}`);
}

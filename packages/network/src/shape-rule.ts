import type { Node } from "./graph";
import type { Shape } from "./shapes";

/** A tensor as far as shapes need it: both Tensor and Parameter will do. Reshape reads the bytes of its target shape. */
export interface ShapedTensor {
  readonly name: string;
  readonly shape: readonly number[];
  readonly bytes?: Uint8Array;
}

/** A node and what its inputs are; `tensor` is the constant behind an input, if it is one. */
export interface RuleInput {
  readonly node: Node;
  readonly inputCount: number;
  /** @throws RangeError if the node has no such input */
  input(index: number): Shape;
  optionalInput(index: number): Shape | undefined;
  tensor(index: number): ShapedTensor | undefined;
}

/** The shapes of a node's outputs. @throws RangeError, TypeError naming the node */
export type ShapeRule = (rule: RuleInput) => readonly Shape[];

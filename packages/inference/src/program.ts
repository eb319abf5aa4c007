import type { Node } from "@deep-compression/network";
import type { Operation, Subprogram } from "./operation";
import type { HeapValue } from "./value";

/** Where a node finds an input: a slot, or a constant. */
export type Reading = number | HeapValue | undefined;

/** A node ready to run. */
export interface Step {
  readonly node: Node;
  readonly operation: Operation;
  readonly inputs: readonly Reading[];
  /** Slots of its outputs; -1: one that nothing reads. */
  readonly outputs: readonly number[];
  /** Slots that are not read after it. */
  readonly ends: readonly number[];
}

/** A graph ready to run: what is computed lives in slots. */
export interface Program extends Subprogram {
  readonly slots: number;
  readonly inputSlots: readonly number[];
  readonly results: readonly Reading[];
  readonly steps: readonly Step[];
  /** Values of the graph around it, and the slots that they are put into. */
  readonly captures: readonly { readonly outer: number; readonly slot: number }[];
}

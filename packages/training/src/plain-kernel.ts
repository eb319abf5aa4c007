import { SCALARS } from "../assembly/words";
import type { Operands, Operation } from "./program";

/** The memory as the plain kernels see it; operands that are addresses count bytes. */
export interface Memory {
  readonly f: Float32Array;
  readonly i: Int32Array;
  readonly b: Uint8Array;
  readonly h: Uint16Array;
}

/**
 * Kernels in TypeScript, the twins of those in assembly/*.ts: the same operations over the same memory, one thread,
 * written to be read. They run where WebAssembly is missing, and the tests hold the others against them.
 */
export type Kernels<O extends Operation> = {
  readonly [P in O]: (memory: Memory, operands: Operands<P>, step: number) => void;
};

/** Index in words of the row of scalars of a step. */
export function scalarsAt(scalars: number, step: number): number {
  return scalars / 4 + step * SCALARS;
}

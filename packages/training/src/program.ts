import { Op } from "../assembly/op";
import type { Arena } from "./arena";

export { Op };

/** Words of an instruction: the operation and up to 15 arguments. */
export const INSTRUCTION_WORDS = 16;

/** A program in an arena, ready to run. */
export interface Program {
  readonly address: number;
  /** Instructions. */
  readonly length: number;
}

/** Collects instructions and places them in the arena. */
export interface ProgramWriter {
  emit(op: Op, ...args: readonly number[]): void;
  place(arena: Arena): Program;
}

const scratch = new DataView(new ArrayBuffer(4));

/** A float argument as the 32-bit word that an instruction holds. */
export function float(value: number): number {
  scratch.setFloat32(0, value);
  return scratch.getInt32(0);
}

export function programWriter(): ProgramWriter {
  const words: number[] = [];
  return {
    emit(op, ...args) {
      const start = words.length;
      words.push(op, ...args);
      while (words.length < start + INSTRUCTION_WORDS) words.push(0);
    },
    place(arena) {
      const address = arena.allocate(words.length * 4);
      arena.ints(address, words.length).set(words);
      return { address, length: words.length / INSTRUCTION_WORDS };
    },
  };
}

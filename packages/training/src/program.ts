import { OPERATIONS, type OperandKind } from "../assembly/operations";
import { INSTRUCTION_WORDS } from "../assembly/words";
import type { Arena, Scope } from "./arena";

export type Operation = keyof typeof OPERATIONS;

type Kinds<O extends Operation> = (typeof OPERATIONS)[O];

/** An operation's operands by name, but for those that the interpreter itself gives to the kernel. */
export type Operands<O extends Operation> = {
  readonly [Name in keyof Kinds<O> as Kinds<O>[Name] extends "step" | "control" ? never : Name]: number;
};

export type Instruction<O extends Operation = Operation> = { [P in O]: { readonly op: P } & Operands<P> }[O];

/** What one thread does in a step. Addresses in it are good as long as the room that it was compiled with. */
export type Program = readonly Instruction[];

const OPCODES: readonly string[] = Object.keys(OPERATIONS);

/** The words of an instruction after the operation: what each holds. */
function operandsOf(operation: Operation): readonly [string, OperandKind][] {
  return Object.entries(OPERATIONS[operation]).filter(([, kind]) => kind !== "step" && kind !== "control");
}

/** Writes a program as the interpreter reads it (assembly/program.ts), and gives its address. */
export function placeProgram(arena: Arena, scope: Scope, program: Program): number {
  const start = scope.allocate(program.length * INSTRUCTION_WORDS * 4);
  program.forEach((instruction, n) => {
    const address = start + n * INSTRUCTION_WORDS * 4;
    const ints = arena.ints(address, INSTRUCTION_WORDS);
    const floats = arena.floats(address, INSTRUCTION_WORDS);
    const values: Readonly<Record<string, string | number>> = instruction;
    ints[0] = OPCODES.indexOf(instruction.op);
    for (const [index, [name, kind]] of operandsOf(instruction.op).entries())
      (kind === "float" ? floats : ints)[index + 1] = Number(values[name]);
  });
  return start;
}

/** The instruction with its floats as a word holds them. */
export function roundFloats(instruction: Instruction): Instruction {
  const values: Readonly<Record<string, string | number>> = instruction;
  const floats = operandsOf(instruction.op).filter(([, kind]) => kind === "float");
  return { ...instruction, ...Object.fromEntries(floats.map(([name]) => [name, Math.fround(Number(values[name]))])) };
}

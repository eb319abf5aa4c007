import type { Arena } from "./arena";
import { BATCH_KERNELS } from "./plain-batch";
import { CONVOLUTION_KERNELS } from "./plain-convolution";
import type { Kernels, Memory } from "./plain-kernel";
import { LAYER_KERNELS } from "./plain-layers";
import { NORMALIZATION_KERNELS } from "./plain-normalization";
import { OPTIMIZER_KERNELS } from "./plain-optimizer";
import { POOLING_KERNELS } from "./plain-pooling";
import { type Instruction, type Operands, type Operation, type Program, roundFloats } from "./program";

const KERNELS: Kernels<Operation> = {
  barrier() {},
  ...BATCH_KERNELS,
  ...LAYER_KERNELS,
  ...CONVOLUTION_KERNELS,
  ...NORMALIZATION_KERNELS,
  ...POOLING_KERNELS,
  ...OPTIMIZER_KERNELS,
};

function execute<O extends Operation>(memory: Memory, op: O, operands: Operands<O>, step: number): void {
  KERNELS[op](memory, operands, step);
}

/** Runs a program for steps [first, first + steps) in plain TypeScript. */
export function runPlain(
  { buffer }: Arena,
  program: Program,
  { first, steps }: { readonly first: number; readonly steps: number },
): void {
  const memory = {
    f: new Float32Array(buffer),
    i: new Int32Array(buffer),
    b: new Uint8Array(buffer),
    h: new Uint16Array(buffer),
  };
  const rounded: readonly Instruction[] = program.map(roundFloats);
  for (let step = first; step < first + steps; step++)
    for (const instruction of rounded) execute(memory, instruction.op, instruction, step);
}

// The words of 32 bits that TypeScript and AssemblyScript both read and write, by name.

/** Words of an instruction: the operation and up to 15 operands. */
export const INSTRUCTION_WORDS = 16;

/** The control words that threads meet at. From `Programs` on: the address and the length of each thread's program. */
export enum Control {
  Generation,
  Done,
  Arrived,
  Phase,
  Threads,
  FirstStep,
  Steps,
  Stop,
  Programs = 16,
}

/** The scalars of a step: learning rate, Adam's corrected rate and epsilon, scale of L1, dropout seed. */
export enum Scalar {
  Rate,
  AdamRate,
  AdamEpsilon,
  L1Scale,
  DropoutSeed,
}

/** Words of a step's row of scalars; the last three are spare. */
export const SCALARS = 8;

/** Takes each number of x together with one of y. A step is 1, or 0 where the operand is one number that is read again and again. */
export type CombineFloats = (count: number, x: number, stepX: number, y: number, stepY: number, to: number) => void;

/** What `smoothFloats` computes: e^x, the sigmoid, the hyperbolic tangent. */
export const SMOOTH = { exp: 0, sigmoid: 1, tanh: 2 } as const;

/** The loops over float32, element by element. Addresses are bytes; an operand and the result may be one. */
export interface ElementwiseKernels {
  readonly addFloats: CombineFloats;
  readonly subtractFloats: CombineFloats;
  readonly multiplyFloats: CombineFloats;
  readonly divideFloats: CombineFloats;
  /**
   * One of `SMOOTH` of each number of x: e^x to a relative 1.5e-7, the others to 3e-7; what is below 2^-126 to half a unit of the last
   * place more.
   */
  smoothFloats(kind: number, count: number, x: number, to: number): void;
  /** The softmax of each row. */
  softmaxRows(rows: number, columns: number, x: number, y: number): void;
}

/** The twins of assembly/elementwise.ts. */
export function plainElementwiseKernels(floats: () => Float32Array): ElementwiseKernels {
  const smooth = [Math.exp, (x: number) => 1 / (1 + Math.exp(-x)), Math.tanh];
  return {
    addFloats: combined(floats, (a, b) => a + b),
    subtractFloats: combined(floats, (a, b) => a - b),
    multiplyFloats: combined(floats, (a, b) => a * b),
    divideFloats: combined(floats, (a, b) => a / b),
    smoothFloats(kind, count, x, to) {
      const memory = floats();
      const compute = smooth[kind]!;
      for (let i = 0; i < count; i++) memory[to / 4 + i] = compute(memory[x / 4 + i]!);
    },
    softmaxRows(rows, columns, x, y) {
      const memory = floats();
      for (let row = 0, from = x / 4, to = y / 4; row < rows; row++, from += columns, to += columns) {
        const largest = memory
          .subarray(from, from + columns)
          .reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
        let sum = 0;
        for (let i = 0; i < columns; i++) {
          const power = Math.exp(memory[from + i]! - largest);
          memory[to + i] = power;
          sum += power;
        }
        for (let i = 0; i < columns; i++) memory[to + i]! /= sum;
      }
    },
  };
}

function combined(floats: () => Float32Array, compute: (a: number, b: number) => number): CombineFloats {
  return (count, x, stepX, y, stepY, to) => {
    const memory = floats();
    for (let k = 0, i = x / 4, j = y / 4; k < count; k++, i += stepX, j += stepY)
      memory[to / 4 + k] = compute(memory[i]!, memory[j]!);
  };
}

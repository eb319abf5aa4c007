import { Scalar } from "../assembly/words";
import { type Kernels, scalarsAt } from "./plain-kernel";
import type { Operands } from "./program";

type Gradients = Pick<Operands<"sgd">, "gradients" | "stride" | "threads">;

/** The threads' gradients added, in the threads' order. */
function gradientAt(f: Float32Array, j: number, { gradients, stride, threads }: Gradients): number {
  let g = 0;
  for (let t = 0; t < threads; t++) g += f[(gradients + t * stride) / 4 + j];
  return g;
}

/** Adding zero makes the -0 of a negative weight times a zero mask +0: a pruned weight has one bit pattern. */
function masked(f: Float32Array, weight: number, mask: number, j: number): number {
  return mask ? weight * f[mask / 4 + j] + 0 : weight;
}

/** Updates of the parameters: the twins of assembly/optimizer.ts. */
export const OPTIMIZER_KERNELS: Kernels<"sgd" | "adam" | "groupSums" | "dequantize"> = {
  sgd({ f }, { n, w, velocity, mask, scalars, momentum, decay, l1, ...gradients }, step) {
    const row = f.subarray(scalarsAt(scalars, step));
    for (let j = 0; j < n; j++) {
      const weight = f[w / 4 + j];
      const slope = Math.sign(weight) * l1 * row[Scalar.L1Scale] + decay * weight;
      const v = momentum * f[velocity / 4 + j] + gradientAt(f, j, gradients) + slope;
      f[velocity / 4 + j] = v;
      f[w / 4 + j] = masked(f, weight - row[Scalar.Rate] * v, mask, j);
    }
  },
  adam({ f }, { n, w, first, second, mask, scalars, beta1, beta2, rateScale, decay, l1, ...gradients }, step) {
    const row = f.subarray(scalarsAt(scalars, step));
    for (let j = 0; j < n; j++) {
      const weight = f[w / 4 + j];
      const g = gradientAt(f, j, gradients) + Math.sign(weight) * l1 * row[Scalar.L1Scale];
      const m = beta1 * f[first / 4 + j] + (1 - beta1) * g;
      const v = beta2 * f[second / 4 + j] + (1 - beta2) * g * g;
      f[first / 4 + j] = m;
      f[second / 4 + j] = v;
      const change = (rateScale * row[Scalar.AdamRate] * m) / (Math.sqrt(v) + row[Scalar.AdamEpsilon]);
      f[w / 4 + j] = masked(f, weight * (1 - row[Scalar.Rate] * decay) - change, mask, j);
    }
  },
  groupSums({ f, h }, { n, size, gradients, codes, sums }) {
    f.fill(0, sums / 4, sums / 4 + size);
    for (let j = 0; j < n; j++) f[sums / 4 + h[codes / 2 + j]] += f[gradients / 4 + j];
  },
  dequantize({ f, h }, { n, centroids, codes, w }) {
    for (let j = 0; j < n; j++) f[w / 4 + j] = f[centroids / 4 + h[codes / 2 + j]];
  },
};

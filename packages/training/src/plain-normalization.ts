import type { Kernels } from "./plain-kernel";

/** The twins of assembly/normalization.ts. */
export const NORMALIZATION_KERNELS: Kernels<"normalize" | "normalizeGradient"> = {
  normalize({ f }, { channels, length, x, mean, variance, epsilon, scale, bias, y }) {
    for (let c = 0; c < channels; c++) {
      const gain = f[scale / 4 + c] / Math.sqrt(f[variance / 4 + c] + epsilon);
      for (let j = c * length; j < (c + 1) * length; j++)
        f[y / 4 + j] = (f[x / 4 + j] - f[mean / 4 + c]) * gain + f[bias / 4 + c];
    }
  },
  normalizeGradient({ f }, { channels, length, dy, x, mean, variance, epsilon, scale, dScale, dx }) {
    for (let c = 0; c < channels; c++) {
      const deviation = Math.sqrt(f[variance / 4 + c] + epsilon);
      let sum = 0;
      for (let j = c * length; j < (c + 1) * length; j++) {
        const slope = f[dy / 4 + j];
        sum += slope * (f[x / 4 + j] - f[mean / 4 + c]);
        if (dx) f[dx / 4 + j] = (slope * f[scale / 4 + c]) / deviation;
      }
      f[dScale / 4 + c] = sum / deviation;
    }
  },
};

import { Scalar } from "../assembly/words";
import { mix } from "./hash";
import { type Kernels, scalarsAt } from "./plain-kernel";

/** The layers of a network: the twins of the matrix product and of assembly/layers.ts. */
export const LAYER_KERNELS: Kernels<
  | "clear"
  | "copy"
  | "fill"
  | "gemm"
  | "addRowBias"
  | "addChannelBias"
  | "columnSums"
  | "channelSums"
  | "relu"
  | "reluGradient"
  | "dropout"
  | "multiply"
  | "add"
  | "clip"
  | "clipGradient"
  | "channelsToRows"
  | "rowsToChannels"
  | "trackColumns"
  | "trackRows"
> = {
  clear({ b }, { address, bytes }) {
    b.fill(0, address, address + bytes);
  },
  copy({ b }, { bytes, from, to }) {
    b.copyWithin(to, from, from + bytes);
  },
  fill({ f }, { n, address, value }) {
    f.fill(value, address / 4, address / 4 + n);
  },
  /** Row by row, so that the inner loop runs along memory in B and C, or along memory in A and B. */
  gemm({ f }, { m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate }) {
    const A = a / 4;
    const B = b / 4;
    const C = c / 4;
    for (let i = 0; i < m; i++) {
      const row = C + i * ldc;
      if (!accumulate) f.fill(0, row, row + n);
      if (transposeB) {
        for (let j = 0; j < n; j++) {
          let sum = 0;
          if (transposeA) for (let p = 0; p < k; p++) sum += f[A + p * lda + i] * f[B + j * ldb + p];
          else for (let p = 0; p < k; p++) sum += f[A + i * lda + p] * f[B + j * ldb + p];
          f[row + j] += sum;
        }
      } else {
        for (let p = 0; p < k; p++) {
          const factor = transposeA ? f[A + p * lda + i] : f[A + i * lda + p];
          const from = B + p * ldb;
          for (let j = 0; j < n; j++) f[row + j] += factor * f[from + j];
        }
      }
    }
  },
  addRowBias({ f }, { rows, columns, y, bias }) {
    for (let r = 0; r < rows; r++) for (let j = 0; j < columns; j++) f[y / 4 + r * columns + j] += f[bias / 4 + j];
  },
  addChannelBias({ f }, { channels, length, y, bias }) {
    for (let c = 0; c < channels; c++) for (let j = 0; j < length; j++) f[y / 4 + c * length + j] += f[bias / 4 + c];
  },
  columnSums({ f }, { rows, columns, x, out }) {
    f.fill(0, out / 4, out / 4 + columns);
    for (let r = 0; r < rows; r++) for (let j = 0; j < columns; j++) f[out / 4 + j] += f[x / 4 + r * columns + j];
  },
  channelSums({ f }, { channels, length, x, out }) {
    for (let c = 0; c < channels; c++) {
      let sum = 0;
      for (let j = 0; j < length; j++) sum += f[x / 4 + c * length + j];
      f[out / 4 + c] = sum;
    }
  },
  relu({ f }, { n, x }) {
    for (let j = x / 4; j < x / 4 + n; j++) f[j] = Math.max(f[j], 0);
  },
  reluGradient({ f }, { n, dy, y }) {
    for (let j = 0; j < n; j++) if (!(f[y / 4 + j] > 0)) f[dy / 4 + j] = 0;
  },
  dropout({ f, i }, { n, x, factors, site, threshold, scale, scalars }, step) {
    const key = mix(site ^ mix(i[scalarsAt(scalars, step) + Scalar.DropoutSeed]));
    for (let j = 0; j < n; j++) {
      const factor = mix(key + j) >>> 8 < threshold ? 0 : scale;
      f[factors / 4 + j] = factor;
      f[x / 4 + j] *= factor;
    }
  },
  multiply({ f }, { n, a, b }) {
    for (let j = 0; j < n; j++) f[a / 4 + j] *= f[b / 4 + j];
  },
  add({ f }, { n, a, b, y }) {
    for (let j = 0; j < n; j++) f[y / 4 + j] = f[a / 4 + j] + f[b / 4 + j];
  },
  clip({ f }, { n, x, low, high }) {
    for (let j = x / 4; j < x / 4 + n; j++) f[j] = Math.min(Math.max(f[j], low), high);
  },
  clipGradient({ f }, { n, dy, y, low, high }) {
    for (let j = 0; j < n; j++) if (!(f[y / 4 + j] > low && f[y / 4 + j] < high)) f[dy / 4 + j] = 0;
  },
  channelsToRows({ f }, { channels, images, length, x, rows }) {
    for (let c = 0; c < channels; c++)
      for (let n = 0; n < images; n++) {
        const from = x / 4 + (c * images + n) * length;
        f.copyWithin(rows / 4 + (n * channels + c) * length, from, from + length);
      }
  },
  rowsToChannels({ f }, { channels, images, length, rows, x }) {
    for (let c = 0; c < channels; c++)
      for (let n = 0; n < images; n++) {
        const from = rows / 4 + (n * channels + c) * length;
        f.copyWithin(x / 4 + (c * images + n) * length, from, from + length);
      }
  },
  trackColumns({ f }, { rows, columns, x, squares, decay }) {
    for (let j = 0; j < columns; j++) f[squares / 4 + j] *= decay;
    for (let r = 0; r < rows; r++)
      for (let j = 0; j < columns; j++) f[squares / 4 + j] += f[x / 4 + r * columns + j] ** 2;
  },
  trackRows({ f }, { rows, length, x, squares, decay }) {
    for (let r = 0; r < rows; r++) {
      let sum = 0;
      for (let j = 0; j < length; j++) sum += f[x / 4 + r * length + j] ** 2;
      f[squares / 4 + r] = f[squares / 4 + r] * decay + sum;
    }
  },
};

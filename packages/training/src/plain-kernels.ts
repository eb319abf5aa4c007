import { SCALARS } from "../assembly/op";
import type { Arena } from "./arena";
import { mix } from "./hash";
import { INSTRUCTION_WORDS, Op, type Program } from "./program";

// The TypeScript twin of assembly/*.ts: the same instructions over the same memory, one thread, written to be read.
// It is what runs where WebAssembly is missing, and what the tests hold the kernels against.

type Words = Int32Array;

/** The memory as each kernel sees it, and the step it runs. Addresses in arguments are bytes. */
interface Machine {
  readonly f: Float32Array;
  readonly i: Int32Array;
  readonly b: Uint8Array;
  readonly h: Uint16Array;
  readonly step: number;
}

type Kernel = (m: Machine, a: Words, real: Float32Array) => void;

function sample(m: Machine, order: number, count: number, batch: number, firstRow: number, row: number): number {
  return m.i[order / 4 + Math.min(m.step * batch + firstRow + row, count - 1)];
}

const gatherBytes: Kernel = (m, [, rows, size, data, order, count, batch, firstRow, , out], real) => {
  for (let r = 0; r < rows; r++) {
    const from = data + sample(m, order, count, batch, firstRow, r) * size;
    for (let j = 0; j < size; j++) m.f[out / 4 + r * size + j] = m.b[from + j] * real[8];
  }
};

const gatherFloats: Kernel = (m, [, rows, size, data, order, count, batch, firstRow, out]) => {
  for (let r = 0; r < rows; r++) {
    const from = data / 4 + sample(m, order, count, batch, firstRow, r) * size;
    for (let j = 0; j < size; j++) m.f[out / 4 + r * size + j] = m.f[from + j];
  }
};

const gatherLabels: Kernel = (m, [, rows, labels, order, count, batch, firstRow, out]) => {
  for (let r = 0; r < rows; r++) m.i[out / 4 + r] = m.b[labels + sample(m, order, count, batch, firstRow, r)];
};

/** Row by row, so that the inner loop runs along memory in B and C, or along memory in A and B. */
const gemm: Kernel = ({ f }, [, m, n, k, a, lda, transposeA, b, ldb, transposeB, c, ldc, accumulate]) => {
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
};

const addRowBias: Kernel = ({ f }, [, rows, columns, y, bias]) => {
  for (let r = 0; r < rows; r++) for (let j = 0; j < columns; j++) f[y / 4 + r * columns + j] += f[bias / 4 + j];
};

const addChannelBias: Kernel = ({ f }, [, channels, length, y, bias]) => {
  for (let c = 0; c < channels; c++) for (let j = 0; j < length; j++) f[y / 4 + c * length + j] += f[bias / 4 + c];
};

const columnSums: Kernel = ({ f }, [, rows, columns, x, out]) => {
  f.fill(0, out / 4, out / 4 + columns);
  for (let r = 0; r < rows; r++) for (let j = 0; j < columns; j++) f[out / 4 + j] += f[x / 4 + r * columns + j];
};

const channelSums: Kernel = ({ f }, [, channels, length, x, out]) => {
  for (let c = 0; c < channels; c++) {
    let sum = 0;
    for (let j = 0; j < length; j++) sum += f[x / 4 + c * length + j];
    f[out / 4 + c] = sum;
  }
};

const relu: Kernel = ({ f }, [, n, x]) => {
  for (let j = x / 4; j < x / 4 + n; j++) f[j] = Math.max(f[j], 0);
};

const reluGradient: Kernel = ({ f }, [, n, dy, y]) => {
  for (let j = 0; j < n; j++) if (!(f[y / 4 + j] > 0)) f[dy / 4 + j] = 0;
};

const dropout: Kernel = (m, [, n, x, factors, site, threshold, , scalars], real) => {
  const key = mix(site ^ mix(m.i[scalars / 4 + m.step * SCALARS + 4]));
  for (let j = 0; j < n; j++) {
    const factor = mix(key + j) >>> 8 < threshold ? 0 : real[6];
    m.f[factors / 4 + j] = factor;
    m.f[x / 4 + j] *= factor;
  }
};

const multiply: Kernel = ({ f }, [, n, a, b]) => {
  for (let j = 0; j < n; j++) f[a / 4 + j] *= f[b / 4 + j];
};

type Pixel = (column: number, pixel: number) => void;

/** Calls `visit` with the addresses (in floats) of each element of the columns and of the pixel it stands for. */
function eachColumn([, channels, images, total, height, width, kernel, x, columns]: Words, visit: Pixel): void {
  const outHeight = height - kernel + 1;
  const outWidth = width - kernel + 1;
  let column = columns / 4;
  for (let c = 0; c < channels; c++)
    for (let ky = 0; ky < kernel; ky++)
      for (let kx = 0; kx < kernel; kx++)
        for (let n = 0; n < images; n++)
          for (let y = 0; y < outHeight; y++) {
            const from = x / 4 + ((c * total + n) * height + y + ky) * width + kx;
            for (let q = 0; q < outWidth; q++) visit(column++, from + q);
          }
}

const im2col: Kernel = ({ f }, a) =>
  eachColumn(a, (column, pixel) => {
    f[column] = f[pixel];
  });

const col2im: Kernel = ({ f }, [op, channels, images, total, height, width, kernel, columns, x]) =>
  eachColumn(Int32Array.of(op, channels, images, total, height, width, kernel, x, columns), (column, pixel) => {
    f[pixel] += f[column];
  });

const maxPool: Kernel = ({ f, i }, [, planes, height, width, x, y, argmax]) => {
  let out = 0;
  for (let p = 0; p < planes; p++)
    for (let row = 0; row < height >> 1; row++)
      for (let column = 0; column < width >> 1; column++) {
        const first = (p * height + 2 * row) * width + 2 * column;
        let best = first;
        for (const at of [first + 1, first + width, first + width + 1]) if (f[x / 4 + at] > f[x / 4 + best]) best = at;
        f[y / 4 + out] = f[x / 4 + best];
        i[argmax / 4 + out++] = best;
      }
};

const maxPoolGradient: Kernel = ({ f, i }, [, n, size, dy, argmax, dx]) => {
  f.fill(0, dx / 4, dx / 4 + size);
  for (let j = 0; j < n; j++) f[dx / 4 + i[argmax / 4 + j]] = f[dy / 4 + j];
};

const channelsToRows: Kernel = ({ f }, [, channels, images, length, x, rows]) => {
  for (let c = 0; c < channels; c++)
    for (let n = 0; n < images; n++) {
      const from = x / 4 + (c * images + n) * length;
      f.copyWithin(rows / 4 + (n * channels + c) * length, from, from + length);
    }
};

const rowsToChannels: Kernel = ({ f }, [, channels, images, length, rows, x]) => {
  for (let c = 0; c < channels; c++)
    for (let n = 0; n < images; n++) {
      const from = rows / 4 + (n * channels + c) * length;
      f.copyWithin(x / 4 + (c * images + n) * length, from, from + length);
    }
};

/** Probabilities at a temperature, and the log of their partition sum. */
function softmax(logits: Float32Array, temperature: number): { p: Float32Array; logSum: number } {
  const top = Math.max(...logits);
  const p = logits.map((z) => Math.exp((z - top) / temperature));
  const sum = p.reduce((total, e) => total + e, 0);
  return { p: p.map((e) => e / sum), logSum: Math.log(sum) + top / temperature };
}

const softmaxCrossEntropy: Kernel = ({ f, i }, [, rows, classes, z, labels, soft, , , dz, batch, loss], real) => {
  const share = soft ? real[6] : 0;
  const temperature = real[7];
  let total = 0;
  for (let r = 0; r < rows; r++) {
    const logits = f.slice(z / 4 + r * classes, z / 4 + (r + 1) * classes);
    const gradient = f.subarray(dz / 4 + r * classes, dz / 4 + (r + 1) * classes);
    const label = i[labels / 4 + r];
    const hard = softmax(logits, 1);
    total += (1 - share) * (hard.logSum - logits[label]);
    for (let j = 0; j < classes; j++) gradient[j] = ((1 - share) * (hard.p[j] - (j === label ? 1 : 0))) / batch;
    if (!soft) continue;
    const { p, logSum } = softmax(logits, temperature);
    for (let j = 0; j < classes; j++) {
      const q = f[soft / 4 + r * classes + j];
      if (q > 0) total += share * temperature ** 2 * q * (Math.log(q) - logits[j] / temperature + logSum);
      gradient[j] += (share * temperature * (p[j] - q)) / batch;
    }
  }
  f[loss / 4] += total;
};

const countErrors: Kernel = ({ f, i, step }, [, rows, classes, z, labels, count, batch, firstRow, errors]) => {
  const last = Math.min(rows, count - step * batch - firstRow);
  for (let r = 0; r < last; r++) {
    const logits = f.subarray(z / 4 + r * classes, z / 4 + (r + 1) * classes);
    if (logits.indexOf(Math.max(...logits)) !== i[labels / 4 + r]) i[errors / 4]++;
  }
};

const storeRows: Kernel = ({ f, step }, [, rows, size, source, target, count, batch, firstRow]) => {
  const first = step * batch + firstRow;
  const last = Math.min(rows, count - first);
  if (last > 0) f.copyWithin(target / 4 + first * size, source / 4, source / 4 + last * size);
};

const trackColumns: Kernel = ({ f }, [, rows, columns, x, means], real) => {
  for (let j = 0; j < columns; j++) f[means / 4 + j] *= real[5];
  for (let r = 0; r < rows; r++) for (let j = 0; j < columns; j++) f[means / 4 + j] += f[x / 4 + r * columns + j] ** 2;
};

const trackRows: Kernel = ({ f }, [, rows, length, x, means], real) => {
  for (let r = 0; r < rows; r++) {
    let sum = 0;
    for (let j = 0; j < length; j++) sum += f[x / 4 + r * length + j] ** 2;
    f[means / 4 + r] = f[means / 4 + r] * real[5] + sum;
  }
};

/** The threads' gradients added, in the threads' order. */
function gradientAt(f: Float32Array, j: number, gradients: number, stride: number, threads: number): number {
  let g = 0;
  for (let t = 0; t < threads; t++) g += f[(gradients + t * stride) / 4 + j];
  return g;
}

/** Adding zero makes the -0 of a negative weight times a zero mask +0: a pruned weight has one bit pattern. */
function masked(f: Float32Array, weight: number, mask: number, j: number): number {
  return mask ? weight * f[mask / 4 + j] + 0 : weight;
}

const sgd: Kernel = ({ f, step }, [, n, w, gradients, stride, threads, velocity, mask, scalars], real) => {
  const [momentum, decay, l1] = real.subarray(9, 12);
  const row = f.subarray(scalars / 4 + step * SCALARS);
  for (let j = 0; j < n; j++) {
    const weight = f[w / 4 + j];
    const slope = Math.sign(weight) * l1 * row[3] + decay * weight;
    const v = momentum * f[velocity / 4 + j] + gradientAt(f, j, gradients, stride, threads) + slope;
    f[velocity / 4 + j] = v;
    f[w / 4 + j] = masked(f, weight - row[0] * v, mask, j);
  }
};

const adam: Kernel = ({ f, step }, [, n, w, gradients, stride, threads, first, second, mask, scalars], real) => {
  const [beta1, beta2, decay, l1] = real.subarray(10, 14);
  const [rate, adamRate, epsilon, l1Scale] = f.subarray(scalars / 4 + step * SCALARS);
  for (let j = 0; j < n; j++) {
    const weight = f[w / 4 + j];
    const g = gradientAt(f, j, gradients, stride, threads) + Math.sign(weight) * l1 * l1Scale;
    const m = beta1 * f[first / 4 + j] + (1 - beta1) * g;
    const v = beta2 * f[second / 4 + j] + (1 - beta2) * g * g;
    f[first / 4 + j] = m;
    f[second / 4 + j] = v;
    const next = weight * (1 - rate * decay) - (adamRate * m) / (Math.sqrt(v) + epsilon);
    f[w / 4 + j] = masked(f, next, mask, j);
  }
};

const groupSums: Kernel = ({ f, h }, [, n, size, gradients, codes, sums]) => {
  f.fill(0, sums / 4, sums / 4 + size);
  for (let j = 0; j < n; j++) f[sums / 4 + h[codes / 2 + j]] += f[gradients / 4 + j];
};

const expand: Kernel = ({ f, h }, [, n, centroids, codes, w]) => {
  for (let j = 0; j < n; j++) f[w / 4 + j] = f[centroids / 4 + h[codes / 2 + j]];
};

const kernels: Readonly<Record<Op, Kernel>> = {
  [Op.Barrier]: () => {},
  [Op.Fill]: ({ b }, [, address, bytes]) => void b.fill(0, address, address + bytes),
  [Op.GatherBytes]: gatherBytes,
  [Op.GatherFloats]: gatherFloats,
  [Op.GatherLabels]: gatherLabels,
  [Op.Gemm]: gemm,
  [Op.AddRowBias]: addRowBias,
  [Op.AddChannelBias]: addChannelBias,
  [Op.ColumnSums]: columnSums,
  [Op.ChannelSums]: channelSums,
  [Op.Relu]: relu,
  [Op.ReluGradient]: reluGradient,
  [Op.Dropout]: dropout,
  [Op.Multiply]: multiply,
  [Op.Im2col]: im2col,
  [Op.Col2im]: col2im,
  [Op.MaxPool]: maxPool,
  [Op.MaxPoolGradient]: maxPoolGradient,
  [Op.ChannelsToRows]: channelsToRows,
  [Op.RowsToChannels]: rowsToChannels,
  [Op.SoftmaxCrossEntropy]: softmaxCrossEntropy,
  [Op.CountErrors]: countErrors,
  [Op.StoreRows]: storeRows,
  [Op.TrackColumns]: trackColumns,
  [Op.TrackRows]: trackRows,
  [Op.Sgd]: sgd,
  [Op.Adam]: adam,
  [Op.GroupSums]: groupSums,
  [Op.Expand]: expand,
};

/** Runs a program for steps [first, first + steps) in plain TypeScript. */
export function runPlain(
  arena: Arena,
  program: Program,
  options: { readonly first: number; readonly steps: number },
): void {
  const { buffer } = arena;
  const views = {
    f: new Float32Array(buffer),
    i: new Int32Array(buffer),
    b: new Uint8Array(buffer),
    h: new Uint16Array(buffer),
  };
  for (let step = options.first; step < options.first + options.steps; step++) {
    const machine: Machine = { ...views, step };
    for (let n = 0; n < program.length; n++) {
      const at = program.address + n * INSTRUCTION_WORDS * 4;
      const words = new Int32Array(buffer, at, INSTRUCTION_WORDS);
      kernels[words[0] as Op](machine, words, new Float32Array(buffer, at, INSTRUCTION_WORDS));
    }
  }
}

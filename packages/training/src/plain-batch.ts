import type { Kernels, Memory } from "./plain-kernel";
import type { Operands } from "./program";

type BatchOrder = Pick<Operands<"gatherLabels">, "order" | "count" | "batch" | "firstRow">;

/** The sample of row `row` at `step`; past the end of the order its last one. */
function sampleOf({ i }: Memory, { order, count, batch, firstRow }: BatchOrder, step: number, row: number): number {
  return i[order / 4 + Math.min(step * batch + firstRow + row, count - 1)];
}

/** Probabilities at a temperature, and the log of their partition sum. */
function softmax(logits: Float32Array, temperature: number): { p: Float32Array; logSum: number } {
  const top = Math.max(...logits);
  const p = logits.map((z) => Math.exp((z - top) / temperature));
  const sum = p.reduce((total, e) => total + e, 0);
  return { p: p.map((e) => e / sum), logSum: Math.log(sum) + top / temperature };
}

/** A batch in, a loss out: the twins of assembly/batch.ts. */
export const BATCH_KERNELS: Kernels<
  "gatherBytes" | "gatherFloats" | "gatherLabels" | "softmaxCrossEntropy" | "squaredError" | "countErrors" | "storeRows"
> = {
  gatherBytes(memory, { rows, size, data, scale, out, ...order }, step) {
    for (let r = 0; r < rows; r++) {
      const from = data + sampleOf(memory, order, step, r) * size;
      for (let j = 0; j < size; j++) memory.f[out / 4 + r * size + j] = memory.b[from + j] * scale;
    }
  },
  gatherFloats(memory, { rows, size, data, out, ...order }, step) {
    for (let r = 0; r < rows; r++) {
      const from = data / 4 + sampleOf(memory, order, step, r) * size;
      memory.f.copyWithin(out / 4 + r * size, from, from + size);
    }
  },
  gatherLabels(memory, { rows, labels, out, ...order }, step) {
    for (let r = 0; r < rows; r++) memory.i[out / 4 + r] = memory.b[labels + sampleOf(memory, order, step, r)];
  },
  softmaxCrossEntropy({ f, i }, { rows, classes, labels, soft, temperature, batch, loss, ...at }) {
    const fraction = soft ? at.fraction : 0;
    let total = 0;
    for (let r = 0; r < rows; r++) {
      const logits = f.slice(at.logits / 4 + r * classes, at.logits / 4 + (r + 1) * classes);
      const gradient = f.subarray(at.gradient / 4 + r * classes, at.gradient / 4 + (r + 1) * classes);
      const label = i[labels / 4 + r];
      const hard = softmax(logits, 1);
      total += (1 - fraction) * (hard.logSum - logits[label]);
      for (let j = 0; j < classes; j++) gradient[j] = ((1 - fraction) * (hard.p[j] - (j === label ? 1 : 0))) / batch;
      if (!soft) continue;
      const { p, logSum } = softmax(logits, temperature);
      for (let j = 0; j < classes; j++) {
        const q = f[soft / 4 + r * classes + j];
        if (q > 0) total += fraction * temperature ** 2 * q * (Math.log(q) - logits[j] / temperature + logSum);
        gradient[j] += (fraction * temperature * (p[j] - q)) / batch;
      }
    }
    f[loss / 4] += total;
  },
  squaredError({ f }, { n, y, targets, factor, gradient, loss }) {
    let total = 0;
    for (let j = 0; j < n; j++) {
      const difference = f[y / 4 + j] - f[targets / 4 + j];
      total += difference ** 2;
      f[gradient / 4 + j] = 2 * factor * difference;
    }
    f[loss / 4] += factor * total;
  },
  countErrors({ f, i }, { rows, classes, logits, labels, count, batch, firstRow, errors }, step) {
    const last = Math.min(rows, count - step * batch - firstRow);
    for (let r = 0; r < last; r++) {
      const row = f.subarray(logits / 4 + r * classes, logits / 4 + (r + 1) * classes);
      if (row.indexOf(Math.max(...row)) !== i[labels / 4 + r]) i[errors / 4]++;
    }
  },
  storeRows({ f }, { rows, size, source, target, count, batch, firstRow }, step) {
    const first = step * batch + firstRow;
    const last = Math.min(rows, count - first);
    if (last > 0) f.copyWithin(target / 4 + first * size, source / 4, source / 4 + last * size);
  },
};

// The forward pass in float64, written as it is defined and for one sample at a time: what the kernels are held against.

import { floatValues, type Network, type Node } from "@deep-compression/network";
import type { Samples } from "@deep-compression/training";

/** Numbers of one sample, or of one parameter, row-major. */
export interface Values {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export type Weights = ReadonlyMap<string, Values>;

export interface Teacher {
  readonly logits: Float32Array;
  readonly share: number;
  readonly temperature: number;
}

export function weightsOf(network: Network): Weights {
  return new Map(
    network.tensors.map((tensor) => [
      tensor.name,
      { shape: tensor.shape, data: Float64Array.from(floatValues(tensor)) },
    ]),
  );
}

function gemm(x: Values, w: Values, b: Values): Values {
  const [outputs, inputs] = w.shape;
  const data = b.data.slice();
  for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) data[o] += w.data[o * inputs + i] * x.data[i];
  return { shape: [outputs], data };
}

function conv(x: Values, w: Values, b: Values): Values {
  const [outputs, inputs, kernel] = w.shape;
  const [, height, width] = x.shape;
  const [rows, columns] = [height - kernel + 1, width - kernel + 1];
  const data = new Float64Array(outputs * rows * columns);
  for (let o = 0; o < outputs; o++)
    for (let r = 0; r < rows; r++)
      for (let c = 0; c < columns; c++) {
        let sum = b.data[o];
        for (let i = 0; i < inputs; i++)
          for (let ky = 0; ky < kernel; ky++)
            for (let kx = 0; kx < kernel; kx++)
              sum +=
                w.data[((o * inputs + i) * kernel + ky) * kernel + kx] * x.data[(i * height + r + ky) * width + c + kx];
        data[(o * rows + r) * columns + c] = sum;
      }
  return { shape: [outputs, rows, columns], data };
}

function maxPool({ shape: [channels, height, width], data }: Values): Values {
  const shape = [channels, height / 2, width / 2];
  const pooled = Float64Array.from({ length: data.length / 4 }, (_, at) => {
    const column = at % shape[2];
    const row = Math.floor(at / shape[2]); // of all the channels' rows
    const first = 2 * row * width + 2 * column;
    return Math.max(data[first], data[first + 1], data[first + width], data[first + width + 1]);
  });
  return { shape, data: pooled };
}

function apply(node: Node, x: Values, weights: Weights): Values {
  const [w, b] = node.inputs.slice(1).map((name) => weights.get(name));
  if (node.op === "Gemm" && w && b) return gemm(x, w, b);
  if (node.op === "Conv" && w && b) return conv(x, w, b);
  if (node.op === "MaxPool") return maxPool(x);
  if (node.op === "Relu") return { shape: x.shape, data: x.data.map((value) => Math.max(value, 0)) };
  if (node.op === "Flatten") return { shape: [x.data.length], data: x.data };
  throw new Error(`the reference has no ${node.op}`);
}

/** The inputs as the network sees them: bytes are scaled. */
function sampleInput(network: Network, { inputs, labels, scale = 1 / 255 }: Samples, n: number): Values {
  const size = inputs.length / labels.length;
  const factor = inputs instanceof Uint8Array ? scale : 1;
  const shape = (network.graph?.inputs[0].shape ?? []).slice(1).map(Number);
  return { shape, data: Float64Array.from(inputs.subarray(n * size, (n + 1) * size), (value) => value * factor) };
}

/** Every value between the layers for one sample, the input first. */
export function referenceValues(network: Network, weights: Weights, samples: Samples, n: number): Values[] {
  const values = [sampleInput(network, samples, n)];
  for (const node of network.graph?.nodes ?? []) values.push(apply(node, values[values.length - 1], weights));
  return values;
}

export function referenceLogits(network: Network, weights: Weights, samples: Samples, n: number): Float64Array {
  return referenceValues(network, weights, samples, n).at(-1)!.data;
}

export function softmax(logits: Float64Array, temperature: number): Float64Array {
  const powers = logits.map((z) => Math.exp((z - Math.max(...logits)) / temperature));
  return powers.map((power) => power / powers.reduce((a, b) => a + b));
}

/** Mean over the first `batch` samples of (1 - share) CE(label, p) + share T^2 KL(q_T || p_T). */
export function referenceLoss(
  network: Network,
  weights: Weights,
  options: { readonly samples: Samples; readonly batch: number; readonly teacher?: Teacher },
): number {
  const { samples, batch, teacher } = options;
  let total = 0;
  for (let n = 0; n < batch; n++) {
    const logits = referenceLogits(network, weights, samples, n);
    const hard = -Math.log(softmax(logits, 1)[samples.labels[n]]);
    if (!teacher) {
      total += hard;
      continue;
    }
    const { share, temperature } = teacher;
    const row = Float64Array.from(teacher.logits.subarray(n * logits.length, (n + 1) * logits.length));
    const p = softmax(logits, temperature);
    const divergence = softmax(row, temperature).reduce((sum, q, j) => sum + q * Math.log(q / p[j]), 0);
    total += (1 - share) * hard + share * temperature ** 2 * divergence;
  }
  return total / batch;
}

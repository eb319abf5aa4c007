// The forward pass in float64, written as it is defined and for one sample at a time: what the kernels are held against.

import { type Network, numericValues } from "@deep-compression/network";
import type { Samples } from "@deep-compression/training";
import { applyNode } from "./reference-operators";

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
      { shape: tensor.shape, data: Float64Array.from(numericValues(tensor), Number) },
    ]),
  );
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
  const { inputs = [], nodes = [] } = network.graph ?? {};
  const values = new Map([[inputs[0].name, sampleInput(network, samples, n)]]);
  for (const node of nodes) {
    const read = node.inputs.map((name) => values.get(name) ?? weights.get(name));
    values.set(node.outputs[0], applyNode(node, read));
  }
  return [...values.values()];
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

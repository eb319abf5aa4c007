import { loadMnist } from "@deep-compression/experiments";
import { type Architecture, floatValues, type Network } from "@deep-compression/network";
import { constant, createTrainer, type Samples } from "@deep-compression/training";
import { relativeDifference } from "./agreement";
import { epochByEpoch } from "./epoch-by-epoch";
import type { TensorFlow } from "./tfjs";
import type { Gradients } from "./tfjs-layers";
import { type Parameters, type TfBatch, tfTrainer } from "./tfjs-trainer";

export const BATCH_SIZE = 128;
const MOMENTUM = 0.9;
const PIXELS = 784;

/** The first `count` of MNIST's 60,000 training images. */
export async function mnistImages(count: number): Promise<Samples> {
  return firstOf((await loadMnist({ validation: 0 })).training, count);
}

function firstOf({ inputs, labels }: Samples, count: number): Samples {
  return { inputs: inputs.subarray(0, count * PIXELS), labels: labels.subarray(0, count) };
}

/** One engine that trains one network, whoever wrote it. */
export interface Side {
  /** Prepares to train on these images in whole batches; each call of what it returns is one more epoch. */
  start(images: Samples): () => Promise<void>;
  parameters(): Parameters;
  close(): Promise<void>;
}

export interface Task {
  readonly architecture: Architecture;
  /** The weights that every side starts from. */
  readonly network: Network;
  readonly learningRate: number;
}

/** Makes two engines for the same task. */
export type Sides = (task: Task) => Promise<{ readonly ours: Side; readonly theirs: Side }>;

/** The tensors of a network by name. */
export function parametersOf(network: Network): Parameters {
  return new Map(network.tensors.map((tensor) => [tensor.name, { shape: tensor.shape, values: floatValues(tensor) }]));
}

/** More than any report times; a training run has to know its length. */
const MAX_EPOCHS = 1000;

/** Our trainer. */
export async function ourSide(
  task: Task,
  options: { readonly kernels: "wasm" | "plain"; readonly threads: number },
): Promise<Side> {
  const trainer = await createTrainer(task.network, { batch: BATCH_SIZE, seed: 1, ...options });
  const learningRate = constant(task.learningRate);
  const optimizer = { kind: "sgd", momentum: MOMENTUM } as const;
  return {
    start: (images) =>
      epochByEpoch((onEpoch) => trainer.train(images, { epochs: MAX_EPOCHS, learningRate, optimizer, onEpoch })),
    parameters: () => parametersOf(trainer.network()),
    close: () => trainer.close(),
  };
}

/** TensorFlow.js. Batches are cut and uploaded when it starts. */
export function tensorFlowSide(tf: TensorFlow, task: Task, options: { readonly gradients: Gradients }): Side {
  const { architecture, network, learningRate } = task;
  const parameters = parametersOf(network);
  const trainer = tfTrainer(tf, {
    network: architecture.name,
    parameters,
    learningRate,
    momentum: MOMENTUM,
    ...options,
  });
  const uploaded: TfBatch[] = [];
  const upload = ({ inputs, labels }: Samples, first: number) => {
    const bytes = inputs.subarray(first * PIXELS, (first + BATCH_SIZE) * PIXELS);
    return trainer.batch(
      Float32Array.from(bytes, (byte) => byte / 255),
      labels.subarray(first, first + BATCH_SIZE),
    );
  };
  return {
    start: (images) => {
      const count = Math.floor(images.labels.length / BATCH_SIZE);
      const batches = Array.from({ length: count }, (_, i) => upload(images, i * BATCH_SIZE));
      uploaded.push(...batches);
      return async () => {
        for (const batch of batches) trainer.step(batch);
      };
    },
    parameters: () => trainer.parameters(),
    close: async () => {
      for (const { images, labels } of uploaded) {
        images.dispose();
        labels.dispose();
      }
      trainer.dispose();
    },
  };
}

/**
 * Trains both sides for three steps on the same batch, from the same weights, and compares how far each tensor moved:
 * comparing the weights themselves would hide a side that does not move at all.
 *
 * @throws Error unless the distances are the same
 */
export async function assertSameTraining(
  task: Task,
  sides: Awaited<ReturnType<Sides>>,
  images: Samples,
): Promise<void> {
  const batch = firstOf(images, BATCH_SIZE);
  const moved = async (side: Side) => {
    const epoch = side.start(batch);
    for (let step = 0; step < 3; step++) await epoch();
    return side.parameters();
  };
  const [ours, theirs] = [await moved(sides.ours), await moved(sides.theirs)];
  for (const [name, { values: start }] of parametersOf(task.network)) {
    const move = (parameters: Parameters) => parameters.get(name)!.values.map((value, i) => value - start[i]!);
    const difference = relativeDifference(move(ours), move(theirs));
    if (!(difference <= 1e-3)) throw new Error(`the sides moved ${name} apart: relative difference ${difference}`);
  }
}

import type { Network } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { createCore, networkOf } from "./create-core";
import { type Engine, plainEngine, wasmEngine } from "./engine";
import { type Evaluation, evaluate, logitsOf } from "./evaluation";
import { inputRms } from "./input-rms";
import type { Samples } from "./samples";
import { captureState, restoreState, type TrainerState } from "./state";
import { gradients, train } from "./train";
import type { LossOptions, TrainOptions } from "./train-options";
import { centroidsOf, maskOf, setCentroids, setMask, share, type TensorCodebook } from "./weight-constraints";

/**
 * A network in training. Weights may be held: by a mask (pruned ones stay zero) or by a codebook (shared ones stay
 * equal; training moves the centroids by their summed gradients, Deep Compression, eq. 3).
 */
export interface Trainer {
  readonly threads: number;
  readonly names: readonly string[];
  /** The tensors that pruning, weight decay and L1 are for: all but the biases. */
  readonly weightNames: readonly string[];
  /**
   * Trains for the epochs left. Samples that do not fill a batch are left out; the order is new every epoch.
   * @throws RangeError if an option is out of its range, the samples do not fit, or the network is not supported.
   */
  train(samples: Samples, options: TrainOptions<Trainer>): Promise<void>;
  evaluate(samples: Samples): Evaluation;
  /** Logits [count, classes] of all samples. */
  logits(samples: Samples): Float32Array;
  /** Mean loss and gradients of the first batch, in the samples' own order; nothing is changed. */
  gradients(
    samples: Samples,
    options?: LossOptions,
  ): { readonly loss: number; readonly gradients: ReadonlyMap<string, Float32Array> };
  /** A copy of a tensor's weights. */
  weights(name: string): Float32Array;
  setWeights(name: string, values: Float32Array): void;
  /** 0 or 1 a weight. */
  mask(name: string): Uint8Array;
  /**
   * Holds the weights that are 0 in the mask at zero from now on.
   * @throws RangeError if the mask has another length than the tensor.
   */
  setMask(name: string, mask: Uint8Array): void;
  /**
   * Root mean square of each input of a layer's weight, [inputs * kernel * kernel], over the last batches of a run that tracks.
   * @throws RangeError if no run has tracked its inputs.
   */
  inputRms(name: string): Float32Array;
  /**
   * Ties the weights that the mask keeps to a codebook.
   * @throws RangeError if there is not a code for every weight, and a centroid for every code.
   */
  share(name: string, codebook: TensorCodebook): void;
  isShared(name: string): boolean;
  centroids(name: string): Float32Array;
  setCentroids(name: string, centroids: Float32Array): void;
  /** The network with the weights as they are. */
  network(): Network;
  /** Everything that training needs to go on: restored, and with `firstEpoch`, a run ends in the same bits. */
  state(): TrainerState;
  /** @throws RangeError if an array of the state is missing or has another length. */
  restore(state: TrainerState): void;
  /** Ends the worker threads. */
  close(): Promise<void>;
}

export interface TrainerOptions {
  /** Samples a step. Default 128. */
  readonly batch?: number;
  /** Default 1. Results repeat to the bit for the same number. */
  readonly threads?: number;
  /** Default "wasm". "plain": their twins in TypeScript, one thread. */
  readonly kernels?: "wasm" | "plain";
  readonly seed: number;
}

/**
 * A trainer for networks that end in a Gemm, with softmax cross-entropy. Weights, biases, scales of normalizations, and tensors that
 * no node reads are trained; they must be float32. Statistics of normalizations, and whatever else nodes read, stay as they are.
 * @throws RangeError if an option is out of its range, or the network has no graph or does not end in a Gemm.
 * @throws TypeError if a tensor of the network is not float32.
 * @throws Error if WebAssembly lacks SIMD or shared memory.
 */
export async function createTrainer(network: Network, options: TrainerOptions): Promise<Trainer> {
  const { batch = 128, threads = 1, kernels = "wasm", seed } = options;
  if (!Number.isInteger(batch) || batch < threads)
    throw new RangeError(`batch: expected a whole number of at least ${threads}, got ${batch}`);
  if (!Number.isInteger(seed)) throw new RangeError(`seed: expected a whole number, got ${seed}`);
  if (kernels === "plain" && threads !== 1) throw new RangeError(`threads: the plain kernels have one, got ${threads}`);
  const engine = kernels === "wasm" ? await wasmEngine({ threads }) : plainEngine();
  try {
    return trainerOn(engine, network, { batch, seed });
  } catch (error) {
    await engine.close();
    throw error;
  }
}

/** A trainer on an engine, which it closes in the end. */
export function trainerOn(engine: Engine, network: Network, options: { batch: number; seed: number }): Trainer {
  const core = createCore(engine, network, options);
  if (core.classes === 0) throw new RangeError("network: expected a Gemm as its last node");
  const { parameters } = core;
  const weights = (name: string) => {
    const parameter = parameters.named(name);
    return engine.arena.floats(parameter.weights, parameter.count);
  };
  const trainer: Trainer = {
    threads: engine.threads,
    names: parameters.list.map(({ name }) => name),
    weightNames: parameters.list.filter(({ shape }) => shape.length > 1).map(({ name }) => name),
    train: (samples, options) => train(core, trainer, samples, options),
    evaluate: (samples) => evaluate(core, samples),
    logits: (samples) => logitsOf(core, samples),
    gradients: (samples, options = {}) => gradients(core, samples, options),
    weights: (name) => weights(name).slice(),
    setWeights(name, values) {
      if (values.length !== weights(name).length)
        throw new RangeError(
          `weights of ${quoted(name)}: expected ${weights(name).length} elements, got ${values.length}`,
        );
      weights(name).set(values);
    },
    mask: (name) => maskOf(core, name),
    setMask: (name, mask) => setMask(core, name, mask),
    inputRms: (name) => inputRms(core, name),
    share: (name, codebook) => share(core, name, codebook),
    isShared: (name) => parameters.named(name).shared !== undefined,
    centroids: (name) => centroidsOf(core, name),
    setCentroids: (name, centroids) => setCentroids(core, name, centroids),
    network: () => networkOf(core),
    state: () => captureState(core),
    restore: (state) => restoreState(core, state),
    close: () => engine.close(),
  };
  return trainer;
}

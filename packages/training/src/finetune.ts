import { elementCount } from "@deep-compression/bits";
import { type Network, shapeOf } from "@deep-compression/network";
import { checkInteger, quoted } from "@deep-compression/runtime";
import { SCALARS } from "../assembly/words";
import { openScope, type Scope, withScope } from "./arena";
import { compileDistillation, type OutputTarget } from "./compile-distillation";
import type { Core } from "./core";
import { createCore, networkOf } from "./create-core";
import { dryCompile } from "./dry-compile";
import { plainEngine, wasmEngine } from "./engine";
import { inputOf } from "./graph-input";
import { mix } from "./hash";
import { elements } from "./layer";
import { type Run, totalLoss } from "./run";
import { shuffle } from "./samples";
import { cosine, type Schedule } from "./schedule";
import type { StepRule } from "./step-rule";
import { tieEqualWeights } from "./tied-weights";
import { summedGradients, writeScalars } from "./train";
import { checkScheduled } from "./train-options";

/** What a network is to compute: what another makes of some inputs. There are no labels. */
export interface TeacherSamples {
  readonly count: number;
  /** [count, ...sample shape], row-major. */
  readonly inputs: Float32Array;
  /** The teacher's outputs, [count, ...], by the names that outputs have in the graph. */
  readonly outputs: ReadonlyMap<string, Float32Array>;
}

export interface FinetuneOptions {
  readonly steps: number;
  readonly seed: number;
  /** Samples a step; default 32, or as many as there are, or as fit into a gigabyte. */
  readonly batch?: number;
  /** Adam's, over the steps, relative to the root mean square of a tensor; default a cosine from 1e-3 on. */
  readonly learningRate?: Schedule;
  /** Tensors that move; default: all that training knows. Others stay as they are. */
  readonly trained?: ReadonlySet<string>;
  readonly threads?: number;
  readonly kernels?: "wasm" | "plain";
  /** Told of each step: the squared error of the batch's outputs, each over its energy, before the step. */
  readonly onStep?: (report: { readonly step: number; readonly steps: number; readonly loss: number }) => void;
  /** Ends the work in front of the next step, with the signal's reason as the error. */
  readonly signal?: AbortSignal;
}

/** Samples a step. */
const BATCH = 32;

/** Memory that values and gradients of a batch may take. */
const BATCH_BYTES = 2 ** 30;

const PLAIN_RULE: StepRule = {
  update: { kind: "adam", beta1: 0.9, beta2: 0.999 },
  weightDecay: 0,
  l1: 0,
  dropout: {},
  trackDecay: 1,
};

/**
 * Trains a network of shared weights towards the outputs of another (1503.02531, without labels), by the squared error of each output
 * over the energy that it has on average. Equal weights of a tensor stay equal and zeros stay zero: it is their shared values that move,
 * by the sum of their weights' gradients (Deep Compression, eq. 3). Biases and the scales and biases of normalizations move each by
 * itself. What is not trained stays as it is, to the bit.
 *
 * @throws RangeError if training does not support the network, samples do not fit it, or an option is out of its range; TypeError if a
 * tensor to train is not float32; Error if WebAssembly lacks SIMD or shared memory; the signal's reason
 */
export async function finetune(network: Network, samples: TeacherSamples, options: FinetuneOptions): Promise<Network> {
  const { threads = 1, kernels = "wasm", seed } = options;
  checkInteger("steps", options.steps, { minimum: 0 });
  checkInteger("seed", seed);
  const { imageBytes } = checkSamples(network, samples);
  const fitting = Math.max(1, Math.floor(BATCH_BYTES / imageBytes));
  const batch = options.batch ?? Math.min(BATCH, samples.count, Math.max(fitting, threads));
  checkInteger("batch", batch, { minimum: threads, maximum: samples.count });
  const engine = kernels === "wasm" ? await wasmEngine({ threads }) : plainEngine();
  try {
    const core = createCore(engine, network, { batch, seed });
    const frozen = tieEqualWeights(core, options.trained);
    await runSteps(core, samples, { ...options, frozen });
    return networkOf(core);
  } finally {
    await engine.close();
  }
}

function checkSamples(network: Network, { count, inputs, outputs }: TeacherSamples): { readonly imageBytes: number } {
  const { graph } = network;
  if (!graph) throw new RangeError("network: expected one with a graph");
  checkInteger("samples.count", count, { minimum: 1 });
  const compiled = dryCompile({ ...network, graph });
  const size = elementCount(
    shapeOf(inputOf({ ...network, graph }))
      .slice(1)
      .map(Number),
  );
  if (inputs.length !== count * size)
    throw new RangeError(`samples.inputs: expected ${count} times ${size} numbers, got ${inputs.length}`);
  if (outputs.size === 0) throw new RangeError("samples.outputs: expected at least one output, got none");
  for (const [name, values] of outputs) {
    const value = compiled.outputs.get(name);
    const expected = value && count * elements(value, 1);
    if (values.length !== expected) {
      const wanted = expected === undefined ? "the name of an output" : `${expected} numbers`;
      throw new RangeError(`samples.outputs, ${quoted(name)}: expected ${wanted}, got ${values.length}`);
    }
  }
  return compiled;
}

/** Copies samples into the arena, with the order in which the steps take them: each once before any is taken again. */
function prepare(core: Core, scope: Scope, samples: TeacherSamples, steps: number) {
  const { arena, threads } = core.engine;
  const place = (values: Float32Array) => {
    const address = scope.allocate(values.byteLength);
    arena.floats(address, values.length).set(values);
    return address;
  };
  const count = steps * core.batch;
  const order = scope.allocate(count * 4);
  const places = arena.ints(order, count);
  const round = new Int32Array(samples.count);
  for (let start = 0, rounds = 0; start < count; start += round.length, rounds++) {
    shuffle(round, mix(core.seed) + rounds);
    places.set(round.subarray(0, count - start), start);
  }
  const size = samples.inputs.length / samples.count;
  const inputs = place(samples.inputs);
  const run: Run = {
    core,
    data: { count, size, kind: "floats", scale: 1, inputs, labels: 0 },
    order,
    scalars: scope.allocate(steps * SCALARS * 4),
    totals: scope.allocate(16 * threads),
  };
  const outputs = [...samples.outputs].map(([name, values]): OutputTarget => {
    const energy = values.reduce((sum, value) => sum + value * value, 0) / samples.count;
    return { name, targets: place(values), energy: energy > 0 ? energy : 1 };
  });
  return { run, outputs };
}

async function runSteps(
  core: Core,
  samples: TeacherSamples,
  options: FinetuneOptions & { readonly frozen: ReadonlySet<string> },
): Promise<void> {
  const { engine, seed } = core;
  const { steps, frozen, onStep, signal, learningRate = cosine({ initial: 1e-3 }) } = options;
  const { arena, threads } = engine;
  const rule: StepRule = { ...PLAIN_RULE, frozen, rateScales: sizesOf(core) };
  const scope = openScope(arena);
  try {
    const { run, outputs } = prepare(core, scope, samples, steps);
    const programs = Array.from({ length: threads }, (_, thread) =>
      compileDistillation(run, scope, thread, { rule, outputs, update: "weights" }),
    );
    for (let step = 0; step < steps; step++) {
      signal?.throwIfAborted();
      const rate = checkScheduled("learningRate", learningRate(step / steps));
      const row = arena.floats(run.scalars + step * SCALARS * 4, SCALARS);
      writeScalars(row, { rate, step, rule: rule.update, l1: 0, seed });
      arena.floats(run.totals, 4 * threads).fill(0);
      engine.run(programs, { first: step, steps: 1 });
      onStep?.({ step: step + 1, steps, loss: totalLoss(run) });
      await new Promise((resolve) => setTimeout(resolve, 0));
    }
  } finally {
    scope.release();
  }
}

/** The root mean square of each tensor, over the values that are not zero. */
function sizesOf({ engine, parameters }: Core): ReadonlyMap<string, number> {
  return new Map(
    parameters.list.map(({ name, weights, count }) => {
      const values = engine.arena.floats(weights, count).filter((value) => value !== 0);
      const squares = values.reduce((sum, value) => sum + value * value, 0);
      return [name, values.length === 0 ? 1 : Math.sqrt(squares / values.length)];
    }),
  );
}

/** The gradients of one step over the first samples, in their own order, and the loss; nothing is changed. */
export function teacherGradients(core: Core, samples: TeacherSamples) {
  const { arena, threads } = core.engine;
  return withScope(arena, (scope) => {
    const { run, outputs } = prepare(core, scope, samples, 1);
    arena.ints(run.order, core.batch).forEach((_, i, places) => {
      places[i] = i;
    });
    const programs = Array.from({ length: threads }, (_, thread) =>
      compileDistillation(run, scope, thread, { rule: PLAIN_RULE, outputs, update: "nothing" }),
    );
    core.engine.run(programs, { first: 0, steps: 1 });
    return { loss: totalLoss(run), gradients: summedGradients(core) };
  });
}

import { floatTensor, type Network } from "@deep-compression/network";
import { SCALARS } from "../assembly/op";
import { type CompileOptions, compileEvaluation, compileTraining, type LoadedData, type RunAddresses, type StepRule, type UpdateRule } from "./compile";
import { type Engine, plainEngine, wasmEngine } from "./engine";
import { allocateParameters, allocateShared, type Parameter, type Parameters, padded, type SharedParameter } from "./parameters";
import { mix } from "./plain-kernels";
import type { Program } from "./program";
import { constant, type Schedule } from "./schedule";

/** Labelled samples. Byte inputs are multiplied by `scale` (1/255 by default) as they are taken. */
export interface Samples {
  /** [count, ...sample shape], row-major. */
  readonly inputs: Uint8Array | Float32Array;
  /** One class a sample. */
  readonly labels: Uint8Array;
  readonly scale?: number;
}

/** Training a network towards the outputs of another (1503.02531). */
export interface Distillation {
  /** The teacher's logits of the training samples, [count, classes]: `trainer.logits`. */
  readonly logits: Float32Array;
  /** Share of the loss; the labels have the rest. Default 0.5. */
  readonly share?: number;
  /** Default 3. */
  readonly temperature?: number;
}

export interface EpochReport {
  /** Epochs done, of `epochs`. */
  readonly epoch: number;
  readonly epochs: number;
  /** Mean loss of the epoch's batches. */
  readonly loss: number;
}

export interface Hook {
  readonly steps: number;
  /** `done`: the part of the stage that is done, 0 to 1. Called before the steps 0, steps, 2 * steps, ... */
  readonly run: (trainer: Trainer, done: number) => void;
}

export interface TrainOptions {
  readonly epochs: number;
  /** Epochs that a restored state has behind it; they are not run again. Default 0. */
  readonly firstEpoch?: number;
  readonly learningRate: Schedule;
  /** Default: Adam with 0.9 and 0.999. */
  readonly optimizer?: UpdateRule;
  /** SGD: an L2 term; Adam: decoupled. Weights only. Default 0. */
  readonly weightDecay?: number;
  /** Slope of an L1 term, added to the gradient before the optimizer sees it. Weights only. Default 0. */
  readonly l1?: number;
  /** Scale of `l1` over the stage. Default constant 1. */
  readonly l1Schedule?: Schedule;
  /** Dropout rate of a layer's input, by the name of the layer's weight. */
  readonly dropout?: Readonly<Record<string, number>>;
  readonly distill?: Distillation;
  /** Whether the running rms of the layers' inputs is kept (for `inputRms`). Default false. */
  readonly trackInputs?: boolean;
  /** Work between steps, such as pruning. */
  readonly hook?: Hook;
  /** Called after every epoch; what it returns is awaited. */
  readonly onEpoch?: (report: EpochReport) => void | Promise<void>;
}

export interface Evaluation {
  readonly count: number;
  readonly errors: number;
  readonly errorPercent: number;
}

/** Everything that a training run needs to go on: arrays by name. */
export interface TrainerState {
  readonly arrays: ReadonlyMap<string, Float32Array>;
}

export interface Trainer {
  readonly threads: number;
  readonly names: readonly string[];
  /** The tensors that pruning, weight decay and L1 are for: all but the biases. */
  readonly weightNames: readonly string[];
  /** Trains for the epochs left. Batches that the samples do not fill are left out; the order is new every epoch. */
  train(samples: Samples, options: TrainOptions): Promise<void>;
  evaluate(samples: Samples): Evaluation;
  /** Logits [count, classes] of all samples. */
  logits(samples: Samples): Float32Array;
  /** Loss and gradients of the first batch, in the samples' own order; nothing is changed. */
  gradients(samples: Samples, options?: Pick<TrainOptions, "distill">): { readonly loss: number; readonly gradients: ReadonlyMap<string, Float32Array> };
  /** A copy of a tensor's weights. */
  weights(name: string): Float32Array;
  setWeights(name: string, values: Float32Array): void;
  mask(name: string): Uint8Array;
  /** Holds the weights that are 0 in the mask at zero from now on. */
  setMask(name: string, mask: Uint8Array): void;
  /** Root mean square of each input of a layer's weight, [inputs * kernel * kernel], over the last batches of a run that tracks. */
  inputRms(name: string): Float32Array;
  /**
   * Ties weights to a codebook: weight i becomes centroids[codes[i]] wherever the mask is 1, and zero elsewhere.
   * Training then moves the centroids by their summed gradients (Deep Compression, eq. 3).
   */
  share(name: string, codebook: { readonly centroids: Float32Array; readonly codes: Uint8Array | Uint16Array }): void;
  centroids(name: string): Float32Array;
  setCentroids(name: string, centroids: Float32Array): void;
  /** The network with the weights as they are. */
  network(): Network;
  state(): TrainerState;
  restore(state: TrainerState): void;
  close(): Promise<void>;
}

export interface TrainerOptions {
  /** Samples a step. Default 128. */
  readonly batch?: number;
  /** Default 1. Results repeat to the bit for the same number. */
  readonly threads?: number;
  /** Default "wasm". "plain": the TypeScript twin, one thread. */
  readonly kernels?: "wasm" | "plain";
  readonly seed: number;
}

/** Decay of the running squares: about the last fifty batches. */
const TRACK_DECAY = 0.98;
/** Steps between looks at the event loop. */
const STEPS_AT_ONCE = 64;

interface Run {
  readonly options: CompileOptions;
  readonly addresses: RunAddresses;
}

function load(engine: Engine, samples: Samples): LoadedData {
  const { inputs, labels, scale = 1 / 255 } = samples;
  const count = labels.length;
  const size = inputs.length / count;
  if (count === 0 || !Number.isInteger(size)) throw new RangeError(`samples: expected as many inputs as ${count} labels ask for, got ${inputs.length} numbers`);
  const kind = inputs instanceof Uint8Array ? "bytes" : "floats";
  const { arena } = engine;
  const data = { count, size, kind, scale, inputs: arena.allocate(inputs.byteLength), labels: arena.allocate(count) } as const;
  if (inputs instanceof Uint8Array) arena.bytes(data.inputs, inputs.length).set(inputs);
  else arena.floats(data.inputs, inputs.length).set(inputs);
  arena.bytes(data.labels, count).set(labels);
  return data;
}

function shuffle(order: Int32Array, seed: number): void {
  for (let i = 0; i < order.length; i++) order[i] = i;
  let state = mix(seed);
  for (let i = order.length - 1; i > 0; i--) {
    state = mix(state + 0x9e3779b9);
    const j = Math.floor((state / 2 ** 32) * (i + 1));
    [order[i], order[j]] = [order[j], order[i]];
  }
}

/** Softened probabilities of a teacher. */
function softTargets(logits: Float32Array, classes: number, temperature: number): Float32Array {
  const targets = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    const top = row.reduce((a, b) => Math.max(a, b));
    const powers = Array.from(row, (z) => Math.exp((z - top) / temperature));
    const sum = powers.reduce((a, b) => a + b);
    targets.set(powers.map((power) => power / sum), start);
  }
  return targets;
}

function writeScalars(row: Float32Array, values: { rate: number; step: number; rule: UpdateRule; l1: number; seed: number }): void {
  const { rate, step, rule, l1, seed } = values;
  row[0] = rate;
  if (rule.kind === "adam") {
    // The bias corrections of Adam folded into its rate and epsilon (1412.6980, section 2).
    const correction = Math.sqrt(1 - rule.beta2 ** (step + 1));
    row[1] = (rate * correction) / (1 - rule.beta1 ** (step + 1));
    row[2] = 1e-8 * correction;
  }
  row[3] = l1;
  new Uint32Array(row.buffer, row.byteOffset, SCALARS)[4] = mix(seed + step);
}

/** Arrays of a parameter that make up its state, by their names in a checkpoint. */
function stateArrays(parameter: Parameter): [string, number, number][] {
  const { name, count, shared } = parameter;
  const arrays: [string, number, number][] = [
    [`${name}:weights`, parameter.weights, count],
    [`${name}:moment1`, parameter.moments[0], count],
    [`${name}:moment2`, parameter.moments[1], count],
    [`${name}:mask`, parameter.mask, count],
  ];
  if (!shared) return arrays;
  return [
    ...arrays,
    [`${name}:centroids`, shared.centroids, shared.size],
    [`${name}:centroid-moment1`, shared.moments[0], shared.size],
    [`${name}:centroid-moment2`, shared.moments[1], shared.size],
    [`${name}:codes`, shared.codes, -count],
  ];
}

/**
 * A trainer for chains of Gemm, Conv (stride 1, no padding, no groups), MaxPool 2x2, Relu and Flatten with softmax
 * cross-entropy. All float32 tensors of the network are trained.
 * @throws RangeError if the network or an option is not supported, naming it.
 */
export async function createTrainer(network: Network, options: TrainerOptions): Promise<Trainer> {
  const { batch = 128, threads = 1, kernels = "wasm", seed } = options;
  if (!network.graph) throw new RangeError("network: expected one with a graph");
  if (!Number.isInteger(batch) || batch < threads) throw new RangeError(`batch: expected a whole number of at least ${threads}, got ${batch}`);
  if (kernels === "plain" && threads !== 1) throw new RangeError(`threads: the plain kernels have one, got ${threads}`);
  const engine = kernels === "wasm" ? await wasmEngine({ threads }) : plainEngine();
  return trainerOn(engine, network, { batch, seed });
}

function trainerOn(engine: Engine, network: Network, { batch, seed }: { batch: number; seed: number }): Trainer {
  const { arena } = engine;
  const graph = network.graph as NonNullable<Network["graph"]>;
  const parameters: Parameters = allocateParameters(arena, network, engine.threads);
  for (const { mask, count } of parameters.list) arena.floats(mask, count).fill(1);
  const loaded = new Map<Samples, LoadedData>();
  const evaluations = new Map<Samples, { run: Run; programs: readonly Program[] }>();
  let trackers: ReadonlyMap<string, readonly number[]> = new Map();
  let tracked = 0;

  function runOn(samples: Samples, batchSize: number, logits: number): Run {
    const data = loaded.get(samples) ?? load(engine, samples);
    loaded.set(samples, data);
    const addresses: RunAddresses = {
      order: arena.allocate(data.count * 4),
      scalars: arena.allocate(Math.ceil(data.count / batchSize) * SCALARS * 4),
      totals: arena.allocate(16 * engine.threads),
      logits,
    };
    arena.ints(addresses.order, data.count).forEach((_, i, order) => void (order[i] = i));
    return { options: { engine, graph, parameters, data, batch: batchSize, addresses }, addresses };
  }

  function evaluationOf(samples: Samples) {
    const known = evaluations.get(samples);
    if (known) return known;
    const classes = parameters.named(graph.nodes[graph.nodes.length - 1].inputs[2]).count;
    const run = runOn(samples, batch, arena.allocate(samples.labels.length * classes * 4));
    const made = { run, programs: compileEvaluation(run.options) };
    evaluations.set(samples, made);
    return made;
  }

  function evaluateAll(samples: Samples): Run {
    const { run, programs } = evaluationOf(samples);
    arena.ints(run.addresses.totals, 4 * engine.threads).fill(0);
    engine.run(programs, { first: 0, steps: Math.ceil(run.options.data.count / batch) });
    return run;
  }

  function lossOf(run: Run): number {
    const totals = arena.floats(run.addresses.totals, 4 * engine.threads);
    return totals.reduce((sum, value, index) => (index % 4 === 0 ? sum + value : sum), 0);
  }

  /** Room for the running squares of every layer's inputs, a copy a thread. */
  function newTrackers(): ReadonlyMap<string, readonly number[]> {
    const weights = parameters.list.filter(({ shape }) => shape.length > 1);
    return new Map(
      weights.map(({ name, count, shape }) => {
        const bytes = padded(count / shape[0]) * 4;
        return [name, Array.from({ length: engine.threads }, () => arena.allocate(bytes))];
      }),
    );
  }

  function softOf(distill: Distillation | undefined, count: number): StepRule["soft"] {
    if (!distill) return undefined;
    const { logits, share = 0.5, temperature = 3 } = distill;
    const classes = logits.length / count;
    if (!Number.isInteger(classes)) throw new RangeError(`distill.logits: expected a row for each of ${count} samples, got ${logits.length} numbers`);
    const targets = arena.allocate(logits.byteLength);
    arena.floats(targets, logits.length).set(softTargets(logits, classes, temperature));
    return { targets, share, temperature };
  }

  function ruleOf(options: Omit<TrainOptions, "epochs" | "learningRate">, count: number): StepRule {
    for (const name of Object.keys(options.dropout ?? {})) parameters.named(name);
    return {
      update: options.optimizer ?? { kind: "adam", beta1: 0.9, beta2: 0.999 },
      weightDecay: options.weightDecay ?? 0,
      l1: options.l1 ?? 0,
      dropout: options.dropout ?? {},
      soft: softOf(options.distill, count),
      trackers: options.trackInputs ? trackers : undefined,
      trackDecay: TRACK_DECAY,
    };
  }

  function clearMoments(): void {
    for (const { moments, count, shared } of parameters.list) {
      for (const moment of moments) arena.floats(moment, count).fill(0);
      if (shared) for (const moment of shared.moments) arena.floats(moment, shared.size).fill(0);
    }
  }

  async function train(samples: Samples, options: TrainOptions): Promise<void> {
    const { epochs, firstEpoch = 0, learningRate, hook } = options;
    if (firstEpoch === 0) clearMoments();
    if (options.trackInputs) trackers = newTrackers();
    tracked = 0;
    if (hook) for (const parameter of parameters.list) if (parameter.shape.length > 1) parameter.masked = true;
    const run = runOn(samples, batch, 0);
    const { count } = run.options.data;
    const rule = ruleOf(options, count);
    const programs = compileTraining(run.options, rule, { update: "weights" });
    const perEpoch = Math.floor(count / batch);
    if (perEpoch === 0) throw new RangeError(`samples: expected at least a batch of ${batch}, got ${count}`);
    const l1Schedule = options.l1Schedule ?? constant(1);

    for (let epoch = firstEpoch; epoch < epochs; epoch++) {
      shuffle(arena.ints(run.addresses.order, count), mix(seed) + epoch);
      for (let i = 0; i < perEpoch; i++) {
        const step = epoch * perEpoch + i;
        const done = step / (epochs * perEpoch);
        const row = arena.floats(run.addresses.scalars + i * SCALARS * 4, SCALARS);
        writeScalars(row, { rate: learningRate(done), step, rule: rule.update, l1: l1Schedule(done), seed: mix(seed ^ 0x5eed) });
      }
      arena.floats(run.addresses.totals, 4 * engine.threads).fill(0);
      for (let first = 0; first < perEpoch; ) {
        const step = epoch * perEpoch + first;
        if (hook && step % hook.steps === 0) hook.run(trainer, step / (epochs * perEpoch));
        const untilHook = hook ? hook.steps - (step % hook.steps) : perEpoch;
        const steps = Math.min(STEPS_AT_ONCE, untilHook, perEpoch - first);
        engine.run(programs, { first, steps });
        tracked += steps;
        first += steps;
        await new Promise((resolve) => setTimeout(resolve, 0));
      }
      await options.onEpoch?.({ epoch: epoch + 1, epochs, loss: lossOf(run) / (perEpoch * batch) });
    }
  }

  function gradients(samples: Samples, options: Pick<TrainOptions, "distill"> = {}) {
    const run = runOn(samples, batch, 0);
    const programs = compileTraining(run.options, ruleOf(options, run.options.data.count), { update: "nothing" });
    engine.run(programs, { first: 0, steps: 1 });
    const sums = parameters.list.map((parameter): [string, Float32Array] => {
      const sum = new Float32Array(parameter.count);
      for (let t = 0; t < engine.threads; t++) {
        const own = arena.floats(parameter.gradients + t * parameters.gradientStride, parameter.count);
        for (let i = 0; i < sum.length; i++) sum[i] += own[i];
      }
      return [parameter.name, sum];
    });
    return { loss: lossOf(run) / batch, gradients: new Map(sums) };
  }

  function inputRms(name: string): Float32Array {
    const { shape, count } = parameters.named(name);
    const addresses = trackers.get(name);
    if (!addresses) throw new RangeError(`inputRms("${name}"): no run has tracked its inputs (trackInputs)`);
    const columns = count / shape[0];
    // A dense layer's tracker adds up a row an image; a convolution's also one a position of its output.
    const places = shape.length === 2 ? 1 : positionsOf(name);
    const weight = ((1 - TRACK_DECAY ** tracked) / (1 - TRACK_DECAY)) * batch * places;
    const rms = new Float32Array(columns);
    for (const address of addresses) arena.floats(address, columns).forEach((sum, i) => void (rms[i] += sum));
    return rms.map((sum) => (tracked === 0 ? 0 : Math.sqrt(sum / weight)));
  }

  /** Output positions of a convolution: its input size shrinks by kernel - 1 at each convolution, by half at each pool. */
  function positionsOf(name: string): number {
    let size = Number(graph.inputs[0].shape[2]);
    for (const node of graph.nodes) {
      if (node.op === "MaxPool") size /= 2;
      if (node.op === "Conv") size -= parameters.named(node.inputs[1]).shape[2] - 1;
      if (node.inputs[1] === name) break;
    }
    return size * size;
  }

  function requireShared(name: string): SharedParameter {
    const { shared } = parameters.named(name);
    if (!shared) throw new RangeError(`"${name}" has no codebook: share it first`);
    return shared;
  }

  function setMask(name: string, mask: Uint8Array): void {
    const parameter = parameters.named(name);
    if (mask.length !== parameter.count) throw new RangeError(`mask of "${name}": expected ${parameter.count} elements, got ${mask.length}`);
    parameter.masked = true;
    const held = arena.floats(parameter.mask, parameter.count);
    const weights = arena.floats(parameter.weights, parameter.count);
    for (let i = 0; i < mask.length; i++) {
      held[i] = mask[i] === 0 ? 0 : 1;
      weights[i] *= held[i];
    }
  }

  function writeOut(parameter: Parameter, shared: SharedParameter): void {
    const codes = new Uint16Array(arena.buffer, shared.codes, parameter.count);
    const centroids = arena.floats(shared.centroids, shared.size);
    arena.floats(parameter.weights, parameter.count).forEach((_, i, weights) => void (weights[i] = centroids[codes[i]]));
  }

  function attachCodebook(parameter: Parameter, size: number): SharedParameter {
    const shared = parameter.shared?.size === size ? parameter.shared : allocateShared(arena, parameter.count, size, engine.threads);
    arena.floats(shared.mask, size).fill(1)[0] = 0;
    parameter.shared = shared;
    return shared;
  }

  const trainer: Trainer = {
    threads: engine.threads,
    names: parameters.list.map(({ name }) => name),
    weightNames: parameters.list.filter(({ shape }) => shape.length > 1).map(({ name }) => name),
    train,
    gradients,
    inputRms,
    setMask,
    evaluate(samples) {
      const run = evaluateAll(samples);
      const totals = arena.ints(run.addresses.totals, 4 * engine.threads);
      const errors = totals.reduce((sum, value, index) => (index % 4 === 1 ? sum + value : sum), 0);
      const { count } = run.options.data;
      return { count, errors, errorPercent: (100 * errors) / count };
    },
    logits(samples) {
      const { addresses, options } = evaluateAll(samples);
      const classes = parameters.named(graph.nodes[graph.nodes.length - 1].inputs[2]).count;
      return arena.floats(addresses.logits, options.data.count * classes).slice();
    },
    weights(name) {
      const { weights, count } = parameters.named(name);
      return arena.floats(weights, count).slice();
    },
    setWeights(name, values) {
      const { weights, count } = parameters.named(name);
      if (values.length !== count) throw new RangeError(`weights of "${name}": expected ${count} elements, got ${values.length}`);
      arena.floats(weights, count).set(values);
    },
    mask(name) {
      const { mask, count } = parameters.named(name);
      return Uint8Array.from(arena.floats(mask, count));
    },
    share(name, { centroids, codes }) {
      const parameter = parameters.named(name);
      const shared = attachCodebook(parameter, centroids.length + 1);
      const kept = arena.floats(parameter.mask, parameter.count);
      const held = new Uint16Array(arena.buffer, shared.codes, parameter.count);
      arena.floats(shared.centroids, shared.size).set(centroids, 1);
      for (let i = 0; i < parameter.count; i++) held[i] = kept[i] === 0 ? 0 : codes[i] + 1;
      writeOut(parameter, shared);
    },
    centroids(name) {
      const shared = requireShared(name);
      return arena.floats(shared.centroids, shared.size).slice(1);
    },
    setCentroids(name, centroids) {
      const shared = requireShared(name);
      if (centroids.length !== shared.size - 1) throw new RangeError(`centroids of "${name}": expected ${shared.size - 1}, got ${centroids.length}`);
      arena.floats(shared.centroids, shared.size).set(centroids, 1);
      writeOut(parameters.named(name), shared);
    },
    network() {
      const tensors = parameters.list.map(({ name, shape, weights, count }) => floatTensor(name, shape, arena.floats(weights, count).slice()));
      return { ...network, tensors };
    },
    state() {
      const arrays = new Map<string, Float32Array>();
      for (const parameter of parameters.list) {
        for (const [name, address, count] of stateArrays(parameter)) {
          const values = count < 0 ? Float32Array.from(new Uint16Array(arena.buffer, address, -count)) : arena.floats(address, count).slice();
          arrays.set(name, values);
        }
      }
      return { arrays };
    },
    restore({ arrays }) {
      for (const parameter of parameters.list) {
        const centroids = arrays.get(`${parameter.name}:centroids`);
        if (centroids) attachCodebook(parameter, centroids.length);
        for (const [name, address, count] of stateArrays(parameter)) {
          const values = arrays.get(name);
          if (values?.length !== Math.abs(count)) throw new RangeError(`state: expected ${Math.abs(count)} numbers for "${name}", got ${values?.length ?? "none"}`);
          if (count < 0) new Uint16Array(arena.buffer, address, -count).set(values);
          else arena.floats(address, count).set(values);
        }
        parameter.masked = arena.floats(parameter.mask, parameter.count).includes(0);
      }
    },
    close: () => engine.close(),
  };
  return trainer;
}

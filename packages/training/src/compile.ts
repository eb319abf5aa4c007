import type { Graph, Node } from "@deep-compression/network";
import type { Engine } from "./engine";
import {
  allocateValue,
  type CompiledLayer,
  compileLayer,
  elements,
  type LayerContext,
  type Scratch,
  type Value,
} from "./layers";
import type { Parameter, Parameters } from "./parameters";
import { padded } from "./parameters";
import { float, Op, type Program, type ProgramWriter, programWriter } from "./program";
import type { LoadedSamples } from "./samples";

/** Where the numbers of a run lie: what every step reads and what it adds to. */
export interface RunAddresses {
  /** Order in which the samples are taken: `count` words. */
  readonly order: number;
  /** SCALARS words a step. */
  readonly scalars: number;
  /** A loss and an error count a thread, 16 bytes apart. */
  readonly totals: number;
  /** Logits of every sample in the run's order, if they are to be kept (0: not). */
  readonly logits: number;
}

export type UpdateRule =
  | { readonly kind: "sgd"; readonly momentum: number }
  | { readonly kind: "adam"; readonly beta1: number; readonly beta2: number };

/** What a training step does beside the network itself. */
export interface StepRule {
  readonly update: UpdateRule;
  readonly weightDecay: number;
  readonly l1: number;
  /** Dropout rate of a layer's input, by the name of the layer's weight. */
  readonly dropout: Readonly<Record<string, number>>;
  /** Soft targets of every sample (an address), their share of the loss, and their temperature. */
  readonly soft?: { readonly targets: number; readonly share: number; readonly temperature: number };
  readonly trackers?: ReadonlyMap<string, readonly number[]>;
  readonly trackDecay: number;
}

export interface CompileOptions {
  readonly engine: Engine;
  readonly graph: Graph;
  readonly parameters: Parameters;
  readonly data: LoadedSamples;
  readonly batch: number;
  readonly addresses: RunAddresses;
}

/** Each thread takes its share of the batch: images [start, end). */
function share(total: number, thread: number, threads: number): { readonly start: number; readonly end: number } {
  return { start: Math.floor((total * thread) / threads), end: Math.floor((total * (thread + 1)) / threads) };
}

function scratchOf(engine: Engine): Scratch {
  const products = new Map<string, number>();
  const rooms = new Map<number, readonly [number, number]>();
  return {
    product(m, n) {
      // 256 deep panels of A and B behind one tile (assembly/gemm.ts).
      const bytes = 128 + 1024 * (m + 4 + n + 8);
      const key = String(2 ** Math.ceil(Math.log2(bytes)));
      const known = products.get(key) ?? engine.arena.allocate(Number(key));
      products.set(key, known);
      return known;
    },
    columns(floats) {
      const known = rooms.get(floats) ?? [engine.arena.allocate(floats * 4), engine.arena.allocate(floats * 4)];
      rooms.set(floats, known);
      return known;
    },
  };
}

interface Pass {
  readonly writer: ProgramWriter;
  readonly context: LayerContext;
  readonly firstRow: number;
  readonly logits: Value;
  readonly labels: number;
  readonly layers: readonly CompiledLayer[];
  /** Backward passes of the dropouts, by the layer whose input they stand before. */
  readonly dropouts: ReadonlyMap<number, { readonly factors: number; readonly value: Value }>;
}

/** The order of a chain's nodes: each node's first input must be the output before it. */
function assertChain(graph: Graph): void {
  let previous = graph.inputs[0]?.name;
  for (const node of graph.nodes) {
    if (node.inputs[0] !== previous)
      throw new RangeError(`training supports chains of layers; "${node.inputs[0]}" does not follow "${previous}"`);
    previous = node.outputs[0];
  }
}

function inputValue(options: CompileOptions, context: LayerContext): Value {
  const shape = options.graph.inputs[0].shape.slice(1).map(Number);
  const size = shape.reduce((product, length) => product * length, 1);
  if (size !== options.data.size)
    throw new RangeError(`data: expected ${size} elements a sample, got ${options.data.size}`);
  const flat = shape.length === 1;
  const [channels, height, width] = flat ? [size, 1, 1] : shape;
  // Data come image by image, which is the layout of channels only where there is one channel.
  if (!flat && channels !== 1) throw new RangeError(`training supports images of one channel, got ${channels}`);
  return { ...allocateValue(context, { flat, channels, height, width }), gradient: 0 };
}

function emitGather(
  options: CompileOptions,
  pass: { writer: ProgramWriter; input: Value; images: number; firstRow: number; labels: number },
): void {
  const { data, addresses, batch } = options;
  const { writer, input, images, firstRow, labels } = pass;
  const where = [addresses.order, data.count, batch, firstRow];
  if (data.kind === "bytes")
    writer.emit(Op.GatherBytes, images, data.size, data.inputs, ...where, float(data.scale), input.data);
  else writer.emit(Op.GatherFloats, images, data.size, data.inputs, ...where, input.data);
  writer.emit(Op.GatherLabels, images, data.labels, ...where, labels);
}

function emitDropout(
  options: CompileOptions,
  pass: { writer: ProgramWriter; context: LayerContext },
  value: Value,
  rate: number,
  site: number,
) {
  const n = padded(elements(value, pass.context.images));
  const factors = options.engine.arena.allocate(n * 4);
  const threshold = Math.round(rate * 2 ** 24);
  pass.writer.emit(
    Op.Dropout,
    n,
    value.data,
    factors,
    site,
    threshold,
    float(1 / (1 - rate)),
    options.addresses.scalars,
  );
  return { factors, value };
}

/** Emits the forward pass of one thread: gather, layers, dropout before those layers that have a rate. */
function forward(options: CompileOptions, thread: number, rule?: StepRule): Pass {
  assertChain(options.graph);
  const { engine, parameters, batch } = options;
  const { start, end } = share(batch, thread, engine.threads);
  const trackers = rule?.trackers && new Map([...rule.trackers].map(([name, addresses]) => [name, addresses[thread]]));
  const context: LayerContext = {
    arena: engine.arena,
    parameters,
    thread,
    images: end - start,
    scratch: scratchOf(engine),
    trackers,
    trackDecay: rule?.trackDecay ?? 1,
  };
  const writer = programWriter();
  const input = inputValue(options, context);
  const labels = engine.arena.allocate((end - start) * 4);
  emitGather(options, { writer, input, images: end - start, firstRow: start, labels });
  const layers: CompiledLayer[] = [];
  const dropouts = new Map<number, { factors: number; value: Value }>();
  let value = input;
  options.graph.nodes.forEach((node: Node, index) => {
    const rate = rule?.dropout[node.inputs[1]] ?? 0;
    if (rate > 0)
      dropouts.set(index, emitDropout(options, { writer, context }, value, rate, index * engine.threads + thread + 1));
    const layer = compileLayer(writer, context, node, value);
    layers.push(layer);
    value = layer.output;
  });
  return { writer, context, firstRow: start, logits: value, labels, layers, dropouts };
}

/** Emits Adam or SGD on n elements from `offset` on. */
function emitUpdate(writer: ProgramWriter, options: CompileOptions, rule: StepRule, target: UpdateTarget): void {
  const { w, gradients, stride, moments, mask, n, decay } = target;
  const threads = options.engine.threads;
  const regular = [float(decay ? rule.weightDecay : 0), float(decay ? rule.l1 : 0)];
  const { scalars } = options.addresses;
  if (rule.update.kind === "sgd") {
    writer.emit(
      Op.Sgd,
      n,
      w,
      gradients,
      stride,
      threads,
      moments[0],
      mask,
      scalars,
      float(rule.update.momentum),
      ...regular,
    );
  } else {
    const { beta1, beta2 } = rule.update;
    writer.emit(
      Op.Adam,
      n,
      w,
      gradients,
      stride,
      threads,
      moments[0],
      moments[1],
      mask,
      scalars,
      float(beta1),
      float(beta2),
      ...regular,
    );
  }
}

interface UpdateTarget {
  readonly n: number;
  readonly w: number;
  readonly gradients: number;
  readonly stride: number;
  readonly moments: readonly [number, number];
  readonly mask: number;
  /** Weight decay and L1 are for weights, not for biases or centroids. */
  readonly decay: boolean;
}

function updateWeights(
  writer: ProgramWriter,
  options: CompileOptions,
  rule: StepRule,
  parameter: Parameter,
  thread: number,
): void {
  const { start, end } = share(padded(parameter.count) / 4, thread, options.engine.threads);
  if (start === end) return;
  const at = (address: number) => address + start * 16;
  emitUpdate(writer, options, rule, {
    n: (end - start) * 4,
    w: at(parameter.weights),
    gradients: at(parameter.gradients),
    stride: options.parameters.gradientStride,
    moments: [at(parameter.moments[0]), at(parameter.moments[1])],
    mask: parameter.masked ? at(parameter.mask) : 0,
    decay: parameter.shape.length > 1,
  });
}

/** Every thread updates its slice of the weights; thread 0 the codebooks, after which the shared weights are written out. */
function emitUpdates(writer: ProgramWriter, options: CompileOptions, rule: StepRule, thread: number): void {
  const { list, gradientStride } = options.parameters;
  for (const { shared, gradients, count } of list) {
    if (!shared) continue;
    const own = shared.gradients + thread * shared.gradientStride;
    writer.emit(Op.GroupSums, count, shared.size, gradients + thread * gradientStride, shared.codes, own);
  }
  writer.emit(Op.Barrier);
  for (const parameter of list) {
    const { shared } = parameter;
    if (!shared) updateWeights(writer, options, rule, parameter, thread);
    else if (thread === 0) {
      const { gradients, gradientStride: stride, moments, mask, centroids: w } = shared;
      emitUpdate(writer, options, rule, { n: padded(shared.size), w, gradients, stride, moments, mask, decay: false });
    }
  }
  writer.emit(Op.Barrier);
  const sharedOnes = list.filter((parameter) => parameter.shared);
  for (const { shared, weights, count } of sharedOnes) {
    const { start, end } = share(count, thread, options.engine.threads);
    if (shared && end > start)
      writer.emit(Op.Expand, end - start, shared.centroids, shared.codes + start * 2, weights + start * 4);
  }
  if (sharedOnes.length > 0) writer.emit(Op.Barrier);
}

function emitLoss(options: CompileOptions, pass: Pass, rule: StepRule): void {
  const { writer, context, logits } = pass;
  const { images } = context;
  const classes = logits.channels;
  let soft = 0;
  if (rule.soft) {
    soft = options.engine.arena.allocate(images * classes * 4);
    const where = [options.addresses.order, options.data.count, options.batch, pass.firstRow];
    writer.emit(Op.GatherFloats, images, classes, rule.soft.targets, ...where, soft);
  }
  const loss = options.addresses.totals + context.thread * 16;
  const scratch = options.engine.arena.allocate(classes * 4);
  const mixture = [float(rule.soft?.share ?? 0), float(rule.soft?.temperature ?? 1)];
  writer.emit(
    Op.SoftmaxCrossEntropy,
    images,
    classes,
    logits.data,
    pass.labels,
    soft,
    ...mixture,
    logits.gradient,
    options.batch,
    loss,
    scratch,
  );
}

/**
 * One program a thread for a training step: gather, forward, loss, backward, update.
 * Without `update` the gradients are left where they are.
 */
export function compileTraining(
  options: CompileOptions,
  rule: StepRule,
  what: { readonly update: "weights" | "nothing" },
): readonly Program[] {
  return Array.from({ length: options.engine.threads }, (_, thread) => {
    const pass = forward(options, thread, rule);
    emitLoss(options, pass, rule);
    for (let index = pass.layers.length - 1; index >= 0; index--) {
      pass.layers[index].backward(pass.writer);
      const dropped = pass.dropouts.get(index);
      if (dropped?.value.gradient) {
        pass.writer.emit(
          Op.Multiply,
          padded(elements(dropped.value, pass.context.images)),
          dropped.value.gradient,
          dropped.factors,
        );
      }
    }
    if (what.update === "weights") emitUpdates(pass.writer, options, rule, thread);
    return pass.writer.place(options.engine.arena);
  });
}

/** One program a thread for an evaluation step: gather, forward, errors counted, loss added, logits kept if wanted. */
export function compileEvaluation(options: CompileOptions): readonly Program[] {
  return Array.from({ length: options.engine.threads }, (_, thread) => {
    const pass = forward(options, thread);
    const { writer, context, logits } = pass;
    const where = [options.data.count, options.batch, pass.firstRow];
    const totals = options.addresses.totals + thread * 16;
    writer.emit(Op.CountErrors, context.images, logits.channels, logits.data, pass.labels, ...where, totals + 4);
    if (options.addresses.logits)
      writer.emit(Op.StoreRows, context.images, logits.channels, logits.data, options.addresses.logits, ...where);
    return writer.place(options.engine.arena);
  });
}

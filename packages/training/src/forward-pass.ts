import type { Graph, Node } from "@deep-compression/network";
import type { Engine } from "./engine";
import { allocateValue, type CompiledLayer, elements, type LayerContext, type Scratch, type Value } from "./layer";
import { compileLayer } from "./layers";
import { padded } from "./parameters";
import { float, Op, type ProgramWriter, programWriter } from "./program";
import { type CompileOptions, type StepRule, share } from "./step-rule";

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

/** The forward pass of one thread, and what the passes after it need of it. */
export interface Pass {
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
export function forward(options: CompileOptions, thread: number, rule?: StepRule): Pass {
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

import { type Graph, shapeOf } from "@deep-compression/network";
import { describeValue } from "@deep-compression/runtime";
import type { Scope } from "./arena";
import { sliceOf } from "./core";
import { allocateValue, type CompiledLayer, elements, type LayerContext, type Value } from "./layer";
import { compileLayer } from "./layers";
import { padded } from "./parameters";
import type { Instruction, Operands } from "./program";
import type { Run } from "./run";
import type { StepRule } from "./step-rule";

function scratchIn(scope: Scope): LayerContext["scratch"] {
  const rooms = new Map<string, number>();
  return (use, bytes) => {
    const address = rooms.get(use + bytes) ?? scope.allocate(bytes);
    rooms.set(use + bytes, address);
    return address;
  };
}

/** Which samples of the run a thread's rows are. */
type BatchPosition = Pick<Operands<"storeRows">, "count" | "batch" | "firstRow">;

/** The forward pass of one thread, and what the passes after it need of it. */
export interface Pass {
  readonly program: Instruction[];
  readonly context: LayerContext;
  readonly position: BatchPosition;
  readonly logits: Value;
  readonly labels: number;
  readonly layers: readonly CompiledLayer[];
  /** The dropouts, by the layer whose input they stand before. */
  readonly dropouts: ReadonlyMap<number, { readonly factors: number; readonly value: Value }>;
}

/** @throws RangeError unless each node's first input is the output before it. */
function checkChain(graph: Graph): void {
  let previous = graph.inputs[0]?.name;
  for (const node of graph.nodes) {
    if (node.inputs[0] !== previous)
      throw new RangeError(
        `training supports chains of layers; ${describeValue(node.inputs[0])} does not follow ${describeValue(previous)}`,
      );
    previous = node.outputs[0];
  }
}

function inputValue(graph: Graph, context: LayerContext): Value {
  const shape = shapeOf(graph.inputs[0]!).slice(1).map(Number);
  const flat = shape.length === 1;
  const [channels = 1, height = 1, width = 1] = flat ? [shape[0], 1, 1] : shape;
  // Data come image by image, which is the layout of channels only where there is one channel.
  if (!flat && channels !== 1) throw new RangeError(`training supports images of one channel, got ${channels}`);
  return { ...allocateValue(context, { flat, channels, height, width }), gradient: 0 };
}

/** Emits the gathering of a batch's inputs, and of its labels, whose address it gives. */
function emitGather({ data, order }: Run, context: LayerContext, position: BatchPosition, input: Value): number {
  const { emit, images: rows, scope } = context;
  const inputs = { rows, size: data.size, data: data.inputs, order, ...position, out: input.data };
  if (data.kind === "bytes") emit({ op: "gatherBytes", ...inputs, scale: data.scale });
  else emit({ op: "gatherFloats", ...inputs });
  const labels = scope.allocate(rows * 4);
  emit({ op: "gatherLabels", rows, labels: data.labels, order, ...position, out: labels });
  return labels;
}

/** Emits the dropout of a value at a rate, and gives the address of its factors. `site`: which dropout of the step. */
function emitDropout({ scalars }: Run, context: LayerContext, value: Value, rate: number, site: number): number {
  const n = padded(elements(value, context.images));
  const factors = context.scope.allocate(n * 4);
  const chance = { threshold: Math.round(rate * 2 ** 24), scale: 1 / (1 - rate) };
  context.emit({ op: "dropout", n, x: value.data, factors, site, ...chance, scalars });
  return factors;
}

/** Emits the forward pass of one thread: gather, layers, dropout before those layers that have a rate. */
export function forward(run: Run, scope: Scope, thread: number, rule?: StepRule): Pass {
  const { graph, engine, parameters, batch } = run.core;
  checkChain(graph);
  const { start, end } = sliceOf(batch, thread, engine.threads);
  const program: Instruction[] = [];
  const context: LayerContext = {
    scope,
    parameters,
    thread,
    images: end - start,
    emit: (instruction) => void program.push(instruction),
    scratch: scratchIn(scope),
    trackerOf: (weight) => rule?.trackers?.get(weight)?.[thread],
    trackDecay: rule?.trackDecay ?? 1,
  };
  const position = { count: run.data.count, batch, firstRow: start };
  const input = inputValue(graph, context);
  const labels = emitGather(run, context, position, input);
  const layers: CompiledLayer[] = [];
  const dropouts = new Map<number, { factors: number; value: Value }>();
  let value = input;
  for (const [index, node] of graph.nodes.entries()) {
    const rate = rule?.dropout[node.inputs[1]!] ?? 0;
    const site = index * engine.threads + thread + 1;
    if (rate > 0) dropouts.set(index, { factors: emitDropout(run, context, value, rate, site), value });
    const layer = compileLayer(context, node, value);
    layers.push(layer);
    value = layer.output;
  }
  return { program, context, position, logits: value, labels, layers, dropouts };
}

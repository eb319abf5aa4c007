import type { Scope } from "./arena";
import { type CompiledGraph, compileGraph } from "./compile-graph";
import { sliceOf } from "./core";
import { inputOf, inputValue } from "./graph-input";
import { elements, type LayerContext, refuse, type Value } from "./layer";
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
export interface Pass extends CompiledGraph {
  readonly program: Instruction[];
  readonly context: LayerContext;
  readonly position: BatchPosition;
  /** The dropouts, by the layer whose input they stand before. */
  readonly dropouts: ReadonlyMap<number, { readonly factors: number; readonly value: Value }>;
}

/** Emits the gathering of a batch's inputs. */
function emitGather({ data, order }: Run, context: LayerContext, position: BatchPosition, input: Value): void {
  const { emit, images, scope } = context;
  const { channels } = input;
  // Data come image by image, which is the layout of channels only where there is one channel.
  const isLaidOut = input.flat || channels === 1;
  const out = isLaidOut ? input.data : scope.allocate(padded(images * data.size) * 4);
  const inputs = { rows: images, size: data.size, data: data.inputs, order, ...position, out };
  if (data.kind === "bytes") emit({ op: "gatherBytes", ...inputs, scale: data.scale });
  else emit({ op: "gatherFloats", ...inputs });
  const length = input.height * input.width;
  if (!isLaidOut) emit({ op: "rowsToChannels", channels, images, length, rows: out, x: input.data });
}

/** Emits the gathering of a batch's labels, and gives their address. */
export function emitLabels({ data, order }: Run, { context, position }: Pass): number {
  const { emit, images: rows, scope } = context;
  const out = scope.allocate(rows * 4);
  emit({ op: "gatherLabels", rows, labels: data.labels, order, ...position, out });
  return out;
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
  const { core } = run;
  const { graph, engine, parameters, batch } = core;
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
  const info = inputOf({ ...core.network, graph });
  const input = { name: info.name, value: inputValue(info, context) };
  emitGather(run, context, position, input.value);
  const dropouts = new Map<number, { factors: number; value: Value }>();
  const before = (index: number, value: Value) => {
    const node = graph.nodes[index]!;
    const rate = rule?.dropout[node.inputs[1]!] ?? 0;
    if (rate === 0) return;
    if (value.readOnly) refuse(node, "dropout of a value that other nodes read");
    const site = index * engine.threads + thread + 1;
    dropouts.set(index, { factors: emitDropout(run, context, value, rate, site), value });
  };
  return { ...compileGraph(context, graph, { input, before }), program, context, position, dropouts };
}

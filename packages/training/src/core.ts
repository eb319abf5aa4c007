import type { Graph, Network } from "@deep-compression/network";
import { SCALARS } from "../assembly/op";
import type { Engine } from "./engine";
import type { Parameters } from "./parameters";
import type { Program } from "./program";
import { type LoadedSamples, loadSamples, type Samples } from "./samples";
import type { CompileOptions } from "./step-rule";

/** What all parts of a trainer work on. */
export interface Core {
  readonly engine: Engine;
  readonly network: Network;
  readonly graph: Graph;
  readonly parameters: Parameters;
  /** Outputs of the network. */
  readonly classes: number;
  /** Samples a step. */
  readonly batch: number;
  readonly seed: number;
  readonly loaded: Map<Samples, LoadedSamples>;
  readonly evaluations: Map<Samples, CompiledRun>;
  readonly tracking: Tracking;
}

/** Running squares of the layers' inputs: an address a thread by weight name, and the batches that went in. */
export interface Tracking {
  addresses: ReadonlyMap<string, readonly number[]>;
  batches: number;
}

/** Programs over samples, and where their numbers lie. */
export interface CompiledRun {
  readonly options: CompileOptions;
  readonly programs: readonly Program[];
}

/** Takes room for a run over samples, in their own order; `logits` where they are to be kept (0: not). */
export function prepareRun(core: Core, samples: Samples, logits: number): CompileOptions {
  const { engine, graph, parameters, batch, loaded } = core;
  const { arena } = engine;
  const data = loaded.get(samples) ?? loadSamples(engine, samples, core.classes);
  loaded.set(samples, data);
  const addresses = {
    order: arena.allocate(data.count * 4),
    scalars: arena.allocate(Math.ceil(data.count / batch) * SCALARS * 4),
    totals: arena.allocate(16 * engine.threads),
    logits,
  };
  const order = arena.ints(addresses.order, data.count);
  for (let i = 0; i < order.length; i++) order[i] = i;
  return { engine, graph, parameters, data, batch, addresses };
}

export function clearTotals({ engine, addresses }: CompileOptions): void {
  engine.arena.ints(addresses.totals, 4 * engine.threads).fill(0);
}

/** Sum of the samples' losses over the threads. */
export function totalLoss({ engine, addresses }: CompileOptions): number {
  const totals = engine.arena.floats(addresses.totals, 4 * engine.threads);
  return totals.reduce((sum, value, index) => (index % 4 === 0 ? sum + value : sum), 0);
}

/** Samples that were classified wrongly, over the threads. */
export function totalErrors({ engine, addresses }: CompileOptions): number {
  const totals = engine.arena.ints(addresses.totals, 4 * engine.threads);
  return totals.reduce((sum, value, index) => (index % 4 === 1 ? sum + value : sum), 0);
}

import { SCALARS } from "../assembly/words";
import { type Scope, withScope } from "./arena";
import type { Core } from "./core";
import type { StepRange } from "./engine";
import type { Program } from "./program";
import { type LoadedSamples, loadSamples, type Samples } from "./samples";

/** A run over samples: what its programs read, and where they leave what they find. Addresses in bytes. */
export interface Run {
  readonly core: Core;
  readonly data: LoadedSamples;
  /** Order in which the samples are taken: `count` words. */
  readonly order: number;
  /** SCALARS words a step. */
  readonly scalars: number;
  /** A loss and an error count a thread, 16 bytes apart; they begin at zero. */
  readonly totals: number;
}

/**
 * Takes room for a run over the first `count` samples, in their own order, and copies them in.
 * @throws RangeError if the samples do not fit each other or the network.
 */
export function prepareRun(core: Core, scope: Scope, samples: Samples, count: number): Run {
  const { arena, threads } = core.engine;
  const data = loadSamples(core, scope, samples, count);
  const order = scope.allocate(count * 4);
  arena.ints(order, count).forEach((_, i, words) => {
    words[i] = i;
  });
  const scalars = scope.allocate(Math.ceil(count / core.batch) * SCALARS * 4);
  return { core, data, order, scalars, totals: scope.allocate(16 * threads) };
}

/**
 * Compiles a program a thread, runs them for these steps, and gives back what they took: nothing between two calls
 * knows an address, so weights may be shared, masked or restored there.
 */
export function runPrograms(
  { engine }: Core,
  range: StepRange,
  compile: (thread: number, scope: Scope) => Program,
): void {
  withScope(engine.arena, (scope) => {
    const programs = Array.from({ length: engine.threads }, (_, thread) => compile(thread, scope));
    engine.run(programs, range);
  });
}

/** Sum of the samples' losses over the threads. */
export function totalLoss({ core: { engine }, totals }: Run): number {
  return engine.arena
    .floats(totals, 4 * engine.threads)
    .reduce((sum, value, i) => (i % 4 === 0 ? sum + value : sum), 0);
}

/** Samples that were classified wrongly, over the threads. */
export function totalErrors({ core: { engine }, totals }: Run): number {
  return engine.arena.ints(totals, 4 * engine.threads).reduce((sum, value, i) => (i % 4 === 1 ? sum + value : sum), 0);
}

import { compileEvaluation } from "./compile";
import { type CompiledRun, type Core, clearTotals, prepareRun, totalErrors } from "./core";
import type { Samples } from "./samples";

export interface Evaluation {
  readonly count: number;
  readonly errors: number;
  readonly errorPercent: number;
}

function runAll(core: Core, samples: Samples): CompiledRun["options"] {
  const { engine, evaluations, classes, batch } = core;
  let run = evaluations.get(samples);
  if (!run) {
    const options = prepareRun(core, samples, engine.arena.allocate(samples.labels.length * classes * 4));
    run = { options, programs: compileEvaluation(options) };
    evaluations.set(samples, run);
  }
  clearTotals(run.options);
  engine.run(run.programs, { first: 0, steps: Math.ceil(samples.labels.length / batch) });
  return run.options;
}

export function evaluate(core: Core, samples: Samples): Evaluation {
  const errors = totalErrors(runAll(core, samples));
  const count = samples.labels.length;
  return { count, errors, errorPercent: (100 * errors) / count };
}

export function logitsOf(core: Core, samples: Samples): Float32Array {
  const { addresses } = runAll(core, samples);
  return core.engine.arena.floats(addresses.logits, samples.labels.length * core.classes).slice();
}

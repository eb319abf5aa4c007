import { type Scope, withScope } from "./arena";
import { compileEvaluation } from "./compile";
import type { Core } from "./core";
import { prepareRun, type Run, runPrograms, totalErrors } from "./run";
import type { Samples } from "./samples";

export interface Evaluation {
  readonly count: number;
  readonly errors: number;
  readonly errorPercent: number;
}

/** Runs all samples; their logits go to the address `logits` (0: nowhere). */
function runAll(core: Core, scope: Scope, samples: Samples, logits: number): Run {
  const run = prepareRun(core, scope, samples, samples.labels.length);
  const steps = Math.ceil(run.data.count / core.batch);
  runPrograms(core, { first: 0, steps }, (thread, room) => compileEvaluation(run, room, thread, logits));
  return run;
}

export function evaluate(core: Core, samples: Samples): Evaluation {
  const count = samples.labels.length;
  const errors = withScope(core.engine.arena, (scope) => totalErrors(runAll(core, scope, samples, 0)));
  return { count, errors, errorPercent: (100 * errors) / count };
}

export function logitsOf(core: Core, samples: Samples): Float32Array {
  const { arena } = core.engine;
  const count = samples.labels.length * core.classes;
  return withScope(arena, (scope) => {
    const logits = scope.allocate(count * 4);
    runAll(core, scope, samples, logits);
    return arena.floats(logits, count).slice();
  });
}

import { quoted } from "@deep-compression/runtime";
import type { Scope } from "./arena";
import { type Distillation, softTargets } from "./distillation";
import { TRACK_DECAY } from "./input-rms";
import type { Run } from "./run";
import { checkLossOptions, type LossOptions, type UpdateRule } from "./train-options";

/** What a training step does beside the network itself. */
export interface StepRule {
  readonly update: UpdateRule;
  readonly weightDecay: number;
  readonly l1: number;
  /** Dropout rate of a layer's input, by the name of the layer's weight. */
  readonly dropout: Readonly<Record<string, number>>;
  /** Soft targets of every sample (an address), their fraction of the loss, and their temperature. */
  readonly soft?: { readonly targets: number; readonly fraction: number; readonly temperature: number };
  /** Addresses of the inputs' running squares, one a thread, by weight name, where they are kept. */
  readonly trackers?: ReadonlyMap<string, readonly number[]>;
  readonly trackDecay: number;
  /** Tensors that stay as they are. */
  readonly frozen?: ReadonlySet<string>;
  /** By the name of a tensor, what Adam's rate is multiplied by; 1 where nothing is said. */
  readonly rateScales?: ReadonlyMap<string, number>;
}

function softOf({ core, data }: Run, scope: Scope, distill: Distillation, count: number): StepRule["soft"] {
  const { logits, share = 0.5, temperature = 3 } = distill;
  const { classes, engine } = core;
  if (logits.length !== count * classes) {
    throw new RangeError(`distill.logits: expected ${count} rows of ${classes}, got ${logits.length} numbers`);
  }
  const taken = logits.subarray(0, data.count * classes);
  const targets = scope.allocate(taken.byteLength);
  engine.arena.floats(targets, taken.length).set(softTargets(taken, { classes, temperature }));
  return { targets, fraction: share, temperature };
}

/**
 * The rule that the options ask for, with defaults; `count`: samples that distillation has logits of.
 * @throws RangeError if an option is out of its range.
 */
export function ruleOf(run: Run, scope: Scope, options: LossOptions, count: number): StepRule {
  const { parameters, tracking } = run.core;
  checkLossOptions(options);
  for (const name of Object.keys(options.dropout ?? {})) {
    if (parameters.named(name).shape.length === 1)
      throw new RangeError(`dropout: expected the names of weights, got ${quoted(name)}`);
  }
  return {
    update: options.optimizer ?? { kind: "adam", beta1: 0.9, beta2: 0.999 },
    weightDecay: options.weightDecay ?? 0,
    l1: options.l1 ?? 0,
    dropout: options.dropout ?? {},
    soft: options.distill && softOf(run, scope, options.distill, count),
    trackers: options.trackInputs ? tracking.addresses : undefined,
    trackDecay: TRACK_DECAY,
  };
}

/** A learning rate (or another quantity) as a function of the fraction of a stage that is done, 0 to 1. */
export type Schedule = (done: number) => number;

function assertFinite(name: string, value: number): void {
  if (!Number.isFinite(value)) throw new RangeError(`${name}: expected a finite number, got ${value}`);
}

/**
 * The same value all along.
 * @throws RangeError if it is not finite.
 */
export function constant(value: number): Schedule {
  assertFinite("value", value);
  return () => value;
}

/** Cosine decay from `initial` to `initial * final` (1608.03983 without restarts). */
export function cosine(options: { readonly initial: number; readonly final?: number }): Schedule {
  const { initial, final = 0.01 } = options;
  assertFinite("initial", initial);
  assertFinite("final", final);
  return (done) => initial * (final + (1 - final) * 0.5 * (1 + Math.cos(Math.PI * done)));
}

/** `initial`, multiplied by `factor` at each of the given fractions of the stage. */
export function steps(options: {
  readonly initial: number;
  readonly factor?: number;
  readonly at: readonly number[];
}): Schedule {
  const { initial, factor = 0.1, at } = options;
  assertFinite("initial", initial);
  return (done) => initial * factor ** at.filter((fraction) => done >= fraction).length;
}

/**
 * The sparsity that gradual pruning asks for: s_f (1 - (1 - t/T)^3) up to `until`, then s_f (1710.01878).
 * @throws RangeError if sparsity is not in [0, 1] or until not in (0, 1].
 */
export function cubicSparsity(options: { readonly sparsity: number; readonly until?: number }): Schedule {
  const { sparsity, until = 0.6 } = options;
  if (!(sparsity >= 0 && sparsity <= 1)) throw new RangeError(`sparsity: expected 0 to 1, got ${sparsity}`);
  if (!(until > 0 && until <= 1))
    throw new RangeError(`until: expected a fraction of the stage, over 0 and at most 1, got ${until}`);
  return (done) => sparsity * (1 - (1 - Math.min(1, done / until)) ** 3);
}

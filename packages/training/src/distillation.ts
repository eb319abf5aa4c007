/** Training a network towards the outputs of another (1503.02531). */
export interface Distillation {
  /** The teacher's logits of the training samples, [count, classes]: `trainer.logits`. */
  readonly logits: Float32Array;
  /** Fraction of the loss; the labels have the rest. Default 0.5. */
  readonly share?: number;
  /** Default 3. */
  readonly temperature?: number;
}

/** softmax(logits / temperature), row by row. */
export function softTargets(
  logits: Float32Array,
  options: { readonly classes: number; readonly temperature: number },
): Float32Array {
  const { classes, temperature } = options;
  const targets = new Float32Array(logits.length);
  for (let start = 0; start < logits.length; start += classes) {
    const row = logits.subarray(start, start + classes);
    const top = row.reduce((a, b) => Math.max(a, b));
    const powers = Array.from(row, (z) => Math.exp((z - top) / temperature));
    const sum = powers.reduce((a, b) => a + b);
    targets.set(
      powers.map((power) => power / sum),
      start,
    );
  }
  return targets;
}

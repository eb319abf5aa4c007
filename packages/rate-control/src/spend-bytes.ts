/** A way to store a tensor: what it takes and what it loses. */
export interface Outcome {
  readonly bytes: number;
  /** Squared error, relative to the tensor's sum of squares. */
  readonly error: number;
}

/** A step of one tensor from a way to store it to one of more bytes and less error. */
interface Step {
  readonly tensor: number;
  readonly to: number;
  readonly bytes: number;
  /** What a byte spares of the error. */
  readonly gain: number;
}

/**
 * Chooses a way to store each tensor so that all take at most `limit` bytes and the sum of their errors is small: along the
 * lower convex hulls, where a byte spares the most error (Lagrange), then whatever is left on any step that fits, and, of few
 * tensors, by exchange of one's bytes for another's.
 *
 * @param outcomes the ways to store each tensor; those at the same place in the lists are a trial of the whole network
 * @returns the place of each tensor's way in its list, never with more error than a trial within the limit; undefined if not
 * even the smallest fit
 */
export function spendBytes(outcomes: readonly (readonly Outcome[])[], limit: number): readonly number[] | undefined {
  const smallest = outcomes.map((ways) => bestOf(ways, (a, b) => a.bytes - b.bytes || a.error - b.error));
  if (total(outcomes, smallest).bytes > limit) return undefined;
  const starts = [alongHulls(outcomes, smallest, limit), ...trialsWithin(outcomes, limit)];
  const filled = starts.map((start) => exchange(outcomes, fill(outcomes, start, limit), limit));
  return filled.reduce((best, one) => (total(outcomes, one).error < total(outcomes, best).error ? one : best));
}

/** Bytes and error of a choice, summed over the tensors. */
export function total(outcomes: readonly (readonly Outcome[])[], choice: readonly number[]): Outcome {
  let [bytes, error] = [0, 0];
  choice.forEach((place, tensor) => {
    bytes += outcomes[tensor]![place]!.bytes;
    error += outcomes[tensor]![place]!.error;
  });
  return { bytes, error };
}

/** The trial within the limit that loses least, if there is one. */
function trialsWithin(outcomes: readonly (readonly Outcome[])[], limit: number): readonly (readonly number[])[] {
  const trials = outcomes.reduce((least, { length }) => Math.min(least, length), outcomes[0]?.length ?? 0);
  const uniform = Array.from({ length: trials }, (_, place) => outcomes.map(() => place));
  const within = uniform.filter((choice) => total(outcomes, choice).bytes <= limit);
  if (within.length === 0) return [];
  return [within.reduce((a, b) => (total(outcomes, b).error < total(outcomes, a).error ? b : a))];
}

/** Steps along the hulls, the most gain a byte first, as long as they fit. */
function alongHulls(
  outcomes: readonly (readonly Outcome[])[],
  smallest: readonly number[],
  limit: number,
): readonly number[] {
  const steps = outcomes.flatMap((ways, tensor) => hullSteps(ways, tensor, smallest[tensor]!));
  const choice = [...smallest];
  const stopped = new Set<number>();
  let left = limit - total(outcomes, smallest).bytes;
  for (const { tensor, to, bytes } of steps.sort((a, b) => b.gain - a.gain)) {
    if (stopped.has(tensor)) continue;
    if (bytes > left) {
      stopped.add(tensor);
      continue;
    }
    choice[tensor] = to;
    left -= bytes;
  }
  return choice;
}

/** The edges of a tensor's lower convex hull of bytes and error, from its smallest way on; their gains fall. */
function hullSteps(ways: readonly Outcome[], tensor: number, from: number): readonly Step[] {
  const steps: Step[] = [];
  for (let at = from; ; ) {
    const next = steepest(ways, { tensor, from: at, left: Number.POSITIVE_INFINITY });
    if (next === undefined) return steps;
    steps.push(next);
    at = next.to;
  }
}

/** The step from a way that gains the most a byte, of those that take at most `left` bytes more; free ones first. */
function steepest(
  ways: readonly Outcome[],
  { tensor, from, left }: { readonly tensor: number; readonly from: number; readonly left: number },
): Step | undefined {
  const now = ways[from]!;
  let best: Step | undefined;
  for (const [to, way] of ways.entries()) {
    const bytes = way.bytes - now.bytes;
    if (!(way.error < now.error) || bytes > left) continue;
    const gain = bytes > 0 ? (now.error - way.error) / bytes : Number.POSITIVE_INFINITY;
    if (best === undefined || gain > best.gain || (gain === best.gain && way.error < ways[best.to]!.error)) {
      best = { tensor, to, bytes, gain };
    }
  }
  return best;
}

/** Each pass offers every tensor the step that gains it most, most gain first; few are needed. */
const MAX_PASSES = 8;

/** Spends what is left of the limit on steps that fit. */
function fill(outcomes: readonly (readonly Outcome[])[], start: readonly number[], limit: number): readonly number[] {
  const choice = [...start];
  let left = limit - total(outcomes, choice).bytes;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const steps = outcomes.flatMap((ways, tensor) => steepest(ways, { tensor, from: choice[tensor]!, left }) ?? []);
    if (steps.length === 0) break;
    for (const { tensor, to, bytes } of steps.sort((a, b) => b.gain - a.gain)) {
      if (bytes > left) continue;
      choice[tensor] = to;
      left -= bytes;
    }
  }
  return choice;
}

/** Exchanges are looked for among so many ways; of many tensors steps alone come close. */
const MAX_EXCHANGED_WAYS = 256;

/** Takes bytes from one tensor to give them to another as long as that spares error; steps that fit are all taken. */
function exchange(
  outcomes: readonly (readonly Outcome[])[],
  start: readonly number[],
  limit: number,
): readonly number[] {
  const all = outcomes.flatMap((ways, tensor) => ways.map((way, to) => ({ tensor, to, way })));
  if (all.length > MAX_EXCHANGED_WAYS) return start;
  const choice = [...start];
  for (;;) {
    const left = limit - total(outcomes, choice).bytes;
    const changes = all.map(({ tensor, to, way }) => {
      const now = outcomes[tensor]![choice[tensor]!]!;
      return { tensor, to, bytes: way.bytes - now.bytes, error: way.error - now.error };
    });
    const gives = changes.filter(({ bytes }) => bytes < 0);
    const takes = changes.filter(({ error }) => error < 0);
    let best = { error: -LEAST_GAIN, moves: [] as readonly { readonly tensor: number; readonly to: number }[] };
    for (const give of gives) {
      for (const take of takes) {
        const error = give.error + take.error;
        if (give.tensor === take.tensor || give.bytes + take.bytes > left || !(error < best.error)) continue;
        best = { error, moves: [give, take] };
      }
    }
    if (best.moves.length === 0) return choice;
    for (const { tensor, to } of best.moves) choice[tensor] = to;
  }
}

/** Of a sum of relative errors: less is rounding, and an exchange for it might go on for ever. */
const LEAST_GAIN = 1e-12;

function bestOf(ways: readonly Outcome[], compare: (a: Outcome, b: Outcome) => number): number {
  return ways.reduce((best, way, place) => (compare(way, ways[best]!) < 0 ? place : best), 0);
}

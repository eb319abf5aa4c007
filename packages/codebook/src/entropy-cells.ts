import type { Distribution } from "./distribution";
import { type SumColumns, sumsAt, zeroBounds } from "./range-sums";

export interface EntropyCellsOptions {
  /** Squared error that one bit is worth. */
  readonly lambda: number;
  readonly bitsPerCentroid: number;
  /** The most cells. */
  readonly maxSize: number;
  /** Whether one cell, around 0, has the centroid 0 and holds the zeros of the distribution too. */
  readonly zeroCell: boolean;
}

export interface Cells {
  /** Cell i is points cuts[i] to cuts[i + 1]. */
  readonly cuts: Uint32Array;
  /** The index of the cell of 0, or -1. */
  readonly zeroCell: number;
}

/**
 * The cells of least squared error plus lambda times ideal rate, cut at candidates only: a cell of n of N values costs
 * n log2(N / n) bits and its centroid. That is additive over cells, so dynamic programming finds the optimum (Muresan and
 * Effros, "Quantization as histogram segmentation", 2008).
 *
 * @param candidates ascending from 0 to the number of points; with a cell of 0, the bounds of 0 among the points are there
 */
export function entropyCells(data: Distribution, candidates: Uint32Array, options: EntropyCellsOptions): Cells {
  const states = cutStates(data, candidates, options);
  const cells = freeCells(states);
  if (sizeOf(cells) <= options.maxSize) return cells;
  if (states.length * options.maxSize <= MAX_LEVEL_STATES) return cellsByLevels(states, options.maxSize);
  return cellsByPenalty(states, options.maxSize);
}

/** States times levels of dynamic programming over the number of cells. 130,000 take about 50 ms. */
const MAX_LEVEL_STATES = 1 << 17;

/** A state's cell is tried with some ten others or more, so that a table of so many rates a state pays. */
const TABLE_RATES_A_STATE = 4;

/** Steps of the search for a penalty that makes few enough cells. */
const PENALTY_STEPS = 16;

function sizeOf({ cuts }: Cells): number {
  return cuts.length - 1;
}

function freeCells(states: States): Cells {
  const choices = new Uint32Array(states.length);
  const costs = new Float64Array(states.length);
  fillStates(states, { previous: costs, costs, choices });
  return backtrack(states, () => choices);
}

/** The optimum with at most `maxSize` cells, a level of dynamic programming for each. */
function cellsByLevels(states: States, maxSize: number): Cells {
  const choices: Uint32Array[] = [];
  let previous = new Float64Array(states.length).fill(Number.POSITIVE_INFINITY);
  previous[0] = 0;
  for (let size = 1; size <= maxSize; size++) {
    const level = { previous, costs: new Float64Array(states.length), choices: new Uint32Array(states.length) };
    fillStates(states, level);
    choices.push(level.choices);
    previous = level.costs;
  }
  return backtrack(states, () => choices.pop() ?? new Uint32Array(states.length));
}

/** The optimum for the least penalty on every cell that leaves at most `maxSize` of them: just so many, or nearly. */
function cellsByPenalty(states: States, maxSize: number): Cells {
  const withPenalty = (penalty: number) => freeCells({ ...states, penalty: states.penalty + penalty });
  // One cell costs no more than this, so under this penalty no second one pays.
  let high = states.energy[states.length - 1] - states.energy[0] + states.lambda * states.total;
  let low = high * 2 ** -40;
  let cells = withPenalty(high);
  for (let step = 0; step < PENALTY_STEPS && sizeOf(cells) !== maxSize; step++) {
    const penalty = Math.sqrt(low * high);
    const next = withPenalty(penalty);
    if (sizeOf(next) > maxSize) low = penalty;
    else {
      high = penalty;
      cells = next;
    }
  }
  return cells;
}

/**
 * The states of the dynamic programming: the candidates; with a cell of 0, first those before it, then those behind it (one
 * may be both). Prefix sums are gathered for each.
 */
interface States extends SumColumns {
  readonly length: number;
  /** States before the cell of 0; 0 if there is none. */
  readonly split: number;
  readonly cuts: Uint32Array;
  /** The sum of w*x^2 about 0, not about the pivot. */
  readonly energy: Float64Array;
  readonly zeros: number;
  /** All values. */
  readonly total: number;
  readonly lambda: number;
  /** What a centroid costs. */
  readonly penalty: number;
}

function cutStates(data: Distribution, candidates: Uint32Array, options: EntropyCellsOptions): States {
  const { points, pivot } = data;
  const [before, behind] = options.zeroCell ? aroundZero(points, candidates) : [new Uint32Array(0), candidates];
  const cuts = new Uint32Array(before.length + behind.length);
  cuts.set(before);
  cuts.set(behind, before.length);
  const states = sumsAt(data, cuts);
  const energy = new Float64Array(cuts.length);
  for (let s = 0; s < cuts.length; s++) {
    energy[s] = states.second[s] + pivot * (2 * states.first[s] + pivot * states.weight[s]);
  }
  const zeros = options.zeroCell ? data.zeros : 0;
  return {
    ...states,
    cuts,
    energy,
    zeros,
    length: cuts.length,
    split: before.length,
    total: data.count + zeros,
    lambda: options.lambda,
    penalty: options.lambda * options.bitsPerCentroid,
  };
}

/** The candidates that no point from 0 on is before, and those that no point up to 0 is behind. */
function aroundZero(points: Float32Array, candidates: Uint32Array): readonly [Uint32Array, Uint32Array] {
  const { start, end } = zeroBounds(points);
  let [before, behind] = [0, 0];
  while (before < candidates.length && candidates[before] <= start) before++;
  while (behind < candidates.length && candidates[behind] < end) behind++;
  return [candidates.subarray(0, before), candidates.subarray(behind)];
}

interface Level {
  /** Least costs with one cell fewer; the same array as `costs` where the number of cells is free. */
  readonly previous: Float64Array;
  readonly costs: Float64Array;
  readonly choices: Uint32Array;
}

/**
 * costs[j] = the least over i of previous[i] + the cost of the cell from i to j. The search over i, downwards from j, ends
 * early: for any i' < i, costs[i] <= previous[i'] + cost(i', i), and squared error satisfies the quadrangle inequality, so
 * previous[i'] + cost(i', j) >= costs[i] + error(i, j) + lambda * (R(n' + n) - R(n')), where R(n) = n log2(N / n) is
 * concave: the last term is least at the largest n', all values before i. In practice a search spans two or three cells.
 */
function fillStates(states: States, { previous, costs, choices }: Level): void {
  const { length, split, weight, first, second, energy, rank, zeros, lambda, penalty } = states;
  const rates = rateTable(states);
  const logTotal = Math.log2(states.total);
  const rate = (n: number) => (n < rates.length ? rates[n] : lambda * n * (logTotal - Math.log2(n)));
  const prefixRate = new Float64Array(length);
  for (let s = 0; s < length; s++) prefixRate[s] = rate(rank[s] - rank[0]);
  costs[0] = 0;
  for (let j = 1; j < length; j++) {
    let least = Number.POSITIVE_INFINITY;
    let chosen = 0;
    const side = j < split ? 0 : split;
    for (let i = j - 1; i >= side; i--) {
      const total = weight[j] - weight[i];
      const sum = first[j] - first[i];
      const error = total > 0 ? Math.max(0, second[j] - second[i] - (sum * sum) / total) : 0;
      if (costs[i] + error + prefixRate[j] - prefixRate[i] >= least) break;
      const floor = previous[i] + error + penalty;
      if (floor >= least) continue;
      const cost = floor + rate(rank[j] - rank[i]);
      if (cost >= least) continue;
      least = cost;
      chosen = i;
    }
    if (j >= split) {
      const rateWithZeros = rate(zeros + rank[j] - rank[0]);
      for (let i = split - 1; i >= 0; i--) {
        const error = Math.max(0, energy[j] - energy[i]);
        if (costs[i] + error + rateWithZeros - prefixRate[i] >= least) break;
        const floor = previous[i] + error + penalty;
        if (floor >= least) continue;
        const n = zeros + rank[j] - rank[i];
        const cost = n === 0 ? previous[i] : floor + rate(n);
        if (cost >= least) continue;
        least = cost;
        chosen = i;
      }
    }
    costs[j] = least;
    choices[j] = chosen;
  }
}

/** Lambda times the bits of 0, 1, ... values in a cell: a logarithm takes longer than all else that a cell's cost takes. */
function rateTable({ length, lambda, total }: States): Float64Array {
  const logTotal = Math.log2(total);
  const rates = new Float64Array(Math.min(total + 1, Math.max(1, TABLE_RATES_A_STATE * length)));
  for (let n = 1; n < rates.length; n++) rates[n] = lambda * n * (logTotal - Math.log2(n));
  return rates;
}

function backtrack(states: States, choicesOfLevel: () => Uint32Array): Cells {
  const { split, length } = states;
  const cuts = [states.cuts[length - 1]];
  let zeroCell = -1;
  for (let state = length - 1; state > 0; ) {
    const from = choicesOfLevel()[state];
    if (state >= split && from < split) zeroCell = cuts.length;
    cuts.push(states.cuts[from]);
    state = from;
  }
  cuts.reverse();
  return { cuts: Uint32Array.from(cuts), zeroCell: zeroCell < 0 ? -1 : cuts.length - 1 - zeroCell };
}

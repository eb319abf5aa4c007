import * as fc from "fast-check";
import type { SparseVector } from "./sparse-vector";

export interface LengthConstraints {
  /** Default 0. */
  readonly minLength?: number;
  /** Default 200. */
  readonly maxLength?: number;
}

export interface WeightConstraints extends LengthConstraints {
  /** Default "not-nan": infinities may occur, NaN not. */
  readonly domain?: "finite" | "not-nan" | "all";
}

const LARGEST = 3.4028234663852886e38;
const SMALLEST_NORMAL = 2 ** -126;
const SMALLEST = 2 ** -149;
const FINITE_EDGES = [0, -0, 1, -1, SMALLEST, -SMALLEST, SMALLEST_NORMAL, -SMALLEST_NORMAL, LARGEST, -LARGEST];

/** Weights over the whole domain: any floats, edges (zeros of both signs, subnormal, huge), all zero, few distinct values, zeros in clumps. */
export function weights(constraints: WeightConstraints = {}): fc.Arbitrary<Float32Array> {
  const { minLength = 0, maxLength = 200 } = constraints;
  const lengths = { minLength, maxLength };
  const element = weight(constraints.domain ?? "not-nan");
  const few = fc
    .array(element, { minLength: 1, maxLength: 5 })
    .chain((values) => fc.array(fc.constantFrom(...values), lengths));
  const clumps = fc
    .array(fc.tuple(element, fc.integer({ min: 1, max: 40 }), fc.boolean()), { maxLength })
    .map((runs) => runs.flatMap(([value, run, zero]) => (zero ? new Array<number>(run).fill(0) : [value])))
    .map((values) => values.slice(0, maxLength))
    .filter((values) => values.length >= minLength);
  const zeros = fc.array(fc.constantFrom(0, -0), lengths);
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.array(element, lengths) },
      { weight: 2, arbitrary: few },
      { weight: 2, arbitrary: clumps },
      { weight: 1, arbitrary: zeros },
    )
    .map((values) => Float32Array.from(values));
}

/** A single value a weight may take and a sparse form stores: not a zero of either sign. */
export function nonZeroWeights(constraints: Pick<WeightConstraints, "domain"> = {}): fc.Arbitrary<number> {
  return weight(constraints.domain ?? "all").filter((value) => value !== 0);
}

/** Pruning scores: at least 0, infinity included, ties frequent. */
export function scores(constraints: LengthConstraints = {}): fc.Arbitrary<Float32Array> {
  return weights({ ...constraints, domain: "not-nan" }).map((values) => values.map(Math.abs));
}

/** A wanted sparsity: 0 to 1, both included. */
export function sparsities(): fc.Arbitrary<number> {
  return fc.oneof(fc.constantFrom(0, 0.5, 0.92, 1), fc.double({ min: 0, max: 1, noNaN: true }));
}

/** A keep-mask of 0 and 1: dense, sparse, empty and full ones. */
export function masks(constraints: LengthConstraints = {}): fc.Arbitrary<Uint8Array> {
  const { minLength = 0, maxLength = 200 } = constraints;
  return fc
    .constantFrom([0], [1], [0, 1], [0, 0, 0, 0, 0, 0, 0, 1])
    .chain((bits) => fc.array(fc.constantFrom(...bits), { minLength, maxLength }))
    .map((bits) => Uint8Array.from(bits));
}

/** Sparse vectors whose gaps run from neighbours to some thousands, so that every gap width needs fillers now and then. */
export function sparseVectors(constraints: { readonly maxEntries?: number } = {}): fc.Arbitrary<SparseVector> {
  const { maxEntries = 40 } = constraints;
  const gap = fc.oneof(
    fc.integer({ min: 1, max: 4 }),
    fc.constantFrom(2, 3, 4, 5, 8, 9, 16, 17, 256, 257, 512, 513),
    fc.integer({ min: 1, max: 2000 }),
  );
  return fc
    .tuple(fc.array(fc.tuple(gap, nonZeroWeights()), { maxLength: maxEntries }), fc.nat({ max: 600 }))
    .map(([entries, trailing]) => {
      const positions = new Uint32Array(entries.length);
      let next = 0;
      entries.forEach(([distance], i) => {
        positions[i] = next + distance - 1;
        next += distance;
      });
      return { length: next + trailing, positions, values: Float32Array.from(entries, ([, value]) => value) };
    });
}

function weight(domain: "finite" | "not-nan" | "all"): fc.Arbitrary<number> {
  const edges =
    domain === "finite" ? FINITE_EDGES : [...FINITE_EDGES, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return fc.oneof(
    { weight: 3, arbitrary: fc.float({ min: -2, max: 2, noNaN: true }) },
    { weight: 2, arbitrary: fc.float({ noNaN: domain !== "all", noDefaultInfinity: domain === "finite" }) },
    { weight: 1, arbitrary: fc.constantFrom(...edges) },
  );
}

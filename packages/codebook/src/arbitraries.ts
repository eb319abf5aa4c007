import { allocateCodes, type Codes } from "@deep-compression/bits";
import * as fc from "fast-check";

export interface ValueConstraints {
  /** Default 0. */
  readonly minLength?: number;
  /** Default 120. */
  readonly maxLength?: number;
  /** Default "finite"; "all" has infinities and NaN too. */
  readonly domain?: "finite" | "all";
  /** Default: the whole range of a float32. */
  readonly maxMagnitude?: number;
}

const LARGEST = 3.4028234663852886e38;
const SMALLEST = 2 ** -149;

/** Values to share: like weights, any floats, the edges (zeros of both signs, subnormal, huge), few distinct, clumps of near neighbours. */
export function values(constraints: ValueConstraints = {}): fc.Arbitrary<Float32Array> {
  const { minLength = 0, maxLength = 120, domain = "finite", maxMagnitude = LARGEST } = constraints;
  const lengths = { minLength, maxLength };
  const element = value(domain, Math.fround(maxMagnitude));
  const few = fc
    .array(element, { minLength: 1, maxLength: 9 })
    .chain((pool) => fc.array(fc.constantFrom(...pool), lengths));
  const center = fc.float({ min: -1, max: 1, noNaN: true });
  const clump = center.chain((middle) =>
    fc.array(
      fc.integer({ min: -20, max: 20 }).map((steps) => middle + steps * 2 ** -24),
      lengths,
    ),
  );
  return fc
    .oneof(
      { weight: 4, arbitrary: fc.array(element, lengths) },
      { weight: 2, arbitrary: few },
      { weight: 1, arbitrary: clump },
      { weight: 1, arbitrary: fc.array(fc.constantFrom(0, -0), lengths) },
    )
    .map((list) => Float32Array.from(list));
}

/** A codebook: finite, strictly ascending centroids. */
export function codebooks(
  constraints: { readonly minSize?: number; readonly maxSize?: number } = {},
): fc.Arbitrary<Float32Array> {
  const { minSize = 1, maxSize = 40 } = constraints;
  return fc
    .uniqueArray(
      value("finite", LARGEST).map((x) => Math.fround(x) + 0),
      { minLength: minSize, maxLength: maxSize },
    )
    .map((list) => Float32Array.from(list).sort());
}

/** A codebook and codes into it, of the kind that belongs to its size. */
export function codedValues(
  constraints: { readonly maxSize?: number; readonly maxLength?: number } = {},
): fc.Arbitrary<{ readonly centroids: Float32Array; readonly codes: Codes }> {
  const { maxLength = 120 } = constraints;
  return codebooks(constraints).chain((centroids) =>
    fc.array(fc.nat({ max: centroids.length - 1 }), { maxLength }).map((list) => {
      const codes = allocateCodes(centroids.length, list.length);
      codes.set(list);
      return { centroids, codes };
    }),
  );
}

/** Importances for `length` values: finite, at least 0, zeros among them, one above 0 at least. */
export function importances(length: number): fc.Arbitrary<Float32Array> {
  const one = fc.oneof(
    fc.constantFrom(0, 1),
    fc.float({ min: Math.fround(1e-6), max: 1000, noNaN: true }),
    fc.float({ min: 0, noNaN: true, noDefaultInfinity: true }),
  );
  return fc
    .array(one, { minLength: length, maxLength: length })
    .map((list) => Float32Array.from(list))
    .filter((list) => length === 0 || list.some((weight) => weight > 0));
}

/** Centroids that are no codebook: out of order, repeated, NaN or infinite; and the same as they were before. */
export function mutatedCodebooks(): fc.Arbitrary<{ readonly valid: Float32Array; readonly mutated: Float32Array }> {
  const wrong = fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY);
  return codebooks({ minSize: 2 }).chain((valid) =>
    fc.nat({ max: valid.length - 2 }).chain((at) =>
      fc
        .oneof(
          wrong.map((value) => valid.with(at, value)),
          fc.constant(valid.with(at, valid[at + 1]!)),
          fc.constant(valid.with(at, valid[at + 1]!).with(at + 1, valid[at]!)),
        )
        .map((mutated) => ({ valid, mutated })),
    ),
  );
}

function value(domain: "finite" | "all", max: number): fc.Arbitrary<number> {
  const near = Math.min(1, max);
  const edges = [0, -0, near, -near, SMALLEST, -SMALLEST, max, -max];
  const special = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  return fc.oneof(
    { weight: 3, arbitrary: fc.float({ min: -near, max: near, noNaN: true }) },
    { weight: 2, arbitrary: fc.float({ min: -max, max, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(...edges, ...(domain === "all" ? special : [])) },
  );
}

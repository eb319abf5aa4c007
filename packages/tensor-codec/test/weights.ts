import { shareValues } from "@deep-compression/codebook";
import { pruneWeights } from "@deep-compression/sparse";
import { type FormOptions, type SharedWeights, sharedWeights } from "@deep-compression/tensor-codec";
import fc from "fast-check";

/** Whatever takes the fewest bytes. */
export const AUTO: FormOptions = {
  form: "auto",
  gapBits: "auto",
  lineMaps: "auto",
  order: "auto",
  precision: "float32",
};

/** Finite values with the codebook of those that are there; 0 and -0 must not both be. */
export function exactWeights(
  values: ArrayLike<number>,
  shape: readonly number[],
  positions: "split" | "whole" = "split",
): SharedWeights {
  const all = Float32Array.from(values);
  const pruned = positions === "split" ? pruneWeights(all, { negativeZero: "keep" }) : undefined;
  const kept = pruned ?? { length: all.length, values: all, energy: 0, pruned: 0 };
  const shared = shareValues(kept.values, {});
  if (shared === undefined) throw new Error("unreachable: values are finite, few, and have one zero");
  return sharedWeights(kept, shared, shape);
}

/** What a test is given: shared weights, and the values that they are. */
export interface Sample {
  readonly weights: SharedWeights;
  readonly values: Float32Array;
}

const size = fc.integer({ min: 1, max: 12 });

const shapes: fc.Arbitrary<readonly number[]> = fc.oneof(
  fc.constantFrom([], [1], [1, 1]),
  fc.tuple(fc.integer({ min: 1, max: 60 })),
  fc.tuple(size, size),
  fc.tuple(fc.integer({ min: 1, max: 4 }), size, fc.constantFrom(1, 3), fc.constantFrom(1, 3)),
);

/** Tensors of few values, most of them 0, some with empty rows and columns, some with -0 for every 0. */
export function samples(): fc.Arbitrary<Sample> {
  return fc
    .tuple(shapes, fc.constantFrom("split" as const, "whole" as const), fc.constantFrom(0, 0, 0, -0))
    .chain(([shape, positions, zero]) => {
      const count = shape.reduce((product, length) => product * length, 1);
      const columns = shape[shape.length - 1] ?? 1;
      const value = fc.constantFrom(zero, zero, zero, zero, zero, 0.5, -0.25, 3, 1e-3);
      const emptied = fc.array(fc.boolean(), { minLength: 13, maxLength: 13 });
      return fc.tuple(fc.array(value, { minLength: count, maxLength: count }), emptied).map(([all, empty]) => {
        const values = Float32Array.from(all, (one, i) => (empty[(i % columns) % 13] ? zero : one));
        return { weights: exactWeights(values, shape, positions), values };
      });
    });
}

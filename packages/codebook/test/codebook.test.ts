import { type Codec, type Codes, chain, float32s, packedCodes, record } from "@deep-compression/bits";
import {
  codebook,
  dequantize,
  exactCodebook,
  type SharedValues,
  sharedValues,
  withZero,
  zeroIndex,
} from "@deep-compression/codebook";
import { codebooks, codedValues, values } from "@deep-compression/codebook/arbitraries";
import fc from "fast-check";
import { describe, expect, expectTypeOf, test } from "vitest";
import { codeOf } from "../../bits/test/code-of";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

describe("a codebook", () => {
  const codec = codebook(Float32Array.of(-1, 0, 0.5));

  test("gives the codes of values that are its centroids, and back", () => {
    expect(codec.name).toBe("codebook");
    expect(Object.isFrozen(codec)).toBe(true);
    expect(codec.encode(Float32Array.of(0.5, -1, 0))).toEqual(Uint8Array.of(2, 0, 1));
    expect(codec.decode(Uint8Array.of(2, 0, 1))).toEqual(Float32Array.of(0.5, -1, 0));
  });

  test("is exact: it takes no other value, and no other code", () => {
    expect(() => codec.encode(Float32Array.of(0, 0.51))).toThrow(/^values\[1\]: expected a centroid, got 0\.50/);
    expect(() => codec.encode(Float32Array.of(-0))).toThrow(RangeError);
    expect(() => codec.encode(Float32Array.of(Number.POSITIVE_INFINITY))).toThrow(RangeError);
    expect(() => codec.encode(Float32Array.of(Number.NaN))).toThrow(RangeError);
    expect(codeOf(() => codec.decode(Uint8Array.of(0, 3)))).toBe("out-of-range");
    expect(() => codebook(Float32Array.of(1, 1))).toThrow("centroids[1]: expected above 1, got 1");
    expect(() => codec.decode([0] as never)).toThrow("codes: expected a Uint8Array or a Uint16Array, got Array");
  });

  test("keeps its centroids if the caller's change", () => {
    const centroids = Float32Array.of(1, 2);
    const kept = codebook(centroids);
    centroids[0] = 9;
    expect(kept.decode(Uint8Array.of(0))).toEqual(Float32Array.of(1));
  });

  test("gives back any values of any codebook", () => {
    fc.assert(
      fc.property(codedValues(), ({ centroids, codes }) => {
        expect(codebook(centroids).encode(dequantize(codes, centroids))).toEqual(codes);
        expect(codebook(centroids).decode(codes)).toEqual(dequantize(codes, centroids));
      }),
      { numRuns },
    );
  });
});

describe("shared values", () => {
  const codec = sharedValues({ maxSize: 3 });
  const shared = { centroids: Float32Array.of(-1, 0.5), codes: Uint8Array.of(1, 0, 1) };

  test("are the distinct ones and their codes", () => {
    expect(codec.name).toBe("shared values");
    expect(codec.encode(Float32Array.of(0.5, -1, 0.5))).toEqual(shared);
    expect(codec.decode(shared)).toEqual(Float32Array.of(0.5, -1, 0.5));
    const infinite = Float32Array.of(Number.NEGATIVE_INFINITY, 0);
    expect(codec.decode(codec.encode(infinite))).toEqual(infinite);
  });

  test("have codes of 8 bits where the type of maxSize tells that they fit", () => {
    expectTypeOf(sharedValues({ maxSize: 256 })).toEqualTypeOf<Codec<Float32Array, SharedValues<Uint8Array>>>();
    expectTypeOf(sharedValues({ maxSize: 257 })).toEqualTypeOf<Codec<Float32Array, SharedValues<Codes>>>();
    expectTypeOf(sharedValues()).toEqualTypeOf<Codec<Float32Array, SharedValues<Codes>>>();
  });

  test("are refused unless they are what encoding gives", () => {
    const refused = (changed: Partial<SharedValues<Uint8Array>>) =>
      codeOf(() => codec.decode({ ...shared, ...changed }));
    expect(refused({ codes: Uint8Array.of(2, 1, 0) })).toBe("out-of-range");
    expect(refused({ codes: Uint8Array.of(1) })).toBe("not-canonical");
    expect(refused({ centroids: Float32Array.of(0.5, -1) })).toBe("not-canonical");
    expect(refused({ centroids: Float32Array.of(-0, 0) })).toBe("not-canonical");
    expect(refused({ centroids: Float32Array.of(Number.NaN, 1) })).toBe("not-canonical");
    expect(refused({ centroids: Float32Array.of(-1, Number.NaN) })).toBe("not-canonical");
    expect(refused({ centroids: Float32Array.of(1, 2, 3, 4) })).toBe("limit-exceeded");
    expect(() => codec.encode(Float32Array.of(1, 2, 3, 4))).toThrow(RangeError);
    expect(() => codec.encode(Float32Array.of(0, -0))).toThrow("values: expected at most 3 distinct ones");
    expect(() => sharedValues({ maxSize: 0 })).toThrow("maxSize: expected an integer in 1..65536, got 0");
  });

  test("come back bit for bit, by bytes", () => {
    const bytes = chain(
      sharedValues({ maxSize: 256 }),
      record({ centroids: float32s(), codes: packedCodes({ width: 8 }) }),
    );
    fc.assert(
      fc.property(values(), (any) => {
        if (exactCodebook(any) === undefined) expect(() => bytes.encode(any)).toThrow(RangeError);
        else expect(bytes.decode(bytes.encode(any))).toEqual(any);
      }),
      { numRuns },
    );
  });
});

describe("0 among centroids", () => {
  test("stands behind those below it, once", () => {
    expect(zeroIndex(Float32Array.of(-2, -1, 3))).toBe(2);
    expect(withZero(Float32Array.of(-2, -1, 3))).toEqual(Float32Array.of(-2, -1, 0, 3));
    expect(withZero(Float32Array.of(-2, 0, 3))).toEqual(Float32Array.of(-2, 0, 3));
    expect(withZero(Float32Array.of(-0))).toEqual(Float32Array.of(0));
    expect(withZero(new Float32Array(0))).toEqual(Float32Array.of(0));
    expect(() => withZero([1] as never)).toThrow("centroids: expected a Float32Array, got Array");
  });

  test("leaves a codebook with the code that zeroIndex tells", () => {
    fc.assert(
      fc.property(codebooks(), (centroids) => {
        const all = withZero(centroids);
        expect(codebook(all).encode(Float32Array.of(0))[0]).toBe(zeroIndex(centroids));
        expect(all.filter((centroid) => centroid !== 0)).toEqual(centroids.filter((centroid) => centroid !== 0));
      }),
      { numRuns },
    );
  });
});

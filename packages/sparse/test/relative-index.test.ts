import { FormatError } from "@deep-compression/bits";
import { denseVector, type GapVector, relativeIndex, sparseVector } from "@deep-compression/sparse";
import { gapVectors, mutatedGapVectors, sparseVectors, weights } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const widths = fc.integer({ min: 1, max: 8 });

function formatCode(action: () => unknown): string | undefined {
  try {
    action();
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
  return undefined;
}

test("the paper's figure 2: with 3-bit gaps a span above 8 takes a filler zero", () => {
  const dense = new Float32Array(16);
  dense[1] = 3.4;
  dense[4] = 0.9;
  dense[15] = 1.7;
  const encoded = relativeIndex({ gapBits: 3 }).encode(sparseVector(dense));
  // The figure's differences are 1, 3, 8, 3, the first counted from index 0; ours are stored less one, from index -1.
  expect(encoded.gaps).toEqual(Uint8Array.of(1, 2, 7, 2));
  expect(encoded.values).toEqual(Float32Array.of(3.4, 0.9, 0, 1.7));
  expect(denseVector(relativeIndex({ gapBits: 3 }).decode(encoded))).toEqual(dense);
});

test("a gap of exactly 2^gapBits needs no filler, one more needs one", () => {
  const encode = (position: number) => {
    const vector = { length: 999, positions: Uint32Array.of(position), values: Float32Array.of(5) };
    return Array.from(relativeIndex({ gapBits: 2 }).encode(vector).gaps);
  };
  expect(encode(3)).toEqual([3]);
  expect(encode(4)).toEqual([3, 0]);
  expect(encode(7)).toEqual([3, 3]);
  expect(encode(8)).toEqual([3, 3, 0]);
});

test("trailing zeros, an empty vector and a vector of zeros take no entries", () => {
  for (const length of [0, 1, 5000]) {
    const encoded = relativeIndex({ gapBits: 1 }).encode(sparseVector(new Float32Array(length)));
    expect(encoded).toEqual({ length, gapBits: 1, gaps: new Uint8Array(0), values: new Float32Array(0) });
    expect(denseVector(relativeIndex({ gapBits: 1 }).decode(encoded))).toEqual(new Float32Array(length));
  }
});

test("codes have a filler of their own: the index of the centroid 0", () => {
  const codec = relativeIndex<Uint8Array>({ gapBits: 1, filler: 3 });
  const vector = { length: 9, positions: Uint32Array.of(0, 5), values: Uint8Array.of(0, 7) };
  const encoded = codec.encode(vector);
  expect(encoded.gaps).toEqual(Uint8Array.of(0, 1, 1, 0));
  expect(encoded.values).toEqual(Uint8Array.of(0, 3, 3, 7));
  expect(codec.decode(encoded)).toEqual(vector);
});

test("a vector that breaks its own rules, or holds the filler's value, is a RangeError", () => {
  const { encode } = relativeIndex({ gapBits: 4 });
  const vector = { length: 9, positions: Uint32Array.of(2, 5), values: Float32Array.of(1, 2) };
  expect(() => encode({ ...vector, positions: Uint32Array.of(2, 2) })).toThrow(/^positions\[1\]/);
  expect(() => encode({ ...vector, length: 5 })).toThrow(/^positions\[1\].*length 5/);
  expect(() => encode({ ...vector, values: Float32Array.of(1) })).toThrow(/^values/);
  expect(() => encode({ ...vector, values: Float32Array.of(1, -0) })).toThrow(/^values\[1\]/);
  for (const gapBits of [0, 9, 1.5, Number.NaN]) expect(() => relativeIndex({ gapBits })).toThrow(/^gapBits/);
  const codes = { ...vector, values: Uint8Array.of(1, 2) };
  expect(() => relativeIndex<Uint8Array>({ gapBits: 4, filler: 256 }).encode(codes)).toThrow(/^filler/);
});

test("each way to break an encoded vector has its code", () => {
  const good: GapVector = { length: 9, gapBits: 2, gaps: Uint8Array.of(3, 1), values: Float32Array.of(0, 5) };
  const decode = (change: Partial<GapVector>) =>
    formatCode(() => relativeIndex({ gapBits: 2 }).decode({ ...good, ...change }));
  expect(decode({})).toBeUndefined();
  expect(decode({ values: Float32Array.of(0) })).toBe("truncated");
  expect(decode({ values: Float32Array.of(0, 5, 5) })).toBe("trailing-data");
  expect(decode({ gaps: Uint8Array.of(3, 4) })).toBe("out-of-range");
  expect(decode({ length: 5 })).toBe("out-of-range");
  expect(decode({ length: -1 })).toBe("out-of-range");
  expect(decode({ gapBits: 3 })).toBe("out-of-range");
  expect(decode({ gaps: Uint8Array.of(2, 1) })).toBe("not-canonical");
  expect(decode({ values: Float32Array.of(-0, 5) })).toBe("not-canonical");
  expect(decode({ gaps: Uint8Array.of(3, 3), values: Float32Array.of(5, 0) })).toBe("not-canonical");
});

test("any sparse vector comes back from any gap width", () => {
  fc.assert(
    fc.property(sparseVectors(), widths, (vector, gapBits) => {
      const { encode, decode } = relativeIndex({ gapBits });
      expect(decode(encode(vector))).toEqual(vector);
    }),
    { numRuns },
  );
});

test("any valid encoded vector is the one encoding of what it decodes to", () => {
  fc.assert(
    fc.property(gapVectors(), (encoded) => {
      const { encode, decode } = relativeIndex({ gapBits: encoded.gapBits });
      expect(encode(decode(encoded))).toEqual(encoded);
    }),
    { numRuns },
  );
});

test("a mutated encoded vector ends in a FormatError or is the one encoding of something", () => {
  fc.assert(
    fc.property(mutatedGapVectors(), ({ valid, mutated }) => {
      const { encode, decode } = relativeIndex({ gapBits: valid.gapBits });
      if (formatCode(() => decode(mutated)) === undefined) expect(encode(decode(mutated))).toEqual(mutated);
    }),
    { numRuns: 3 * numRuns },
  );
});

test("weights of the whole domain come back dense, -0 as +0", () => {
  fc.assert(
    fc.property(weights({ domain: "all" }), widths, (list, gapBits) => {
      const { encode, decode } = relativeIndex({ gapBits });
      const plusZero = list.map((value) => value + 0);
      expect(denseVector(decode(encode(sparseVector(list))))).toEqual(plusZero);
    }),
    { numRuns },
  );
});

test("a vector of codes with a zero of its own comes back dense", () => {
  const dense = Uint16Array.of(300, 7, 300, 300, 2);
  const sparse = sparseVector(dense, { zero: 300 });
  expect(sparse).toEqual({ length: 5, positions: Uint32Array.of(1, 4), values: Uint16Array.of(7, 2) });
  expect(denseVector(sparse, { zero: 300 })).toEqual(dense);
  expect(() => denseVector({ ...sparse, values: Uint8Array.of(7, 2) }, { zero: 300 })).toThrow(/^zero/);
});

test("positions beyond 2^31 come back, over millions of fillers", () => {
  const positions = Uint32Array.of(2 ** 31 + 5, 2 ** 32 - 1);
  const vector = { length: 2 ** 32, positions, values: Uint8Array.of(1, 2) };
  const { encode, decode } = relativeIndex<Uint8Array>({ gapBits: 8 });
  const encoded = encode(vector);
  expect(encoded.gaps.length).toBe(2 + 2 ** 23 + 2 ** 23 - 1);
  expect(decode(encoded)).toEqual(vector);
  expect(formatCode(() => decode({ ...encoded, length: 2 ** 32 - 1 }))).toBe("out-of-range");
});

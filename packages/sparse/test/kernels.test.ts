import { findNotFinite, magnitudeThreshold, sparseVector } from "@deep-compression/sparse";
import { weights } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 60 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

// WebAssembly against its plain TypeScript twin. A kernel takes 16 elements a step and blocks of 16384.
const wasm = { kernels: "wasm" } as const;
const plain = { kernels: "plain" } as const;

/** Weights of every length around the steps and blocks: some few, repeated, with others strewn in. */
function longWeights(): fc.Arbitrary<Float32Array> {
  const around = fc.tuple(fc.constantFrom(0, 16, 32, 16384, 32768, 49152), fc.integer({ min: -17, max: 17 }));
  const lengths = around.map(([near, by]) => Math.max(0, near + by));
  return fc
    .tuple(lengths, weights({ minLength: 1, domain: "all" }), weights({ maxLength: 20, domain: "all" }), fc.nat())
    .map(([length, repeated, strewn, seed]) => {
      const list = Float32Array.from({ length }, (_, i) => repeated[i % repeated.length]);
      strewn.forEach((value, i) => {
        if (length > 0) list[(seed + i * 7919) % length] = value;
      });
      return list;
    });
}

function sameBits(a: Float32Array | Uint32Array, b: Float32Array | Uint32Array): boolean {
  const [bytesA, bytesB] = [a, b].map((list) => Buffer.from(list.buffer, list.byteOffset, list.byteLength));
  return bytesA.equals(bytesB);
}

test("the elements that differ from any zero are the same, bit for bit, at every length and place in a buffer", () => {
  const zeros = fc.constantFrom(0, -0, 1, -1, Number.POSITIVE_INFINITY, 2 ** -149);
  fc.assert(
    fc.property(longWeights(), zeros, fc.nat(5), (list, zero, from) => {
      const dense = list.subarray(Math.min(from, list.length));
      const fast = sparseVector(dense, { zero, ...wasm });
      const slow = sparseVector(dense, { zero, ...plain });
      expect(fast.length).toBe(slow.length);
      expect(sameBits(fast.positions, slow.positions)).toBe(true);
      // Not against the twin: what bits a NaN keeps on its way through TypeScript is the engine's choice.
      expect(
        sameBits(
          fast.values,
          dense.filter((element) => element !== zero),
        ),
      ).toBe(true);
      expect(slow.values.every((element, i) => Object.is(element, fast.values[i]))).toBe(true);
    }),
    { numRuns },
  );
});

test("what an earlier, longer scan left behind is not found again", () => {
  sparseVector(new Float32Array(16384).fill(5), wasm);
  expect(sparseVector(Float32Array.of(0, 3), wasm).positions).toEqual(Uint32Array.of(1));
  expect(findNotFinite(new Float32Array(16384).fill(Number.NaN), wasm)).toBe(0);
  expect(findNotFinite(Float32Array.of(0, 3), wasm)).toBe(-1);
});

test("the first value that is not finite is found where it is", () => {
  const list = new Float32Array(40_000);
  expect(findNotFinite(list, wasm)).toBe(-1);
  expect(findNotFinite(new Float32Array(0), wasm)).toBe(-1);
  list.fill(3.4028234663852886e38);
  expect(findNotFinite(list, wasm)).toBe(-1);
  for (const at of [39_999, 32_768, 32_767, 16_384, 16_383, 17, 15, 0]) {
    list[at] = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY][at % 3];
    expect(findNotFinite(list, wasm)).toBe(at);
    expect(findNotFinite(list, plain)).toBe(at);
  }
  fc.assert(
    fc.property(longWeights(), (any) => {
      expect(findNotFinite(any, wasm)).toBe(findNotFinite(any, plain));
      expect(findNotFinite(any, wasm)).toBe(Array.from(any).findIndex((value) => !Number.isFinite(value)));
    }),
    { numRuns },
  );
});

test("other kernels than these two, and other arrays than floats, are refused", () => {
  // @ts-expect-error: there are no such kernels
  expect(() => sparseVector(new Float32Array(1), { kernels: "native" })).toThrow(
    /^kernels: expected "wasm" or "plain"/,
  );
  // @ts-expect-error: an array is no Float32Array
  expect(() => findNotFinite([1])).toThrow(/^values: expected a Float32Array/);
});

/** Half a million weights and more, from which on a sample brackets the threshold. */
const length = 2 ** 19 + 4321;
const shapes: Readonly<Record<string, (i: number) => number>> = {
  "sums of uniform numbers": (i) => ((i * 0.6180339887) % 1) + ((i * 0.7548776662) % 1) - 1,
  ascending: (i) => i / length,
  "all alike": () => -0.25,
  "two magnitudes": (i) => (i % 2 === 0 ? 1 : -2),
  "mostly zeros": (i) => (i % 10 === 3 ? i : 0),
  "neighbouring floats": (i) => 1 + ((i * 40_503) % 65_536) * 2 ** -23,
  "infinities among them": (i) => (i % 5 === 0 ? Number.NEGATIVE_INFINITY : i),
  // Each place that the sample takes is a zero: the bracket misses, and all are looked through.
  "zeros where the sample looks": (i) => (i % 4 === (Math.imul(Math.floor(i / 4), 0x9e3779b1) >>> 8) % 4 ? 0 : i),
};

for (const [name, value] of Object.entries(shapes)) {
  test(`the threshold of many weights is the one a full sort finds: ${name}`, () => {
    const list = Float32Array.from({ length }, (_, i) => value(i));
    const sorted = list.map(Math.abs).sort();
    for (const sparsity of [0, 1e-6, 0.25, 0.5, 0.9, 0.91, 1 - 1e-6]) {
      const expected = sorted[Math.round(sparsity * length)];
      expect(magnitudeThreshold(list, { sparsity, ...wasm })).toBe(expected);
      expect(magnitudeThreshold(list, { sparsity, ...plain })).toBe(expected);
    }
  });
}

test("a NaN among many weights is named, behind infinities too", () => {
  const list = new Float32Array(length).fill(1);
  list[3] = Number.POSITIVE_INFINITY;
  list[400_000] = Number.NaN;
  for (const kernels of [wasm, plain]) {
    expect(() => magnitudeThreshold(list, { sparsity: 0.5, ...kernels })).toThrow(/^weights\[400000\].*NaN/);
  }
});

test("a NaN among few weights is named, and where none is to be kept", () => {
  const list = Float32Array.of(1, 2, Number.NaN);
  for (const kernels of [wasm, plain]) {
    for (const sparsity of [0.5, 1]) {
      expect(() => magnitudeThreshold(list, { sparsity, ...kernels })).toThrow(/^weights\[2\].*NaN/);
    }
  }
});

test("a NaN that the kernels saw before is none of the weights", () => {
  const nowhere = new Float32Array(length).fill(Number.NaN);
  const weights = Float32Array.from({ length: length - 5 }, (_, i) => i);
  expect(() => magnitudeThreshold(nowhere, { sparsity: 0.5, ...wasm })).toThrow(/^weights\[0\].*NaN/);
  expect(magnitudeThreshold(weights, { sparsity: 0, ...wasm })).toBe(0);
});

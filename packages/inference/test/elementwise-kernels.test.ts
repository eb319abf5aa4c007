import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SMOOTH } from "../src/elementwise-kernels";
import { Heap } from "../src/heap";
import type { HeapKernels } from "../src/heap-kernels";
import { kernelMemory } from "../src/kernel-memory";
import { CONVOLUTION, ELEMENTWISE, GROUPED_PRODUCT } from "../src/kernels.generated";
import { plainKernels } from "../src/plain-kernels";

const KINDS = ["wasm", "plain"] as const;

interface Room {
  readonly kernels: HeapKernels;
  /** Puts numbers into the heap. */
  put(values: ArrayLike<number>): number;
  get(address: number, count: number): Float32Array;
}

function roomOf(kind: (typeof KINDS)[number]): Room {
  const { memory, base, kernels } = kernelMemory({ kernels: kind, plain: plainKernels }, [
    CONVOLUTION,
    ELEMENTWISE,
    GROUPED_PRODUCT,
  ]);
  const heap = new Heap(memory, base, 2 ** 26);
  return {
    kernels: kernels(heap),
    put(values) {
      const { address } = heap.allocate(4 * values.length);
      new Float32Array(heap.buffer, address, values.length).set(values);
      return address;
    },
    get: (address, count) => new Float32Array(heap.buffer, address, count).slice(),
  };
}

/** Numbers of all sizes, with those that are easily got wrong. */
const float = fc.oneof(
  { weight: 4, arbitrary: fc.double({ min: -20, max: 20, noNaN: true }).map(Math.fround) },
  fc.float({ noDefaultInfinity: false }),
  fc
    .constantFrom(0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -87.4, -95, -103.9, 88.7, 89)
    .map(Math.fround),
);
const floats = fc.array(float, { maxLength: 23 });

/** The distance of float32 numbers from 1 to 2, and that of the smallest. */
const [UNIT, LEAST] = [2 ** -23, 2 ** -149];

describe.each(KINDS)("%s kernels", (kind) => {
  const { kernels, put, get } = roomOf(kind);

  it.each([
    ["addFloats", (a: number, b: number) => a + b],
    ["subtractFloats", (a: number, b: number) => a - b],
    ["multiplyFloats", (a: number, b: number) => a * b],
    ["divideFloats", (a: number, b: number) => a / b],
  ] as const)("%s rounds the result of each two numbers", (name, compute) => {
    const steps = fc.constantFrom(0, 1);
    fc.assert(
      fc.property(fc.array(fc.tuple(float, float), { minLength: 1, maxLength: 23 }), steps, steps, (pairs, i, j) => {
        const [x, y] = [pairs.map(([a]) => a), pairs.map(([, b]) => b)];
        const to = put(new Float32Array(pairs.length + 1).fill(7));
        kernels[name](pairs.length, put(x), i, put(y), j, to);
        const expected = Float32Array.from(pairs, (_, k) => compute(x[k * i]!, y[k * j]!));
        expect(get(to, pairs.length + 1)).toEqual(Float32Array.of(...expected, 7));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it("packLanes copies a vector, and counts what is not zero", () => {
    fc.assert(
      fc.property(floats, (x) => {
        const to = put(new Float32Array(x.length + 1).fill(7));
        const nonZero = kernels.packLanes(put(x), x.length, 1, 1, 1, x.length, 0, to);
        expect(nonZero).toBe(x.filter((value) => value !== 0).length);
        expect(get(to, x.length + 1)).toEqual(Float32Array.of(...x, 7));
      }),
      { seed: 1, numRuns: 300 },
    );
  });

  it.each([
    ["exp", Math.exp, 1.25 * UNIT],
    ["sigmoid", (x: number) => 1 / (1 + Math.exp(-x)), 2.5 * UNIT],
    ["tanh", Math.tanh, 2.5 * UNIT],
  ] as const)("%s is near the double-precision function", (name, compute, relative) => {
    const expectNear = (values: readonly number[]) => {
      const to = put(new Float32Array(values.length + 1).fill(7));
      kernels.smoothFloats(SMOOTH[name], values.length, put(values), to);
      const got = get(to, values.length + 1);
      expect(got[values.length]).toBe(7);
      for (const [i, x] of values.entries()) {
        const [exact, near] = [compute(x), got[i]!];
        if (Object.is(Math.fround(exact), near)) continue;
        if (!(Math.abs(near - exact) <= relative * Math.abs(exact) + LEAST))
          expect.fail(`${name}(${x}) is ${exact}, got ${near}`);
      }
    };
    fc.assert(fc.property(floats, expectNear), { seed: 1, numRuns: 500 });
    expectNear(Array.from({ length: 40_001 }, (_, i) => Math.fround((i - 20_000) / 190)));
    expectNear(Array.from({ length: 20_001 }, (_, i) => Math.fround((i - 10_000) / 8000)));
  });

  it("softmaxRows is the softmax of each row", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 23 }),
        fc.integer({ min: 1, max: 3 }),
        fc.infiniteStream(float),
        (n, rows, stream) => {
          const x = Float32Array.from([...stream.take(n * rows)]);
          const to = put(new Float32Array(x.length));
          kernels.softmaxRows(rows, n, put(x), to);
          const got = get(to, x.length);
          for (let row = 0; row < rows; row++) {
            const line = x.subarray(row * n, (row + 1) * n);
            const largest = line.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
            const powers = Array.from(line, (value) => Math.exp(value - largest));
            const sum = powers.reduce((a, b) => a + b, 0);
            for (const [i, power] of powers.entries()) {
              const [exact, near] = [power / sum, got[row * n + i]!];
              if (Number.isNaN(exact)) expect(near).toBeNaN();
              // The difference from the largest is rounded: half a unit of a number of at most 104 counts.
              else expect(Math.abs(near - exact)).toBeLessThanOrEqual(40 * UNIT * exact + LEAST);
            }
          }
        },
      ),
      { seed: 1, numRuns: 300 },
    );
  });

  it("finishRows and gateRows take rows from one place to another", () => {
    fc.assert(
      fc.property(fc.array(float, { minLength: 1, maxLength: 23 }), fc.constantFrom(1, 0.25), (x, slope) => {
        const [from, to] = [put(x), put(new Float32Array(x.length + 1).fill(7))];
        kernels.finishRows(1, x.length, 0, from, to, 0, 0, slope, -2, Number.POSITIVE_INFINITY);
        const leaked = x.map((value) => Math.max(value < 0 ? value * slope : value, -2));
        expect(get(to, x.length + 1)).toEqual(Float32Array.of(...leaked, 7));
        kernels.gateRows(1, x.length, 0, from, to, 0.5, 0.25, 0, 1);
        const gated = get(to, x.length);
        for (const [i, value] of x.entries()) {
          const exact = value * Math.min(Math.max(value * 0.5 + 0.25, 0), 1);
          if (Number.isFinite(exact))
            expect(Math.abs(gated[i]! - exact)).toBeLessThanOrEqual(1e-6 * Math.abs(value) + LEAST);
          else expect(gated[i]).toBe(Math.fround(exact));
        }
        expect(get(from, x.length)).toEqual(Float32Array.from(x));
      }),
      { seed: 1, numRuns: 300 },
    );
  });
});

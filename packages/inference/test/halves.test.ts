import { fromFloat16, toFloat16 } from "@deep-compression/bits";
import fc from "fast-check";
import { expect, test } from "vitest";
import { roundToHalves, widenedHalves } from "../src/halves";

const ALL = Uint16Array.from({ length: 65_536 }, (_, half) => half);

/** The bits, of any NaN those of one. */
function bitsOf(values: Float32Array): Uint32Array {
  const own = values.map((value) => (Number.isNaN(value) ? Number.NaN : value));
  return new Uint32Array(own.buffer);
}

test("every float16 is widened to its number", () => {
  expect(bitsOf(widenedHalves("float16", ALL))).toEqual(bitsOf(Float32Array.from(ALL, fromFloat16)));
});

test("every bfloat16 is the upper half of a float32", () => {
  const bits = new Uint32Array(widenedHalves("bfloat16", ALL).buffer);
  expect(bits.every((word, half) => word === half * 65_536)).toBe(true);
});

test("numbers of a type are rounded to themselves", () => {
  for (const type of ["float16", "bfloat16"] as const) {
    const values = widenedHalves(type, ALL);
    const rounded = values.slice();
    roundToHalves(type, rounded);
    expect(bitsOf(rounded)).toEqual(bitsOf(values));
  }
});

/** Numbers beside a float16 and halfway between two, and any others. */
const nearHalf = fc
  .tuple(fc.integer({ min: 0, max: 0xffff }), fc.constantFrom(0, 1, -1, 0x1000, 0xfff, 0x1001))
  .map(([half, distance]) => {
    const bits = new Uint32Array(Float32Array.of(fromFloat16(half)).buffer);
    bits[0] = (bits[0]! + distance) >>> 0;
    return new Float32Array(bits.buffer)[0]!;
  });

test("float32 are rounded to the nearest float16, ties to even", () => {
  fc.assert(
    fc.property(
      fc.array(fc.oneof(nearHalf, fc.float(), fc.double({ min: -2e-4, max: 2e-4, noNaN: true }).map(Math.fround))),
      (list) => {
        const values = Float32Array.from(list);
        const expected = values.map((value) => fromFloat16(toFloat16(value)));
        roundToHalves("float16", values);
        expect(bitsOf(values)).toEqual(bitsOf(expected));
      },
    ),
    { numRuns: 500 },
  );
});

test("float32 are rounded to the nearest bfloat16, ties to even", () => {
  const values = Float32Array.of(
    1,
    1 + 2 ** -8,
    1 + 3 * 2 ** -8,
    1 + 2 ** -8 + 2 ** -20,
    -1 - 2 ** -8,
    3.4e38,
    Number.NaN,
  );
  roundToHalves("bfloat16", values);
  const two = 1 + 2 ** -7;
  expect([...values]).toEqual([1, 1, 1 + 2 ** -6, two, -1, Number.POSITIVE_INFINITY, Number.NaN]);
});

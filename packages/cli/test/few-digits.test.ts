import { floatTensor, floatValues } from "@deep-compression/network";
import { expect, test } from "vitest";
import { digitsOf, withDigitsOf } from "../src/few-digits";

const step = 0.0010004043579101562; // a float16
const multiples = Float32Array.of(-300, -7, 0, 1, 2, 411);
const weight = (values: Float32Array) => floatTensor("w", [2, 3], values);

test("a weight of multiples of a step has that step, and what is trained is rounded to it, or to twice as much", () => {
  const digits = digitsOf(weight(multiples.map((multiple) => multiple * step)));
  expect(digits).toEqual({ kind: "steps", step });
  const trained = weight(multiples.map((multiple) => (multiple + 0.3) * step));
  expect(floatValues(withDigitsOf(trained, digits))).toEqual(multiples.map((multiple) => multiple * step));
  const coarser = Float32Array.of(-300, -6, 0, 2, 2, 412).map((multiple) => multiple * step);
  expect(floatValues(withDigitsOf(trained, digits, 1))).toEqual(coarser);
});

test("a weight of float16 numbers has these, one of any numbers float32, one of a single value its own", () => {
  expect(digitsOf(weight(Float32Array.of(0.5, 0.25, 1, 2, 3, 4)))).toEqual({ kind: "float16" });
  expect(digitsOf(weight(Float32Array.of(0.1, 0.27, 1.3, 2.11, 3.7, 4.9)))).toEqual({ kind: "float32" });
  expect(digitsOf(weight(new Float32Array(6).fill(0.1)))).toEqual({ kind: "float32" });
});

import {
  checkBytes,
  checkChoice,
  checkCodes,
  checkFloats,
  checkInteger,
  checkLength,
  checkList,
  checkNumber,
  checkNumbers,
  checkObject,
  checkText,
  checkTypedArray,
} from "@deep-compression/runtime";
import { expect, test } from "vitest";

test("what came instead of an integer or bytes is told from what it looks like", () => {
  const integer = (value: unknown) => () => checkInteger("size", value as number, { maximum: 9 });
  expect(integer("3")).toThrow(new TypeError('size: expected an integer in 0..9, got "3"'));
  expect(integer(null)).toThrow(new TypeError("size: expected an integer in 0..9, got null"));
  expect(integer([3])).toThrow(new TypeError("size: expected an integer in 0..9, got Array"));
  expect(integer(10)).toThrow(new RangeError("size: expected an integer in 0..9, got 10"));
  const long = "x".repeat(1000);
  expect(() => checkBytes("bytes", JSON.parse(`"${long}"`))).toThrow(
    new TypeError(`bytes: expected a Uint8Array, got "${"x".repeat(19)}...${"x".repeat(16)}"`),
  );
});

test("an object has members by name: a list, a text and null are none", () => {
  const object = { a: 1 };
  expect(checkObject("plan", object)).toBe(object);
  for (const [value, kind] of [
    [[], "Array"],
    [new Map(), "Map"],
    [null, "null"],
    [undefined, "undefined"],
    ["text", '"text"'],
    [5, "5"],
  ] as const) {
    expect(() => checkObject("plan", value as object)).toThrow(new TypeError(`plan: expected an object, got ${kind}`));
  }
});

test("a text is a string of whole characters", () => {
  expect(checkText("name", "a\u{1f600}")).toBe("a\u{1f600}");
  expect(() => checkText("name", JSON.parse("5"))).toThrow(new TypeError("name: expected a string, got 5"));
  expect(() => checkText("name", "a\ud800")).toThrow(
    new RangeError("name: expected well-formed Unicode, got a lone surrogate"),
  );
});

test("a number is finite and within its limits, of which one may be left out", () => {
  const number = (value: unknown, limits = {}) => checkNumber("lambda", value as number, limits);
  expect(number(-1e300)).toBe(-1e300);
  expect(number(0.5, { minimum: 0, maximum: 1 })).toBe(0.5);
  expect(() => number("1")).toThrow(new TypeError('lambda: expected a finite number in -Infinity..Infinity, got "1"'));
  expect(() => number(1.5, { minimum: 0, maximum: 1 })).toThrow(
    new RangeError("lambda: expected a finite number in 0..1, got 1.5"),
  );
  expect(() => number(0, { minimum: 0, except: 0 })).toThrow(
    new RangeError("lambda: expected a finite number in 0..Infinity except 0, got 0"),
  );
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
    expect(() => number(value)).toThrow(RangeError);
  }
});

test("of a list of numbers the first wrong one is named", () => {
  const list = Float32Array.of(0, 1, -1, -Number.POSITIVE_INFINITY);
  expect(checkNumbers("values", list.subarray(0, 3))).toEqual(list.subarray(0, 3));
  expect(() => checkNumbers("values", list)).toThrow(/^values\[3\]: expected a finite number in .*, got -Infinity$/);
  expect(() => checkNumbers("values", list, { minimum: 0 })).toThrow(/^values\[2\]: .* 0\.\.Infinity, got -1$/);
  expect(() => checkNumbers("values", [0, undefined as never])).toThrow(TypeError);
});

test("a choice is one of its texts", () => {
  const init = (value: unknown) => () => checkChoice("init", value as string, ["linear", "density", "random"]);
  expect(init("density")()).toBe("density");
  expect(init("dense")).toThrow(new RangeError('init: expected "linear" or "density" or "random", got "dense"'));
  expect(init(undefined)).toThrow(new TypeError('init: expected "linear" or "density" or "random", got undefined'));
});

test("arrays are of the types that are asked for", () => {
  const floats = Float32Array.of(1);
  expect(checkFloats("values", floats)).toBe(floats);
  expect(checkTypedArray<unknown>("values", floats, Uint32Array, Float32Array)).toBe(floats);
  expect(() => checkFloats("values", [1] as never)).toThrow(
    new TypeError("values: expected a Float32Array, got Array"),
  );
  expect(() => checkCodes("codes", floats as never)).toThrow(
    new TypeError("codes: expected a Uint8Array or a Uint16Array, got Float32Array"),
  );
  expect(checkList("list", [])).toEqual([]);
  expect(() => checkList("list", floats as never)).toThrow(new TypeError("list: expected an array, got Float32Array"));
  expect(() => checkLength("list", 1, 2)).toThrow(new RangeError("list: expected 2 elements, got 1"));
  expect(() => checkFloats("values", (() => 1) as never)).toThrow("got Function");
});

import { checkBytes, checkInteger, checkObject, checkText } from "@deep-compression/runtime";
import { expect, test } from "vitest";

test("what came instead of an integer or bytes is told from what it looks like", () => {
  const integer = (value: unknown) => () => checkInteger("size", value as number, { maximum: 9 });
  expect(integer("3")).toThrow(new TypeError('size: expected an integer in 0..9, got "3"'));
  expect(integer(null)).toThrow(new TypeError("size: expected an integer in 0..9, got null"));
  expect(integer([3])).toThrow(new TypeError("size: expected an integer in 0..9, got Array"));
  expect(integer(10)).toThrow(new RangeError("size: expected an integer in 0..9, got 10"));
  const long = "x".repeat(1000);
  expect(() => checkBytes("bytes", JSON.parse(`"${long}"`))).toThrow(
    new TypeError(`bytes: expected a Uint8Array, got "${"x".repeat(37)}..."`),
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

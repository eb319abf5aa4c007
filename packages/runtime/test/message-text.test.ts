import { describeValue, quoted, quotedList, shapeText, shortened } from "@deep-compression/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";

test("a name is quoted on one line, with what a terminal might obey by its number", () => {
  expect(quoted("conv1.weight")).toBe('"conv1.weight"');
  expect(quoted("C:\\models\\x.onnx")).toBe('"C:\\models\\x.onnx"');
  expect(quoted('a"b')).toBe('"a\\"b"');
  expect(quoted("a\n\u001b[2J\u202eb")).toBe('"a\\u{a}\\u{1b}[2J\\u{202e}b"');
  expect(quoted("größe 重み 🙂")).toBe('"größe 重み 🙂"');
});

test("of a long name the beginning and the end are shown", () => {
  expect(quoted("x".repeat(80))).toBe(`"${"x".repeat(80)}"`);
  expect(quoted(`first${"x".repeat(100_000)}last`)).toBe(`"first${"x".repeat(35)}...${"x".repeat(33)}last"`);
});

test("no name takes more than 82 characters, and half a character is none", () => {
  const units = fc.string({ unit: fc.constantFrom("a", "🙂", "\n", '"', "\ud83d"), maxLength: 300 });
  fc.assert(
    fc.property(units, (name) => {
      expect(quoted(name).length).toBeLessThanOrEqual(82);
      expect(/\p{Surrogate}/u.test(quoted(name))).toBe(false);
    }),
  );
});

test("of a list the first names are shown, the others are counted", () => {
  expect(quotedList([])).toBe("");
  expect(quotedList(["a", "b", "c"])).toBe('"a", "b", "c"');
  expect(quotedList(["a", "b", "c", "d", "e"])).toBe('"a", "b", "c" and 2 more');
});

test("a shape shows its sizes, exactly, as long as there is room", () => {
  expect(shapeText([])).toBe("[]");
  expect(shapeText(["N", 3, "", 9007199254740991])).toBe("[N,3,?,9007199254740991]");
  expect(shapeText(["batch\nsize"])).toBe("[batch\\u{a}size]");
  expect(shapeText(["x".repeat(100_000)])).toBe(`[${"x".repeat(10)}...${"x".repeat(7)}]`);
  expect(shapeText(Array(100_000).fill(12345))).toBe(`[${Array(13).fill(12345)},...] of 100000 dimensions`);
});

test("a text that is too long loses its middle", () => {
  expect(shortened("abcdefghij", 10)).toBe("abcdefghij");
  expect(shortened("abcdefghijk", 10)).toBe("abcde...jk");
});

test("what came instead is cut short, whatever it is", () => {
  expect(describeValue("x".repeat(100))).toBe(`"${"x".repeat(19)}...${"x".repeat(16)}"`);
  expect(describeValue(Symbol("x".repeat(1000))).length).toBe(40);
  expect(describeValue(10n ** 1000n).length).toBe(40);
  expect(describeValue(2n ** 64n)).toBe("18446744073709551616");
});

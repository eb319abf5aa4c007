import { expect, test } from "vitest";
import { checkFinding } from "../src/verify-against";

const output = { name: "scores", file: "m.dcz" };
const exact = { relativeError: 0.01, stated: 0.01 };

test("a tenth more than certified is held, more is not, nor is NaN", () => {
  expect(() => checkFinding({ relativeError: 0.011, stated: 0.01 }, { ...output, rows: 0 })).not.toThrow();
  const more = 'output "scores" of "m.dcz" is off by 1.2 % on these inputs, where its certificate says 1 %';
  expect(() => checkFinding({ relativeError: 0.012, stated: 0.01 }, { ...output, rows: 0 })).toThrow(more);
  expect(() => checkFinding({ relativeError: Number.NaN, stated: 0.01 }, { ...output, rows: 0 })).toThrow("is off by");
});

test.each([
  [12, 11, 1, true],
  [12, 10, 1, false],
  [1000, 990, 1, true],
  [1000, 989, 1, false],
  [1, 0, 1, true],
  [20, 18, 0.95, true],
  [20, 17, 0.95, false],
])("of %d rows %d agree, certified are %d: held is %s", (rows, same, statedTop1, isHeld) => {
  const check = () => checkFinding({ ...exact, top1: same / rows, statedTop1 }, { ...output, rows });
  if (isHeld) expect(check).not.toThrow();
  else expect(check).toThrow('output "scores" of "m.dcz" has the same largest score in');
});

import { expect, test } from "vitest";

test("the package exports what its README lists", async () => {
  expect(Object.keys(await import("@deep-compression/benchmarks")).sort()).toEqual([
    "SUITES",
    "alternate",
    "bench",
    "compare",
    "formatTable",
    "isOverhead",
    "machineLine",
    "median",
    "toCountRow",
    "toOverheadRow",
    "toRow",
  ]);
});

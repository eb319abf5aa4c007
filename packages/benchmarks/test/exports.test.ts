import { expect, test } from "vitest";

test("the package exports what its README lists", async () => {
  expect(Object.keys(await import("@deep-compression/benchmarks")).sort()).toEqual([
    "alternate",
    "bench",
    "compare",
    "describeMachine",
    "formatTable",
    "isExcess",
    "machineLine",
    "median",
    "suites",
    "toExcessRow",
    "toRow",
  ]);
});

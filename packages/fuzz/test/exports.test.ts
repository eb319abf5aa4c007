import { expect, test } from "vitest";

test("the package exports exactly these names", async () => {
  expect(Object.keys(await import("../src/index")).sort()).toEqual([
    "TARGETS",
    "caseText",
    "failuresOf",
    "fuzz",
    "fuzzCommand",
    "parseCase",
    "targetNamed",
  ]);
});

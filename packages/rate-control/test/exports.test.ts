import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/rate-control")).sort()).toEqual([
    "bestPrecision",
    "fitAtLambda",
    "fitToDistortion",
    "leastError",
    "leastLambda",
    "mostDistortion",
    "networkRate",
    "quantizeByFit",
    "rateCurve",
    "rateSource",
    "searchLambda",
    "searchTarget",
    "tensorRate",
  ]);
});

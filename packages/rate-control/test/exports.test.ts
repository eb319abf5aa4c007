import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/rate-control")).sort()).toEqual([
    "bestPrecision",
    "codedBits",
    "fitAtLambda",
    "fitToDistortion",
    "leastLambda",
    "mostDistortion",
    "quantizeAtStep",
    "quantizeByFit",
    "quantizeUniformly",
    "rateCurve",
    "rateSource",
    "searchLambda",
    "searchTarget",
    "spendBytes",
    "stepAtLambda",
    "tensorRate",
  ]);
});

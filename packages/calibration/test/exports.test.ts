import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/calibration")).sort()).toEqual([
    "biasCorrection",
    "calibrateLayer",
    "choleskyFactor",
    "crossMoments",
    "idealBits",
    "inverseFactor",
    "inverseOfLower",
    "layerOutputs",
    "leastSquaresCentroids",
    "outputMoments",
    "quadraticError",
    "rateAwarePass",
    "residualTarget",
  ]);
});

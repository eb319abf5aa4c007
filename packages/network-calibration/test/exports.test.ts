import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/network-calibration")).sort()).toEqual([
    "calibrateNetwork",
    "madeUpInputs",
    "networkCalibration",
    "outputMeter",
    "roundedByBlock",
    "roundedByChannel",
    "roundedByRow",
    "searchGoal",
  ]);
});

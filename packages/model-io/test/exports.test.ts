import { expect, test } from "vitest";

test("the package exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/model-io")).sort()).toEqual([
    "attachArchitecture",
    "findArchitecture",
    "maximumNpyHeader",
    "maximumSafetensorsHeader",
    "openModel",
    "openSafetensors",
    "readIdx",
    "readIdxImages",
    "readIdxLabels",
    "readModel",
    "readNpy",
    "readOnnx",
    "readSafetensors",
    "safetensorsGraphKey",
    "writeModel",
    "writeNpy",
    "writeOnnx",
    "writeSafetensors",
    "writeSafetensorsParts",
  ]);
});

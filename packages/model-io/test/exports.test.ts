import { expect, test } from "vitest";

test("the package exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/model-io")).sort()).toEqual([
    "MAX_NPY_HEADER",
    "MAX_SAFETENSORS_HEADER",
    "SAFETENSORS_GRAPH_KEY",
    "attachArchitecture",
    "findArchitecture",
    "openModel",
    "openSafetensors",
    "readIdx",
    "readIdxImages",
    "readIdxLabels",
    "readModel",
    "readNpy",
    "readOnnx",
    "readSafetensors",
    "writeModel",
    "writeNpy",
    "writeOnnx",
    "writeSafetensors",
    "writeSafetensorsParts",
  ]);
});

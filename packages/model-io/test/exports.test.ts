import { expect, test } from "vitest";

test("the package exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/model-io")).sort()).toEqual([
    "MAXIMUM_NPY_HEADER",
    "MAXIMUM_SAFETENSORS_HEADER",
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

import { expect, test } from "vitest";

test("the package exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/model-io")).sort()).toEqual([
    "FOREIGN_BEGINNING",
    "MAX_MODEL_JSON",
    "MAX_NPY_HEADER",
    "MAX_SAFETENSORS_HEADER",
    "SAFETENSORS_GRAPH_KEY",
    "attachArchitecture",
    "concatenatedSource",
    "describeForeign",
    "findArchitecture",
    "openModel",
    "openOnnx",
    "openSafetensors",
    "readIdx",
    "readIdxImages",
    "readIdxLabels",
    "readModel",
    "readNpy",
    "readOnnx",
    "readSafetensors",
    "tensorflowJsWeights",
    "writeModel",
    "writeNpy",
    "writeOnnx",
    "writeSafetensors",
    "writeSafetensorsParts",
    "writeWeightsManifest",
  ]);
});

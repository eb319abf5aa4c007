import { expect, test } from "vitest";

test("the package exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/model-io")).sort()).toEqual([
    "MAX_NPY_HEADER",
    "MAX_SAFETENSORS_HEADER",
    "SAFETENSORS_GRAPH_KEY",
    "attachArchitecture",
    "concatenatedSource",
    "findArchitecture",
    "looksLikeOnnx",
    "openModel",
    "openOnnx",
    "openSafetensors",
    "packVarints",
    "readIdx",
    "readIdxImages",
    "readIdxLabels",
    "readModel",
    "readNpy",
    "readOnnx",
    "readSafetensors",
    "unpackVarints",
    "writeModel",
    "writeNpy",
    "writeOnnx",
    "writeOnnxParts",
    "writeOnnxWithData",
    "writeSafetensors",
    "writeSafetensorsParts",
  ]);
});

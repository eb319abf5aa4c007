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
    "replaceTensors",
    "splitOnnx",
    "tellsOfGraph",
    "tensorflowJsWeights",
    "unpackVarints",
    "writeModel",
    "writeNpy",
    "writeOnnx",
    "writeOnnxParts",
    "writeOnnxWithData",
    "writeSafetensors",
    "writeSafetensorsParts",
    "writeWeightsManifest",
  ]);
});

test("what readers of files need is in entries of its own", async () => {
  expect(Object.keys(await import("@deep-compression/model-io/onnx"))).toEqual(["openOnnx"]);
  expect(Object.keys(await import("@deep-compression/model-io/pack-varints"))).toEqual(["packVarints"]);
  expect(Object.keys(await import("@deep-compression/model-io/tells-of-graph"))).toEqual(["tellsOfGraph"]);
});

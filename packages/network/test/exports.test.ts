import { expect, test } from "vitest";

test("the package exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/network")).sort()).toEqual([
    "ARCHITECTURES",
    "ELEMENT_TYPES",
    "MAX_NODES",
    "alexnet",
    "architectureNamed",
    "assertGraph",
    "assertNetwork",
    "assertOutline",
    "assertTensor",
    "checkGraph",
    "checkMetadata",
    "checkNarrower",
    "checkReads",
    "describeNode",
    "elementBytes",
    "elementReader",
    "elementTypeOfCode",
    "elementsOfValues",
    "float",
    "floatAttribute",
    "floatTensor",
    "floatValues",
    "functionAttribute",
    "inferShapes",
    "intAttribute",
    "intsAttribute",
    "isFloatType",
    "lenet300100",
    "lenet5",
    "misfit",
    "narrowElements",
    "narrowerTypes",
    "nonNegativeInputAxes",
    "numberType",
    "numericValues",
    "operatorName",
    "shapeOf",
    "stringAttribute",
    "tensorBytes",
    "tensorUses",
    "valuesOfType",
    "vgg16",
    "weightTensors",
    "widenElements",
    "windowsOf",
  ]);
});

test("the coding of graphs is an entry of its own", async () => {
  expect(Object.keys(await import("@deep-compression/network/graph-encoding")).sort()).toEqual([
    "decodeGraph",
    "encodeGraph",
  ]);
});

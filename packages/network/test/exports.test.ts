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
    "assertTensor",
    "decodeGraph",
    "describeNode",
    "elementBytes",
    "elementCount",
    "elementTypeOfCode",
    "encodeGraph",
    "float",
    "floatAttribute",
    "floatTensor",
    "floatValues",
    "inferShapes",
    "intAttribute",
    "intsAttribute",
    "lenet300100",
    "lenet5",
    "stringAttribute",
    "tensorBytes",
    "vgg16",
  ]);
});

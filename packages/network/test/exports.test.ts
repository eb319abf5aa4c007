import { expect, test } from "vitest";

test("the package exports exactly this", async () => {
  expect(Object.keys(await import("@deep-compression/network")).sort()).toEqual([
    "alexnet",
    "architectureNamed",
    "architectures",
    "assertGraph",
    "assertNetwork",
    "assertTensor",
    "decodeGraph",
    "describeNode",
    "elementBytes",
    "elementCount",
    "elementTypeOfCode",
    "elementTypes",
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
    "maximumNodes",
    "stringAttribute",
    "tensorBytes",
    "vgg16",
  ]);
});

import { expect, test } from "vitest";

test("the public exports are these", async () => {
  expect(Object.keys(await import("@deep-compression/kernels")).sort()).toEqual([
    "NO_CODE",
    "addCentredProducts",
    "addProduct",
    "centredRows",
    "pairSums",
  ]);
});

import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/runtime")).sort()).toEqual([
    "MAX_ARRAY_BYTES",
    "breather",
    "checkBytes",
    "checkChoice",
    "checkCodes",
    "checkFloats",
    "checkInteger",
    "checkLength",
    "checkList",
    "checkNumber",
    "checkNumbers",
    "checkObject",
    "checkText",
    "checkThreads",
    "checkTypedArray",
    "describeValue",
    "kernelChoice",
    "quoted",
    "quotedList",
    "seededRandom",
    "shapeText",
    "shortened",
    "shown",
    "startWorker",
    "uninitializedBytes",
    "wasmModule",
    "workerPool",
  ]);
});

import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/runtime")).sort()).toEqual([
    "checkBytes",
    "checkCodes",
    "checkInteger",
    "checkObject",
    "checkText",
    "concurrency",
    "describeValue",
    "seededRandom",
    "startWorker",
    "wasmModule",
  ]);
});

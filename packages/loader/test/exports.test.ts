import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/loader")).sort()).toEqual([
    "LoadError",
    "cacheApiStore",
    "deleteCached",
    "listCached",
    "load",
    "memoryStore",
    "opfsStore",
  ]);
  expect(Object.keys(await import("@deep-compression/loader/node")).sort()).toEqual(["folderStore"]);
});

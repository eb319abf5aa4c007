import { expect, test } from "vitest";

test("the package exports exactly these names", async () => {
  expect(Object.keys(await import("@deep-compression/container")).sort()).toEqual([
    "BLOCK_BYTES",
    "FORMAT_VERSION",
    "HEADER_BYTES",
    "MAGIC",
    "MAX_DIRECTORY_BYTES",
    "MAX_GRAPH_BYTES",
    "MAX_METADATA_BYTES",
    "MAX_NAME_BYTES",
    "MAX_RANK",
    "MAX_SECTIONS",
    "MAX_TENSORS",
    "bytesSource",
    "checkContent",
    "inspectContainer",
    "openContainer",
    "readContainerStream",
    "writeContainer",
    "writeContainerParts",
  ]);
  expect(Object.keys(await import("@deep-compression/container/arbitraries")).sort()).toEqual([
    "containerContents",
    "containerFiles",
    "mutatedBytes",
  ]);
});

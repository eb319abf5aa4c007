import { expect, test } from "vitest";

test("the package exports exactly these names", async () => {
  expect(Object.keys(await import("@deep-compression/container")).sort()).toEqual([
    "BLOCK_BYTES",
    "FORMAT_VERSION",
    "FREE_REPEATED_ELEMENTS",
    "HEADER_BYTES",
    "MAGIC",
    "MAX_BYTES_PER_MIXED_BYTE",
    "MAX_DIRECTORY_BYTES",
    "MAX_ENVELOPE_BYTES",
    "MAX_FILE_NAME_BYTES",
    "MAX_GRAPH_BYTES",
    "MAX_NAME_BYTES",
    "MAX_RANK",
    "MAX_SECTIONS",
    "MAX_TENSORS",
    "MODEL_FORMATS",
    "PRESET_DICTIONARY",
    "bytesSource",
    "checkContent",
    "decodeEnvelope",
    "decodeHeader",
    "encodeEnvelope",
    "inspectContainer",
    "openContainer",
    "parseDirectory",
    "readContainer",
    "readContainerStream",
    "repeatableElements",
    "writeContainer",
    "writeContainerParts",
  ]);
  expect(Object.keys(await import("@deep-compression/container/patch")).sort()).toEqual([
    "MAX_PATCH_BYTES",
    "MAX_PATCH_EXPANSION",
    "PATCH_MAGIC",
    "PATCH_VERSION",
    "applyPatch",
    "decodePatch",
    "makePatch",
  ]);
  expect(Object.keys(await import("@deep-compression/container/arbitraries")).sort()).toEqual([
    "containerContents",
    "containerFiles",
    "envelopes",
    "mutatedBytes",
  ]);
});

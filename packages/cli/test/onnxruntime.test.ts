import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { type Architecture, lenet5, lenet300100, shapeOf } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { describe, expect, test } from "vitest";
import { call, randomTensor, readArray, temporaryFolder, writeArray, writeModelFile } from "./setting";

/** As much of onnxruntime-node as is called here. */
interface OnnxRuntime {
  readonly Tensor: new (type: "float32", data: Float32Array, dims: readonly number[]) => object;
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
    ): Promise<{ run(feeds: object): Promise<Record<string, { readonly data: Float32Array }>> }>;
  };
}

// `npm run bench:peers` installs it there; DEEP_COMPRESSION_PEERS names another folder with a node_modules.
const peers = process.env.DEEP_COMPRESSION_PEERS ?? resolve(import.meta.dirname, "../../benchmarks/peers");
const installed = existsSync(resolve(peers, "node_modules/onnxruntime-node/package.json"));
const reason = installed ? "" : " (skipped: onnxruntime-node is not installed; npm run bench:peers does it)";

const folder = await temporaryFolder();

/** Compresses random weights, runs the file, restores it as ONNX, and runs that in onnxruntime. */
async function bothOutputs({ name, graph, parameters }: Architecture) {
  const at = (ending: string) => join(folder, `${name}${ending}`);
  const tensors = parameters.map((parameter, i) => randomTensor(parameter.name, parameter.shape, i + 1));
  await writeModelFile(at(".onnx"), { graph, tensors });
  const shape = [3, ...shapeOf(graph.inputs[0]).slice(1).map(Number)];
  const random = seededRandom(9);
  const pixels = Array.from({ length: 3 * 784 }, random);
  await writeArray(at(".npy"), shape, pixels);
  for (const args of [
    ["compress", at(".onnx"), "-o", at(".dcz")],
    ["run", at(".dcz"), "--input", at(".npy"), "-o", at("-y.npy")],
    ["restore", at(".dcz"), "-o", at("-restored.onnx")],
  ])
    expect(await call(args)).toMatchObject({ code: 0, error: "" });
  const runtime: OnnxRuntime = createRequire(resolve(peers, "package.json"))("onnxruntime-node");
  const session = await runtime.InferenceSession.create(new Uint8Array(await readFile(at("-restored.onnx"))));
  const theirs = await session.run({ input: new runtime.Tensor("float32", Float32Array.from(pixels), shape) });
  return { ours: (await readArray(at("-y.npy"))).values, theirs: theirs.output.data };
}

describe("a restored ONNX file in onnxruntime", () => {
  for (const architecture of [lenet300100, lenet5]) {
    test.skipIf(!installed)(`gives the outputs of the .dcz file to 1e-4: ${architecture.name}${reason}`, async () => {
      const { ours, theirs } = await bothOutputs(architecture);
      const scale = Math.max(...ours.map(Math.abs));
      expect(ours.length).toBe(30);
      expect(theirs.length).toBe(30);
      for (let i = 0; i < 30; i++) expect(Math.abs(ours[i] - theirs[i])).toBeLessThan(1e-4 * scale);
    });
  }
});

// The small bundle of inference is a whole program: LeNet-5 from its gaps and codes, where nothing of Node's is.
import { fileURLToPath } from "node:url";
import { createContext, runInContext } from "node:vm";
import { bytesSource } from "@deep-compression/bits";
import { plainKernels, prepareWith, type Session } from "@deep-compression/inference";
import * as all from "@deep-compression/inference/operators";
import { floatTensor, lenet5 } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { expect, test } from "vitest";
import { bundled } from "../src/bundle-size";
import { INFERENCE_BUNDLES } from "../src/inference-bundles";

const FOLDER = fileURLToPath(new URL(".", import.meta.url));
const random = seededRandom(5);
const noise = (length: number) => Float32Array.from({ length }, () => random() - 0.5);
const tensors = lenet5.parameters.map(({ name, shape }) =>
  floatTensor(name, shape, noise(shape.reduce((product, size) => product * size, 1))),
);
const [input] = lenet5.graph.inputs;
const image = { [input!.name]: { shape: [2, 1, 28, 28], data: noise(2 * 784) } };
const script = await bundled(
  INFERENCE_BUNDLES["inference: operators of LeNet-5 with Conv and Gemm in their small forms"],
  {
    folder: FOLDER,
    form: "script",
  },
);

/** Weights as a file stores them, nine of ten pruned. */
async function storedWeights() {
  const { bytes } = compress(
    { graph: lenet5.graph, tensors },
    {
      default: { sparsity: 0.9, share: { size: 16 }, form: "gaps" },
      tensors: { "*bias": { sparsity: 0, share: "none" } },
    },
  );
  return (await open(bytesSource(bytes))).weights();
}

/** `prepare` of the bundle, in a context of its own; the typed arrays that it is given are of ours. */
function prepareIn(before: string): (weights: unknown) => Session {
  const arrays = { Uint8Array, Uint16Array, Uint32Array, Float32Array, Float64Array, TextEncoder, TextDecoder };
  const context = createContext({ ...arrays, graph: lenet5.graph });
  runInContext(`${before}\n${script}`, context);
  context.prepare = context.bundle.prepare;
  return (weights) => {
    context.weights = weights;
    return runInContext("prepare({ graph }, weights)", context);
  };
}

test("the bundle of LeNet-5's operators runs it from stored weights, as all of inference does", async () => {
  const weights = await storedWeights();
  expect(weights.names.filter((name) => "stored" in weights.weight(name))).toHaveLength(tensors.length);
  const session = prepareIn("")(weights);
  expect(session.layers.map(({ layout }) => layout)).toContain("grouped by code");
  const here = prepareWith({ graph: lenet5.graph }, weights, { operators: all, kernels: "plain", plain: plainKernels });
  const [got, expected] = [session.run(image), here.run(image)];
  for (const [name, { data }] of Object.entries(expected)) {
    const found = got[name]!.data;
    for (const [i, value] of data.entries()) expect(Number(found[i])).toBeCloseTo(Number(value), 4);
  }
});

test("where there is no WebAssembly it says in one line what was left out", async () => {
  const weights = await storedWeights();
  const without = prepareIn("delete globalThis.WebAssembly;");
  expect(() => without(weights)).toThrow(
    "options.plain: expected the export plainKernels, since there is no WebAssembly here, got undefined",
  );
});

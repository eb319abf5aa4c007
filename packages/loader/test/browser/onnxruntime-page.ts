// onnxruntime-web runs what `toOnnx` gives.
import { load } from "@deep-compression/loader";
import { toOnnx } from "@deep-compression/loader/onnx";
import { env, InferenceSession, Tensor } from "onnxruntime-web/wasm";

env.wasm.wasmPaths = "/runtime/";
env.wasm.numThreads = 1;

/** The outputs for an input of ones. */
async function run(url: string, externalData: boolean): Promise<number[]> {
  const { model, externalData: files } = await toOnnx(await load(url), { externalData });
  const session = await InferenceSession.create(await model.arrayBuffer(), { externalData: files });
  const { y } = await session.run({ x: new Tensor("float32", new Float32Array(64).fill(1), [1, 64]) });
  return Array.from(y.data as Float32Array);
}

Object.assign(window, { run, isReady: true });

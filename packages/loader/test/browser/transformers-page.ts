// transformers.js runs a pipeline whose model is a `.dcz` file.
import { useCompressedModels } from "@deep-compression/loader/transformers";
import { env, pipeline } from "@huggingface/transformers";

env.allowRemoteModels = false;
env.allowLocalModels = true;
env.localModelPath = "/models/";
env.backends.onnx.wasm!.wasmPaths = "/runtime/";
env.backends.onnx.wasm!.numThreads = 1;
useCompressedModels(env);

/** Features of a text, and what the caches of the page hold. */
async function run(text: string) {
  const extract = await pipeline("feature-extraction", "words", { dtype: "fp32", device: "wasm" });
  const { dims, data } = await extract(text);
  const kept: string[] = [];
  for (const name of await caches.keys())
    for (const { url } of await (await caches.open(name)).keys()) kept.push(`${name} ${new URL(url).pathname}`);
  return { dims, data: Array.from(data as Float32Array), kept };
}

Object.assign(window, { run, isReady: true });

// What the suite `loading` measures in a page. The other runtime comes from its package, as a page would load it.
import { prepare } from "@deep-compression/inference";
import { load } from "@deep-compression/loader";
import { toOnnx } from "@deep-compression/loader/onnx";

/** As much of onnxruntime-web as is called here. */
interface Runtime {
  readonly env: { readonly wasm: { wasmPaths?: string; numThreads?: number } };
  readonly Tensor: new (
    type: "float32",
    data: Float32Array,
    dims: readonly number[],
  ) => { readonly data: Float32Array };
  readonly InferenceSession: {
    create(
      model: string | ArrayBuffer,
      options?: object,
    ): Promise<{ run(feeds: object): Promise<Record<string, { data: Float32Array }>> }>;
  };
}

const SHAPE = [1, 3, 227, 227];
const input = () => new Float32Array(SHAPE.reduce((a, b) => a * b)).map((_, i) => Math.sin(i));

async function runtime(): Promise<Runtime> {
  const path = "/runtime/ort.wasm.min.mjs";
  const module = (await import(path)) as Runtime;
  module.env.wasm.wasmPaths = "/runtime/";
  module.env.wasm.numThreads = 1;
  return module;
}

/** Seconds from a click to the answer of AlexNet's compressed file, and the answer. */
export async function firstAnswer() {
  const start = performance.now();
  const model = await load("/alexnet.dcz", { cache: "none" });
  const session = prepare({ graph: model.graph! }, await model.weights());
  const { data } = session.run({ input: { shape: SHAPE, data: input() } }).output!;
  return { seconds: (performance.now() - start) / 1000, output: Array.from(data as Float32Array) };
}

/** Loads onnxruntime-web's own files, which are not counted. */
export async function warmRuntime(): Promise<void> {
  const { InferenceSession } = await runtime();
  await InferenceSession.create("/small.onnx");
}

/** The same of the dense file in onnxruntime-web. */
export async function firstDenseAnswer() {
  const { InferenceSession, Tensor } = await runtime();
  const start = performance.now();
  const session = await InferenceSession.create("/alexnet.onnx");
  const { output } = await session.run({ input: new Tensor("float32", input(), SHAPE) });
  return { seconds: (performance.now() - start) / 1000, output: Array.from(output!.data) };
}

/**
 * The longest time in ms that the page could not answer while all of AlexNet's tensors were loaded and decoded: between two
 * timers, of which browsers grant one every 4 ms or so. They leave the processor idle in between, unlike messages.
 */
export async function longestTask(): Promise<number> {
  let [longest, last, isOver] = [0, performance.now(), false];
  const tick = () => {
    const now = performance.now();
    longest = Math.max(longest, now - last);
    last = now;
    if (!isOver) setTimeout(tick);
  };
  setTimeout(tick);
  const model = await load("/alexnet.dcz", { cache: "none" });
  for await (const tensor of model.tensors()) if (tensor.bytes.length === 0) throw new Error(tensor.name);
  isOver = true;
  return longest;
}

/** Hands AlexNet's file to onnxruntime-web as a model and a file of its weights, and gives the answer. */
export async function streamInto() {
  const { InferenceSession, Tensor } = await runtime();
  const { model, externalData } = await toOnnx(await load("/alexnet.dcz", { cache: "none" }), { externalData: true });
  const session = await InferenceSession.create(await model.arrayBuffer(), { externalData });
  const { output } = await session.run({ input: new Tensor("float32", input(), SHAPE) });
  return Array.from(output!.data);
}

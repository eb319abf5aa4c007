import { loadPeer } from "./peers";

/** What is used of onnxruntime-node and of onnxruntime-web. */
interface Runtime {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<RuntimeSession> };
  readonly env: { readonly wasm: { numThreads?: number } };
}

interface RuntimeTensor {
  readonly data: unknown;
}

interface RuntimeSession {
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

export type RuntimePeer = "onnxruntime-node" | "onnxruntime-web";

/** A model of one input "x" and one output "y", both float32, on one thread. */
export interface ThreadSession {
  /** Runs it on the input of `feed`. */
  run(): Promise<Float32Array>;
  feed(shape: readonly number[], values: Float32Array): void;
  close(): Promise<void>;
}

/** Opens a model on one thread. @throws Error if the peer is not installed, or does not know the model */
export async function openOnOneThread(peer: RuntimePeer, model: Uint8Array): Promise<ThreadSession> {
  const { Tensor, InferenceSession, env } = loadPeer<Runtime>(peer);
  if (peer === "onnxruntime-web") env.wasm.numThreads = 1;
  // Both packages share a list of backends: "cpu" alone may be the other one's.
  const executionProviders = [peer === "onnxruntime-web" ? "wasm" : "cpu"];
  const options = {
    executionProviders,
    logSeverityLevel: 3,
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
  };
  const session = await InferenceSession.create(model, options);
  let x = new Tensor("float32", new Float32Array(0), [0]);
  return {
    feed(shape, values) {
      x = new Tensor("float32", values, shape);
    },
    run: async () => (await session.run({ x })).y!.data as Float32Array,
    close: () => session.release(),
  };
}

import { arrayOfTensor, type NamedArrays } from "@deep-compression/inference";
import type { Tensor } from "@deep-compression/network";
import { loadPeer } from "./peers";

/** What is used of onnxruntime-node and of onnxruntime-web. */
interface Runtime {
  readonly Tensor: new (type: string, data: unknown, dims: readonly number[]) => RuntimeTensor;
  readonly InferenceSession: { create(model: Uint8Array, options: object): Promise<RuntimeSession> };
  readonly env: { readonly wasm: { numThreads?: number } };
}

interface RuntimeTensor {
  readonly type: string;
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

interface RuntimeSession {
  run(feeds: Readonly<Record<string, RuntimeTensor>>): Promise<Readonly<Record<string, RuntimeTensor>>>;
  release(): Promise<void>;
}

export type RuntimePeer = "onnxruntime-node" | "onnxruntime-web";

/** A row-major array that a runtime gave. */
export interface RuntimeArray {
  readonly dims: readonly number[];
  readonly data: ArrayLike<number | bigint>;
}

/** A model of any inputs and outputs, on one thread. */
export interface NamedThreadSession {
  /** Runs it on the inputs of `feed`; every output by its name. */
  run(): Promise<Readonly<Record<string, RuntimeArray>>>;
  feed(inputs: Readonly<Record<string, Tensor>>): void;
  close(): Promise<void>;
}

/** A model of one input "x" and one output "y", both float32, on one thread. */
export interface ThreadSession {
  /** Runs it on the input of `feed`. */
  run(): Promise<Float32Array>;
  feed(shape: readonly number[], values: Float32Array): void;
  close(): Promise<void>;
}

async function open(peer: RuntimePeer, model: Uint8Array) {
  const { Tensor: Feed, InferenceSession, env } = loadPeer<Runtime>(peer);
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
  return { Feed, session: await InferenceSession.create(model, options) };
}

/** Opens a model on one thread. @throws Error if the peer is not installed, or does not know the model */
export async function openModelOnOneThread(peer: RuntimePeer, model: Uint8Array): Promise<NamedThreadSession> {
  const { Feed, session } = await open(peer, model);
  let feeds: Record<string, RuntimeTensor> = {};
  return {
    feed(inputs) {
      const entries = Object.entries(inputs).map(([name, tensor]) => {
        return [name, new Feed(tensor.type, arrayOfTensor(tensor).data, tensor.shape)] as const;
      });
      feeds = Object.fromEntries(entries);
    },
    run: () => session.run(feeds),
    close: () => session.release(),
  };
}

/** As {@link openModelOnOneThread}, for a model from "x" to "y". @throws as that */
export async function openOnOneThread(peer: RuntimePeer, model: Uint8Array): Promise<ThreadSession> {
  const { Feed, session } = await open(peer, model);
  let x = new Feed("float32", new Float32Array(0), [0]);
  return {
    feed(shape, values) {
      x = new Feed("float32", values, shape);
    },
    run: async () => (await session.run({ x })).y!.data as Float32Array,
    close: () => session.release(),
  };
}

/** Inputs of our sessions from those of a runtime. */
export function arraysOf(inputs: Readonly<Record<string, Tensor>>): NamedArrays {
  return Object.fromEntries(Object.entries(inputs).map(([name, tensor]) => [name, arrayOfTensor(tensor)]));
}

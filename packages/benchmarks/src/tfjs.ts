import { loadPeer, peerFolder } from "./peers";

/** The part of a TensorFlow.js tensor that we use. */
export interface TfTensor {
  readonly shape: readonly number[];
  dataSync(): Float32Array;
  dispose(): void;
}

/** Keeps tensors for the gradient, which runs after the forward pass has freed its own. */
export type Save = (tensors: readonly TfTensor[]) => void;

export interface WithGradient {
  readonly value: TfTensor;
  readonly gradFunc: (dy: TfTensor, saved: readonly TfTensor[]) => TfTensor | readonly TfTensor[];
}

/** The part of TensorFlow.js that we use. Its own types come with it, but it is not installed when ours are checked. */
export interface TensorFlow {
  readonly version: { readonly tfjs: string };
  readonly losses: { softmaxCrossEntropy(labels: TfTensor, logits: TfTensor): TfTensor };
  readonly train: {
    momentum(
      learningRate: number,
      momentum: number,
    ): {
      minimize(loss: () => TfTensor, returnCost: false, variables: readonly TfTensor[]): null;
      dispose(): void;
    };
  };
  engine(): {
    runKernel(
      name: "MaxPoolGrad",
      inputs: { readonly dy: TfTensor; readonly input: TfTensor },
      attributes: { readonly filterSize: number; readonly strides: number; readonly pad: "valid" },
    ): TfTensor;
  };
  enableProdMode(): void;
  setBackend(name: "wasm" | "cpu"): Promise<boolean>;
  ready(): Promise<void>;
  tidy<Result>(work: () => Result): Result;
  tensor(values: Float32Array, shape: readonly number[]): TfTensor;
  variable(value: TfTensor): TfTensor;
  add(a: TfTensor, b: TfTensor): TfTensor;
  sub(a: TfTensor, b: TfTensor): TfTensor;
  sum(a: TfTensor): TfTensor;
  min(a: TfTensor): TfTensor;
  scalar(value: number): TfTensor;
  mul(a: TfTensor, b: TfTensor): TfTensor;
  relu(x: TfTensor): TfTensor;
  ones(shape: readonly number[]): TfTensor;
  matMul(a: TfTensor, b: TfTensor): TfTensor;
  reshape(x: TfTensor, shape: readonly number[]): TfTensor;
  transpose(x: TfTensor, order?: readonly number[]): TfTensor;
  reverse(x: TfTensor, axes: readonly number[]): TfTensor;
  pad(x: TfTensor, paddings: readonly (readonly [number, number])[]): TfTensor;
  maxPool(x: TfTensor, size: number, stride: number, padding: "valid"): TfTensor;
  conv2d(x: TfTensor, filter: TfTensor, stride: number, padding: "valid"): TfTensor;
  conv2dTranspose(dy: TfTensor, filter: TfTensor, shape: readonly number[], stride: number, padding: "valid"): TfTensor;
  grads(f: (a: TfTensor, b: TfTensor) => TfTensor): (inputs: readonly [TfTensor, TfTensor]) => readonly TfTensor[];
  customGrad(f: (a: TfTensor, save: Save) => WithGradient): (a: TfTensor) => TfTensor;
  customGrad(f: (a: TfTensor, b: TfTensor, save: Save) => WithGradient): (a: TfTensor, b: TfTensor) => TfTensor;
}

/**
 * TensorFlow.js on its wasm backend, with SIMD, one thread, and its argument checks switched off as in production.
 * More threads are not to be had: in Node it reports WASM_HAS_MULTITHREAD_SUPPORT = false.
 *
 * @throws Error if it is not installed
 */
export async function loadTensorFlow(): Promise<TensorFlow> {
  const tf = loadPeer<TensorFlow>("@tensorflow/tfjs");
  const backend = loadPeer<{
    setWasmPaths(folder: string): void;
    setThreadsCount(threads: number): void;
  }>("@tensorflow/tfjs-backend-wasm");
  backend.setWasmPaths(`${peerFolder("@tensorflow/tfjs-backend-wasm")}/`);
  backend.setThreadsCount(1);
  tf.enableProdMode();
  if (!(await tf.setBackend("wasm"))) throw new Error("TensorFlow.js could not start its wasm backend");
  await tf.ready();
  return tf;
}

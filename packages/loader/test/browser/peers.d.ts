// As much of the peers as the pages here call: they are installed on demand, so their own types may not be there.
declare module "onnxruntime-web/wasm" {
  export const env: { wasm: { wasmPaths?: string; numThreads?: number } };
  export class Tensor {
    constructor(type: "float32", data: Float32Array, dims: readonly number[]);
    readonly data: unknown;
  }
  export interface InferenceSession {
    run(feeds: Readonly<Record<string, Tensor>>): Promise<Record<string, Tensor>>;
  }
  export const InferenceSession: {
    create(
      model: ArrayBuffer,
      options: { externalData: readonly { path: string; data: Blob }[] },
    ): Promise<InferenceSession>;
  };
}

declare module "@huggingface/transformers" {
  export const env: {
    allowRemoteModels: boolean;
    allowLocalModels: boolean;
    localModelPath: string;
    useCustomCache: boolean;
    customCache: unknown;
    backends: { onnx: { wasm?: { wasmPaths?: string; numThreads?: number } } };
  };
  export function pipeline(
    task: "feature-extraction",
    model: string,
    options: { dtype: "fp32"; device: "wasm" },
  ): Promise<(text: string) => Promise<{ dims: number[]; data: unknown }>>;
}

declare module "@tensorflow/tfjs" {
  export interface Tensor {
    data(): Promise<Float32Array>;
  }
  export namespace io {
    // As tfjs-core 4.22 declares it: a handler must go in without a cast.
    interface WeightsManifestEntry {
      name: string;
      shape: number[];
      dtype: "float32" | "int32" | "bool" | "string" | "complex64";
      group?: string;
      quantization?: { scale?: number; min?: number; dtype: "uint16" | "uint8" | "float16" };
    }
    interface ModelArtifacts {
      modelTopology?: object | ArrayBuffer;
      weightSpecs?: WeightsManifestEntry[];
      weightData?: ArrayBuffer | ArrayBuffer[];
      format?: string;
      userDefinedMetadata?: { [key: string]: object };
    }
    interface IOHandler {
      load?: () => Promise<ModelArtifacts>;
    }
  }
  export function setBackend(name: "cpu"): Promise<boolean>;
  export function ones(shape: number[]): Tensor;
  export function loadLayersModel(handler: io.IOHandler): Promise<{ predict(x: Tensor): Tensor }>;
}

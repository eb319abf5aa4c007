import type { ElementType } from "@deep-compression/network";
import { loadPeer } from "./peers";

/** A value as TensorFlow.js has it. */
export interface ModelTensor {
  readonly shape: readonly number[];
  readonly dtype: string;
  dataSync(): Float32Array | Int32Array | Uint8Array;
  dispose(): void;
}

/** What a model is made of in memory. */
export interface ModelArtifacts {
  readonly modelTopology: object;
  readonly format?: string | undefined;
  readonly signature?: object | undefined;
  readonly weightSpecs: readonly object[];
  readonly weightData: ArrayBuffer;
}

/** A model of TensorFlow.js, loaded. */
export interface TfModel {
  /** Outputs in the order that was asked for; a model of layers takes inputs, and gives outputs, in its own. */
  run(inputs: Readonly<Record<string, ModelArray>>, outputs: readonly string[]): Promise<readonly ModelArray[]>;
  dispose(): void;
}

/** Numbers of a shape. */
export interface ModelArray {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Int32Array | Uint8Array;
}

interface GraphModel {
  executeAsync(
    inputs: Readonly<Record<string, ModelTensor>>,
    outputs: readonly string[],
  ): Promise<ModelTensor | ModelTensor[]>;
  dispose(): void;
}

interface LayersModel {
  predict(inputs: readonly ModelTensor[]): ModelTensor | ModelTensor[];
  save(handler: object): Promise<unknown>;
  dispose(): void;
}

/** The part of TensorFlow.js that loads models, and makes small ones. */
export interface TfModels {
  setBackend(name: "cpu"): Promise<boolean>;
  ready(): Promise<void>;
  tensor(values: ModelArray["data"], shape: readonly number[], dtype?: string): ModelTensor;
  loadGraphModel(source: object): Promise<GraphModel>;
  loadLayersModel(source: object): Promise<LayersModel>;
  sequential(options: { readonly layers: readonly object[] }): LayersModel;
  readonly layers: Readonly<Record<string, (options: object) => object>>;
  readonly io: {
    fromMemory(artifacts: ModelArtifacts): object;
    withSaveHandler(save: (artifacts: ModelArtifacts) => Promise<object>): object;
  };
}

/** TensorFlow.js on its backend in plain JavaScript, whose numbers are those of its definitions. @throws Error if it is not installed */
export async function loadTfModels(): Promise<TfModels> {
  const tf = loadPeer<TfModels>("@tensorflow/tfjs");
  if (!(await tf.setBackend("cpu"))) throw new Error("TensorFlow.js could not start its cpu backend");
  await tf.ready();
  return tf;
}

/** A model from memory: a graph model if its topology is a list of nodes, otherwise one of layers. */
export async function tfModel(tf: TfModels, artifacts: ModelArtifacts): Promise<TfModel> {
  const source = tf.io.fromMemory(artifacts);
  if ("node" in artifacts.modelTopology) {
    const model = await tf.loadGraphModel(source);
    return {
      run: async (inputs, outputs) => {
        const feeds = Object.entries(inputs).map(([name, array]) => [name, tensorOf(tf, array)] as const);
        const made = await model.executeAsync(Object.fromEntries(feeds), outputs);
        return arraysOf(
          [made].flat(),
          feeds.map(([, tensor]) => tensor),
        );
      },
      dispose: () => model.dispose(),
    };
  }
  const model = await tf.loadLayersModel(source);
  return {
    run: async (inputs) => {
      const feeds = Object.values(inputs).map((array) => tensorOf(tf, array));
      return arraysOf([model.predict(feeds)].flat(), feeds);
    },
    dispose: () => model.dispose(),
  };
}

function tensorOf(tf: TfModels, { data, shape, type }: ModelArray): ModelTensor {
  return tf.tensor(data, shape, type);
}

function arraysOf(tensors: readonly ModelTensor[], feeds: readonly ModelTensor[]): readonly ModelArray[] {
  const arrays = tensors.map((tensor): ModelArray => {
    return { type: tensor.dtype as ElementType, shape: tensor.shape, data: tensor.dataSync().slice() };
  });
  for (const tensor of new Set([...tensors, ...feeds])) tensor.dispose();
  return arrays;
}

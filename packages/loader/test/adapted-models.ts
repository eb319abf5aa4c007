import { bytesSource } from "@deep-compression/bits";
import { type OpenedModel, openModel, writeOnnx, writeOnnxWithData } from "@deep-compression/model-io";
import { floatValues, type Graph, type Network, type NetworkSource, type Tensor } from "@deep-compression/network";
import { compressModel, defaultPlan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";

export const [INPUTS, OUTPUTS] = [64, 300];

function tensor(name: string, shape: readonly number[], seed: number): Tensor {
  const random = seededRandom(seed);
  const values = Float32Array.from({ length: shape.reduce((a, b) => a * b) }, () => random() - 0.5);
  return { name, type: "float32", shape, bytes: new Uint8Array(values.buffer) };
}

/** A layer of 64 x 300. */
export const network: Network = {
  graph: {
    opset: 13,
    inputs: [{ name: "x", type: "float32", shape: ["N", INPUTS] }],
    outputs: [{ name: "y", type: "float32", shape: ["N", OUTPUTS] }],
    nodes: [{ op: "Gemm", inputs: ["x", "w", "b"], outputs: ["y"], attributes: {} }],
  },
  tensors: [tensor("w", [INPUTS, OUTPUTS], 1), tensor("b", [OUTPUTS], 2)],
};

export const onnx = writeOnnx(network);

/** The same with its weights in another file, "model.onnx_data". */
export async function onnxWithData() {
  const source: NetworkSource = {
    ...network,
    tensors: network.tensors.map(({ bytes, ...head }) => ({ ...head, read: () => bytes })),
  };
  const { model, data } = await writeOnnxWithData(source, { dataName: "model.onnx_data" });
  const parts: Uint8Array[] = [];
  for await (const part of data) parts.push(part);
  return { model, data: new Uint8Array(Buffer.concat(parts)) };
}

/** A dense layer as TensorFlow.js saves it, with two shards of which the second begins within a tensor. */
export function tensorflowFiles(): Record<string, Uint8Array> {
  const weights = network.tensors.map(({ shape }, i) => ({
    name: ["d/kernel", "d/bias"][i]!,
    shape,
    dtype: "float32",
  }));
  const config = { name: "d", units: OUTPUTS, batch_input_shape: [null, INPUTS], activation: "linear", use_bias: true };
  const layers = [{ class_name: "Dense", config }];
  const modelTopology = {
    class_name: "Sequential",
    config: { name: "s", layers },
    keras_version: "2.0",
    backend: "tf",
  };
  const bytes = Buffer.concat(network.tensors.map((one) => one.bytes));
  const paths = ["group1-shard1of2.bin", "group1-shard2of2.bin"] as const;
  const json = { format: "layers-model", generatedBy: "2.0", modelTopology, weightsManifest: [{ paths, weights }] };
  return {
    "model.json": new TextEncoder().encode(JSON.stringify(json)),
    [paths[0]]: new Uint8Array(bytes.subarray(0, 50_000)),
    [paths[1]]: new Uint8Array(bytes.subarray(50_000)),
  };
}

/** What the layer makes of an input of ones. */
export function outputsOfOnes(): number[] {
  const [w, b] = network.tensors.map(floatValues) as [Float32Array, Float32Array];
  return Array.from(b, (bias, output) => {
    let sum = bias;
    for (let input = 0; input < INPUTS; input++) sum += w[input * OUTPUTS + output]!;
    return sum;
  });
}

const WORDS = ["[UNK]", "deep", "compression", "models"];
/** Rows of the table that {@link textModel} looks words up in. */
export const wordVectors = tensor("table", [WORDS.length, 300], 3);

/** A model of text as transformers.js reads it, below a path: each word's row of a table. */
export async function textModel(path: string): Promise<Record<string, Uint8Array | string>> {
  const graph: Graph = {
    opset: 13,
    inputs: ["input_ids", "attention_mask"].map((name) => ({ name, type: "int64", shape: ["N", "T"] })),
    outputs: [{ name: "last_hidden_state", type: "float32", shape: ["N", "T", 300] }],
    nodes: [{ op: "Gather", inputs: ["table", "input_ids"], outputs: ["last_hidden_state"], attributes: {} }],
  };
  const vocab = Object.fromEntries(WORDS.map((word, i) => [word, i]));
  const model = {
    type: "WordPiece",
    unk_token: "[UNK]",
    continuing_subword_prefix: "##",
    max_input_chars_per_word: 100,
    vocab,
  };
  const nothing = {
    added_tokens: [],
    normalizer: null,
    post_processor: null,
    decoder: null,
    truncation: null,
    padding: null,
  };
  const tokenizer = { version: "1.0", ...nothing, pre_tokenizer: { type: "Whitespace" }, model };
  return {
    [`${path}/config.json`]: JSON.stringify({ model_type: "bert", architectures: ["BertModel"] }),
    [`${path}/tokenizer.json`]: JSON.stringify(tokenizer),
    [`${path}/tokenizer_config.json`]: JSON.stringify({ tokenizer_class: "BertTokenizer", model_max_length: 512 }),
    [`${path}/onnx/model.dcz`]: await compressed({ "model.onnx": writeOnnx({ graph, tensors: [wordVectors] }) }),
  };
}

/** A model's files, the main one first. */
export async function openFiles(files: Readonly<Record<string, Uint8Array>>): Promise<OpenedModel> {
  const [[name, main]] = Object.entries(files) as [[string, Uint8Array]];
  const folder = async (other: string) => (files[other] === undefined ? undefined : bytesSource(files[other]));
  return openModel(bytesSource(main), { name, folder });
}

/** A `.dcz` file of them; without loss. */
export async function compressed(files: Readonly<Record<string, Uint8Array>>): Promise<Uint8Array<ArrayBuffer>> {
  const model = await openFiles(files);
  const { bytes } = await compressModel(model, defaultPlan(model.network, { lossless: true, effort: "fast" }));
  return bytes as Uint8Array<ArrayBuffer>;
}

import { bytesSource } from "@deep-compression/bits";
import { floatTensor, type Graph, type Network, type Tensor } from "@deep-compression/network";
import { certificateMetadata, compress, type OpenedFile, open, type Plan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";

/** A tensor of random weights. */
export function randomTensor(name: string, shape: readonly number[], seed = 1): Tensor {
  const random = seededRandom(seed);
  const length = shape.reduce((product, size) => product * size, 1);
  return floatTensor(
    name,
    shape,
    Float32Array.from({ length }, () => random() - 0.5),
  );
}

const graph: Graph = {
  opset: 13,
  inputs: [{ name: "x", type: "float32", shape: ["N", 4, 6, 6] }],
  outputs: [{ name: "y", type: "float32", shape: ["N", 10] }],
  nodes: [
    { op: "Conv", name: "conv", inputs: ["x", "conv.weight"], outputs: ["a"], attributes: {} },
    { op: "Relu", inputs: ["a"], outputs: ["b"], attributes: {} },
    { op: "Flatten", inputs: ["b"], outputs: ["c"], attributes: {} },
    { op: "Gemm", inputs: ["c", "fc.weight", "fc.bias"], outputs: ["y"], attributes: { transB: 1 } },
  ],
};

/** A convolution and a layer of 10 outputs, of weights that depend on the seed. */
export function smallNetwork(seed = 1): Network {
  const tensors = [
    randomTensor("conv.weight", [8, 4, 3, 3], seed),
    randomTensor("fc.weight", [10, 128], seed + 1),
    randomTensor("fc.bias", [10], seed + 2),
  ];
  return { graph, tensors };
}

const PRUNED: Plan = { default: {}, tensors: { "*.weight": { sparsity: 0.75, share: { size: 7 } } } };

/** The network as a file. */
export function smallFile(network = smallNetwork(), plan = PRUNED): Uint8Array<ArrayBuffer> {
  return new Uint8Array(compress(network, plan).bytes);
}

/** The network as a file with a certificate. */
export function certifiedFile(): Uint8Array<ArrayBuffer> {
  const metadata = certificateMetadata({
    method: "calibrated",
    modelSha256: "0".repeat(64),
    calibrationItems: 64,
    heldOutItems: 16,
    executor: "our own session",
    outputs: { y: { relativeError: 0.0125, top1: 0.9375 } },
    tensorErrors: { "conv.weight": 0.25, "fc.weight": 0.125 },
  });
  return smallFile({ ...smallNetwork(), metadata });
}

/** So many tensors of four weights in one file. */
export function manyTensors(count: number): Uint8Array<ArrayBuffer> {
  const tensors = Array.from({ length: count }, (_, i) =>
    floatTensor(`block${Math.floor(i / 10)}.w${i % 10}`, [2, 2], Float32Array.of(i, 0, 1, 2)),
  );
  const plan: Plan = { default: { share: "exact", form: "dense" } }; // which is the quickest to find
  return new Uint8Array(compress({ graph: undefined, tensors }, plan).bytes);
}

export function opened(bytes: Uint8Array): Promise<OpenedFile> {
  return open(bytesSource(bytes));
}

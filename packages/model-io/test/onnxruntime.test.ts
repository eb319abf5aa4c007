import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { elementCount } from "@deep-compression/bits";
import { writeOnnx } from "@deep-compression/model-io";
import { floatValues, inferShapes, intsAttribute, type Network, type Node } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { describe, expect, test } from "vitest";
import { architectureNetwork } from "./networks";

/** As much of onnxruntime-node as is called here. */
interface OnnxRuntime {
  readonly Tensor: new (
    type: "float32",
    data: Float32Array,
    dims: readonly number[],
  ) => { readonly data: Float32Array };
  readonly InferenceSession: {
    create(
      bytes: Uint8Array,
    ): Promise<{ run(feeds: object): Promise<Record<string, { readonly data: Float32Array }>> }>;
  };
}

// `npm run bench:peers` installs it there; DEEP_COMPRESSION_PEERS names another folder with a node_modules.
const peers = process.env.DEEP_COMPRESSION_PEERS ?? resolve(import.meta.dirname, "../../benchmarks/peers");
const installed = existsSync(resolve(peers, "node_modules/onnxruntime-node/package.json"));
const reason = installed ? "" : " (skipped: onnxruntime-node is not installed; npm run bench:peers does it)";

/** A value: row-major numbers of [batch, ...]. */
interface Value {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

/** Runs a graph of the operators that the LeNets have, straight from their definitions, in float64. */
function reference(network: Network, input: Value): Float32Array {
  const { graph, tensors } = network;
  if (!graph) throw new Error("no graph");
  const values = new Map<string, Value>(
    tensors.map((tensor) => [tensor.name, { shape: tensor.shape, data: floatValues(tensor) }]),
  );
  values.set("input", input);
  const shapes = inferShapes(graph, tensors, { dimensions: { N: input.shape[0] } });
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => values.get(name)!);
    const shape = shapes.get(node.outputs[0])!.map(Number);
    values.set(node.outputs[0], { shape, data: runNode(node, inputs, shape) });
  }
  return values.get("output")!.data;
}

function runNode(node: Node, inputs: readonly Value[], shape: readonly number[]): Float32Array {
  const [x, weight, bias] = inputs;
  switch (node.op) {
    case "Relu":
      return x.data.map((value) => Math.max(value, 0));
    case "Flatten":
      return x.data;
    case "Gemm":
      return gemm(x, weight, bias);
    case "Conv":
      return conv(x, weight, { bias, shape });
    case "MaxPool":
      return maxPool(x, intsAttribute(node, "kernel_shape")![0], shape);
  }
  throw new Error(`the reference has no ${node.op}`);
}

function gemm(x: Value, weight: Value, bias: Value): Float32Array {
  const [rows, inner] = x.shape;
  const [columns] = weight.shape;
  return Float32Array.from({ length: rows * columns }, (_, at) => {
    const [row, column] = [Math.floor(at / columns), at % columns];
    let sum = bias.data[column];
    for (let k = 0; k < inner; k++) sum += x.data[row * inner + k] * weight.data[column * inner + k];
    return sum;
  });
}

function conv(
  x: Value,
  weight: Value,
  options: { readonly bias: Value; readonly shape: readonly number[] },
): Float32Array {
  const [, channels, height, width] = x.shape;
  const [, , kernelHeight, kernelWidth] = weight.shape;
  return mapPositions(options.shape, (batch, output, top, left) => {
    let sum = options.bias.data[output];
    for (let c = 0; c < channels; c++) {
      for (let i = 0; i < kernelHeight; i++) {
        for (let j = 0; j < kernelWidth; j++) {
          const pixel = x.data[((batch * channels + c) * height + top + i) * width + left + j];
          sum += pixel * weight.data[((output * channels + c) * kernelHeight + i) * kernelWidth + j];
        }
      }
    }
    return sum;
  });
}

/** Pools whose stride is their size, as LeNet-5 has them. */
function maxPool(x: Value, size: number, shape: readonly number[]): Float32Array {
  const [, channels, height, width] = x.shape;
  return mapPositions(shape, (batch, channel, row, column) => {
    let largest = -Infinity;
    for (let i = 0; i < size; i++) {
      for (let j = 0; j < size; j++) {
        const at = ((batch * channels + channel) * height + row * size + i) * width + column * size + j;
        largest = Math.max(largest, x.data[at]);
      }
    }
    return largest;
  });
}

function mapPositions(
  [batches, channels, height, width]: readonly number[],
  at: (batch: number, channel: number, row: number, column: number) => number,
): Float32Array {
  return Float32Array.from({ length: batches * channels * height * width }, (_, position) => {
    const row = Math.floor(position / width);
    const plane = Math.floor(row / height);
    return at(Math.floor(plane / channels), plane % channels, row % height, position % width);
  });
}

describe.skipIf(!installed)(`onnxruntime agrees with the definition of the operators${reason}`, () => {
  const cases = [
    ["lenet-300-100", [3, 784]],
    ["lenet-5", [3, 1, 28, 28]],
  ] as const;
  test.each(cases)("on %s as we write it", async (name, shape) => {
    const runtime: OnnxRuntime = createRequire(resolve(peers, "package.json"))("onnxruntime-node");
    const random = seededRandom(2);
    const data = Float32Array.from({ length: elementCount(shape) }, random);
    const network = architectureNetwork(name);
    const session = await runtime.InferenceSession.create(writeOnnx(network));
    const { output } = await session.run({ input: new runtime.Tensor("float32", data, shape) });
    const expected = reference(network, { shape, data });
    expect(output.data.length).toBe(30);
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.1);
    expected.forEach((value, index) => {
      expect(Math.abs(output.data[index] - value)).toBeLessThan(1e-4);
    });
  });
});

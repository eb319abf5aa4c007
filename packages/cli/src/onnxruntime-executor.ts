import { elementCount } from "@deep-compression/bits";
import { writeOnnx } from "@deep-compression/model-io";
import { ELEMENT_TYPES, type ElementType, type Network, type Tensor } from "@deep-compression/network";
import type { Executor, NamedTensors } from "@deep-compression/network-calibration";
import { quoted } from "@deep-compression/runtime";
import { elementView } from "./cast-tensor";
import type { OnnxRuntime, RuntimeTensor } from "./onnxruntime";

/** Runs networks, and parts of them, in onnxruntime. @param name for reports */
export function onnxRuntimeExecutor(runtime: OnnxRuntime, name = "onnxruntime-node"): Executor {
  return {
    name,
    async prepare(network: Network) {
      const session = await runtime.InferenceSession.create(writeOnnx(network), { logSeverityLevel: 3 });
      return {
        async run(inputs: NamedTensors) {
          const feeds = [...inputs].map(([input, tensor]) => [input, feedOf(runtime, tensor)] as const);
          const outputs = await session.run(Object.fromEntries(feeds));
          return new Map(Object.entries(outputs).map(([output, value]) => [output, tensorOf(output, value)]));
        },
        async close() {
          await session.release?.();
        },
      };
    },
  };
}

function feedOf({ Tensor: Feed }: OnnxRuntime, tensor: Tensor): RuntimeTensor {
  return new Feed(tensor.type, elementView(tensor), tensor.shape);
}

/** @throws TypeError for a value that is no tensor of numbers */
function tensorOf(name: string, { type, dims, data }: RuntimeTensor): Tensor {
  if (!isElementType(type) || !ArrayBuffer.isView(data)) {
    throw new TypeError(`value ${quoted(name)}: expected a tensor of numbers, got ${type}`);
  }
  const { buffer, byteOffset, byteLength } = data;
  if (elementCount(dims) === 0) return { name, type, shape: dims, bytes: new Uint8Array(0) };
  return { name, type, shape: dims, bytes: new Uint8Array(buffer, byteOffset, byteLength) };
}

function isElementType(type: string): type is ElementType {
  return Object.hasOwn(ELEMENT_TYPES, type);
}

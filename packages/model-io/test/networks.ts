import { crc32c, elementCount } from "@deep-compression/bits";
import {
  architectureNamed,
  type ElementType,
  elementBytes,
  floatTensor,
  type Network,
  type Tensor,
} from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";

/** An architecture of the paper with random weights about as large as trained ones. */
export function architectureNetwork(name: string): Network {
  const { graph, parameters } = architectureNamed(name);
  const random = seededRandom(1);
  const tensors = parameters.map(({ name: tensorName, shape }) => {
    const scale = Math.sqrt(3 / (elementCount(shape) / shape[0]));
    const values = Float32Array.from({ length: elementCount(shape) }, () => (2 * random() - 1) * scale);
    return floatTensor(tensorName, shape, values);
  });
  return { graph, tensors };
}

const types = ["float32", "float16", "bfloat16", "int64", "uint8", "bool", "float8e4m3fn", "float4e2m1"] as const;

/** Of types of four bits, an even number of elements: safetensors takes whole bytes only. */
function arbitraryTensor(type: ElementType): fc.Arbitrary<Tensor> {
  const name = fc.oneof(fc.constantFrom("__proto__", "0", "toString"), fc.string({ minLength: 1, maxLength: 4 }));
  const sizes = fc.array(fc.nat(3), { maxLength: 3 });
  const shape = type === "float4e2m1" ? sizes.map((list) => [...list, 2]) : sizes;
  return fc.record({ name, shape }).chain((head) => {
    const byteLength = elementBytes(type, elementCount(head.shape));
    return fc.uint8Array({ minLength: byteLength, maxLength: byteLength }).map((bytes) => ({ ...head, type, bytes }));
  });
}

/** A few small tensors of distinct names. */
export const arbitraryTensors: fc.Arbitrary<Tensor[]> = fc.uniqueArray(
  fc.constantFrom(...types).chain(arbitraryTensor),
  {
    maxLength: 4,
    selector: (tensor) => tensor.name,
  },
);

/** A network with its tensors' bytes replaced by their checksums: comparing megabytes one by one takes seconds. */
export function fingerprint(network: Network): object {
  return { ...network, tensors: network.tensors.map(({ bytes, ...head }) => ({ ...head, crc32c: crc32c(bytes) })) };
}

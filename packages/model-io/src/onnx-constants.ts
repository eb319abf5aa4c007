import { FormatError } from "@deep-compression/bits";
import { type Attribute, floatTensor, type Node, type Tensor } from "@deep-compression/network";

/**
 * The tensor that a Constant node makes, under the name of its output; undefined for any other node.
 *
 * @throws FormatError "unsupported" for a value that is no tensor
 */
export function constantTensor(node: Node, offset: number): Tensor | undefined {
  if (node.op !== "Constant") return undefined;
  const [name] = node.outputs;
  const [[kind, value] = ["nothing", 0]] = Object.entries(node.attributes);
  const tensor = name === undefined ? undefined : tensorOf(name, kind, value);
  if (tensor) return tensor;
  throw new FormatError("unsupported", `ONNX: Constant "${name}" of ${kind} is not supported`, { offset });
}

function tensorOf(name: string, kind: string, value: Attribute): Tensor | undefined {
  if (typeof value === "number") return kind === "value_int" ? int64Tensor(name, [], [value]) : undefined;
  if (typeof value === "string") return undefined;
  if ("tensor" in value) return kind === "value" ? { ...value.tensor, name } : undefined;
  if ("float" in value) return kind === "value_float" ? floatTensor(name, [], Float32Array.of(value.float)) : undefined;
  if ("floats" in value) {
    return kind === "value_floats"
      ? floatTensor(name, [value.floats.length], Float32Array.from(value.floats))
      : undefined;
  }
  if ("strings" in value) return undefined;
  return kind === "value_ints" ? int64Tensor(name, [value.length], value) : undefined;
}

function int64Tensor(name: string, shape: readonly number[], values: readonly number[]): Tensor {
  return { name, type: "int64", shape, bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

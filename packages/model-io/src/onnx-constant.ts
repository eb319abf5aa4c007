import { floatTensor, type Tensor } from "@deep-compression/network";
import type { AttributeProto, NodeProto } from "./onnx-messages";

/** The name by which ONNX itself also calls its default domain. */
const DEFAULT_DOMAIN = "ai.onnx";

/** Whether a domain is that of ONNX's own operators. */
export function isDefaultDomain(domain: string): boolean {
  return domain === "" || domain === DEFAULT_DOMAIN;
}

/** The one attribute of a Constant node, which says what its output is; undefined for any other node. */
export function constantAttribute({ op, domain, attributes, outputs }: NodeProto): AttributeProto | undefined {
  const [attribute, ...more] = attributes;
  if (op !== "Constant" || !isDefaultDomain(domain) || !outputs[0] || more.length > 0) return undefined;
  return attribute?.reference === "" ? attribute : undefined;
}

/** Whether a node is a Constant of a TensorProto. */
export function isConstant(node: NodeProto): boolean {
  return constantAttribute(node)?.name === "value";
}

/** The tensor that a Constant of plain numbers makes; undefined if the attribute is of another kind. */
export function plainConstant(
  { name: kind, int, ints, float, floats }: AttributeProto,
  name: string,
): Tensor | undefined {
  switch (kind) {
    case "value_int":
      return int64Tensor(name, [], [int ?? 0]);
    case "value_ints":
      return int64Tensor(name, [ints.length], ints);
    case "value_float":
      return floatTensor(name, [], Float32Array.of(float ?? 0));
    case "value_floats":
      return floatTensor(name, [floats.length], Float32Array.from(floats));
  }
  return undefined;
}

function int64Tensor(name: string, shape: readonly number[], values: readonly (number | bigint)[]): Tensor {
  return { name, type: "int64", shape, bytes: new Uint8Array(BigInt64Array.from(values, BigInt).buffer) };
}

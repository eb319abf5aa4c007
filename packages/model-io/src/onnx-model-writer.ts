import {
  ELEMENT_TYPES,
  type ElementType,
  type Graph,
  type NetworkOutline,
  type Tensor,
} from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { NAMELESS } from "./onnx-graph";
import { writtenFunction, writtenNode, writtenOpset } from "./onnx-node-writer";
import { graphUses } from "./onnx-uses";
import { type TensorWriter, writtenTensor, writtenValue } from "./onnx-value-writer";
import { type MessageWriter, type WrittenMessage, written } from "./protobuf-writer";

/** A tensor without its elements. */
export type Head = Omit<Tensor, "bytes">;

/** Writes the elements of a tensor into its TensorProto, or where they are. */
export type ElementsWriter = (writer: MessageWriter, tensor: Head) => void;

/**
 * The IR version that a model needs, and no newer one (ONNX's docs/Versioning.md): those of its operator set, of its element
 * types, and 10 for functions of several overloads.
 */
function irVersionOf({ opset, functions = [] }: Graph, tensors: readonly Head[]): number {
  const overloads = functions.some(({ overload }) => overload !== undefined) ? [10] : [];
  return Math.max(irOfOpset(opset), ...new Set(tensors.map(({ type }) => irOfType(type))), ...overloads);
}

function irOfOpset(opset: number): number {
  if (opset >= 21) return 10;
  return opset >= 19 ? 9 : 8;
}

function irOfType(type: ElementType): number {
  if (type === "float8e8m0") return 12;
  if (type === "float4e2m1") return 11;
  const { code } = ELEMENT_TYPES[type];
  if (code >= ELEMENT_TYPES.uint4.code) return 10;
  return code >= ELEMENT_TYPES.float8e4m3fn.code ? 9 : 8;
}

/**
 * A ModelProto of a network whose graph and tensors have been checked.
 *
 * @throws RangeError for what only the file of a model holds
 */
export function writtenModel(
  graph: Graph,
  { tensors, metadata = {} }: NetworkOutline,
  writeElements: ElementsWriter,
): WrittenMessage {
  const heads = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const writeTensor: TensorWriter = (name, networkName) => {
    const tensor = heads.get(networkName);
    if (!tensor) throw new RangeError(`the graph names the tensor ${quoted(networkName)}, which the network has not`);
    return writtenTensor(name, tensor, (writer) => writeElements(writer, tensor));
  };
  return written((writer) => {
    writer.int(1, irVersionOf(graph, tensors));
    writer.text(2, "deep-compression");
    if (graph.opset > 0) writer.message(8, writtenOpset("", graph.opset));
    for (const [domain, version] of Object.entries(graph.domains ?? {}))
      writer.message(8, writtenOpset(domain, version));
    writer.message(7, writtenGraph(graph, tensors, writeTensor));
    for (const entry of Object.entries(metadata)) writer.message(14, writtenEntry(entry));
    for (const own of graph.functions ?? []) writer.message(25, writtenFunction(own, writeTensor));
  });
}

function writtenGraph(graph: Graph, tensors: readonly Head[], writeTensor: TensorWriter): WrittenMessage {
  const { elsewhere } = graphUses(graph);
  const overridable = new Set(graph.overridable);
  return written((writer) => {
    for (const node of graph.nodes) writer.message(1, writtenNode(node, writeTensor));
    writer.text(2, graph.name ?? NAMELESS);
    for (const { name } of tensors) if (!elsewhere.has(name)) writer.message(5, writeTensor(name, name));
    for (const input of graph.inputs) {
      if (input.type === undefined)
        throw new RangeError(`graph input ${quoted(input.name)}: ONNX needs its type, which is not known`);
      writer.message(11, writtenValue(input));
    }
    for (const tensor of tensors) if (overridable.has(tensor.name)) writer.message(11, writtenValue(tensor));
    for (const output of graph.outputs) writer.message(12, writtenValue(output));
  });
}

/** A StringStringEntryProto. */
export function writtenEntry([key, value]: readonly [string, string]): WrittenMessage {
  return written((writer) => {
    writer.text(1, key);
    writer.text(2, value);
  });
}

import { type Attribute, describeNode, type GraphFunction, type Node, type Subgraph } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { ATTRIBUTE_TYPE } from "./onnx-attribute";
import { type TensorWriter, writtenTensor, writtenValue } from "./onnx-value-writer";
import { type MessageWriter, type WrittenMessage, written } from "./protobuf-writer";

/** A NodeProto. @throws RangeError for what only the model's own file holds */
export function writtenNode(node: Node, tensors: TensorWriter): WrittenMessage {
  return written((writer) => {
    for (const input of node.inputs) writer.text(1, input);
    for (const output of node.outputs) writer.text(2, output);
    if (node.name !== undefined) writer.text(3, node.name);
    writer.text(4, node.op);
    for (const [name, value] of Object.entries(node.attributes))
      writer.message(5, writtenAttribute(describeNode(node), name, { value, tensors }));
    if (node.domain !== undefined) writer.text(7, node.domain);
    if (node.overload !== undefined) writer.text(8, node.overload);
  });
}

function writtenAttribute(
  owner: string,
  name: string,
  { value, tensors }: { readonly value: Attribute; readonly tensors: TensorWriter },
): WrittenMessage {
  if (typeof value === "object" && "opaque" in value) {
    const what = `${owner}: attribute ${quoted(name)}: ${value.opaque}`;
    throw new RangeError(`${what} is held by the file that the model came from and cannot be written anew`);
  }
  return written((writer) => {
    writer.text(1, name);
    writer.int(20, writeValue(writer, value, tensors));
  });
}

/** Writes the value of an attribute, and gives its type. */
function writeValue(
  writer: MessageWriter,
  value: Exclude<Attribute, { readonly opaque: string }>,
  tensors: TensorWriter,
): number {
  if (typeof value === "number" || typeof value === "bigint") {
    writer.int(3, value);
    return ATTRIBUTE_TYPE.int;
  }
  if (typeof value === "string") {
    writer.text(4, value);
    return ATTRIBUTE_TYPE.string;
  }
  if ("float" in value) {
    writer.float(2, value.float);
    return ATTRIBUTE_TYPE.float;
  }
  if ("floats" in value) {
    for (const float of value.floats) writer.float(7, float);
    return ATTRIBUTE_TYPE.floats;
  }
  if ("strings" in value) {
    for (const text of value.strings) writer.text(9, text);
    return ATTRIBUTE_TYPE.strings;
  }
  if ("tensor" in value) {
    const { tensor } = value;
    writer.message(
      5,
      writtenTensor(tensor.name, tensor, (fields) => fields.bytes(9, tensor.bytes)),
    );
    return ATTRIBUTE_TYPE.tensor;
  }
  if ("tensorName" in value) {
    writer.message(5, tensors(value.tensorName, value.tensorName));
    return ATTRIBUTE_TYPE.tensor;
  }
  if ("graph" in value) {
    writer.message(6, writtenSubgraph(value.graph, tensors));
    return ATTRIBUTE_TYPE.graph;
  }
  if ("graphs" in value) {
    for (const graph of value.graphs) writer.message(11, writtenSubgraph(graph, tensors));
    return ATTRIBUTE_TYPE.graphs;
  }
  for (const int of value) writer.int(8, int);
  return ATTRIBUTE_TYPE.ints;
}

function writtenSubgraph(graph: Subgraph, tensors: TensorWriter): WrittenMessage {
  return written((writer) => {
    for (const node of graph.nodes) writer.message(1, writtenNode(node, tensors));
    if (graph.name !== undefined) writer.text(2, graph.name);
    for (const [name, networkName] of Object.entries(graph.tensors)) writer.message(5, tensors(name, networkName));
    for (const input of graph.inputs) writer.message(11, writtenValue(input));
    for (const output of graph.outputs) writer.message(12, writtenValue(output));
  });
}

/** A FunctionProto, whose constants are nodes: it has no initializers. */
export function writtenFunction(own: GraphFunction, tensors: TensorWriter): WrittenMessage {
  return written((writer) => {
    writer.text(1, own.name);
    for (const input of own.inputs) writer.text(4, input);
    for (const output of own.outputs) writer.text(5, output);
    for (const attribute of own.attributes ?? []) writer.text(6, attribute);
    for (const [name, networkName] of Object.entries(own.tensors)) {
      const attributes = { value: { tensorName: networkName } };
      writer.message(7, writtenNode({ op: "Constant", inputs: [], outputs: [name], attributes }, tensors));
    }
    for (const node of own.nodes) writer.message(7, writtenNode(node, tensors));
    if (own.opset !== undefined) writer.message(9, writtenOpset("", own.opset));
    for (const [domain, version] of Object.entries(own.domains ?? {})) writer.message(9, writtenOpset(domain, version));
    writer.text(10, own.domain);
    for (const [name, value] of Object.entries(own.defaults ?? {}))
      writer.message(11, writtenAttribute(`function ${quoted(own.name)}`, name, { value, tensors }));
    if (own.overload !== undefined) writer.text(13, own.overload);
  });
}

/** An OperatorSetIdProto; the empty domain is ONNX's own. */
export function writtenOpset(domain: string, version: number): WrittenMessage {
  return written((writer) => {
    if (domain !== "") writer.text(1, domain);
    writer.int(2, version);
  });
}

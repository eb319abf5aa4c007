import { type Attribute, functionAttribute, type Subgraph } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import type { AttributeProto, GraphProto, TensorProto } from "./onnx-messages";
import type { KnownTensor } from "./onnx-tensors";
import { protobufError } from "./protobuf";
import { isUtf8 } from "./protobuf-fields";

/** AttributeProto.AttributeType. */
export const ATTRIBUTE_TYPE = {
  float: 1,
  int: 2,
  string: 3,
  tensor: 4,
  graph: 5,
  floats: 6,
  ints: 7,
  strings: 8,
  tensors: 9,
  graphs: 10,
  sparseTensor: 11,
  sparseTensors: 12,
} as const;

/** How the parts of an attribute are read that are not plain values. */
export interface AttributeContext {
  tensor(proto: TensorProto): KnownTensor;
  /** @param within which of several it is */
  subgraph(proto: GraphProto, within: readonly string[]): Subgraph;
}

/** An attribute as the graph holds it; "opaque" for what only the file does. @throws FormatError */
export function attributeOf(proto: AttributeProto, context: AttributeContext): Attribute {
  const { int, float, text, tensor, graph, graphs, floats, ints, strings, reference } = proto;
  if (reference !== "") return functionAttribute(reference);
  switch (proto.type === 0 ? likelyType(proto) : proto.type) {
    case ATTRIBUTE_TYPE.float:
      return { float: float ?? 0 };
    case ATTRIBUTE_TYPE.int:
      return int ?? 0;
    case ATTRIBUTE_TYPE.string:
      return isUtf8(text ?? "") ? (text ?? "") : { opaque: "a string that is not UTF-8" };
    case ATTRIBUTE_TYPE.floats:
      return { floats };
    case ATTRIBUTE_TYPE.ints:
      return ints;
    case ATTRIBUTE_TYPE.strings:
      return strings.every(isUtf8) ? { strings } : { opaque: "strings that are not UTF-8" };
    case ATTRIBUTE_TYPE.tensor:
      if (tensor) return tensorAttribute(context.tensor(tensor));
      break;
    case ATTRIBUTE_TYPE.graph:
      if (graph) return { graph: context.subgraph(graph, []) };
      break;
    case ATTRIBUTE_TYPE.graphs:
      return { graphs: graphs.map((item, i) => context.subgraph(item, [String(i)])) };
    case ATTRIBUTE_TYPE.tensors:
      return { opaque: "a list of tensors" };
    case ATTRIBUTE_TYPE.sparseTensor:
    case ATTRIBUTE_TYPE.sparseTensors:
      return { opaque: "a sparse tensor" };
    default:
      if (proto.type !== 0) return { opaque: `an attribute of type ${proto.type}` };
  }
  throw protobufError("out-of-range", `attribute ${quoted(proto.name)} has no value`, proto.place.start);
}

function tensorAttribute(known: KnownTensor): Attribute {
  switch (known.kind) {
    case "inline":
      return { tensor: known.tensor };
    case "tensor":
      return { tensorName: known.name };
    case "foreign":
      return { opaque: known.what };
    case "broken":
      throw known.error;
  }
}

/** The type of an attribute that does not tell it, as those of IR version 1: that of the field which is there. */
function likelyType({ float, int, text, tensor, graph, floats, ints, strings }: AttributeProto): number {
  if (float !== undefined) return ATTRIBUTE_TYPE.float;
  if (int !== undefined) return ATTRIBUTE_TYPE.int;
  if (text !== undefined) return ATTRIBUTE_TYPE.string;
  if (tensor) return ATTRIBUTE_TYPE.tensor;
  if (graph) return ATTRIBUTE_TYPE.graph;
  if (floats.length > 0) return ATTRIBUTE_TYPE.floats;
  if (ints.length > 0) return ATTRIBUTE_TYPE.ints;
  return strings.length > 0 ? ATTRIBUTE_TYPE.strings : 0;
}

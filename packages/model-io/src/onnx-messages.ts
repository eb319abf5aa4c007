import { WIRE } from "./protobuf";
import { data, float, floats, int, ints, presence, smallInt, text, texts } from "./protobuf-fields";
import { child, children, type Located, type Message, message } from "./protobuf-message";

/** Fields of ONNX's messages that are read (onnx.proto), the inner ones first. All others are kept in the file only. */
const ENTRY = message({ key: text(1, ""), value: text(2, "") });
const OPSET = message({ domain: text(1, ""), version: int(2, 0) });

const DIMENSION = message({ size: int(1, undefined), parameter: text(2, "") });
const SHAPE = message({ dimensions: children(1, () => DIMENSION) });
const TENSOR_TYPE = message({ code: smallInt(1, 0), shape: child(2, () => SHAPE) });
const TYPE = message({ tensor: child(1, () => TENSOR_TYPE) });
const VALUE = message({ name: text(1, ""), type: child(2, () => TYPE) });

/** The data stand in `raw`, in another file, or in the typed field that their type asks for. */
export const TENSOR = message({
  dims: ints(1),
  code: smallInt(2, 0),
  segment: presence(3),
  floats: data(4, WIRE.fixed32),
  ints: data(5, WIRE.varint),
  int64s: data(7, WIRE.varint),
  name: text(8, ""),
  raw: data(9),
  doubles: data(10, WIRE.fixed64),
  uint64s: data(11, WIRE.varint),
  external: children(13, () => ENTRY),
  location: smallInt(14, 0),
});
const SPARSE_TENSOR = message({ values: child(1, () => TENSOR), indices: child(2, () => TENSOR), dims: ints(3) });

const ATTRIBUTE: Message<AttributeFields> = message<AttributeFields>({
  name: text(1, ""),
  float: float(2),
  int: int(3, undefined),
  text: text(4, undefined),
  tensor: child(5, () => TENSOR),
  graph: child(6, () => GRAPH),
  floats: floats(7),
  ints: ints(8),
  strings: texts(9),
  tensors: children(10, () => TENSOR),
  graphs: children(11, () => GRAPH),
  type: smallInt(20, 0),
  reference: text(21, ""),
  sparseTensor: child(22, () => SPARSE_TENSOR),
  sparseTensors: children(23, () => SPARSE_TENSOR),
});
const NODE: Message<NodeFields> = message<NodeFields>({
  inputs: texts(1),
  outputs: texts(2),
  name: text(3, ""),
  op: text(4, ""),
  attributes: children(5, () => ATTRIBUTE),
  domain: text(7, ""),
  overload: text(8, ""),
});
const GRAPH: Message<GraphFields> = message<GraphFields>({
  nodes: children(1, () => NODE),
  name: text(2, ""),
  tensors: children(5, () => TENSOR),
  inputs: children(11, () => VALUE),
  outputs: children(12, () => VALUE),
  sparseTensors: children(15, () => SPARSE_TENSOR),
});
const FUNCTION = message({
  name: text(1, ""),
  inputs: texts(4),
  outputs: texts(5),
  attributes: texts(6),
  nodes: children(7, () => NODE),
  opsets: children(9, () => OPSET),
  domain: text(10, ""),
  defaults: children(11, () => ATTRIBUTE),
  overload: text(13, ""),
});
const TRAINING = message({ initialization: child(1, () => GRAPH), algorithm: child(2, () => GRAPH) });
export const MODEL = message({
  irVersion: int(1, 0),
  graph: child(7, () => GRAPH),
  opsets: children(8, () => OPSET),
  metadata: children(14, () => ENTRY),
  training: children(20, () => TRAINING),
  functions: children(25, () => FUNCTION),
});

/** What the fields of a message hold. */
type Values<M> = M extends Message<infer T> ? Located<T> : never;

export type OpsetProto = Values<typeof OPSET>;
export type ValueProto = Values<typeof VALUE>;
export type TensorProto = Values<typeof TENSOR>;
export type SparseTensorProto = Values<typeof SPARSE_TENSOR>;
export type AttributeProto = Located<AttributeFields>;
export type NodeProto = Located<NodeFields>;
export type GraphProto = Located<GraphFields>;
export type FunctionProto = Values<typeof FUNCTION>;
export type ModelProto = Omit<Values<typeof MODEL>, "place">;

/** These hold one another, so their types are told and not found. */
interface AttributeFields {
  readonly name: string;
  readonly float: number | undefined;
  readonly int: number | bigint | undefined;
  readonly text: string | undefined;
  readonly tensor: TensorProto | undefined;
  readonly graph: GraphProto | undefined;
  readonly floats: number[];
  readonly ints: (number | bigint)[];
  readonly strings: string[];
  readonly tensors: TensorProto[];
  readonly graphs: GraphProto[];
  readonly type: number;
  readonly reference: string;
  readonly sparseTensor: SparseTensorProto | undefined;
  readonly sparseTensors: SparseTensorProto[];
}
interface NodeFields {
  readonly inputs: string[];
  readonly outputs: string[];
  readonly name: string;
  readonly op: string;
  readonly attributes: AttributeProto[];
  readonly domain: string;
  readonly overload: string;
}
interface GraphFields {
  readonly nodes: NodeProto[];
  readonly name: string;
  readonly tensors: TensorProto[];
  readonly inputs: ValueProto[];
  readonly outputs: ValueProto[];
  readonly sparseTensors: SparseTensorProto[];
}

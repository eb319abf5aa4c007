import { elementCount, FormatError } from "@deep-compression/bits";
import { elementBytes, type Tensor } from "@deep-compression/network";
import { isConstant } from "./onnx-constant";
import { assertLength, decodeElements, foreignTensor, type TensorHead, tensorHead } from "./onnx-elements";
import type { AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto } from "./onnx-messages";
import { isUtf8 } from "./protobuf-fields";
import type { ProtobufReader } from "./protobuf-message";

/** What became of a TensorProto. */
export type KnownTensor =
  /** A tensor of the network under this name. */
  | { readonly kind: "tensor"; readonly name: string; readonly head: TensorHead }
  /** An attribute so small that it is part of the graph. */
  | { readonly kind: "inline"; readonly tensor: Tensor }
  /** None of numbers that we know: what it is. */
  | { readonly kind: "foreign"; readonly what: string }
  | { readonly kind: "broken"; readonly error: FormatError };

/** Bytes up to which the tensor of an attribute is part of the graph. */
const MAX_INLINE = 256;
/** Bytes up to which a TensorProto is wholly in memory: less than what the outline of a file leaves out. */
const MAX_INLINE_MESSAGE = 4000;
/** Characters of a name that go into another one. */
const MAX_NAME_PART = 100;

/** A TensorProto and the name that it should get. */
interface NamedTensor {
  readonly proto: TensorProto;
  readonly name: string;
  readonly place: "initializer" | "constant" | "attribute" | "part";
}

/** Gives names to tensors, each once. */
export interface TensorNames {
  /** The name of a value of the main graph, numbered if another tensor has it. */
  ofValue(name: string): string;
  /** A name that no value of the main graph has either. */
  ofPath(path: readonly string[]): string;
}

/** @param values names in the main graph, which are not given to tensors of other graphs */
function tensorNames(values: ReadonlySet<string>): TensorNames {
  const given = new Set<string>();
  const lastNumbers = new Map<string, number>();
  function numbered(name: string): string {
    let candidate = name;
    for (let number = lastNumbers.get(name) ?? 1; given.has(candidate) || values.has(candidate); ) {
      number++;
      lastNumbers.set(name, number);
      candidate = `${name}_${number}`;
    }
    given.add(candidate);
    return candidate;
  }
  return {
    ofValue(name) {
      if (name === "" || !isUtf8(name) || given.has(name)) return numbered(wellFormed(name) || "tensor");
      given.add(name);
      return name;
    },
    ofPath: (path) => numbered(path.map((part) => wellFormed(part).slice(0, MAX_NAME_PART)).join("/")),
  };
}

function wellFormed(name: string): string {
  return name.replace(/\p{Surrogate}/gu, "\ufffd");
}

/** Every name that the main graph gives or takes. */
function valueNames(graph: GraphProto | undefined): ReadonlySet<string> {
  if (!graph) return new Set();
  const { inputs, outputs, nodes } = graph;
  const names = new Set([...inputs, ...outputs].map(({ name }) => name));
  for (const node of nodes) for (const name of [...node.inputs, ...node.outputs]) names.add(name);
  return names;
}

/** All TensorProtos of a model, wherever they stand, and the names that further tensors can have. */
export interface FoundTensors {
  readonly known: ReadonlyMap<TensorProto, KnownTensor>;
  readonly names: TensorNames;
}

/** Finds the tensors of a model. What is wrong with one is kept for whoever asks for the graph. */
export function findTensors(model: ModelProto, reader: ProtobufReader): FoundTensors {
  const names = tensorNames(valueNames(model.graph));
  const known = new Map<TensorProto, KnownTensor>();
  const add = (path: readonly string[], { proto, place, name }: NamedTensor) => {
    known.set(
      proto,
      knownTensor(proto, place, reader, () => {
        const isValue = path.length === 0 && (place === "initializer" || place === "constant");
        return isValue ? names.ofValue(name) : names.ofPath([...path, name]);
      }),
    );
  };
  visitGraph(model.graph, [], add);
  for (const { name, nodes } of model.functions) visitNodes(nodes, [name], add);
  for (const { initialization, algorithm } of model.training) {
    visitGraph(initialization, ["initialization"], add);
    visitGraph(algorithm, ["training"], add);
  }
  return { known, names };
}

function knownTensor(
  proto: TensorProto,
  place: NamedTensor["place"],
  reader: ProtobufReader,
  name: () => string,
): KnownTensor {
  const what = foreignTensor(proto);
  if (what !== undefined) return { kind: "foreign", what };
  try {
    const head = tensorHead(proto);
    if (place === "attribute" && isInline(proto, head)) return inlineTensor(proto, head, reader);
    return { kind: "tensor", name: name(), head };
  } catch (error) {
    if (error instanceof FormatError) return { kind: "broken", error };
    throw error;
  }
}

function isInline({ place }: TensorProto, { type, shape, elements }: TensorHead): boolean {
  if (elements === undefined || place.end - place.start > MAX_INLINE_MESSAGE) return false;
  return elementBytes(type, elementCount(shape)) <= MAX_INLINE;
}

function inlineTensor(proto: TensorProto, head: TensorHead, reader: ProtobufReader): KnownTensor {
  const { type, shape } = head;
  const { start, end } = head.elements!;
  const bytes = decodeElements(type, head.elements!, reader.bytes(start, end));
  assertLength(proto, head, bytes.length);
  return { kind: "inline", tensor: { name: wellFormed(proto.name), type, shape, bytes } };
}

type Add = (path: readonly string[], tensor: NamedTensor) => void;

function visitGraph(graph: GraphProto | undefined, path: readonly string[], add: Add): void {
  if (!graph) return;
  for (const proto of graph.tensors) add(path, { proto, name: proto.name, place: "initializer" });
  for (const { values, indices } of graph.sparseTensors)
    visitSparse(values, indices, [...path, values?.name ?? ""], add);
  visitNodes(graph.nodes, path, add);
}

function visitSparse(
  values: TensorProto | undefined,
  indices: TensorProto | undefined,
  path: readonly string[],
  add: Add,
): void {
  if (values) add(path, { proto: values, name: "values", place: "part" });
  if (indices) add(path, { proto: indices, name: "indices", place: "part" });
}

/** What a node is called in the names of tensors inside it. */
export function nodeLabel({ op, name, outputs }: NodeProto): string {
  return name || outputs.find((output) => output !== "") || op;
}

function visitNodes(nodes: readonly NodeProto[], path: readonly string[], add: Add): void {
  for (const node of nodes) {
    const label = nodeLabel(node);
    for (const attribute of node.attributes) visitAttribute(node, attribute, { path, label, add });
  }
}

function visitAttribute(
  node: NodeProto,
  attribute: AttributeProto,
  { path, label, add }: { readonly path: readonly string[]; readonly label: string; readonly add: Add },
): void {
  const { name, tensor, graph, tensors, graphs, sparseTensor, sparseTensors } = attribute;
  const inside = [...path, label, name];
  if (tensor && isConstant(node)) add(path, { proto: tensor, name: node.outputs[0]!, place: "constant" });
  else if (tensor) add([...path, label], { proto: tensor, name, place: "attribute" });
  for (const [i, proto] of tensors.entries()) add(inside, { proto, name: String(i), place: "part" });
  if (sparseTensor) visitSparse(sparseTensor.values, sparseTensor.indices, inside, add);
  for (const [i, { values, indices }] of sparseTensors.entries())
    visitSparse(values, indices, [...inside, String(i)], add);
  visitGraph(graph, inside, add);
  for (const [i, inner] of graphs.entries()) visitGraph(inner, [...inside, String(i)], add);
}

import type { Attribute, Node, Subgraph, Tensor } from "@deep-compression/network";
import { quoted } from "@deep-compression/runtime";
import { nodesInOrder } from "./node-order";
import { attributeOf } from "./onnx-attribute";
import { constantAttribute, isConstant, isDefaultDomain, plainConstant } from "./onnx-constant";
import type { AttributeProto, GraphProto, NodeProto, TensorProto } from "./onnx-messages";
import { type FoundTensors, nodeLabel } from "./onnx-tensors";
import { valueInfoOf } from "./onnx-value";
import { protobufError } from "./protobuf";

/** What the graphs of a model are made of. */
export interface GraphMaterial extends FoundTensors {
  /** Receives tensors of plain numbers, which stand in no TensorProto. */
  readonly made: Tensor[];
}

/** Where a graph stands: labels of nodes and names of attributes. Empty for the main graph. */
export type GraphPath = readonly string[];

/** The nodes and constants of a graph. @throws FormatError for what cannot be understood */
export function graphBody(proto: GraphProto, material: GraphMaterial, path: GraphPath): Omit<Subgraph, "name"> {
  const scope = graphScope(material, path);
  for (const tensor of proto.tensors) scope.addTensor(tensor.name, tensor);
  for (const { values, place } of proto.sparseTensors)
    scope.addForeign(values?.name ?? "", "a sparse tensor", place.start);
  for (const node of proto.nodes) scope.addNode(node);
  return { inputs: proto.inputs.map(valueInfoOf), outputs: proto.outputs.map(valueInfoOf), ...scope.finish() };
}

/** The nodes of a function, and its constants. @throws FormatError for what cannot be understood */
export function functionBody(nodes: readonly NodeProto[], material: GraphMaterial, path: GraphPath) {
  const scope = graphScope(material, path);
  for (const node of nodes) scope.addNode(node);
  return scope.finish();
}

/** Gathers the constants and the nodes of one graph. */
function graphScope(material: GraphMaterial, path: GraphPath) {
  const { known, names, made } = material;
  const tensors = new Map<string, string>();
  const foreign = new Map<string, Node>();
  const nodes: Node[] = [];
  function checkNew(name: string, offset: number): void {
    if (name === "") throw protobufError("out-of-range", "an initializer has no name", offset);
    if (tensors.has(name) || foreign.has(name))
      throw protobufError("duplicate-name", `two tensors are named ${quoted(name)}`, offset);
  }
  /** What we have no tensor for is made by a Constant node, so that the graph holds it in name at least. */
  function addForeign(name: string, what: string, offset: number): void {
    checkNew(name, offset);
    foreign.set(name, { op: "Constant", inputs: [], outputs: [name], attributes: { value: { opaque: what } } });
  }
  function addTensor(name: string, proto: TensorProto): void {
    const tensor = known.get(proto)!;
    if (tensor.kind === "broken") throw tensor.error;
    if (tensor.kind === "foreign") addForeign(name, tensor.what, proto.place.start);
    if (tensor.kind !== "tensor") return;
    checkNew(name, proto.place.start);
    tensors.set(name, tensor.name);
  }
  function addNode(proto: NodeProto): void {
    const attribute = constantAttribute(proto);
    const [name = ""] = proto.outputs;
    const plain = attribute && plainConstant(attribute, name);
    if (attribute?.tensor && isConstant(proto)) addTensor(name, attribute.tensor);
    else if (plain) addPlain(plain, proto.place.start);
    else nodes.push(nodeOf(proto, material, path));
  }
  function addPlain(tensor: Tensor, offset: number): void {
    const { name } = tensor;
    checkNew(name, offset);
    const networkName = path.length === 0 ? names.ofValue(name) : names.ofPath([...path, name]);
    tensors.set(name, networkName);
    made.push({ ...tensor, name: networkName });
  }
  const finish = () => ({ nodes: nodesInOrder([...foreign.values(), ...nodes]), tensors: Object.fromEntries(tensors) });
  return { addTensor, addForeign, addNode, finish };
}

function nodeOf(proto: NodeProto, material: GraphMaterial, path: GraphPath): Node {
  const { op, domain, inputs, outputs, name, overload, attributes } = proto;
  return {
    op,
    ...(isDefaultDomain(domain) ? {} : { domain }),
    ...(overload === "" ? {} : { overload }),
    inputs,
    outputs,
    attributes: attributesOf(attributes, material, [...path, nodeLabel(proto)]),
    ...(name === "" ? {} : { name }),
  };
}

/** Attributes by name. @throws FormatError "duplicate-name" for two of one name */
export function attributesOf(
  protos: readonly AttributeProto[],
  material: GraphMaterial,
  path: GraphPath,
): Readonly<Record<string, Attribute>> {
  const values = new Map<string, Attribute>();
  for (const proto of protos) {
    const { name, place } = proto;
    if (values.has(name))
      throw protobufError("duplicate-name", `two attributes are named ${quoted(name)}`, place.start);
    const value = attributeOf(proto, {
      tensor: (tensor) => material.known.get(tensor)!,
      subgraph: (graph, within) => subgraphOf(graph, material, [...path, name, ...within]),
    });
    values.set(name, value);
  }
  return Object.fromEntries(values);
}

function subgraphOf(proto: GraphProto, material: GraphMaterial, path: GraphPath): Subgraph {
  return { ...(proto.name === "" ? {} : { name: proto.name }), ...graphBody(proto, material, path) };
}

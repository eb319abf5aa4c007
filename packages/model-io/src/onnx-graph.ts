import { FormatError } from "@deep-compression/bits";
import { assertGraph, type Graph, type GraphFunction, type Tensor } from "@deep-compression/network";
import { isDefaultDomain } from "./onnx-constant";
import type { FunctionProto, ModelProto, OpsetProto } from "./onnx-messages";
import { attributesOf, functionBody, type GraphMaterial, graphBody } from "./onnx-scope";
import type { FoundTensors } from "./onnx-tensors";
import { protobufError } from "./protobuf";
import { MAX_DEPTH } from "./protobuf-message";

/** ONNX demands a name of every graph; a graph without one is written under this name, and read as nameless. */
export const NAMELESS = "network";
/** Up to this IR version every initializer is declared as an input too; from the next on, only if it may be overridden. */
const LAST_IR_OF_DECLARED = 3;
/** Up to this IR version a model names no operator sets, and has the first. */
const LAST_IR_WITHOUT_OPSETS = 2;

/** A graph, and the tensors that it makes of plain numbers: they stand in no TensorProto. */
export interface UnderstoodGraph {
  readonly graph: Graph;
  readonly made: readonly Tensor[];
}

/**
 * The graph of a model. Constant nodes of numbers become tensors; documentation and value_info are left to the file.
 *
 * @param deepOffset where something stands that is too deep to be read, if there is such
 * @throws FormatError for what cannot be understood
 */
export function graphOf(model: ModelProto, found: FoundTensors, deepOffset: number | undefined): UnderstoodGraph {
  const { graph: main, functions, opsets } = model;
  if (!main) throw protobufError("truncated", "the model has no graph", 0);
  if (deepOffset !== undefined) {
    const message = `messages inside one another more than ${MAX_DEPTH} deep, which protobuf reads in no program`;
    throw protobufError("limit-exceeded", message, deepOffset);
  }
  const made: Tensor[] = [];
  const material: GraphMaterial = { ...found, made };
  const { inputs, outputs, nodes, tensors } = graphBody(main, material, []);
  const initializers = new Set(main.tensors.map(({ name }) => name));
  for (const { values } of main.sparseTensors) initializers.add(values?.name ?? "");
  const overridable = inputs
    .map(({ name }) => name)
    .filter((name) => initializers.has(name) && Object.hasOwn(tensors, name));
  const { opset, domains } = versionsOf(opsets, main.place.start);
  const isOld = model.irVersion <= LAST_IR_OF_DECLARED;
  const graph: Graph = {
    ...(main.name === "" || main.name === NAMELESS ? {} : { name: main.name }),
    opset: opsets.length === 0 ? firstOpset(model) : (opset ?? 0),
    ...domains,
    inputs: inputs.filter(({ name }) => !initializers.has(name)),
    outputs,
    nodes,
    ...(isOld || overridable.length === 0 ? {} : { overridable }),
    ...(functions.length === 0 ? {} : { functions: functions.map((proto) => functionOf(proto, material)) }),
  };
  assertWhole(graph, [...tensorNamesOf(found), ...made.map(({ name }) => name)], main.place.start);
  return { graph, made };
}

function* tensorNamesOf({ known }: FoundTensors): Generator<string> {
  for (const tensor of known.values()) if (tensor.kind === "tensor") yield tensor.name;
}

/** @throws FormatError unless the graph makes sense */
function assertWhole(graph: Graph, names: readonly string[], offset: number): void {
  try {
    assertGraph(graph, names);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new FormatError("out-of-range", `ONNX: ${message}`, { offset, cause });
  }
}

function firstOpset({ irVersion, graph }: ModelProto): number {
  if (irVersion <= LAST_IR_WITHOUT_OPSETS) return 1;
  throw protobufError("out-of-range", "the model names no operator set", graph!.place.start);
}

/** Versions of operators by domain; no `opset` for a model without ONNX's own. @throws FormatError */
function versionsOf(opsets: readonly OpsetProto[], offset: number) {
  const domains = new Map<string, number>();
  let opset: number | undefined;
  for (const { domain, version } of opsets) {
    if (typeof version !== "number" || version < 1)
      throw protobufError("out-of-range", `operator set ${version}`, offset);
    if (isDefaultDomain(domain)) opset = version;
    else domains.set(domain, version);
  }
  return { opset, domains: domains.size === 0 ? {} : { domains: Object.fromEntries(domains) } };
}

function functionOf(proto: FunctionProto, material: GraphMaterial): GraphFunction {
  const { name, domain, overload, inputs, outputs, attributes, defaults, opsets, nodes, place } = proto;
  const { opset, domains } = versionsOf(opsets, place.start);
  return {
    name,
    domain,
    ...(overload === "" ? {} : { overload }),
    ...(opset === undefined ? {} : { opset }),
    ...domains,
    inputs,
    outputs,
    ...(attributes.length === 0 ? {} : { attributes }),
    ...(defaults.length === 0 ? {} : { defaults: attributesOf(defaults, material, [name]) }),
    ...functionBody(nodes, material, [name]),
  };
}

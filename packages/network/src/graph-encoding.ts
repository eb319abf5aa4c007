import { type ByteReader, type ByteWriter, byteReader, byteWriter, FormatError } from "@deep-compression/bits";
import { checkBytes, quoted } from "@deep-compression/runtime";
import { checkGraph } from "./check-graph";
import { ELEMENT_TYPES, elementTypeOfCode } from "./element-types";
import { type Graph, MAX_NODES, shapeOf, type ValueInfo } from "./graph";
import { graphNames } from "./graph-names";
import { readNodes, writeNodes } from "./graph-nodes";
import {
  readCount,
  readList,
  readOptionalText,
  readText,
  writeList,
  writeOptionalText,
  writeText,
} from "./graph-primitives";

export interface GraphEncodingOptions {
  /**
   * Names that stand outside the graph, such as those of a file's directory, in its order: the graph then refers to
   * them by number. The same list must be given to both sides. Default: none, every name is in the graph's bytes.
   */
  readonly tensorNames?: readonly string[];
}

/**
 * The compact bytes of a graph (docs/format.md, "The graph"). Equal graphs give equal bytes, whatever the order of
 * their attributes. Which tensors may be given another value (`overridable`) is not kept: they are tensors only.
 *
 * @throws TypeError for what is no graph, RangeError for what the format cannot hold: more than {@link MAX_NODES}
 * nodes, operators of other domains than ONNX's own, functions, subgraphs, values of unknown type or shape, an integer
 * attribute beyond 2^48, a float attribute that is no float32, a name that is not well-formed Unicode.
 */
export function encodeGraph(graph: Graph, options: GraphEncodingOptions = {}): Uint8Array {
  const { tensorNames = [] } = options;
  const { opset, name, inputs, outputs, nodes, functions = [], domains = {} } = checkGraph(graph);
  const [domain] = [...functions.map((own) => own.domain), ...Object.keys(domains)];
  if (domain !== undefined) {
    const expected = "expected operators of ONNX's own domain, which are all that its bytes hold";
    throw new RangeError(`graph: ${expected}, got some of ${quoted(domain)}`);
  }
  if (nodes.length > MAX_NODES) throw new RangeError(`graph.nodes: expected at most ${MAX_NODES}, got ${nodes.length}`);
  const writer = byteWriter();
  writer.varint(opset);
  writeOptionalText(writer, name);
  writeValues(writer, inputs);
  writeValues(writer, outputs);
  writer.varint(nodes.length);
  writeNodes(writer, nodes, graphNames({ inputs, outputs, nodeCount: nodes.length, tensorNames }));
  return writer.finish();
}

/**
 * The graph of these bytes; `decodeGraph(encodeGraph(graph))` equals `graph`.
 *
 * @throws FormatError unless the bytes are exactly what {@link encodeGraph} gives for the graph they hold, but for the bits
 * of a quiet NaN. That the graph makes sense (every input is made by an earlier node, ...) is for `assertGraph`.
 */
export function decodeGraph(bytes: Uint8Array, options: GraphEncodingOptions = {}): Graph {
  const { tensorNames = [] } = options;
  const own = new Uint8Array(checkBytes("bytes", bytes)); // in which readAttributes makes every NaN the one we write
  const reader = byteReader(own);
  const opset = reader.varint();
  const name = readOptionalText(reader);
  const inputs = readValues(reader);
  const outputs = readValues(reader);
  const nodeCount = readCount(reader, "nodes");
  if (nodeCount > MAX_NODES) {
    throw new FormatError("limit-exceeded", `${nodeCount} nodes, at most ${MAX_NODES}`, { offset: reader.offset });
  }
  const names = graphNames({ inputs, outputs, nodeCount, tensorNames });
  const nodes = readNodes(reader, { bytes: own, count: nodeCount, names });
  reader.expectEnd();
  const graph: Graph = { ...(name === undefined ? {} : { name }), opset, inputs, outputs, nodes };
  assertCanonical(own, graph, options);
  return graph;
}

/** One check in place of a rule for every spelling a graph could have had. */
function assertCanonical(bytes: Uint8Array, graph: Graph, options: GraphEncodingOptions): void {
  let expected: Uint8Array;
  try {
    expected = encodeGraph(graph, options);
  } catch (cause) {
    throw new FormatError("out-of-range", "the graph holds a value outside the format's bounds", { offset: 0, cause });
  }
  const offset = expected.findIndex((byte, index) => byte !== bytes[index]);
  if (offset >= 0 || expected.length !== bytes.length) {
    throw new FormatError("not-canonical", "the graph is not in its canonical form", { offset: Math.max(offset, 0) });
  }
}

function writeValues(writer: ByteWriter, values: readonly ValueInfo[]): void {
  writeList(writer, values, (value) => {
    const { name, type } = value;
    const shape = shapeOf(value);
    if (type === undefined) throw new RangeError(`value ${quoted(name)}: its type is not known`);
    writeText(writer, name);
    writer.varint(ELEMENT_TYPES[type].code);
    writeList(writer, shape, (size) => {
      writer.varint(typeof size === "number" ? size + 1 : 0);
      if (typeof size === "string") writeText(writer, size);
    });
  });
}

function readValues(reader: ByteReader): ValueInfo[] {
  return readList(reader, "values", () => {
    const name = readText(reader);
    const offset = reader.offset;
    const code = reader.varint();
    const type = elementTypeOfCode(code);
    if (!type)
      throw new FormatError("out-of-range", `value ${quoted(name)} has unknown element type ${code}`, { offset });
    const shape = readList(reader, "dimensions", () => {
      const size = reader.varint();
      return size === 0 ? readText(reader) : size - 1;
    });
    return { name, type, shape };
  });
}

import { type ByteReader, type ByteWriter, byteReader, byteWriter, FormatError } from "@deep-compression/bits";
import { checkBytes } from "@deep-compression/runtime";
import { checkGraph } from "./check-graph";
import { ELEMENT_TYPES, elementTypeOfCode } from "./element-types";
import type { Graph, ValueInfo } from "./graph";
import { readCount } from "./graph-count";
import { graphNames } from "./graph-names";
import { readNodes, writeNodes } from "./graph-nodes";
import { readOptionalText, readText, writeOptionalText, writeText } from "./graph-text";

/** Most nodes of a graph: a node can be a single byte, so this bounds how much a short file can stand for. */
export const MAX_NODES = 65_536;

export interface GraphEncodingOptions {
  /**
   * Names that stand outside the graph, such as those of a file's directory, in its order: the graph then refers to
   * them by number. The same list must be given to both sides. Default: none, every name is in the graph's bytes.
   */
  readonly tensorNames?: readonly string[];
}

/**
 * The compact bytes of a graph (docs/format.md, "The graph"). Equal graphs give equal bytes, whatever the order of
 * their attributes.
 *
 * @throws TypeError for what is no graph, RangeError for what the format cannot hold: more than {@link MAX_NODES}
 * nodes, an integer attribute beyond 2^48, a float attribute that is no float32, a name that is not well-formed Unicode.
 */
export function encodeGraph(graph: Graph, options: GraphEncodingOptions = {}): Uint8Array {
  return encodeChecked(checkGraph(graph), options);
}

function encodeChecked(graph: Graph, options: GraphEncodingOptions): Uint8Array {
  const { tensorNames = [] } = options;
  const { inputs, outputs, nodes } = graph;
  if (nodes.length > MAX_NODES) {
    throw new RangeError(`graph.nodes: expected at most ${MAX_NODES}, got ${nodes.length}`);
  }
  const writer = byteWriter();
  writer.varint(graph.opset);
  writeOptionalText(writer, graph.name);
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
  const expected = encodeAgain(graph, options);
  const offset = expected.findIndex((byte, index) => byte !== bytes[index]);
  if (offset >= 0 || expected.length !== bytes.length) {
    throw new FormatError("not-canonical", "the graph is not in its canonical form", { offset: Math.max(offset, 0) });
  }
}

function encodeAgain(graph: Graph, options: GraphEncodingOptions): Uint8Array {
  try {
    return encodeChecked(graph, options);
  } catch (cause) {
    throw new FormatError("out-of-range", "the graph holds a value outside the format's bounds", { offset: 0, cause });
  }
}

function writeValues(writer: ByteWriter, values: readonly ValueInfo[]): void {
  writer.varint(values.length);
  for (const value of values) {
    writeText(writer, value.name);
    writer.varint(ELEMENT_TYPES[value.type].code);
    writer.varint(value.shape.length);
    for (const size of value.shape) {
      if (typeof size === "number") {
        writer.varint(size + 1);
      } else {
        writer.varint(0);
        writeText(writer, size);
      }
    }
  }
}

function readValues(reader: ByteReader): ValueInfo[] {
  const count = readCount(reader, "values");
  const values: ValueInfo[] = [];
  for (let index = 0; index < count; index++) {
    const name = readText(reader);
    const offset = reader.offset;
    const code = reader.varint();
    const type = elementTypeOfCode(code);
    if (!type) throw new FormatError("out-of-range", `value "${name}" has unknown element type ${code}`, { offset });
    const rank = readCount(reader, "dimensions");
    const shape: (number | string)[] = [];
    for (let axis = 0; axis < rank; axis++) {
      const size = reader.varint();
      shape.push(size === 0 ? readText(reader) : size - 1);
    }
    values.push({ name, type, shape });
  }
  return values;
}

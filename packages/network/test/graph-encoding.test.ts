import { FormatError } from "@deep-compression/bits";
import {
  ARCHITECTURES,
  type Architecture,
  type Attribute,
  assertGraph,
  float,
  type Graph,
  lenet300100,
} from "@deep-compression/network";
import { decodeGraph, encodeGraph } from "@deep-compression/network/graph-encoding";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { arbitraryGraph, arbitraryTensorNames } from "./arbitrary-graph";

const numRuns = 500 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const namesOf = (architecture: Architecture) => architecture.parameters.map((parameter) => parameter.name);
const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(" ", ""), "hex"));

/** The worked example of docs/format.md. */
const example: Graph = {
  opset: 13,
  inputs: [{ name: "x", type: "float32", shape: ["N", 2] }],
  outputs: [{ name: "y", type: "float32", shape: ["N", 3] }],
  nodes: [
    { op: "Gemm", inputs: ["x", "w", "b"], outputs: ["value0"], attributes: { transB: 1 } },
    { op: "Relu", inputs: ["value0"], outputs: ["y"], attributes: {} },
  ],
};
const exampleBytes = "0d00 01 4178 01 02 0003 03 01 4179 01 02 0003 04 02";
const exampleRelu = "00 21 01 00 01 00 00";

function failure(bytes: Uint8Array, tensorNames: readonly string[] = []): FormatError {
  try {
    decodeGraph(bytes, { tensorNames });
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error(`${hex(bytes)} was decoded`);
}

/** Whether a float is NaN, of which only one is written. */
function holdsNaN({ nodes }: Graph): boolean {
  const attributes = nodes.flatMap((node) => Object.values(node.attributes));
  return attributes.some((value) => {
    if (typeof value !== "object") return false;
    if ("float" in value) return Number.isNaN(value.float);
    return "floats" in value && value.floats.some(Number.isNaN);
  });
}

describe("the graph encoding", () => {
  test("gives the worked example of the specification, with and without outside names", () => {
    const inside = `${exampleBytes} 00 15 03 00 024177 024162 01 00 01 3f 10 ${exampleRelu}`;
    expect(hex(encodeGraph(example))).toBe(inside.replaceAll(" ", ""));
    const outside = `${exampleBytes} 00 15 03 00 01 01 01 00 01 3f 10 ${exampleRelu}`;
    expect(hex(encodeGraph(example, { tensorNames: ["w", "b"] }))).toBe(outside.replaceAll(" ", ""));
    expect(decodeGraph(bytesOf(inside))).toEqual(example);
    expect(decodeGraph(bytesOf(outside), { tensorNames: ["w", "b"] })).toEqual(example);
  });

  test("holds the architectures in a checked-in number of bytes", () => {
    const sizes = ARCHITECTURES.map((architecture) => [
      architecture.name,
      encodeGraph(architecture.graph, { tensorNames: namesOf(architecture) }).length,
      encodeGraph(architecture.graph).length,
    ]);
    expect(sizes).toEqual([
      ["lenet-300-100", 39, 119],
      ["lenet-5", 75, 185],
      ["alexnet", 173, 393],
      ["vgg-16", 113, 773],
    ]);
  });

  test("gives the architectures back exactly", () => {
    for (const architecture of ARCHITECTURES) {
      const tensorNames = namesOf(architecture);
      const restored = decodeGraph(encodeGraph(architecture.graph, { tensorNames }), { tensorNames });
      expect(restored).toStrictEqual(architecture.graph);
      assertGraph(restored, tensorNames);
      expect(decodeGraph(encodeGraph(architecture.graph))).toStrictEqual(architecture.graph);
    }
  });

  test("gives any graph back exactly, whatever names stand outside", () => {
    fc.assert(
      fc.property(arbitraryGraph, arbitraryTensorNames, (graph, tensorNames) => {
        expect(decodeGraph(encodeGraph(graph, { tensorNames }), { tensorNames })).toEqual(graph);
      }),
      { numRuns },
    );
  });

  test("refuses what only the model's own file holds, in one line that says what", () => {
    const refuses = (changes: Partial<Graph>, message: string) =>
      expect(() => encodeGraph({ ...example, ...changes })).toThrow(new RangeError(message));
    const withAttribute = (value: Attribute) => ({
      nodes: [{ op: "If", inputs: [], outputs: ["y"], attributes: { body: value } }],
    });
    const subgraph = { inputs: [], outputs: [], nodes: [], tensors: {} };
    const held = 'attribute "body": the bytes of a graph hold no';
    refuses(withAttribute({ graph: subgraph }), `${held} subgraphs`);
    refuses(withAttribute({ graphs: [subgraph] }), `${held} subgraphs`);
    refuses(withAttribute({ opaque: "a list of tensors" }), `${held} attribute of its kind`);
    refuses(withAttribute({ tensorName: "w" }), `${held} tensor that has a name in the network`);
    refuses(withAttribute(2n ** 60n), "attribute: expected whole numbers up to 2^48, got 1152921504606846976");
    const domain = "expected operators of ONNX's own domain, which are all that its bytes hold, got some of";
    refuses({ domains: { own: 1 } }, `graph: ${domain} "own"`);
    const own = { name: "F", domain: "own", inputs: [], outputs: [], nodes: [], tensors: {} };
    refuses({ functions: [own] }, `graph: ${domain} "own"`);
    refuses(
      { nodes: [{ op: "F", domain: "own", inputs: [], outputs: ["y"], attributes: {} }] },
      'own.F node "y": the bytes of a graph hold only operators of ONNX\'s own domain',
    );
    refuses({ inputs: [{ name: "x", shape: [1] }] }, 'value "x": its type is not known');
    refuses({ inputs: [{ name: "x", type: "float32" }] }, 'value "x": its shape is not known');
  });

  test("leaves out which tensors may be overridden", () => {
    expect(decodeGraph(encodeGraph({ ...example, overridable: ["w"] }))).toEqual(example);
  });

  test("does not depend on the order of attributes", () => {
    const withAttributes = (attributes: Graph["nodes"][0]["attributes"]): Graph => ({
      ...example,
      nodes: [{ op: "LRN", inputs: ["x"], outputs: ["y"], attributes }],
    });
    const [alpha, size] = [float(1e-4), 5];
    expect(encodeGraph(withAttributes({ size, alpha }))).toEqual(encodeGraph(withAttributes({ alpha, size })));
  });

  test("refuses what it cannot hold", () => {
    const encode = (attributes: Graph["nodes"][0]["attributes"], op = "Relu") => {
      return () => encodeGraph({ ...example, nodes: [{ op, inputs: [], outputs: [], attributes }] });
    };
    expect(encode({ axis: 0.5 })).toThrow(RangeError);
    expect(encode({ axis: 2 ** 48 + 1 })).toThrow(
      /an integer in -281474976710656\.\.281474976710656, got 281474976710657/,
    );
    expect(encode({ alpha: { float: 0.1 } })).toThrow(/expected a float32/);
    expect(encode({}, "\ud800")).toThrow(/lone surrogate/);
    const nodes = new Array(65_537).fill(example.nodes[1]);
    expect(() => encodeGraph({ ...example, nodes })).toThrow(/at most 65536, got 65537/);
  });
});

describe("bytes that are no graph", () => {
  const tensorNames = namesOf(lenet300100);
  const valid = encodeGraph(lenet300100.graph, { tensorNames });

  test("are refused at every truncation and with a byte too many", () => {
    for (let length = 0; length < valid.length; length++) {
      expect(["truncated", "not-canonical"]).toContain(failure(valid.subarray(0, length), tensorNames).code);
    }
    expect(failure(Uint8Array.of(...valid, 0), tensorNames).code).toBe("trailing-data");
  });

  test("are refused with a code and an offset, by cause", () => {
    const cases: readonly (readonly [string, string, number])[] = [
      ["0d00 00 00 ffffffff07", "truncated", 4],
      ["0d00 00 00 01 02", "out-of-range", 5],
      ["0d00 01 01 08 00 00 00", "out-of-range", 4],
      ["0d00 00 00 01 00 21 01 03 00 00", "out-of-range", 8],
      ["0d00 00 00 01 00 21 00 00 01 2c 07", "out-of-range", 11],
      ["0d00 00 00 01 00 41ff 00 00 00", "out-of-range", 7],
      ["0d00 00 00 01 00 21 00 00 01 2c 56 00 01 ffffffffffff0f", "truncated", 12],
      ["0d00 00 00 01 00 5052656c 00 00 00", "truncated", 13],
      ["0d00 00 00 01 00 4452656c75 00 00 00", "not-canonical", 6],
      ["0d00 00 00 02 00 21 00 00 00 00 21 00 00 00", "not-canonical", 10],
      ["0d00 00 00 01 00 21 00 00 02 30 00 2b 00", "not-canonical", 10],
    ];
    for (const [text, code, offset] of cases) {
      const error = failure(bytesOf(text));
      expect([text, error.code, error.offset]).toEqual([text, code, offset]);
    }
  });

  test("may hold any quiet NaN, which is written as one, and none that signals", () => {
    const bits = ["7fc00000", "7fc00001", "7fe00000", "7fffffff", "ffc00000", "ffc12345", "ffffffff"];
    const signals = ["7f800001", "7fbfffff", "ff800001", "ffbfffff"];
    const one = float(1);
    for (const [kind, value] of [
      ["02", { float: Number.NaN }],
      ["0b", { floats: [Number.NaN] }],
      ["13 0000803f", { floats: [one.float, Number.NaN] }],
    ] as const) {
      const encoded = (nan: string) => {
        const little = bytesOf(nan).reverse();
        return bytesOf(`0d00 00 00 02 00 21 00 00 01 2b ${kind} ${hex(little)} 02`);
      };
      for (const nan of bits) {
        const bytes = encoded(nan);
        const graph = decodeGraph(bytes);
        expect(graph.nodes.map(({ attributes }) => attributes)).toEqual([{ alpha: value }, { alpha: value }]);
        expect(bytes).toEqual(encoded(nan));
        expect(encodeGraph(graph)).toEqual(encoded("7fc00000"));
      }
      for (const nan of signals) expect(failure(encoded(nan)).code).toBe("not-canonical");
    }
  });

  test("may hold a tensor of no elements, whatever its other sizes are", () => {
    const large = "ffffffffffffff0f".repeat(20);
    const encoded = (sizes: string) => bytesOf(`0d00 00 00 01 00 21 00 00 01 2c 0e 00 ${sizes}`);
    const [node] = decodeGraph(encoded(`15 ${large} 00`)).nodes;
    expect(node.attributes.auto_pad).toMatchObject({ tensor: { shape: [...new Array(20).fill(2 ** 53 - 1), 0] } });
    expect(failure(encoded(`14 ${large}`))).toMatchObject({ code: "truncated", offset: 12 });
  });

  test("that claim more nodes than the limit are refused, however long they are", () => {
    const bytes = new Uint8Array(70_000).fill(2);
    bytes.set(bytesOf("0d00 00 00 81 80 04 00 21 00 00 00"));
    expect(failure(bytes).code).toBe("limit-exceeded");
  });

  test("end in FormatError, or in a graph whose encoding they are, when mutated", () => {
    const mutation = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 3 });
    fc.assert(
      fc.property(arbitraryGraph, arbitraryTensorNames, mutation, (graph, names, changes) => {
        const bytes = encodeGraph(graph, { tensorNames: names });
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        try {
          const decoded = decodeGraph(bytes, { tensorNames: names });
          const again = encodeGraph(decoded, { tensorNames: names });
          if (!holdsNaN(decoded)) expect(again).toEqual(bytes);
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          expect(error.offset).toBeTypeOf("number");
        }
      }),
      { numRuns: 4 * numRuns },
    );
  });
});

import { FormatError } from "@deep-compression/bits";
import { readOnnx, writeOnnx, writeOnnxParts } from "@deep-compression/model-io";
import {
  type ElementType,
  elementBytes,
  float,
  floatTensor,
  floatValues,
  type Graph,
  type Network,
  type Tensor,
} from "@deep-compression/network";
import { describe, expect, test } from "vitest";
import { architectureNetwork, fingerprint } from "./networks";
import {
  attribute,
  bytes,
  external,
  type Fields,
  initializer,
  int,
  messageOf,
  model,
  nested,
  node,
  nothing,
  tensor,
  text,
  value,
} from "./onnx-files";

/** One tensor and one node with an attribute of every kind. */
const small: Network = {
  graph: {
    name: "small",
    opset: 13,
    inputs: [{ name: "x", type: "float32", shape: ["N", "", 2] }],
    outputs: [{ name: "y", type: "float32", shape: [] }],
    nodes: [
      {
        op: "Anything",
        name: "node",
        inputs: ["x", "", "w"],
        outputs: ["", "y"],
        attributes: {
          int: -3,
          ints: [1, -(2 ** 52), 0],
          none: [],
          float: float(0.1),
          floats: { floats: [1, -0.5] },
          text: "é",
          texts: { strings: ["a", ""] },
          tensor: { tensor: { name: "t", type: "int4", shape: [3], bytes: Uint8Array.of(0x21, 3) } },
        },
      },
    ],
  },
  tensors: [
    floatTensor("w", [2, 1], Float32Array.of(1, 2)),
    { name: "e", type: "bool", shape: [0], bytes: new Uint8Array(0) },
  ],
  metadata: { author: "us", __proto__key: "" },
};

/** The one tensor of a model whose initializer has these fields. */
function tensorOf(type: number, dims: readonly number[], fields: Fields): Tensor {
  return readOnnx(model(initializer(tensor("t", type, dims, fields)))).tensors[0];
}

function failure(bytes: Uint8Array): FormatError {
  try {
    readOnnx(bytes);
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("the model was read");
}

describe("ONNX", () => {
  test("gives a network with every kind of attribute back exactly", () => {
    expect(readOnnx(writeOnnx(small))).toStrictEqual(small);
  });

  test("gives the LeNets back exactly", () => {
    for (const name of ["lenet-300-100", "lenet-5"]) {
      const network = architectureNetwork(name);
      expect(fingerprint(readOnnx(writeOnnx(network)))).toStrictEqual(fingerprint(network));
    }
  });

  test("writes a graph without a name under a name, and reads it as nameless", () => {
    const { name: _, ...graph } = small.graph!;
    expect(readOnnx(writeOnnx({ ...small, graph }))).toStrictEqual({ ...small, graph });
  });

  test("refuses to write a network without a graph, or one that is not whole", () => {
    expect(() => writeOnnx({ graph: undefined, tensors: [] })).toThrow(TypeError);
    expect(() => writeOnnx({ ...small, tensors: [] })).toThrow(/input "w" is no tensor/);
  });

  test("reads numbers from the typed field that their type asks for", () => {
    const floats = tensorOf(1, [3], (pbf) => {
      pbf.writePackedFloat(4, [1, 2]);
      pbf.writeFloatField(4, -0.5);
    });
    expect(floatValues(floats)).toEqual(Float32Array.of(1, 2, -0.5));
    const doubles = tensorOf(11, [1], (pbf) => pbf.writePackedDouble(10, [0.1]));
    expect(new Float64Array(doubles.bytes.slice().buffer)).toEqual(Float64Array.of(0.1));
    expect(tensorOf(6, [2], (pbf) => pbf.writePackedVarint(5, [-2, 7])).bytes).toEqual(
      new Uint8Array(Int32Array.of(-2, 7).buffer),
    );
    expect(tensorOf(10, [1], (pbf) => pbf.writePackedVarint(5, [0x3c00])).bytes).toEqual(Uint8Array.of(0, 0x3c));
    expect(tensorOf(3, [2], (pbf) => pbf.writePackedVarint(5, [-1, 5])).bytes).toEqual(Uint8Array.of(255, 5));
    expect(tensorOf(9, [2], (pbf) => pbf.writePackedVarint(5, [1, 0])).bytes).toEqual(Uint8Array.of(1, 0));
    expect(tensorOf(22, [3], (pbf) => pbf.writePackedVarint(5, [0x21, 3])).bytes).toEqual(Uint8Array.of(0x21, 3));
    expect(tensorOf(12, [1], (pbf) => pbf.writePackedVarint(11, [2 ** 32 - 1])).bytes).toEqual(
      new Uint8Array(4).fill(255),
    );
    const ends = [...new Array<number>(8).fill(255), 127, 1];
    const largest = tensorOf(7, [2], (pbf) => pbf.writeBytesField(7, Uint8Array.from(ends)));
    expect(new BigInt64Array(largest.bytes.slice().buffer)).toEqual(BigInt64Array.of(2n ** 63n - 1n, 1n));
  });

  test("drops inputs that only declare an initializer, and turns Constant nodes into tensors", () => {
    const file = model(
      value(11, "x", []),
      value(11, "w", []),
      initializer(tensor("w", 2, [], bytes(9, Uint8Array.of(7)))),
      node("Constant", [], ["c"], attribute("value_ints", 7, int(8, -1), int(8, 800))),
    );
    const { graph, tensors } = readOnnx(file);
    const inputs = [{ name: "x", type: "float32", shape: [] }];
    expect(graph).toEqual({ name: "g", opset: 13, inputs, outputs: [], nodes: [], overridable: ["w"] });
    expect(tensors).toEqual([
      { name: "w", type: "uint8", shape: [], bytes: Uint8Array.of(7) },
      { name: "c", type: "int64", shape: [2], bytes: new Uint8Array(BigInt64Array.of(-1n, 800n).buffer) },
    ]);
  });

  test("writes back what it reads of domains, functions, subgraphs with tensors of their own, and 64-bit integers", () => {
    const weight = (name: string, at: number) => floatTensor(name, [1], Float32Array.of(at));
    const big = 2n ** 63n - 1n;
    const branch = {
      name: "branch",
      inputs: [],
      outputs: [{ name: "b" }],
      nodes: [{ op: "Add", inputs: ["w", "x"], outputs: ["b"], attributes: {} }],
      tensors: { w: "if/then_branch/w" },
    };
    const network: Network = {
      graph: {
        name: "g",
        opset: 18,
        domains: { own: 2, "ai.onnx.ml": 3 },
        inputs: [{ name: "x", type: "float32" }],
        outputs: [{ name: "y" }],
        nodes: [
          { op: "If", inputs: ["c"], outputs: ["y"], attributes: { then_branch: { graph: branch } }, name: "if" },
          {
            op: "Own",
            domain: "own",
            overload: "2",
            inputs: ["x"],
            outputs: ["z"],
            attributes: { end: big, ends: [-big, 1] },
          },
          {
            op: "Blob",
            domain: "own",
            inputs: [],
            outputs: ["blob"],
            attributes: { data: { tensorName: "blob/data" } },
          },
        ],
        overridable: ["o"],
        functions: [
          {
            name: "Own",
            domain: "own",
            overload: "2",
            opset: 18,
            domains: { own: 2 },
            inputs: ["a"],
            outputs: ["r"],
            attributes: ["axis"],
            defaults: { alpha: float(0.5) },
            nodes: [{ op: "Add", inputs: ["a", "k"], outputs: ["r"], attributes: {} }],
            tensors: { k: "Own/k" },
          },
        ],
      },
      tensors: [
        weight("if/then_branch/w", 1),
        { name: "blob/data", type: "uint8", shape: [300], bytes: new Uint8Array(300).fill(9) },
        { name: "c", type: "bool", shape: [], bytes: Uint8Array.of(1) },
        weight("o", 3),
        weight("Own/k", 4),
      ],
    };
    expect(readOnnx(writeOnnx(network))).toStrictEqual(network);
  });

  test("writes the IR version that a model's types need, and no newer one", () => {
    const irVersion = (type: ElementType, opset = 13) => {
      const tensors = [{ name: "w", type, shape: [2], bytes: new Uint8Array(elementBytes(type, 2)) }];
      return writeOnnx({ graph: { opset, inputs: [], outputs: [], nodes: [] }, tensors })[1];
    };
    expect(
      ["float32", "float8e5m2", "int4", "float4e2m1", "float8e8m0"].map((type) => irVersion(type as ElementType)),
    ).toEqual([8, 9, 10, 11, 12]);
    expect([irVersion("float32", 19), irVersion("float32", 21)]).toEqual([9, 10]);
  });

  test("refuses to write what only the file of a model holds", () => {
    const write = (changes: Partial<Graph>) => () =>
      writeOnnx({ graph: { opset: 13, inputs: [], outputs: [], nodes: [], ...changes }, tensors: [] });
    const opaque = {
      op: "Constant",
      inputs: [],
      outputs: ["c"],
      attributes: { value: { opaque: "a tensor of strings" } },
    };
    expect(write({ nodes: [opaque] })).toThrow(
      new RangeError(
        'Constant node "c": attribute "value": a tensor of strings is held by the file that the model came from and cannot be written anew',
      ),
    );
    expect(write({ inputs: [{ name: "x" }] })).toThrow(/graph input "x": ONNX needs its type, which is not known/);
  });

  test("is written part by part with the same bytes", async () => {
    const network = architectureNetwork("lenet-300-100");
    const parts: Uint8Array[] = [];
    const tensors = network.tensors.map(({ bytes: elements, ...head }) => ({ ...head, read: async () => elements }));
    for await (const part of writeOnnxParts({ ...network, tensors })) parts.push(part);
    expect(Buffer.compare(Buffer.concat(parts), writeOnnx(network))).toBe(0);
    expect(parts.length).toBeGreaterThan(2 * network.tensors.length);
  });

  test("over 2 GB is no one file", async () => {
    const shape = [2 ** 29];
    const tensors = [{ name: "w", type: "float32" as const, shape, read: () => new Uint8Array(0) }];
    const parts = writeOnnxParts({ graph: { opset: 13, inputs: [], outputs: [], nodes: [] }, tensors });
    await expect(parts.next()).rejects.toThrow(
      /expected at most the 2147483647 bytes of a protobuf message, got 2147483/,
    );
  });
});

describe("ONNX that cannot be read", () => {
  const refused = (bytes: Uint8Array, message: RegExp, code = "out-of-range") => {
    const error = failure(bytes);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(error.offset).toBeTypeOf("number");
  };
  const withTensor = (...fields: readonly Fields[]) => model(initializer(...fields));

  test("says what to do about weights in another file", () => {
    refused(withTensor(tensor("w", 1, [1], external({ location: "d" }))), /external data/, "unsupported");
  });

  test("names what does not fit together", () => {
    const weight = initializer(tensor("w", 2, [], bytes(9, Uint8Array.of(7))));
    refused(model(weight, weight), /two tensors are named "w"/, "duplicate-name");
    const twice = attribute("a", 2, int(3, 1));
    refused(model(node("Own", [], ["y"], twice, twice)), /two attributes are named "a"/, "duplicate-name");
    refused(model(node("Own", ["nowhere"], ["y"])), /input "nowhere" is no tensor/);
    refused(model(node("Own", [], ["y"], attribute("a", 5))), /attribute "a" has no value/);
    refused(model(initializer(int(2, 2), bytes(9, Uint8Array.of(7)))), /an initializer has no name/);
    refused(withTensor(tensor("", 1, [], bytes(9, new Uint8Array(3)))), /takes 4 bytes, got 3/);
    refused(
      withTensor(tensor("", 1, [-2, -1], bytes(9, new Uint8Array(8)))),
      /float32 \[-2,-1\] has a negative dimension/,
    );
    refused(withTensor(nothing), /tensor "": has no element type/);
    refused(messageOf(int(1, 8), nested(7, text(2, "g"))), /names no operator set/);
    refused(messageOf(int(1, 8), nested(8, int(2, 0)), nested(7, text(2, "g"))), /operator set 0/);
  });

  test("refuses broken protobuf by cause", () => {
    refused(new Uint8Array(0), /has no graph/, "truncated");
    refused(Uint8Array.of(0x08), /a varint does not end/, "truncated");
    refused(Uint8Array.of(0x08, ...new Array<number>(10).fill(0x80), 0), /a varint does not end/);
    refused(Uint8Array.of(0x3a, 0x05, 0), /a field of 5 bytes, 1 left/, "truncated");
    refused(Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), /a field of 72057594037927935 bytes/);
    refused(Uint8Array.of(0x3b, 0), /unknown wire type 3/);
    refused(Uint8Array.of(0x02, 0), /no field has the number 0/);
    refused(Uint8Array.of(0x38, 0), /the model has no graph/, "truncated");
  });
});

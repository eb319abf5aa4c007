import { FormatError } from "@deep-compression/bits";
import { readOnnx, writeOnnx } from "@deep-compression/model-io";
import { float, floatTensor, floatValues, type Network, type Tensor } from "@deep-compression/network";
import { PbfWriter } from "pbf";
import { describe, expect, test } from "vitest";
import { architectureNetwork, fingerprint } from "./networks";

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

type Fields = (pbf: PbfWriter) => void;
const nested = (pbf: PbfWriter, tag: number, fields: Fields) => pbf.writeMessage(tag, (_, inner) => fields(inner), 0);

/** A model whose graph has these fields besides. */
function model(graph: Fields, besides: Fields = () => {}): Uint8Array {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  nested(pbf, 8, (opset) => opset.writeVarintField(2, 13));
  nested(pbf, 7, graph);
  besides(pbf);
  return pbf.finish();
}

/** The one tensor of a model whose initializer has these fields. */
function tensorOf(type: number, dims: readonly number[], fields: Fields): Tensor {
  const bytes = model((graph) =>
    nested(graph, 5, (tensor) => {
      tensor.writePackedVarint(1, [...dims]);
      tensor.writeVarintField(2, type);
      tensor.writeStringField(8, "t");
      fields(tensor);
    }),
  );
  return readOnnx(bytes).tensors[0];
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
    const value = (pbf: PbfWriter, name: string) => {
      pbf.writeStringField(1, name);
      nested(pbf, 2, (type) =>
        nested(type, 1, (tensor) => {
          tensor.writeVarintField(1, 1);
          nested(tensor, 2, () => {});
        }),
      );
    };
    const bytes = model((graph) => {
      for (const name of ["x", "w"]) nested(graph, 11, (input) => value(input, name));
      nested(graph, 5, (tensor) => {
        tensor.writeVarintField(2, 2);
        tensor.writeStringField(8, "w");
        tensor.writeBytesField(9, Uint8Array.of(7));
      });
      nested(graph, 1, (node) => {
        node.writeStringField(2, "c");
        node.writeStringField(4, "Constant");
        nested(node, 5, (attribute) => {
          attribute.writeStringField(1, "value_ints");
          attribute.writeVarintField(8, -1);
          attribute.writeVarintField(8, 800);
          attribute.writeVarintField(20, 7);
        });
      });
    });
    const { graph, tensors } = readOnnx(bytes);
    expect(graph).toEqual({ opset: 13, inputs: [{ name: "x", type: "float32", shape: [] }], outputs: [], nodes: [] });
    expect(tensors).toEqual([
      { name: "w", type: "uint8", shape: [], bytes: Uint8Array.of(7) },
      { name: "c", type: "int64", shape: [2], bytes: new Uint8Array(BigInt64Array.of(-1n, 800n).buffer) },
    ]);
  });
});

describe("ONNX that cannot be read", () => {
  const refused = (bytes: Uint8Array, message: RegExp, code = "out-of-range") => {
    const error = failure(bytes);
    expect(error.message).toMatch(message);
    expect(error.code).toBe(code);
    expect(error.offset).toBeTypeOf("number");
  };
  const node = (fields: Fields) => model((graph) => nested(graph, 1, fields));
  const tensor = (fields: Fields) => model((graph) => nested(graph, 5, fields));

  test("says which feature of ONNX is not supported", () => {
    const unsupported = (bytes: Uint8Array, message: RegExp) => refused(bytes, message, "unsupported");
    unsupported(
      tensor((pbf) => pbf.writeVarintField(14, 1)),
      /external data/,
    );
    unsupported(
      tensor((pbf) => nested(pbf, 13, () => {})),
      /external data/,
    );
    unsupported(
      tensor((pbf) => nested(pbf, 3, () => {})),
      /segments/,
    );
    unsupported(
      tensor((pbf) => pbf.writeVarintField(2, 8)),
      /tensor "" holds strings/,
    );
    unsupported(
      tensor((pbf) => pbf.writeVarintField(2, 99)),
      /unknown element type 99/,
    );
    unsupported(
      node((pbf) => pbf.writeStringField(7, "com.example")),
      /domain "com.example" is not supported/,
    );
    unsupported(
      node((pbf) => nested(pbf, 5, (attribute) => attribute.writeVarintField(20, 5))),
      /type 5 is not supported/,
    );
    unsupported(
      node((pbf) => nested(pbf, 5, (attribute) => attribute.writeVarintField(3, 2 ** 60))),
      /an integer beyond 2\^53/,
    );
    unsupported(
      node((pbf) => {
        pbf.writeStringField(4, "Constant");
        pbf.writeStringField(2, "c");
      }),
      /Constant "c" of nothing/,
    );
    unsupported(
      model((graph) => nested(graph, 15, () => {})),
      /sparse initializers/,
    );
    unsupported(
      model(
        () => {},
        (pbf) => nested(pbf, 25, () => {}),
      ),
      /functions/,
    );
  });

  test("says which inputs and outputs are not supported", () => {
    const output = (type: Fields) =>
      model((graph) =>
        nested(graph, 12, (value) => {
          value.writeStringField(1, "y");
          nested(value, 2, type);
        }),
      );
    const withoutShape = output((type) => nested(type, 1, (inner) => inner.writeVarintField(1, 1)));
    refused(withoutShape, /value "y" has no shape/, "unsupported");
    const sequence = output((type) => nested(type, 4, () => {}));
    refused(sequence, /value "y" is no tensor/, "unsupported");
  });

  test("names what does not fit together", () => {
    const twice =
      (fields: Fields): Fields =>
      (pbf) => {
        fields(pbf);
        fields(pbf);
      };
    const initializer: Fields = (graph) =>
      nested(graph, 5, (pbf) => {
        pbf.writeVarintField(2, 2);
        pbf.writeStringField(8, "w");
        pbf.writeBytesField(9, Uint8Array.of(7));
      });
    refused(model(twice(initializer)), /two tensors are named "w"/, "duplicate-name");
    const attribute: Fields = (pbf) => nested(pbf, 5, (inner) => inner.writeVarintField(20, 2));
    refused(node(twice(attribute)), /two attributes are named ""/, "duplicate-name");
    refused(
      node((pbf) => pbf.writeStringField(1, "nowhere")),
      /input "nowhere" is no tensor/,
    );
    refused(
      tensor((pbf) => {
        pbf.writeVarintField(2, 1);
        pbf.writeBytesField(9, new Uint8Array(3));
      }),
      /takes 4 bytes, got 3/,
    );
    refused(
      tensor((pbf) => {
        pbf.writeVarintField(2, 1);
        pbf.writePackedVarint(1, [-2, -1]);
        pbf.writeBytesField(9, new Uint8Array(8));
      }),
      /float32 \[-2,-1\] has a negative dimension/,
    );
    refused(
      tensor(() => {}),
      /tensor "" has no element type/,
    );
  });

  test("refuses broken protobuf by cause", () => {
    refused(new Uint8Array(0), /has no graph/, "truncated");
    refused(Uint8Array.of(0x08), /a varint does not end/, "truncated");
    refused(Uint8Array.of(0x08, ...new Array<number>(10).fill(0x80), 0), /a varint does not end/);
    refused(Uint8Array.of(0x3a, 0x05, 0), /a field of 5 bytes, 1 left/, "truncated");
    refused(Uint8Array.of(0x3a, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f), /integer beyond/);
    refused(Uint8Array.of(0x3b, 0), /unknown wire type 3/);
    refused(Uint8Array.of(0x02, 0), /no field has the number 0/);
    refused(Uint8Array.of(0x38, 0), /field 7 has wire type 0, not 2/);
    refused(
      node((pbf) => pbf.writeBytesField(4, Uint8Array.of(0xff))),
      /not valid UTF-8/,
    );
  });
});

import {
  type Attribute,
  ELEMENT_TYPES,
  type ElementType,
  elementBytes,
  type Graph,
  type Tensor,
} from "@deep-compression/network";
import fc from "fast-check";

const types = Object.keys(ELEMENT_TYPES) as ElementType[];
const name = fc.oneof(
  fc.constantFrom("", "input", "output", "value0", "value1", "value2", "w", "b", "Relu", "__proto__"),
  fc.string({ unit: "grapheme", maxLength: 5 }),
);
const int = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.integer({ min: -(2 ** 48), max: 2 ** 48 }));
const float32 = fc.float({ noNaN: true });

const tensor: fc.Arbitrary<Tensor> = fc
  .record({ name, type: fc.constantFrom(...types), shape: fc.array(fc.nat(3), { maxLength: 3 }) })
  .chain((head) => {
    const byteLength = elementBytes(
      head.type,
      head.shape.reduce((product, size) => product * size, 1),
    );
    return fc.uint8Array({ minLength: byteLength, maxLength: byteLength }).map((bytes) => ({ ...head, bytes }));
  });

const attribute: fc.Arbitrary<Attribute> = fc.oneof(
  int,
  name,
  fc.array(int, { maxLength: 5 }),
  float32.map((float) => ({ float })),
  fc.array(float32, { maxLength: 3 }).map((floats) => ({ floats })),
  fc.array(name, { maxLength: 3 }).map((strings) => ({ strings })),
  tensor.map((value) => ({ tensor: value })),
);

const attributes = fc
  .array(fc.tuple(fc.oneof(fc.constantFrom("alpha", "pads"), name), attribute), { maxLength: 3 })
  .map((entries) => Object.fromEntries(entries));

const node = fc.record(
  {
    op: fc.oneof(fc.constantFrom("Relu", "Gemm"), name),
    inputs: fc.array(name, { maxLength: 3 }),
    outputs: fc.array(name, { maxLength: 2 }),
    attributes,
    name,
  },
  { requiredKeys: ["op", "inputs", "outputs", "attributes"] },
);

const value = fc.record({
  name,
  type: fc.constantFrom(...types),
  shape: fc.array(fc.oneof(fc.nat(300), fc.constant(2 ** 53 - 2), name), { maxLength: 4 }),
});

/** Any graph the encoding can hold, sensible or not: names that clash, records that repeat, outputs twice over. */
export const arbitraryGraph: fc.Arbitrary<Graph> = fc
  .record(
    {
      name,
      opset: fc.nat(300),
      inputs: fc.array(value, { maxLength: 2 }),
      outputs: fc.array(value, { maxLength: 2 }),
      nodes: fc.array(node, { maxLength: 5 }),
    },
    { requiredKeys: ["opset", "inputs", "outputs", "nodes"] },
  )
  .chain((graph) =>
    fc.boolean().map((twice) => (twice ? { ...graph, nodes: [...graph.nodes, ...graph.nodes] } : graph)),
  );

/** Names of tensors that stand outside the graph. */
export const arbitraryTensorNames: fc.Arbitrary<string[]> = fc.array(name, { maxLength: 5 });

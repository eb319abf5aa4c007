import fc from "fast-check";
import {
  all,
  attribute,
  bytes,
  type Fields,
  initializer,
  int,
  modelWith,
  nested,
  node,
  tensor,
  text,
  value,
} from "./onnx-files";

const name = fc.constantFrom("", "w", "v", "x", "y", "if", "y/then_branch/w", "w_2", "__proto__", "\u00e9");
const smallInts = fc.array(fc.integer({ min: -3, max: 300 }), { maxLength: 4 });

const packed =
  (field: number, values: number[]): Fields =>
  (pbf) =>
    pbf.writePackedVarint(field, values);
const packedFloats =
  (field: number, values: number[]): Fields =>
  (pbf) =>
    pbf.writePackedFloat(field, values);

/** Elements in one of the ways that a TensorProto has, right or wrong, with a type that may fit them. */
const elements: fc.Arbitrary<{ readonly type: number; readonly count: number; readonly write: Fields }> = fc.oneof(
  fc.uint8Array({ maxLength: 6 }).map((raw) => ({ type: 2, count: raw.length, write: bytes(9, raw) })),
  fc.constantFrom(4500).map((count) => ({ type: 3, count, write: bytes(9, new Uint8Array(count).fill(7)) })),
  smallInts.map((ints) => ({ type: 6, count: ints.length, write: packed(5, ints) })),
  smallInts.map((ints) => ({ type: 3, count: ints.length, write: packed(5, ints) })),
  smallInts.map((ints) => ({ type: 7, count: ints.length, write: packed(7, ints) })),
  smallInts.map((ints) => ({ type: 10, count: ints.length, write: all(...ints.map((item) => int(5, item))) })),
  smallInts.map((ints) => ({ type: 1, count: ints.length, write: packedFloats(4, ints) })),
  smallInts.map((ints) => ({ type: 8, count: ints.length, write: all(...ints.map((item) => text(6, String(item)))) })),
);

const anyTensor = fc
  .record({ name, elements, count: fc.option(fc.nat(3)), more: fc.boolean() })
  .map(({ name: own, elements: { type, count, write }, count: claimed, more }) =>
    tensor(own, type, [claimed ?? count], write, more ? all(text(12, "documentation"), write) : all()),
  );

const { graph } = fc.letrec<{ graph: Fields; attribute: Fields }>((tie) => ({
  attribute: fc.oneof(
    { depthSize: "small" },
    fc.tuple(name, smallInts).map(([own, ints]) => attribute(own, 7, ...ints.map((item) => int(8, item)))),
    anyTensor.map((proto) => attribute("value", 4, nested(5, proto))),
    fc.tuple(anyTensor, anyTensor).map(([a, b]) => attribute("list", 9, nested(10, a), nested(10, b))),
    fc.tuple(anyTensor, anyTensor).map(([a, b]) => attribute("sparse", 11, nested(22, nested(1, a), nested(2, b)))),
    tie("graph").map((inner) => attribute("body", 5, nested(6, inner))),
  ),
  graph: fc
    .record({
      tensors: fc.array(anyTensor, { maxLength: 3 }),
      sparse: fc.array(anyTensor, { maxLength: 1 }),
      inputs: fc.array(name, { maxLength: 2 }),
      nodes: fc.array(
        fc.record({
          op: fc.constantFrom("Constant", "If", "Add"),
          inputs: fc.array(name, { maxLength: 2 }),
          outputs: fc.array(name, { maxLength: 2 }),
          attributes: fc.array(tie("attribute"), { maxLength: 2 }),
          domain: fc.constantFrom("", "own"),
        }),
        { maxLength: 3 },
      ),
    })
    .map(({ tensors, sparse, inputs, nodes }) =>
      all(
        ...nodes.map(({ op, inputs: taken, outputs, attributes, domain }) =>
          node(op, taken, outputs, text(7, domain), ...attributes),
        ),
        ...tensors.map((proto) => initializer(proto)),
        ...sparse.map((proto) => nested(15, nested(1, proto))),
        ...inputs.map((own) => value(11, own, [1, "N"])),
      ),
    ),
}));

/** Any model, sensible or not: names that clash, shapes that do not fit, fields that ONNX has not. */
export const anyOnnxModel: fc.Arbitrary<Uint8Array> = fc
  .record({ graph, functions: fc.array(graph, { maxLength: 1 }), unknown: fc.uint8Array({ maxLength: 9 }) })
  .map(({ graph: main, functions, unknown }) =>
    modelWith([bytes(99, unknown), ...functions.map((own) => nested(20, nested(1, own)))], main),
  );

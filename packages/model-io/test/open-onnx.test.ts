import { bytesSource, FormatError } from "@deep-compression/bits";
import { openOnnx, readOnnx } from "@deep-compression/model-io";
import { describe, expect, test } from "vitest";
import {
  all,
  attribute,
  bytes,
  countedSource,
  type Fields,
  initializer,
  int,
  messageOf,
  model,
  modelWith,
  nested,
  node,
  nothing,
  raw,
  restored,
  tensor,
  text,
  value,
} from "./onnx-files";

const open = (file: Uint8Array) => openOnnx(bytesSource(file));

/** Opens a model, checks that its skeleton and tensors give the file again, and tells its tensors by name. */
async function opened(file: Uint8Array) {
  const found = await open(file);
  expect(Buffer.compare(await restored(found), file)).toBe(0);
  const { tensors } = found.network;
  const elements = await Promise.all(tensors.map(async ({ name, read }) => [name, [...(await read())]] as const));
  return { ...found, names: tensors.map(({ name }) => name), elements: Object.fromEntries(elements) };
}

const floats = (...values: readonly number[]) => [...new Uint8Array(Float32Array.from(values).buffer)];

describe("the tensors of an ONNX model", () => {
  test("are found wherever a TensorProto stands, and their names tell where", async () => {
    const weight = (name: string, at: number) => tensor(name, 1, [1], raw(at));
    const branch = (at: number) =>
      nested(
        6,
        text(2, "branch"),
        initializer(weight("w", at)),
        node("Constant", [], ["c"], attribute("value", 4, nested(5, weight("", at + 1)))),
        nested(12, text(1, "w")),
      );
    const sparse = (field: number, name: string, at: number) =>
      nested(field, nested(1, weight(name, at)), nested(2, tensor("", 7, [1], bytes(9, new Uint8Array(8)))), int(3, 4));
    const large = new Uint8Array(400).fill(3);
    const file = modelWith(
      [
        nested(20, nested(2, text(2, "step"), initializer(weight("rate", 20)))),
        nested(
          25,
          text(1, "Own"),
          text(4, "a"),
          text(5, "b"),
          nested(7, text(2, "k"), text(4, "Constant"), attribute("value", 4, nested(5, weight("", 30)))),
          nested(7, text(1, "a"), text(1, "k"), text(2, "b"), text(4, "Add")),
          nested(9, int(2, 13)),
          text(10, "own"),
        ),
      ],
      initializer(weight("w", 1)),
      node("Constant", [], ["c"], attribute("value", 4, nested(5, weight("other", 2)))),
      node(
        "If",
        ["c"],
        ["y"],
        text(3, "if"),
        attribute("then_branch", 5, branch(10)),
        attribute("else_branch", 5, branch(12)),
      ),
      node(
        "Blob",
        ["y"],
        ["z"],
        text(7, "own"),
        attribute("data", 4, nested(5, tensor("", 2, [400], bytes(9, large)))),
      ),
      node(
        "Lists",
        ["z"],
        ["zz"],
        text(7, "own"),
        attribute("all", 9, nested(10, weight("", 40)), nested(10, weight("", 41))),
      ),
      sparse(15, "s", 50),
      value(12, "y", [1]),
    );
    const { elements, graphProblem, graph } = { ...(await opened(file)), graph: readOnnx(file).graph };
    expect(graphProblem).toBeUndefined();
    expect(elements).toEqual({
      w: floats(1),
      c: floats(2),
      "if/then_branch/w": floats(10),
      "if/then_branch/c": floats(11),
      "if/else_branch/w": floats(12),
      "if/else_branch/c": floats(13),
      "z/data": [...large],
      "zz/all/0": floats(40),
      "zz/all/1": floats(41),
      "s/values": floats(50),
      "s/indices": new Array(8).fill(0),
      "training/rate": floats(20),
      "Own/k": floats(30),
    });
    expect(graph?.nodes.map(({ op }) => op)).toEqual(["Constant", "If", "Blob", "Lists"]);
    expect(graph?.nodes[0]).toEqual({
      op: "Constant",
      inputs: [],
      outputs: ["s"],
      attributes: { value: { opaque: "a sparse tensor" } },
    });
    expect(graph?.nodes[2]).toMatchObject({ domain: "own", attributes: { data: { tensorName: "z/data" } } });
    expect(graph?.nodes[3].attributes).toEqual({ all: { opaque: "a list of tensors" } });
    expect(graph?.functions).toMatchObject([{ name: "Own", domain: "own", opset: 13, tensors: { k: "Own/k" } }]);
  });

  test("stand in the order of their holes, those without a hole after them", async () => {
    const file = model(
      node("Constant", [], ["second"], attribute("value", 4, nested(5, tensor("", 1, [1], raw(1))))),
      node("Constant", [], ["none"], attribute("value_ints", 7, int(8, -1))),
      initializer(tensor("empty", 1, [0])),
      initializer(tensor("third", 1, [1], raw(3))),
    );
    const { names, holes, elements } = await opened(file);
    expect(names).toEqual(["second", "third", "empty", "none"]);
    expect(holes.map(({ tensor: index }) => index)).toEqual([0, 1]);
    expect(elements.none).toEqual(new Array(8).fill(255));
  });

  test("may have one name in several graphs, and each keeps its elements", async () => {
    const inner = (at: number) =>
      nested(6, text(2, "b"), initializer(tensor("w", 1, [1], raw(at))), nested(12, text(1, "w")));
    const file = model(
      initializer(tensor("w", 1, [1], raw(1))),
      initializer(tensor("y/then_branch/w", 1, [1], raw(2))),
      node("If", ["w"], ["y"], attribute("then_branch", 5, inner(3)), attribute("else_branch", 5, inner(4))),
    );
    const { elements, network, graphProblem } = await opened(file);
    expect(graphProblem).toBeUndefined();
    expect(elements).toEqual({
      w: floats(1),
      "y/then_branch/w": floats(2),
      "y/then_branch/w_2": floats(3),
      "y/else_branch/w": floats(4),
    });
    expect(network.graph?.nodes[0].attributes).toMatchObject({
      then_branch: { graph: { tensors: { w: "y/then_branch/w_2" } } },
      else_branch: { graph: { tensors: { w: "y/else_branch/w" } } },
    });
  });

  test("keep raw and packed bytes, and canonical varints, as holes; other spellings are read and stay in the file", async () => {
    const ints = (pbf: Parameters<Fields>[0]) => pbf.writePackedVarint(5, [-1, 300, 0]);
    const file = model(
      initializer(tensor("raw", 1, [2], raw(1, 2))),
      initializer(tensor("floats", 1, [2], (pbf) => pbf.writePackedFloat(4, [1, 2]))),
      initializer(tensor("ints", 6, [3], ints)),
      initializer(tensor("halves", 10, [3], (pbf) => pbf.writePackedVarint(5, [1, 300, 0xffff]))),
      initializer(tensor("longs", 7, [2], (pbf) => pbf.writePackedSVarint(7, [-1, 2]))),
      initializer(
        tensor(
          "unpacked",
          1,
          [2],
          (pbf) => pbf.writeFloatField(4, 1),
          (pbf) => pbf.writeFloatField(4, 2),
        ),
      ),
      initializer(
        tensor(
          "runs",
          6,
          [2],
          (pbf) => pbf.writePackedVarint(5, [5]),
          (pbf) => pbf.writePackedVarint(5, [6]),
        ),
      ),
      initializer(tensor("long way", 6, [1], bytes(5, Uint8Array.of(0x81, 0x80, 0)))),
      initializer(tensor("wide", 3, [1], bytes(5, Uint8Array.of(0xff, 1)))),
    );
    const { holes, names, elements } = await opened(file);
    expect(holes.map(({ tensor: index, encoding }) => [names[index], encoding])).toEqual([
      ["raw", "bytes"],
      ["floats", "bytes"],
      ["ints", "varints"],
      ["halves", "varints"],
      ["longs", "varints"],
    ]);
    expect(elements.ints).toEqual([255, 255, 255, 255, 44, 1, 0, 0, 0, 0, 0, 0]);
    expect(elements.unpacked).toEqual(floats(1, 2));
    expect(elements.runs).toEqual([5, 0, 0, 0, 6, 0, 0, 0]);
    expect(elements["long way"]).toEqual([1, 0, 0, 0]);
    expect(elements.wide).toEqual([255]);
  });

  test("are found where the graph is not understood, and one line says why", async () => {
    const broken = model(initializer(tensor("w", 1, [1], raw(1))), node("Relu", ["nowhere"], ["y"]));
    const { elements, network, graphProblem } = await opened(broken);
    expect(elements).toEqual({ w: floats(1) });
    expect(network.graph).toBeUndefined();
    expect(graphProblem).toBe('ONNX: Relu node "y": input "nowhere" is no tensor, graph input or earlier output');
    const short = model(initializer(tensor("w", 1, [1], raw(1))), initializer(tensor("v", 1, [2], raw(1))));
    const shortened = await opened(short);
    expect(shortened.names).toEqual(["w"]);
    expect(shortened.graphProblem).toBe('ONNX: tensor "v": float32 [2] takes 8 bytes, got 4');
    const twice = model(initializer(tensor("w", 1, [1], raw(1))), initializer(tensor("w", 1, [1], raw(2))));
    expect(await opened(twice)).toMatchObject({
      elements: { w: floats(1), w_2: floats(2) },
      graphProblem: 'ONNX: two tensors are named "w"',
    });
  });

  test("of strings, of segments and of types that are not known stay in the file, and the graph has a name for them", async () => {
    const file = model(
      initializer(tensor("strings", 8, [1], bytes(6, Uint8Array.of(97)))),
      initializer(tensor("later", 99, [1], raw(1))),
      initializer(tensor("part", 1, [1], nested(3, int(1, 0)), raw(1))),
      node("Constant", [], ["text"], attribute("value_string", 3, text(4, "a"))),
      node("Constant", [], ["more"], attribute("value", 4, nested(5, tensor("", 8, [0])))),
      node("Own", ["strings", "later", "part", "text", "more"], ["y"]),
    );
    const { names, network, graphProblem } = await opened(file);
    expect([names, graphProblem]).toEqual([[], undefined]);
    expect(network.graph?.nodes.slice(0, -1).map(({ outputs, attributes }) => [outputs[0], attributes])).toEqual([
      ["strings", { value: { opaque: "a tensor of strings" } }],
      ["later", { value: { opaque: "a tensor of the unknown element type 99" } }],
      ["part", { value: { opaque: "a segment of a tensor" } }],
      ["more", { value: { opaque: "a tensor of strings" } }],
      ["text", { value_string: "a" }],
    ]);
  });

  test("are not read when a model is opened, however large they are", async () => {
    const doc = new Uint8Array(2 ** 20);
    const file = modelWith(
      [bytes(6, doc)],
      initializer(tensor("w", 1, [2 ** 20], bytes(9, new Uint8Array(2 ** 22).fill(1)))),
      initializer(tensor("b", 1, [2], raw(1, 2))),
    );
    const source = countedSource(bytesSource(file));
    const { network, holes } = await openOnnx(source);
    expect(source.given()).toBeLessThan(2 ** 20);
    expect(network.tensors.map(({ name }) => name)).toEqual(["w", "b"]);
    expect(holes.map(({ start, end }) => end - start)).toEqual([2 ** 22, 8]);
    expect(Buffer.compare(await network.tensors[0].read(), new Uint8Array(2 ** 22).fill(1))).toBe(0);
  });
});

describe("the graph of an ONNX model", () => {
  const graphOf = async (file: Uint8Array) => {
    const { network, graphProblem } = await opened(file);
    expect(graphProblem).toBeUndefined();
    return network.graph!;
  };

  test("has a dimension of -1 as one that nobody named, and values without a type or a shape as such", async () => {
    const noShape = nested(11, text(1, "t"), nested(2, nested(1, int(1, 1))));
    const strings = nested(11, text(1, "s"), nested(2, nested(1, int(1, 8), nested(2, nested(1, int(1, 3))))));
    const sequence = nested(11, text(1, "q"), nested(2, nested(4, nothing)));
    const file = model(value(11, "x", [-1, 4, "N"]), noShape, strings, sequence, nested(11, text(1, "u")));
    expect((await graphOf(file)).inputs).toEqual([
      { name: "x", type: "float32", shape: ["", 4, "N"] },
      { name: "t", type: "float32" },
      { name: "s", shape: [3] },
      { name: "q" },
      { name: "u" },
    ]);
  });

  test("has integers of 64 bits exact", async () => {
    const largest = Uint8Array.of(...new Array<number>(8).fill(255), 127);
    const smallest = Uint8Array.of(...new Array<number>(9).fill(128), 1);
    const file = model(
      node(
        "Own",
        [],
        ["y"],
        attribute("ends", 7, bytes(8, largest), bytes(8, smallest), int(8, -5), int(8, 2 ** 53 - 1)),
        attribute("end", 2, int(3, 2 ** 60)),
      ),
    );
    const [{ attributes }] = (await graphOf(file)).nodes;
    expect(attributes.ends).toEqual([2n ** 63n - 1n, -(2n ** 63n), -5, 2 ** 53 - 1]);
    expect(attributes.end).toBe(2n ** 60n);
  });

  test("tells tensors that may be given another value, which IR version 4 brought", async () => {
    const graph = all(value(11, "x", [1]), value(11, "w", [1]), initializer(tensor("w", 1, [1], raw(1))));
    const after = await graphOf(model(graph));
    expect([after.inputs.map(({ name }) => name), after.overridable]).toEqual([["x"], ["w"]]);
    const before = await graphOf(messageOf(int(1, 3), nested(8, int(2, 7)), nested(7, text(2, "g"), graph)));
    expect([before.inputs.map(({ name }) => name), before.overridable]).toEqual([["x"], undefined]);
  });

  test("has its nodes in an order in which they can run, whatever order the file has them in", async () => {
    const branch = nested(6, node("Neg", ["late"], ["inner"]), value(12, "inner", []));
    const file = model(
      node("Relu", ["b"], ["c"]),
      node("If", ["flag"], ["d"], attribute("then_branch", 5, branch)),
      node("Abs", ["x"], ["kept"]),
      node("Cast", ["a"], ["b"]),
      node("Cast", ["x"], ["a"]),
      node("Exp", ["x"], ["late"]),
      value(11, "x", [1]),
      value(11, "flag", []),
      value(12, "c", [1]),
    );
    const { nodes } = await graphOf(file);
    expect(nodes.map(({ outputs: [name] }) => name)).toEqual(["kept", "a", "b", "c", "late", "d"]);
    expect(readOnnx(file).graph?.nodes).toEqual(nodes);
  });

  test("with a circle of nodes is not understood, and the message names one of them", async () => {
    const circle = all(node("Add", ["x", "b"], ["a"]), node("Relu", ["a"], ["b"]), value(11, "x", [1]));
    const { graphProblem } = await opened(model(circle, node("Abs", ["x"], ["y"]), value(12, "y", [1])));
    expect(String(graphProblem)).toContain('input "b" is no tensor, graph input or earlier output');
  });

  test("keeps what it has no kind for as opaque, in words", async () => {
    const bad = Uint8Array.of(0xff, 0xfe);
    const file = model(
      node(
        "Own",
        [],
        ["y"],
        attribute("type", 13, nested(14, nothing)),
        attribute("bytes", 3, bytes(4, bad)),
        attribute("list", 8, bytes(9, bad)),
        attribute("sparse", 11, nested(22, nothing)),
      ),
    );
    expect((await graphOf(file)).nodes[0].attributes).toEqual({
      type: { opaque: "an attribute of type 13" },
      bytes: { opaque: "a string that is not UTF-8" },
      list: { opaque: "strings that are not UTF-8" },
      sparse: { opaque: "a sparse tensor" },
    });
  });

  test("may have names that are not UTF-8: the tensors are found, the graph is not", async () => {
    const file = model(
      initializer(int(2, 1), bytes(8, Uint8Array.of(0xff, 97)), bytes(9, new Uint8Array(4)), int(1, 1)),
      nested(1, bytes(1, Uint8Array.of(0xff, 97)), text(2, "y"), text(4, "Relu")),
    );
    const { names, graphProblem } = await opened(file);
    expect(names).toEqual(["\ufffda"]);
    expect(graphProblem).toMatch(/expected well-formed Unicode/);
  });

  test("may stand in several parts, which are one", async () => {
    const weight = (name: string, at: number) => initializer(tensor(name, 1, [1], raw(at)));
    const halves = [nested(7, text(2, "g"), weight("w", 1)), nested(7, weight("v", 2), node("Add", ["w", "v"], ["y"]))];
    const { names, network, graphProblem } = await opened(messageOf(int(1, 8), nested(8, int(2, 13)), ...halves));
    expect([names, graphProblem]).toEqual([["w", "v"], undefined]);
    expect(network.graph).toMatchObject({ name: "g", nodes: [{ op: "Add", inputs: ["w", "v"] }] });
  });

  test("has metadata, of two with one key the last", async () => {
    const entry = (key: string, item: string) => nested(14, text(1, key), text(2, item));
    const { network } = await opened(modelWith([entry("a", "1"), entry("__proto__", "x"), entry("a", "2")]));
    expect(Object.entries(network.metadata!)).toEqual([
      ["a", "2"],
      ["__proto__", "x"],
    ]);
  });
});

describe("hostile ONNX", () => {
  /** The fields of a graph of an If whose branch is a graph of an If, and so on; the innermost has a tensor. */
  function nestedIfs(depth: number): Fields {
    let graph: Fields = all(initializer(tensor("w", 1, [1], raw(depth))), nested(12, text(1, "w")));
    for (let i = 0; i < depth; i++) {
      const output = `y${i}`;
      const branch = bytes(6, messageOf(graph));
      graph = all(node("If", ["c"], [output], attribute("then_branch", 5, branch)), nested(12, text(1, output)));
    }
    return graph;
  }
  const condition = initializer(tensor("c", 9, [1], bytes(9, Uint8Array.of(1))));

  test("subgraphs a thousand deep are an error of the graph, and tensors outside them are found", async () => {
    const { names, graphProblem } = await opened(model(condition, nestedIfs(1000)));
    expect(names).toEqual(["c"]);
    expect(graphProblem).toMatch(/messages inside one another more than 100 deep/);
  });

  test("subgraphs as deep as protobuf reads are understood, with their tensors", async () => {
    const { names, graphProblem } = await opened(model(condition, nestedIfs(32)));
    expect(graphProblem).toBeUndefined();
    expect(names).toHaveLength(2);
    const { names: fewer, graphProblem: problem } = await opened(model(condition, nestedIfs(33)));
    expect(problem).toMatch(/100 deep/);
    expect(fewer).toEqual(["c"]);
  });

  test("what is no protobuf is a FormatError", async () => {
    for (const file of [
      Uint8Array.of(0x3a, 0x05, 0),
      new Uint8Array(0),
      Uint8Array.of(0x3a, 0xff),
      new Uint8Array(9000),
    ])
      await expect(open(file)).rejects.toThrow(FormatError);
  });

  test("a shape of absurd sizes, and elements that are only claimed, take no memory", async () => {
    const absurd = model(initializer(tensor("w", 1, [2 ** 50, 2 ** 50], raw(1))));
    expect((await opened(absurd)).graphProblem).toMatch(/too many elements/);
    const large = model(initializer(tensor("w", 7, [2 ** 40], bytes(7, new Uint8Array(5)))));
    expect((await opened(large)).graphProblem).toMatch(/takes 8796093022208 bytes, got 40/);
    const endless = model(initializer(tensor("w", 7, [1], bytes(7, new Uint8Array(5000).fill(0x80)))));
    expect((await opened(endless)).graphProblem).toMatch(/varint/);
  });

  test("messages of long names are cut", async () => {
    const name = "n".repeat(5000);
    const { graphProblem } = await opened(model(node(name, [name], [name])));
    expect(graphProblem!.length).toBeLessThan(500);
    const notUtf8 = nested(5, bytes(1, new Uint8Array(5000).fill(0xff)), int(3, 1), int(20, 2));
    const named = await opened(model(node("Own", [], ["y"], notUtf8)));
    expect(named.graphProblem).toMatch(/well-formed Unicode/);
    expect(named.graphProblem!.length).toBeLessThan(500);
  });
});

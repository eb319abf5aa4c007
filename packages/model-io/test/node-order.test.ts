import { readOnnx } from "@deep-compression/model-io";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { model, node, value } from "./onnx-files";

/** Nodes that read what some before them make, in the order of the file, and the places that they have when they are shuffled. */
const shuffledNodes = fc.array(fc.array(fc.nat(), { maxLength: 3 }), { minLength: 1, maxLength: 12 }).chain((picks) => {
  const inputs = picks.map((numbers, index) => ["x", ...numbers.map((number) => nameOf(number % (index + 1)))]);
  const keys = fc.array(fc.double({ noNaN: true }), { minLength: inputs.length, maxLength: inputs.length });
  return fc.record({ inputs: fc.constant(inputs), keys });
});

/** 0 is the input of the graph, any other number the output of the node before it. */
const nameOf = (number: number) => (number === 0 ? "x" : `y${number - 1}`);

function orderRead(inputs: readonly (readonly string[])[], places: readonly number[]): readonly string[] {
  const nodes = places.map((place) => node("Sum", inputs[place], [`y${place}`]));
  const { graph } = readOnnx(model(value(11, "x", [1]), ...nodes, value(12, "y0", [1])));
  return graph!.nodes.map(({ outputs: [name] }) => name);
}

describe("the nodes of a graph", () => {
  test("come behind all that make what they read, each once, however they are shuffled", () => {
    fc.assert(
      fc.property(shuffledNodes, ({ inputs, keys }) => {
        const places = [...inputs.keys()].sort((a, b) => keys[a] - keys[b]);
        const order = orderRead(inputs, places);
        expect([...order].sort()).toEqual(places.map((place) => `y${place}`).sort());
        for (const [index, reads] of inputs.entries()) {
          const at = order.indexOf(`y${index}`);
          for (const name of reads) if (name !== "x") expect(order.indexOf(name)).toBeLessThan(at);
        }
      }),
    );
  });

  test("keep their order where they can run in it", () => {
    fc.assert(
      fc.property(shuffledNodes, ({ inputs }) => {
        expect(orderRead(inputs, [...inputs.keys()])).toEqual(inputs.map((_, index) => `y${index}`));
      }),
    );
  });
});

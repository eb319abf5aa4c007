import type { Graph } from "@deep-compression/network";
import type { NamedTensors } from "@deep-compression/network-calibration";
import fc from "fast-check";
import { expect, test } from "vitest";
import { networkOfPart, networkParts } from "../src/network-part";
import { batchesOf, residualNetwork } from "./networks";
import { plainRun } from "./plain-executor";

const network = residualNetwork() as ReturnType<typeof residualNetwork> & { readonly graph: Graph };
// The plain executor knows no Flatten; the sum itself is the output.
const graph: Graph = {
  ...network.graph,
  nodes: network.graph.nodes.slice(0, 7),
  outputs: [{ name: "r3" }, { name: "r1" }],
};
const short = { ...network, graph };

test("the parts of a graph, wherever it is cut, put together give the outputs of the whole", () => {
  const [batch] = batchesOf("x", [3, 6, 6], { batches: 1, size: 2 });
  const whole = plainRun(short, batch!);
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 0, max: 6 })), (cuts) => {
      let values: NamedTensors = batch!;
      const parts = networkParts(graph, cuts);
      expect(parts.flatMap(({ nodes }) => nodes)).toEqual(graph.nodes);
      for (const part of parts) {
        // No more goes in than is read, and no more comes out than is used after.
        const inputs = new Map(part.reads.map((name) => [name, values.get(name)!]));
        const own = networkOfPart(short, part, { examples: [inputs], replaced: new Map() });
        values = new Map([...values, ...plainRun(own, inputs)]);
      }
      for (const [name, tensor] of whole) expect(values.get(name)!.bytes).toEqual(tensor.bytes);
    }),
  );
});

test("a part has the tensors that it uses and no others", () => {
  const [, part] = networkParts(graph, [2]);
  const own = networkOfPart(short, part!, { examples: [], replaced: new Map() });
  expect(own.tensors.map(({ name }) => name)).toEqual(["w2", "b2", "w3", "b3"]);
});

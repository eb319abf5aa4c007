import { elementCount } from "@deep-compression/bits";
import { type Node, numericValues } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { type Layer, layerOf } from "../src/layer";
import { outputsAt } from "../src/matrix-rows";
import { matricesOf, withMatrices } from "../src/weight-elements";
import { networkOf, node, randomTensor } from "./networks";
import { plainRun } from "./plain-executor";

/** The outputs of a layer by its rows of inputs and its matrices, against those of the node. */
function expectSameProduct(op: Node, weightShape: readonly number[], inputShape: readonly number[], place = 1) {
  const network = networkOf([op], { w: weightShape }, []);
  const input = randomTensor("x", inputShape, 5);
  const weight = network.tensors[0]!;
  const layer = layerOf({ name: "w", nodeIndex: 0, node: op, place }, weight) as Layer;
  expect(layer).not.toHaveProperty("reason");
  const output = plainRun(network, new Map([["x", input]])).get("y")!;
  const positions = Uint32Array.from({ length: layer.inputRows.positions(inputShape) }, (_, i) => i);
  expect(positions.length * layer.groups * layer.rows).toBe(elementCount(output.shape));
  const inner = layer.outputInner!(output.shape);
  const outputs = numericValues(output);
  const matrices = matricesOf(layer, weight);
  for (let group = 0; group < layer.groups; group++) {
    const own = { first: group * layer.rows, count: layer.rows };
    const wanted = outputsAt(outputs, positions, { rows: layer.groups * layer.rows, inner, ...own });
    const rows = layer.inputRows.rowsAt({ shape: inputShape, values: numericValues(input) }, positions, group);
    for (let i = 0; i < positions.length; i++) {
      for (let row = 0; row < layer.rows; row++) {
        let sum = 0;
        for (let j = 0; j < layer.columns; j++) {
          sum += matrices[(group * layer.rows + row) * layer.columns + j]! * rows[i * layer.columns + j]!;
        }
        expect(sum).toBeCloseTo(wanted[i * layer.rows + row]!, 4);
      }
    }
  }
  expect(withMatrices(layer, weight, matrices).bytes).toEqual(weight.bytes);
}

const axes = fc.integer({ min: 1, max: 3 }).chain((count) =>
  fc.record({
    kernel: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: count, maxLength: count }),
    spatial: fc.array(fc.integer({ min: 5, max: 6 }), { minLength: count, maxLength: count }),
    strides: fc.array(fc.integer({ min: 1, max: 3 }), { minLength: count, maxLength: count }),
    dilations: fc.array(fc.integer({ min: 1, max: 2 }), { minLength: count, maxLength: count }),
    pads: fc.array(fc.integer({ min: 0, max: 1 }), { minLength: 2 * count, maxLength: 2 * count }),
  }),
);
const sizes = fc.record({
  group: fc.integer({ min: 1, max: 3 }),
  rows: fc.integer({ min: 1, max: 2 }),
  channels: fc.integer({ min: 1, max: 2 }),
  items: fc.integer({ min: 1, max: 2 }),
});

test("rows of a convolution times its matrices are its outputs, in any number of dimensions and groups", () => {
  fc.assert(
    fc.property(axes, sizes, ({ kernel, spatial, ...window }, { group, rows, channels, items }) => {
      const conv = node("Conv", ["x", "w"], "y", { kernel_shape: kernel, group, ...window });
      expectSameProduct(conv, [group * rows, channels, ...kernel], [items, group * channels, ...spatial]);
    }),
    { numRuns: 40 },
  );
});

test("rows of a transposed convolution times its matrices are its outputs", () => {
  fc.assert(
    fc.property(
      axes,
      sizes,
      fc.boolean(),
      ({ kernel, spatial, ...window }, { group, rows, channels, items }, isPadded) => {
        const output_padding = window.strides.map((stride) => (isPadded ? stride - 1 : 0));
        const attributes = { kernel_shape: kernel, group, output_padding, ...window };
        const conv = node("ConvTranspose", ["x", "w"], "y", attributes);
        expectSameProduct(conv, [group * channels, rows, ...kernel], [items, group * channels, ...spatial]);
      },
    ),
    { numRuns: 15 },
  );
});

test("rows of a matrix product times the weight's matrix are its outputs, on either side and turned or not", () => {
  for (const transA of [0, 1]) {
    for (const transB of [0, 1]) {
      const right = node("Gemm", ["x", "w"], "y", { transA, transB });
      expectSameProduct(right, transB ? [4, 5] : [5, 4], transA ? [5, 3] : [3, 5]);
      const left = node("Gemm", ["w", "x"], "y", { transA, transB });
      expectSameProduct(left, transA ? [5, 4] : [4, 5], transB ? [3, 5] : [5, 3], 0);
    }
  }
  expectSameProduct(node("MatMul", ["x", "w"], "y"), [5, 4], [2, 3, 5]);
  expectSameProduct(node("MatMul", ["w", "x"], "y"), [4, 5], [2, 5, 3], 0);
});

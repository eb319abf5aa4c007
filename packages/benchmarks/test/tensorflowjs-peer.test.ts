// Graphs that we make of TensorFlow.js models, run in our sessions, against TensorFlow.js itself.
import { denseWeights, prepare } from "@deep-compression/inference";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import {
  attr,
  type Constant,
  float,
  graphModel,
  networkOf,
  one,
  openArtifacts,
  type TestArtifacts,
  type TestGraph,
  whole,
} from "../../model-io/test/tensorflowjs-models";
import { scaledDifference } from "../src/model-items";
import { isInstalled } from "../src/peers";
import { loadTfModels, type ModelArray, type TfModels, tfModel } from "../src/tfjs-models";

const BOUND = 1e-4;
const isThere = isInstalled("@tensorflow/tfjs");
const note = isThere ? "" : " (skipped: npm run bench:peers installs TensorFlow.js)";

let tf: TfModels;
beforeAll(async () => {
  if (isThere) tf = await loadTfModels();
});

/** Both run on the same random inputs: the shapes are the same, and numbers to a ten-thousandth of their scale. */
async function assertSame(artifacts: TestArtifacts, sizes: Readonly<Record<string, readonly number[]>>, seed = 1) {
  const network = await networkOf(await openArtifacts(artifacts));
  const random = seededRandom(seed);
  const inputs: Record<string, ModelArray> = {};
  for (const { name, type, shape } of network.graph!.inputs) {
    const own = sizes[name] ?? shape!.map(Number);
    const count = own.reduce((product, size) => product * size, 1);
    inputs[name] =
      type === "float32"
        ? { type, shape: own, data: Float32Array.from({ length: count }, () => 4 * random() - 2) }
        : { type: type!, shape: own, data: Int32Array.from({ length: count }, () => Math.floor(5 * random())) };
  }
  const ours = prepare({ graph: network.graph! }, denseWeights(network)).run(inputs);
  const model = await tfModel(tf, artifacts);
  const names = network.graph!.outputs.map(({ name }) => name);
  const theirs = await model.run(inputs, names).finally(() => model.dispose());
  for (const [i, name] of names.entries()) {
    expect([name, ...ours[name].shape]).toEqual([name, ...theirs[i].shape]);
    expect(scaledDifference(ours[name].data as ArrayLike<number>, theirs[i].data)).toBeLessThanOrEqual(BOUND);
  }
}

function randomFloats(shape: readonly number[], seed = 7): Constant {
  const random = seededRandom(seed);
  const count = shape.reduce((product, size) => product * size, 1);
  return float(
    shape,
    Array.from({ length: count }, () => Math.fround(2 * random() - 1)),
  );
}

const x = (...shape: number[]) => ({ inputs: { x: { shape } } });
const images = x(2, 5, 6, 3);
const T = { T: attr.type("DT_FLOAT") };
const unary = (op: string, more = {}) => ({ ...images, nodes: [{ op, input: ["x"], attr: { ...T, ...more } }] });
const binary = (op: string, constant = randomFloats([3])) => ({
  ...images,
  constants: { c: constant },
  nodes: [{ op, input: ["x", "c"], attr: T }],
});
const positive = (op: string, more: readonly { name: string; op: string; input: string[] }[] = []) => ({
  ...images,
  nodes: [{ name: "sq", op: "Square", input: ["x"] }, ...more, { op, input: [more.at(-1)?.name ?? "sq"], attr: T }],
});
const alongAxes = (op: string, axes: readonly number[], keep: boolean) => ({
  ...images,
  constants: { axes: whole(...axes) },
  nodes: [{ op, input: ["x", "axes"], attr: { ...T, keep_dims: attr.bool(keep) } }],
});
/** A convolution in front, so that what follows meets an image with its channels first. */
const behindConvolution = ({ constants = {}, nodes, outputs, inputs }: TestGraph): TestGraph => ({
  inputs: { image: { shape: [2, 5, 6, 4] }, ...inputs },
  constants: { filter: randomFloats([3, 3, 4, 3], 3), ...constants },
  nodes: [
    {
      name: "x",
      op: "Conv2D",
      input: ["image", "filter"],
      attr: {
        strides: attr.ints([1, 1, 1, 1]),
        dilations: attr.ints([1, 1, 1, 1]),
        padding: attr.text("SAME"),
      },
    },
    ...nodes,
  ],
  ...(outputs && { outputs }),
});

const OPERATORS: Readonly<Record<string, TestGraph>> = {
  Relu: unary("Relu"),
  Relu6: unary("Relu6"),
  LeakyRelu: unary("LeakyRelu", { alpha: attr.float(0.3) }),
  Elu: unary("Elu"),
  Selu: unary("Selu"),
  Sigmoid: unary("Sigmoid"),
  Tanh: unary("Tanh"),
  Softplus: unary("Softplus"),
  Erf: unary("Erf"),
  Exp: unary("Exp"),
  Abs: unary("Abs"),
  Neg: unary("Neg"),
  Sign: unary("Sign"),
  Floor: unary("Floor"),
  Ceil: unary("Ceil"),
  Round: unary("Round"),
  Sin: unary("Sin"),
  Atan: unary("Atan"),
  Square: unary("Square"),
  Expm1: unary("Expm1"),
  Softmax: unary("Softmax"),
  LogSoftmax: unary("LogSoftmax"),
  Log1p: positive("Log1p"),
  Sqrt: positive("Sqrt"),
  Rsqrt: positive("Rsqrt"),
  Log: positive("Log"),
  Reciprocal: positive("Reciprocal"),
  Prelu: binary("Prelu", randomFloats([5, 6, 3])),
  Add: binary("Add"),
  AddV2: binary("AddV2", float([], [0.5])),
  Sub: binary("Sub"),
  Mul: binary("Mul", randomFloats([6, 3])),
  RealDiv: binary("RealDiv"),
  DivNoNan: binary("DivNoNan", float([3], [0, 2, -1])),
  FloorDiv: binary("FloorDiv"),
  FloorMod: binary("FloorMod"),
  Maximum: binary("Maximum"),
  Minimum: binary("Minimum", randomFloats([2, 5, 6, 3])),
  SquaredDifference: binary("SquaredDifference"),
  BiasAdd: binary("BiasAdd"),
  Greater: binary("Greater"),
  LessEqual: binary("LessEqual"),
  Pow: binary("Pow", float([], [2])),
  ClipByValue: {
    ...images,
    constants: { low: float([], [-0.5]), high: float([], [0.75]) },
    nodes: [{ op: "ClipByValue", input: ["x", "low", "high"] }],
  },
  Mean: alongAxes("Mean", [1, 2], false),
  "Mean, kept": alongAxes("Mean", [1, 2], true),
  Sum: alongAxes("Sum", [-1], false),
  Max: alongAxes("Max", [0, 3], true),
  Min: alongAxes("Min", [1], false),
  Prod: alongAxes("Prod", [2], false),
  ArgMax: { ...images, constants: { axis: one(3) }, nodes: [{ op: "ArgMax", input: ["x", "axis"] }] },
  Reshape: { ...images, constants: { s: whole(2, -1, 9) }, nodes: [{ op: "Reshape", input: ["x", "s"] }] },
  Squeeze: { ...x(2, 1, 3, 1), nodes: [{ op: "Squeeze", input: ["x"], attr: { squeeze_dims: attr.ints([1]) } }] },
  ExpandDims: { ...images, constants: { axis: one(-1) }, nodes: [{ op: "ExpandDims", input: ["x", "axis"] }] },
  Transpose: { ...images, constants: { p: whole(2, 0, 3, 1) }, nodes: [{ op: "Transpose", input: ["x", "p"] }] },
  Pad: {
    ...images,
    constants: { p: { type: "int32", shape: [4, 2], values: [0, 0, 1, 2, 3, 0, 0, 1] } },
    nodes: [{ op: "Pad", input: ["x", "p"] }],
  },
  PadV2: {
    ...images,
    constants: { p: { type: "int32", shape: [4, 2], values: [0, 0, 1, 2, 3, 0, 0, 1] }, v: float([], [1.5]) },
    nodes: [{ op: "PadV2", input: ["x", "p", "v"] }],
  },
  MirrorPad: {
    ...images,
    constants: { p: { type: "int32", shape: [4, 2], values: [0, 0, 1, 2, 3, 0, 0, 1] } },
    nodes: [{ op: "MirrorPad", input: ["x", "p"], attr: { mode: attr.text("REFLECT") } }],
  },
  ConcatV2: {
    ...images,
    constants: { axis: one(3), c: randomFloats([2, 5, 6, 2]) },
    nodes: [{ op: "ConcatV2", input: ["x", "c", "x", "axis"], attr: { N: attr.int(3) } }],
  },
  Pack: { ...images, nodes: [{ op: "Pack", input: ["x", "x"], attr: { axis: attr.int(-1) } }] },
  Unpack: {
    ...x(2, 3, 4),
    nodes: [{ op: "Unpack", input: ["x"], attr: { axis: attr.int(1), num: attr.int(3) } }],
    outputs: ["out", "out:2"],
  },
  Split: {
    ...images,
    constants: { axis: one(2) },
    nodes: [{ op: "Split", input: ["axis", "x"], attr: { num_split: attr.int(3) } }],
    outputs: ["out:1"],
  },
  SplitV: {
    ...images,
    constants: { axis: one(2), sizes: whole(1, 5) },
    nodes: [{ op: "SplitV", input: ["x", "sizes", "axis"], attr: { num_split: attr.int(2) } }],
    outputs: ["out:1"],
  },
  Slice: {
    ...images,
    constants: { b: whole(0, 1, 2, 0), s: whole(-1, 3, 2, -1) },
    nodes: [{ op: "Slice", input: ["x", "b", "s"] }],
  },
  Tile: { ...x(2, 3), constants: { m: whole(2, 3) }, nodes: [{ op: "Tile", input: ["x", "m"] }] },
  GatherV2: {
    ...x(4, 3),
    constants: { i: whole(2, 0, 3), axis: one(0) },
    nodes: [{ op: "GatherV2", input: ["x", "i", "axis"] }],
  },
  GatherNd: {
    ...x(4, 3),
    constants: { i: { type: "int32", shape: [2, 2], values: [0, 1, 3, 2] } },
    nodes: [{ op: "GatherNd", input: ["x", "i"] }],
  },
  ScatterNd: {
    ...x(3, 2),
    constants: { i: { type: "int32", shape: [3, 1], values: [4, 0, 4] }, s: whole(6, 2) },
    nodes: [{ op: "ScatterNd", input: ["i", "x", "s"], attr: T }],
  },
  Cast: { ...images, nodes: [{ op: "Cast", input: ["x"], attr: { DstT: attr.type("DT_INT32") } }] },
  "Shape, Pack, Fill": {
    ...images,
    constants: { from: whole(1), to: whole(3), step: whole(1), v: float([], [2.5]) },
    nodes: [
      { name: "s", op: "Shape", input: ["x"] },
      { name: "part", op: "StridedSlice", input: ["s", "from", "to", "step"] },
      { op: "Fill", input: ["part", "v"] },
    ],
  },
  "ZerosLike, OnesLike": {
    ...images,
    nodes: [
      { name: "zeros", op: "ZerosLike", input: ["x"], attr: T },
      { name: "ones", op: "OnesLike", input: ["x"], attr: T },
      { op: "Sub", input: ["zeros", "ones"], attr: T },
    ],
  },
  Select: {
    ...images,
    constants: { c: randomFloats([2, 5, 6, 3]) },
    nodes: [
      { name: "is", op: "Greater", input: ["x", "c"] },
      { op: "SelectV2", input: ["is", "x", "c"] },
    ],
  },
  "All, Any, logic": {
    ...images,
    constants: { c: float([], [-1.5]), axes: whole(1, 3) },
    nodes: [
      { name: "is", op: "Greater", input: ["x", "c"] },
      { name: "all", op: "All", input: ["is", "axes"], attr: { keep_dims: attr.bool(false) } },
      { name: "any", op: "Any", input: ["is", "axes"], attr: { keep_dims: attr.bool(false) } },
      { name: "not", op: "LogicalNot", input: ["all"] },
      { op: "LogicalAnd", input: ["not", "any"] },
    ],
  },
  TopKV2: {
    ...x(3, 7),
    constants: { k: one(3) },
    nodes: [{ op: "TopKV2", input: ["x", "k"], attr: { sorted: attr.bool(true) } }],
    outputs: ["out", "out:1"],
  },
  Cumsum: {
    ...x(3, 7),
    constants: { axis: one(1) },
    nodes: [{ op: "Cumsum", input: ["x", "axis"], attr: { exclusive: attr.bool(true), reverse: attr.bool(true) } }],
  },
  OneHot: {
    inputs: { x: { dtype: "DT_INT32", shape: [4] } },
    constants: { d: one(5), on: float([], [2]), off: float([], [-1]) },
    nodes: [
      {
        op: "OneHot",
        input: ["x", "d", "on", "off"],
        attr: { axis: attr.int(-1), ...T, dtype: attr.type("DT_FLOAT") },
      },
    ],
  },
  DepthToSpace: {
    ...x(2, 3, 4, 8),
    nodes: [{ op: "DepthToSpace", input: ["x"], attr: { block_size: attr.int(2), data_format: attr.text("NHWC") } }],
  },
  "SpaceToBatchND, BatchToSpaceND": {
    ...images,
    constants: {
      b: whole(2, 2),
      p: { type: "int32", shape: [2, 2], values: [2, 1, 0, 2] },
      c: { type: "int32", shape: [2, 2], values: [1, 0, 0, 1] },
      s: float([], [2]),
    },
    nodes: [
      { name: "cut", op: "SpaceToBatchND", input: ["x", "b", "p"] },
      { name: "double", op: "Mul", input: ["cut", "s"], attr: T },
      { op: "BatchToSpaceND", input: ["double", "b", "c"] },
    ],
    outputs: ["out", "double"],
  },
  MatMul: {
    ...x(4, 5),
    constants: { w: randomFloats([3, 5]) },
    nodes: [{ op: "MatMul", input: ["x", "w"], attr: { transpose_a: attr.bool(false), transpose_b: attr.bool(true) } }],
  },
  _FusedMatMul: {
    ...x(4, 5),
    constants: { w: randomFloats([5, 3]), b: randomFloats([3], 9) },
    nodes: [
      {
        op: "_FusedMatMul",
        input: ["x", "w", "b"],
        attr: { fused_ops: attr.texts(["BiasAdd", "Relu"]), num_args: attr.int(1) },
      },
    ],
  },
  BatchMatMulV2: {
    ...x(2, 4, 5),
    constants: { w: randomFloats([2, 3, 5]) },
    nodes: [{ op: "BatchMatMulV2", input: ["x", "w"], attr: { adj_x: attr.bool(false), adj_y: attr.bool(true) } }],
  },
  Einsum: {
    ...x(2, 4, 5),
    constants: { w: randomFloats([5, 3]) },
    nodes: [{ op: "Einsum", input: ["x", "w"], attr: { equation: attr.text("abc,cd->adb"), N: attr.int(2) } }],
  },
  FusedBatchNormV3: {
    ...images,
    constants: {
      g: randomFloats([3]),
      b: randomFloats([3], 2),
      m: randomFloats([3], 3),
      v: float([3], [0.5, 1, 2]),
    },
    nodes: [
      {
        op: "FusedBatchNormV3",
        input: ["x", "g", "b", "m", "v"],
        attr: { epsilon: attr.float(0.01), is_training: attr.bool(false) },
      },
    ],
  },
  "bytes as weights": {
    ...x(4, 5),
    constants: {
      w: {
        type: "float32",
        shape: [5, 3],
        values: Array.from({ length: 15 }, (_, i) => 17 * i),
        quantization: { dtype: "uint8", min: -1.7, scale: 0.0123 },
      },
      v: {
        type: "float32",
        shape: [3],
        values: [0, 128, 255],
        quantization: { dtype: "uint8", min: -100 * 0.03, scale: 0.03 },
      },
    },
    nodes: [
      { name: "y", op: "MatMul", input: ["x", "w"], attr: {} },
      { op: "BiasAdd", input: ["y", "v"] },
    ],
  },
};

describe.skipIf(!isThere)(`one operator of a graph model${note}`, () => {
  test.each(Object.entries(OPERATORS))("%s", async (_, graph) => {
    await assertSame(graphModel(graph), {});
  });

  const images = Object.entries(OPERATORS).filter(
    ([, { inputs = {}, constants = {} }]) => inputs.x?.shape.join() === "2,5,6,3" && !("filter" in constants),
  );
  test.each(images)("%s, behind a convolution", async (_, { inputs: _x, ...graph }) => {
    await assertSame(graphModel(behindConvolution(graph)), {});
  });
});

const size = fc.integer({ min: 1, max: 9 });
const small = fc.integer({ min: 1, max: 3 });
const padding = fc.constantFrom("SAME", "VALID");
const runs = { numRuns: 60, seed: 1 };

/** Sizes of windows and strides over images that they fit on. */
const windows = fc
  .record({
    items: small,
    height: size,
    width: size,
    channels: small,
    kernel: fc.tuple(small, small),
    stride: small,
    padding,
  })
  .filter(({ height, width, kernel, padding: free }) => free === "SAME" || (height >= kernel[0] && width >= kernel[1]));

describe.skipIf(!isThere)(`layers of images of any size${note}`, () => {
  test("convolutions, with their bias and activation, dilated or in steps", async () => {
    const drawn = fc.tuple(
      windows,
      small,
      small,
      fc.constantFrom("", "Relu", "Relu6", "Prelu", "LeakyRelu", "Sigmoid", "Elu"),
    );
    await fc.assert(
      fc.asyncProperty(
        drawn,
        async ([{ items, height, width, channels, kernel, stride, padding: free }, outputs, dilation, activation]) => {
          const rate = stride === 1 ? dilation : 1;
          fc.pre(free === "SAME" || Math.min(height, width) > rate * 2);
          const graph = graphModel({
            inputs: { x: { shape: [items, height, width, channels] } },
            constants: {
              w: randomFloats([...kernel, channels, outputs]),
              b: randomFloats([outputs], 2),
              ...(activation === "Prelu" && { alpha: randomFloats([outputs], 5) }),
            },
            nodes: [
              {
                op: "_FusedConv2D",
                input: ["x", "w", "b", ...(activation === "Prelu" ? ["alpha"] : [])],
                attr: {
                  strides: attr.ints([1, stride, stride, 1]),
                  dilations: attr.ints([1, rate, rate, 1]),
                  padding: attr.text(free),
                  fused_ops: attr.texts(["BiasAdd", ...(activation === "" ? [] : [activation])]),
                  num_args: attr.int(activation === "Prelu" ? 2 : 1),
                  leakyrelu_alpha: attr.float(0.1),
                },
              },
            ],
          });
          await assertSame(graph, {});
        },
      ),
      runs,
    );
  });

  test("depthwise convolutions", async () => {
    const drawn = fc.tuple(windows, small, small);
    await fc.assert(
      fc.asyncProperty(
        drawn,
        async ([{ items, height, width, channels, kernel, stride, padding: free }, multiplier, dilation]) => {
          const rate = stride === 1 ? dilation : 1;
          fc.pre(free === "SAME" || Math.min(height, width) > rate * 2);
          const graph = graphModel({
            inputs: { x: { shape: [items, height, width, channels] } },
            constants: { w: randomFloats([...kernel, channels, multiplier]), b: randomFloats([channels * multiplier]) },
            nodes: [
              {
                name: "y",
                op: "DepthwiseConv2dNative",
                input: ["x", "w"],
                attr: {
                  strides: attr.ints([1, stride, stride, 1]),
                  dilations: attr.ints([1, rate, rate, 1]),
                  padding: attr.text(free),
                },
              },
              { op: "BiasAdd", input: ["y", "b"] },
            ],
          });
          await assertSame(graph, {});
        },
      ),
      runs,
    );
  });

  test("gradients of convolutions, of any size that a convolution could have had", async () => {
    await fc.assert(
      fc.asyncProperty(
        windows,
        small,
        async ({ items, height, width, channels, kernel, stride, padding: free }, outputs) => {
          const along = (input: number, taps: number) =>
            free === "SAME" ? Math.ceil(input / stride) : Math.floor((input - taps) / stride) + 1;
          const from = [items, along(height, kernel[0]), along(width, kernel[1]), channels];
          const graph = graphModel({
            inputs: { x: { shape: from } },
            constants: { s: whole(items, height, width, outputs), w: randomFloats([...kernel, outputs, channels]) },
            nodes: [
              {
                op: "Conv2DBackpropInput",
                input: ["s", "w", "x"],
                attr: { strides: attr.ints([1, stride, stride, 1]), padding: attr.text(free) },
              },
            ],
          });
          await assertSame(graph, {});
        },
      ),
      runs,
    );
  });

  test.each(["MaxPool", "AvgPool"])("%s", async (op) => {
    await fc.assert(
      fc.asyncProperty(windows, async ({ items, height, width, channels, kernel, stride, padding: free }) => {
        const graph = graphModel({
          inputs: { x: { shape: [items, height, width, channels] } },
          nodes: [
            {
              op,
              input: ["x"],
              attr: {
                ksize: attr.ints([1, ...kernel, 1]),
                strides: attr.ints([1, stride, stride, 1]),
                padding: attr.text(free),
              },
            },
          ],
        });
        await assertSame(graph, {});
      }),
      runs,
    );
  });

  test.each(["ResizeBilinear", "ResizeNearestNeighbor"])("%s", async (op) => {
    const drawn = fc.record({ from: fc.tuple(size, size), to: fc.tuple(size, size), mode: fc.nat(2), channels: small });
    await fc.assert(
      fc.asyncProperty(drawn, async ({ from, to, mode, channels }) => {
        const graph = graphModel({
          inputs: { x: { shape: [2, ...from, channels] } },
          constants: { s: whole(...to) },
          nodes: [
            {
              op,
              input: ["x", "s"],
              attr: { align_corners: attr.bool(mode === 1), half_pixel_centers: attr.bool(mode === 2) },
            },
          ],
        });
        await assertSame(graph, {});
      }),
      runs,
    );
  });
});

test.skipIf(!isThere)(`strided slices, whatever their masks${note}`, async () => {
  const axis = fc.record({
    begin: fc.integer({ min: -4, max: 4 }),
    end: fc.integer({ min: -4, max: 4 }),
    stride: fc.constantFrom(1, 2, -1),
  });
  const mask = fc.nat(7);
  const drawn = fc.record({
    axes: fc.tuple(axis, axis, axis),
    begin: mask,
    end: mask,
    shrink: mask,
    kind: fc.nat(2),
    computed: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(drawn, async ({ axes, begin, end, shrink, kind, computed }) => {
      const shape = [4, 5, 6];
      for (const [i, one] of axes.entries()) {
        if ((shrink >> i) & 1) fc.pre(one.stride > 0 && one.begin >= -shape[i] && one.begin < shape[i]);
      }
      // What TensorFlow.js itself refuses: sizes below 0 of an axis; and steps beside an axis that goes, where it reads beyond the end.
      fc.pre(kind !== 0 || shrink === 0 || axes.every((one) => one.stride === 1));
      const isOpen = (bits: number, i: number) => ((bits >> i) & 1) === 1;
      for (const [i, one] of axes.entries()) {
        const isOrdered = one.begin < 0 === one.end < 0 && one.begin <= one.end;
        fc.pre(isOpen(begin, i) && isOpen(end, i) ? true : one.stride > 0 && isOrdered);
      }
      const graph = graphModel({
        inputs: { x: { shape } },
        constants: {
          begin: whole(...axes.map((one) => one.begin)),
          end: whole(...axes.map((one) => one.end)),
          s: whole(...axes.map((one) => one.stride)),
        },
        nodes: [
          // What is computed is not known when the graph is made.
          { name: "b", op: computed ? "Maximum" : "Identity", input: computed ? ["begin", "begin"] : ["begin"] },
          { name: "e", op: computed ? "Maximum" : "Identity", input: computed ? ["end", "end"] : ["end"] },
          {
            op: "StridedSlice",
            input: ["x", "b", "e", "s"],
            attr: {
              begin_mask: attr.int(begin),
              end_mask: attr.int(end),
              shrink_axis_mask: attr.int(kind === 0 ? shrink : 0),
              new_axis_mask: attr.int(kind === 1 ? shrink : 0),
              ellipsis_mask: attr.int(kind === 2 ? [0, 1, 2, 4][shrink % 4] : 0),
            },
          },
        ],
      });
      await assertSame(graph, {}, begin + 8 * end);
    }),
    { numRuns: 150, seed: 1 },
  );
});

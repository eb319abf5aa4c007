import { type Attribute, floatTensor, type Network, type Node, type Tensor } from "@deep-compression/network";
import { uniform } from "./networks";

type Shape = readonly [channels: number, height: number, width: number];

interface Plane {
  readonly name: string;
  readonly shape: Shape;
}

/** Operators over planes that a random graph is made of. */
export const PLANE_OPERATORS = [
  "conv",
  "grouped",
  "depthwise",
  "normalization",
  "relu",
  "clip",
  "sum",
  "bias",
  "maxPool",
  "averagePool",
  "slice",
  "pad",
  "concat",
  "identity",
] as const;

export type PlaneOperator = (typeof PLANE_OPERATORS)[number];

export const ENDINGS = ["globalAveragePool", "reduceMean", "flatten", "reshape"] as const;

/** A graph of these operators over images, each reading any of the values before it, and a classifier behind it. */
export function randomGraph(options: {
  readonly shape: Shape;
  readonly operators: readonly PlaneOperator[];
  readonly ending: (typeof ENDINGS)[number];
  readonly classes: number;
  readonly random: () => number;
}): Network {
  const { shape, operators, ending, classes, random } = options;
  const nodes: Node[] = [];
  const tensors: Tensor[] = [];
  const whole = (least: number, most: number) => least + Math.floor(random() * (most - least + 1));
  const emit = (op: string, inputs: readonly string[], attributes: Readonly<Record<string, Attribute>> = {}) => {
    const name = `v${nodes.length}`;
    nodes.push({ op, inputs, outputs: [name], attributes });
    return name;
  };
  const tensor = (name: string, sizes: readonly number[], values: Float32Array) => {
    tensors.push(floatTensor(`${name}${tensors.length}`, sizes, values));
    return tensors.at(-1)!.name;
  };
  const trained = (name: string, sizes: readonly number[], scale = 1) => {
    const count = sizes.reduce((product, size) => product * size, 1);
    return tensor(name, sizes, uniform(count, scale, random));
  };
  const whole64 = (name: string, values: readonly number[]) => {
    const bytes = new Uint8Array(BigInt64Array.from(values, BigInt).buffer);
    tensors.push({ name: `${name}${tensors.length}`, type: "int64", shape: [values.length], bytes });
    return tensors.at(-1)!.name;
  };

  const planes: Plane[] = [{ name: "x", shape }];
  /** Mostly the last value, so that graphs are deep, sometimes one before it. */
  const anyPlane = () => (random() < 0.6 ? planes.at(-1)! : planes[whole(0, planes.length - 1)]);
  const add = (name: string, own: Shape) => void planes.push({ name, shape: own });
  const windows = ([, height, width]: Shape, most = 3) => {
    const sizes = [height, width];
    const pads = [whole(0, 1), whole(0, 1), whole(0, 1), whole(0, 1)];
    const kernel = sizes.map((size) => whole(1, Math.min(most, size)));
    const strides = [whole(1, 2), whole(1, 2)];
    const outputs = sizes.map((size, i) => Math.floor((size + pads[i] + pads[i + 2] - kernel[i]) / strides[i]) + 1);
    return { pads, kernel, strides, outputs };
  };

  function convolution(x: Plane, kind: "conv" | "grouped" | "depthwise"): void {
    const [channels, ...size] = x.shape;
    const { pads, kernel, strides, outputs } = windows(x.shape);
    const groups = kind === "conv" ? 1 : kind === "depthwise" ? channels : channels % 2 === 0 ? 2 : channels;
    const rows = kind === "conv" ? whole(1, 4) : groups * whole(1, 2);
    // Of two dilated taps the sizes are those of three.
    const isDilated = kernel.every((taps) => taps === 3) && random() < 0.5;
    const taps = isDilated ? [2, 2] : kernel;
    const inputs = [x.name, trained("weight", [rows, channels / groups, ...taps])];
    if (random() < 0.5) inputs.push(trained("bias", [rows], 0.3));
    const attributes = { pads, strides, group: groups, ...(isDilated && { dilations: [2, 2] }) };
    if (size.length === 2) add(emit("Conv", inputs, attributes), [rows, outputs[0], outputs[1]]);
  }

  function pooling(x: Plane, op: "MaxPool" | "AveragePool"): void {
    const { pads, kernel, strides, outputs } = windows(x.shape);
    const own = kernel.every((size) => size > 1) ? pads : [0, 0, 0, 0];
    const sizes = outputs.map(
      (_, i) => Math.floor((x.shape[i + 1] + own[i] + own[i + 2] - kernel[i]) / strides[i]) + 1,
    );
    const counts = op === "AveragePool" && { count_include_pad: 1 };
    const name = emit(op, [x.name], { kernel_shape: kernel, strides, pads: own, ...counts });
    add(name, [x.shape[0], sizes[0], sizes[1]]);
  }

  function slicing(x: Plane): void {
    const [channels, height, width] = x.shape;
    const [start, step] = [whole(0, height - 1), whole(1, 2)];
    const from = whole(0, channels - 1);
    const inputs = [
      [from, start],
      [channels, 2 ** 40],
      [1, 2],
      [1, step],
    ].map((values) => whole64("slice", values));
    add(emit("Slice", [x.name, ...inputs]), [channels - from, Math.ceil((height - start) / step), width]);
  }

  function padding(x: Plane): void {
    const pads = [
      0,
      ...Array.from({ length: 3 }, () => whole(0, 1)),
      0,
      ...Array.from({ length: 3 }, () => whole(0, 1)),
    ];
    const sizes = x.shape.map((size, i) => size + pads[i + 1] + pads[i + 5]);
    add(emit("Pad", [x.name, whole64("pads", pads)]), [sizes[0], sizes[1], sizes[2]]);
  }

  function normalization(x: Plane): void {
    const [channels] = x.shape;
    const ones = (name: string) =>
      tensor(
        name,
        [channels],
        uniform(channels, 0.5, random).map((value) => 1 + value),
      );
    const statistics = [trained("mean", [channels], 0.3), ones("variance")];
    const inputs = [x.name, ones("scale"), trained("bias", [channels], 0.3), ...statistics];
    add(emit("BatchNormalization", inputs, { epsilon: { float: Math.fround(1e-3) } }), x.shape);
  }

  for (const operator of operators) {
    const x = anyPlane();
    const like = planes.filter(({ shape: [, height, width] }) => height === x.shape[1] && width === x.shape[2]);
    const other = like[whole(0, like.length - 1)];
    const twin = like.find(({ shape: [channels] }) => channels === x.shape[0])!;
    if (operator === "conv" || operator === "grouped" || operator === "depthwise") convolution(x, operator);
    else if (operator === "normalization") normalization(x);
    else if (operator === "relu") add(emit("Relu", [x.name]), x.shape);
    else if (operator === "clip") {
      const bounds = [tensor("low", [], Float32Array.of(-0.2)), tensor("high", [], Float32Array.of(0.6))];
      add(emit("Clip", [x.name, ...bounds]), x.shape);
    } else if (operator === "sum") add(emit("Add", [x.name, twin.name]), x.shape);
    else if (operator === "bias") add(emit("Add", [x.name, trained("bias", [x.shape[0], 1, 1], 0.3)]), x.shape);
    else if (operator === "maxPool") pooling(x, "MaxPool");
    else if (operator === "averagePool") pooling(x, "AveragePool");
    else if (operator === "slice") slicing(x);
    else if (operator === "pad") padding(x);
    else if (operator === "concat")
      add(emit("Concat", [x.name, other.name], { axis: 1 }), [x.shape[0] + other.shape[0], x.shape[1], x.shape[2]]);
    else add(emit("Identity", [x.name]), x.shape);
  }
  // All that nothing has read yet is read by the end: no operator is in vain.
  const [channels, height, width] = planes.at(-1)!.shape;
  const isMean = ending === "globalAveragePool" || ending === "reduceMean";
  const features = isMean ? channels : channels * height * width;
  const end = planes.at(-1)!.name;
  const rows = {
    globalAveragePool: () => emit("Flatten", [emit("GlobalAveragePool", [end])]),
    reduceMean: () => emit("ReduceMean", [end], { axes: [-1, 2], keepdims: 0 }),
    flatten: () => emit("Flatten", [end]),
    reshape: () => emit("Reshape", [end, whole64("shape", [-1, features])]),
  }[ending]();
  const weight = trained("weight", [features, classes], Math.sqrt(3 / features));
  const scores = emit("MatMul", [rows, weight]);
  emit(
    "Gemm",
    [
      emit("Add", [scores, trained("bias", [classes], 0.3)]),
      trained("weight", [classes, classes]),
      trained("bias", [classes]),
    ],
    { transB: 1 },
  );
  const info = (name: string, sizes: readonly number[]) => ({ name, type: "float32", shape: ["N", ...sizes] }) as const;
  const outputs = [info(nodes.at(-1)!.outputs[0], [classes])];
  return { graph: { opset: 13, inputs: [info("x", shape)], outputs, nodes }, tensors };
}

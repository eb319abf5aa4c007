import { elementCount } from "@deep-compression/bits";
import {
  floatAttribute,
  floatTensor,
  intAttribute,
  intsAttribute,
  type Network,
  type Node,
  numericValues,
  type Tensor,
} from "@deep-compression/network";
import type { Executor } from "@deep-compression/network-calibration";

/** A value as the definitions of the operators see it. */
interface Values {
  readonly shape: readonly number[];
  readonly at: Float64Array;
}

/** Runs a graph by the definitions of its operators, one output at a time: slow, and sharing no code with what it is held against. */
export const plainExecutor: Executor = {
  name: "plain",
  async prepare(network) {
    return {
      async run(inputs) {
        return plainRun(network, inputs);
      },
      async close() {},
    };
  },
};

export function plainRun(network: Network, inputs: ReadonlyMap<string, Tensor>): ReadonlyMap<string, Tensor> {
  const values = new Map<string, Values>();
  for (const tensor of [...network.tensors, ...inputs.values()]) values.set(tensor.name, valuesOf(tensor));
  for (const [name, tensor] of inputs) values.set(name, valuesOf(tensor));
  for (const node of network.graph!.nodes) {
    const operator = OPERATORS[node.op];
    if (operator === undefined) throw new Error(`plain executor: no ${node.op}`);
    const made = operator(
      node,
      node.inputs.map((name) => values.get(name)!),
    );
    for (const [i, name] of node.outputs.entries()) if (name !== "") values.set(name, rounded(made[i]!));
  }
  return new Map(
    network.graph!.outputs.map(({ name }) => {
      const { shape, at } = values.get(name)!;
      return [name, floatTensor(name, shape, Float32Array.from(at))];
    }),
  );
}

/** As a value is between two nodes. */
function rounded({ shape, at }: Values): Values {
  return { shape, at: at.map(Math.fround) };
}

function valuesOf(tensor: Tensor): Values {
  return { shape: tensor.shape, at: Float64Array.from(numericValues(tensor)) };
}

type Operator = (node: Node, inputs: readonly Values[]) => readonly Values[];

const OPERATORS: Readonly<Record<string, Operator>> = {
  Identity: (_, [x]) => [x!],
  Exp: (_, [x]) => [{ shape: x!.shape, at: x!.at.map(Math.exp) }],
  Relu: (_, [x]) => [{ shape: x!.shape, at: x!.at.map((value) => Math.max(0, value)) }],
  Add: (_, [x, y]) => [added(x!, y!)],
  BatchNormalization(node, [x, scale, bias, mean, variance]) {
    const inner = elementCount(x!.shape.slice(2));
    const epsilon = floatAttribute(node, "epsilon", 1e-5);
    const at = x!.at.map((value, i) => {
      const c = Math.floor(i / inner) % x!.shape[1]!;
      return ((value - mean!.at[c]!) / Math.sqrt(variance!.at[c]! + epsilon)) * scale!.at[c]! + bias!.at[c]!;
    });
    return [{ shape: x!.shape, at }];
  },
  Gather(_, [table, indices]) {
    const width = elementCount(table!.shape.slice(1));
    const at = Array.from(indices!.at).flatMap((index) => [...table!.at.subarray(index * width, (index + 1) * width)]);
    return [{ shape: [...indices!.shape, ...table!.shape.slice(1)], at: Float64Array.from(at) }];
  },
  MatMul: (_, [x, y]) => [product(x!, y!)],
  Gemm(node, [a, b, c]) {
    const x = intAttribute(node, "transA", 0) === 0 ? a! : turned(a!);
    const y = intAttribute(node, "transB", 0) === 0 ? b! : turned(b!);
    const { shape, at } = product(x, y);
    const scaled = { shape, at: at.map((value) => floatAttribute(node, "alpha", 1) * value) };
    const beta = floatAttribute(node, "beta", 1);
    return [c === undefined ? scaled : added(scaled, { shape: c.shape, at: c.at.map((value) => beta * value) })];
  },
  Conv: (node, [x, weight, bias]) => [withChannelBias(convolved(node, x!, weight!), bias)],
  ConvTranspose: (node, [x, weight, bias]) => [withChannelBias(spread(node, x!, weight!), bias)],
  LSTM: (node, inputs) => lstm(node, inputs),
};

/** x + y, where y is of x's shape or broadcasts to it from the right. */
function added(x: Values, y: Values): Values {
  if (y.at.length > x.at.length) return added(y, x);
  const shape = [...new Array<number>(x.shape.length - y.shape.length).fill(1), ...y.shape];
  const at = x.at.map((value, i) => {
    let [rest, from, stride] = [i, 0, 1];
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (shape[axis] !== 1) from += (rest % x.shape[axis]!) * stride;
      rest = Math.floor(rest / x.shape[axis]!);
      stride *= shape[axis]!;
    }
    return value + y.at[from]!;
  });
  return { shape: x.shape, at };
}

function turned({ shape: [rows = 0, columns = 0], at }: Values): Values {
  return { shape: [columns, rows], at: at.map((_, i) => at[(i % rows) * columns + Math.floor(i / rows)]!) };
}

/** One side may have axes in front that the other has not. */
function product(x: Values, y: Values): Values {
  const [rows, depth] = x.shape.slice(-2) as [number, number];
  const columns = y.shape.at(-1)!;
  const lead = x.shape.length >= y.shape.length ? x.shape.slice(0, -2) : y.shape.slice(0, -2);
  const at = new Float64Array(elementCount(lead) * rows * columns);
  for (let i = 0; i < at.length; i++) {
    const item = Math.floor(i / (rows * columns));
    const row = Math.floor(i / columns) % rows;
    const from = x.shape.length > 2 ? item * rows * depth : 0;
    const other = y.shape.length > 2 ? item * depth * columns : 0;
    for (let k = 0; k < depth; k++)
      at[i]! += x.at[from + row * depth + k]! * y.at[other + k * columns + (i % columns)]!;
  }
  return { shape: [...lead, rows, columns], at };
}

function withChannelBias(x: Values, bias: Values | undefined): Values {
  if (bias === undefined) return x;
  return added(x, { shape: [bias.at.length, ...x.shape.slice(2).map(() => 1)], at: bias.at });
}

function windowOf(node: Node, axes: number) {
  const perAxis = (name: string, fallback: number, count = axes) =>
    intsAttribute(node, name) ?? new Array<number>(count).fill(fallback);
  return {
    group: intAttribute(node, "group", 1),
    strides: perAxis("strides", 1),
    dilations: perAxis("dilations", 1),
    pads: perAxis("pads", 0, 2 * axes),
    extra: perAxis("output_padding", 0),
  };
}

/** Coordinates of the `index`-th element of a shape. */
function coordinates(index: number, shape: readonly number[]): number[] {
  const found: number[] = [];
  for (let axis = shape.length - 1, rest = index; axis >= 0; axis--) {
    found.unshift(rest % shape[axis]!);
    rest = Math.floor(rest / shape[axis]!);
  }
  return found;
}

function indexOf(place: readonly number[], shape: readonly number[]): number {
  return place.reduce((index, coordinate, axis) => index * shape[axis]! + coordinate, 0);
}

/** Every pair of an input's element and a weight's that a convolution multiplies, with the place of the output along the axes. */
function convolved(node: Node, x: Values, weight: Values): Values {
  const kernel = weight.shape.slice(2);
  const { group, strides, dilations, pads } = windowOf(node, kernel.length);
  const spatial = x.shape.slice(2).map((size, a) => {
    const span = (kernel[a]! - 1) * dilations[a]! + 1;
    return Math.floor((size + pads[a]! + pads[kernel.length + a]! - span) / strides[a]!) + 1;
  });
  const [outputs, channels] = weight.shape as [number, number];
  const shape = [x.shape[0]!, outputs, ...spatial];
  const at = new Float64Array(elementCount(shape));
  for (let i = 0; i < at.length; i++) {
    const [item, output, ...place] = coordinates(i, shape) as [number, number, ...number[]];
    const first = Math.floor(output / (outputs / group)) * channels;
    for (let w = 0; w < channels * elementCount(kernel); w++) {
      const [channel, ...cell] = coordinates(w, [channels, ...kernel]) as [number, ...number[]];
      const from = place.map((p, a) => p * strides[a]! + cell[a]! * dilations[a]! - pads[a]!);
      if (from.some((p, a) => p < 0 || p >= x.shape[a + 2]!)) continue;
      const other = x.at[indexOf([item, first + channel, ...from], x.shape)]!;
      at[i]! += weight.at[output * channels * elementCount(kernel) + w]! * other;
    }
  }
  return { shape, at };
}

/** A transposed convolution: each input is spread over the outputs under its kernel. */
function spread(node: Node, x: Values, weight: Values): Values {
  const kernel = weight.shape.slice(2);
  const { group, strides, dilations, pads, extra } = windowOf(node, kernel.length);
  const spatial = x.shape.slice(2).map((size, a) => {
    const span = (kernel[a]! - 1) * dilations[a]! + 1;
    return strides[a]! * (size - 1) + extra[a]! + span - pads[a]! - pads[kernel.length + a]!;
  });
  const [inputs, perGroup] = weight.shape as [number, number];
  const shape = [x.shape[0]!, perGroup * group, ...spatial];
  const at = new Float64Array(elementCount(shape));
  for (let i = 0; i < x.at.length; i++) {
    const [item, channel, ...place] = coordinates(i, x.shape) as [number, number, ...number[]];
    const first = Math.floor(channel / (inputs / group)) * perGroup;
    for (let w = 0; w < perGroup * elementCount(kernel); w++) {
      const [output, ...cell] = coordinates(w, [perGroup, ...kernel]) as [number, ...number[]];
      const to = place.map((p, a) => p * strides[a]! + cell[a]! * dilations[a]! - pads[a]!);
      if (to.some((p, a) => p < 0 || p >= spatial[a]!)) continue;
      const own = weight.at[channel * perGroup * elementCount(kernel) + w]!;
      at[indexOf([item, first + output, ...to], shape)]! += own * x.at[i]!;
    }
  }
  return { shape, at };
}

const sigmoid = (value: number) => 1 / (1 + Math.exp(-value));

/** Gates in ONNX's order: input, output, forget, cell. */
function lstm(node: Node, [x, w, r, b]: readonly Values[]): readonly Values[] {
  const [steps, batch, width] = x!.shape as [number, number, number];
  const [directions, , size] = r!.shape as [number, number, number];
  const shape = [steps, directions, batch, size];
  const y = new Float64Array(elementCount(shape));
  const mode = node.attributes.direction ?? "forward";
  for (let direction = 0; direction < directions; direction++) {
    for (let item = 0; item < batch; item++) {
      let hidden = new Float64Array(size);
      const cell = new Float64Array(size);
      for (let k = 0; k < steps; k++) {
        const step = mode === "reverse" || direction === 1 ? steps - 1 - k : k;
        const gate = (row: number) => {
          let sum = (b?.at[direction * 8 * size + row] ?? 0) + (b?.at[direction * 8 * size + 4 * size + row] ?? 0);
          for (let j = 0; j < width; j++) {
            sum += w!.at[(direction * 4 * size + row) * width + j]! * x!.at[(step * batch + item) * width + j]!;
          }
          for (let j = 0; j < size; j++) sum += r!.at[(direction * 4 * size + row) * size + j]! * hidden[j]!;
          return sum;
        };
        const next = new Float64Array(size);
        for (let h = 0; h < size; h++) {
          const [i, o, f, c] = [gate(h), gate(size + h), gate(2 * size + h), gate(3 * size + h)];
          cell[h] = sigmoid(f) * cell[h]! + sigmoid(i) * Math.tanh(c);
          next[h] = sigmoid(o) * Math.tanh(cell[h]!);
        }
        hidden = next;
        for (let h = 0; h < size; h++) y[((step * directions + direction) * batch + item) * size + h] = next[h]!;
      }
    }
  }
  return [{ shape, at: y }];
}

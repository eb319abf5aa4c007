// A slow reference: ONNX's definitions, one output element at a time, dense and in float64. It shares nothing with src/.
import {
  floatAttribute,
  type Graph,
  intAttribute,
  intsAttribute,
  type Node,
  stringAttribute,
} from "@deep-compression/network";

export interface Dense {
  readonly shape: readonly number[];
  readonly data: ArrayLike<number>;
}

const size = (shape: readonly number[]): number => shape.reduce((product, d) => product * d, 1);

function build(shape: readonly number[], element: (index: readonly number[]) => number): Dense {
  const data = new Float64Array(size(shape));
  for (let i = 0; i < data.length; i++) {
    const index: number[] = [];
    let rest = i;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      index.unshift(rest % shape[axis]);
      rest = Math.floor(rest / shape[axis]);
    }
    data[i] = element(index);
  }
  return { shape, data };
}

/** An element; an index outside the shape reads `outside`. */
function at({ shape, data }: Dense, index: readonly number[], outside = 0): number {
  let position = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    if (index[axis] < 0 || index[axis] >= shape[axis]) return outside;
    position = position * shape[axis] + index[axis];
  }
  return data[position];
}

/** An element by broadcasting: aligned at the last axis, axes of 1 repeated. */
function broadcastAt(value: Dense, index: readonly number[]): number {
  const aligned = index.slice(index.length - value.shape.length);
  return at(
    value,
    value.shape.map((d, axis) => (d === 1 ? 0 : aligned[axis])),
  );
}

export function referenceRun(
  graph: Graph,
  weights: Readonly<Record<string, { readonly shape: readonly number[]; readonly dense: ArrayLike<number> }>>,
  inputs: Readonly<Record<string, Dense>>,
): Readonly<Record<string, Dense>> {
  const values = new Map<string, Dense>(Object.entries(inputs));
  for (const [name, { shape, dense }] of Object.entries(weights)) values.set(name, { shape, data: dense });
  for (const node of graph.nodes) {
    const operands = node.inputs.map((name) => values.get(name));
    values.set(node.outputs[0], evaluate(node, operands as Dense[], graph.opset));
  }
  return Object.fromEntries(graph.outputs.map(({ name }) => [name, values.get(name) as Dense]));
}

function evaluate(node: Node, [x, w, b]: readonly Dense[], opset: number): Dense {
  const [n, ...item] = x.shape;
  switch (node.op) {
    case "Relu":
      return { shape: x.shape, data: Float64Array.from(x.data, (v) => Math.max(v, 0)) };
    case "Identity":
    case "Dropout":
      return x;
    case "Flatten":
      return { shape: [n, size(item)], data: x.data };
    case "Reshape": {
      const target = Array.from(w.data, (d, axis) => (d === 0 ? x.shape[axis] : d));
      const known = size(target.filter((d) => d !== -1));
      return { shape: target.map((d) => (d === -1 ? size(x.shape) / known : d)), data: x.data };
    }
    case "Add":
      return x.shape.length >= w.shape.length
        ? build(x.shape, (index) => broadcastAt(x, index) + broadcastAt(w, index))
        : build(w.shape, (index) => broadcastAt(x, index) + broadcastAt(w, index));
    case "Gemm":
      return gemm(node, x, w, b);
    case "MatMul":
      return build([...x.shape.slice(0, -1), w.shape[1]], (index) => {
        const row = index.slice(0, -1);
        return sum(w.shape[0], (k) => at(x, [...row, k]) * at(w, [k, index[index.length - 1]]));
      });
    case "Conv":
      return conv(node, x, w, b);
    case "MaxPool":
    case "AveragePool":
      return pool(node, x);
    case "LRN":
      return lrn(node, x);
    case "Softmax":
      return softmax(node, x, opset);
    default:
      throw new Error(node.op);
  }
}

function sum(count: number, term: (k: number) => number): number {
  let total = 0;
  for (let k = 0; k < count; k++) total += term(k);
  return total;
}

function gemm(node: Node, x: Dense, w: Dense, c: Dense | undefined): Dense {
  const transB = intAttribute(node, "transB", 0) === 1;
  const outputs = w.shape[transB ? 0 : 1];
  return build([x.shape[0], outputs], ([i, j]) => {
    const product = sum(x.shape[1], (k) => at(x, [i, k]) * at(w, transB ? [j, k] : [k, j]));
    const bias = c ? broadcastAt(c, [i, j]) : 0;
    return floatAttribute(node, "alpha", 1) * product + floatAttribute(node, "beta", 1) * bias;
  });
}

function geometry(node: Node, x: Dense, kernel: readonly number[]) {
  const strides = intsAttribute(node, "strides") ?? [1, 1];
  const dilations = intsAttribute(node, "dilations") ?? [1, 1];
  const spans = kernel.map((k, axis) => (k - 1) * dilations[axis] + 1);
  const given = intsAttribute(node, "pads") ?? [0, 0, 0, 0];
  const auto = stringAttribute(node, "auto_pad", "NOTSET");
  const pads = [0, 1].map((axis) => {
    const length = x.shape[axis + 2];
    if (!auto.startsWith("SAME")) return [given[axis], given[axis + 2]];
    const total = Math.max(0, (Math.ceil(length / strides[axis]) - 1) * strides[axis] + spans[axis] - length);
    const [small, large] = [Math.floor(total / 2), Math.ceil(total / 2)];
    return auto === "SAME_UPPER" ? [small, large] : [large, small];
  });
  const output = [0, 1].map((axis) => {
    const length = x.shape[axis + 2];
    let count = 0;
    const [begin, end] = pads[axis];
    const whole = (o: number) => o * strides[axis] - begin + spans[axis] <= length + end;
    const cutOff = (o: number) =>
      intAttribute(node, "ceil_mode", 0) === 1 &&
      o > 0 &&
      o * strides[axis] - begin < length &&
      !whole(o) &&
      whole(o - 1) &&
      (o - 1) * strides[axis] - begin + spans[axis] < length + end;
    while (whole(count) || cutOff(count)) count++;
    return count;
  });
  const input = (axis: number, o: number, k: number) => o * strides[axis] + k * dilations[axis] - pads[axis][0];
  return { output, input, pads };
}

function conv(node: Node, x: Dense, w: Dense, b: Dense | undefined): Dense {
  const [outputs, groupChannels, kh, kw] = w.shape;
  const { output, input } = geometry(node, x, [kh, kw]);
  const groupOutputs = outputs / intAttribute(node, "group", 1);
  return build([x.shape[0], outputs, ...output], ([n, o, y, xx]) => {
    const first = Math.floor(o / groupOutputs) * groupChannels;
    const total = sum(groupChannels, (c) =>
      sum(kh, (ky) =>
        sum(kw, (kx) => at(w, [o, c, ky, kx]) * at(x, [n, first + c, input(0, y, ky), input(1, xx, kx)])),
      ),
    );
    return total + (b ? at(b, [o]) : 0);
  });
}

function pool(node: Node, x: Dense): Dense {
  const kernel = intsAttribute(node, "kernel_shape") as readonly number[];
  const { output, input, pads } = geometry(node, x, kernel);
  const [, , height, width] = x.shape;
  return build([x.shape[0], x.shape[1], ...output], ([n, c, y, xx]) => {
    const inside: number[] = [];
    let padded = 0;
    for (let ky = 0; ky < kernel[0]; ky++)
      for (let kx = 0; kx < kernel[1]; kx++) {
        const [iy, ix] = [input(0, y, ky), input(1, xx, kx)];
        const within = iy < height + pads[0][1] && ix < width + pads[1][1];
        if (within) padded++;
        if (iy >= 0 && ix >= 0 && iy < height && ix < width) inside.push(at(x, [n, c, iy, ix]));
      }
    if (node.op === "MaxPool") return Math.max(...inside);
    const count = intAttribute(node, "count_include_pad", 0) === 1 ? padded : inside.length;
    return inside.reduce((total, v) => total + v, 0) / count;
  });
}

function lrn(node: Node, x: Dense): Dense {
  const span = intAttribute(node, "size", 0);
  return build(x.shape, ([n, c, ...rest]) => {
    let squares = 0;
    for (let i = c - Math.floor((span - 1) / 2); i <= c + Math.ceil((span - 1) / 2); i++)
      squares += at(x, [n, i, ...rest]) ** 2;
    const base = floatAttribute(node, "bias", 1) + (floatAttribute(node, "alpha", 1e-4) / span) * squares;
    return at(x, [n, c, ...rest]) / base ** floatAttribute(node, "beta", 0.75);
  });
}

function softmax(node: Node, x: Dense, opset: number): Dense {
  const given = intAttribute(node, "axis", opset < 13 ? 1 : -1);
  const axis = given < 0 ? given + x.shape.length : given;
  const flat: Dense =
    opset < 13 ? { shape: [size(x.shape.slice(0, axis)), size(x.shape.slice(axis))], data: x.data } : x;
  const over = opset < 13 ? 1 : axis;
  const { data } = build(flat.shape, (index) => {
    const total = sum(flat.shape[over], (k) => Math.exp(at(flat, index.with(over, k))));
    return Math.exp(at(flat, index)) / total;
  });
  return { shape: x.shape, data };
}

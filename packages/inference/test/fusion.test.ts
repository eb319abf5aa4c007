import { OPERATORS, type Operator, prepare } from "@deep-compression/inference";
import { type Attribute, float, floatTensor, type Node } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const CHANNELS = 6;

/** A tensor of positive numbers and others, the same for a seed. */
function numbers(count: number, seed: number, [low, high] = [-1.5, 1.5]): Float32Array {
  let state = seed * 7919 + 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return low + (state / 2147483647) * (high - low);
  });
}

interface Built {
  readonly nodes: Node[];
  readonly weights: Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;
  /** The last value. */
  value: string;
}

type Attributes = Readonly<Record<string, Attribute>>;

function constant({ weights }: Built, shape: readonly number[], values: Float32Array): string {
  const name = `w${weights.size}`;
  weights.set(name, { shape, values });
  return name;
}

function push(built: Built, op: string, inputs: readonly string[], attributes: Attributes = {}): string {
  const output = `v${built.nodes.length}`;
  built.nodes.push({ op, inputs, outputs: [output], attributes });
  built.value = output;
  return output;
}

function scalar(built: Built, value: number): string {
  return constant(built, [], Float32Array.of(value));
}

/** What may stand behind a layer. */
const FOLLOWERS: Readonly<Record<string, (built: Built, seed: number) => void>> = {
  relu: (built) => push(built, "Relu", [built.value]),
  leaky: (built) => push(built, "LeakyRelu", [built.value], { alpha: float(0.1) }),
  clip: (built) => push(built, "Clip", [built.value, scalar(built, -0.5), scalar(built, 0.75)]),
  "clip from below": (built) => push(built, "Clip", [built.value, scalar(built, -0.5)]),
  "clip from above": (built) => push(built, "Clip", [built.value, "", scalar(built, 0.5)]),
  max: (built) => push(built, "Max", [scalar(built, -0.25), built.value]),
  min: (built) => push(built, "Min", [built.value, scalar(built, 0.3)]),
  "add scalar": (built) => push(built, "Add", [scalar(built, 0.7), built.value]),
  "add channels": (built, seed) =>
    push(built, "Add", [built.value, constant(built, [CHANNELS, 1, 1], numbers(CHANNELS, seed))]),
  "mul channels": (built, seed) =>
    push(built, "Mul", [constant(built, [1, CHANNELS, 1, 1], numbers(CHANNELS, seed)), built.value]),
  sub: (built) => push(built, "Sub", [built.value, scalar(built, 0.3)]),
  "sub from": (built) => push(built, "Sub", [scalar(built, 0.3), built.value]),
  div: (built) => push(built, "Div", [built.value, scalar(built, 6)]),
  "add along the width": (built, seed) => push(built, "Add", [built.value, constant(built, [4], numbers(4, seed))]),
  normalization: (built, seed) => {
    const [scale, bias, mean] = [1, 2, 3].map((k) => constant(built, [CHANNELS], numbers(CHANNELS, seed + k)));
    const variance = constant(built, [CHANNELS], numbers(CHANNELS, seed, [0.3, 2]));
    push(built, "BatchNormalization", [built.value, scale!, bias!, mean!, variance]);
  },
  "hard swish": (built) => {
    const x = built.value;
    const sum = push(built, "Add", [x, scalar(built, 3)]);
    const gate = push(built, "Clip", [sum, scalar(built, 0), scalar(built, 6)]);
    push(built, "Mul", [gate, x]);
  },
  "hard sigmoid": (built) => {
    const x = built.value;
    const gate = push(built, "HardSigmoid", [x], { alpha: float(0.3), beta: float(0.4) });
    push(built, "Mul", [x, gate]);
  },
  "hard swish itself": (built) => push(built, "HardSwish", [built.value]),
  "max of an image": (built) => push(built, "Max", [built.value, constant(built, [1, 1, 1, 1], Float32Array.of(0.1))]),
  "add a value": (built) => {
    const before = built.value;
    push(built, "Add", [push(built, "Concat", ["x", "x"], { axis: 1 }), before]);
  },
  "add to channels": (built) => {
    const before = built.value;
    push(built, "Add", [before, push(built, "ReduceMean", ["x"], { axes: [1] })]);
  },
  "add another layer": (built, seed) => {
    const before = built.value;
    const weights = constant(built, [CHANNELS, 3, 1, 1], numbers(3 * CHANNELS, seed));
    push(built, "Add", [before, push(built, "Conv", ["x", weights])]);
  },
  square: (built) => push(built, "Mul", [built.value, built.value]),
};

type Layer = "Conv" | "ConvTranspose" | "depthwise";

function build(layer: Layer, hasBias: boolean, followers: readonly string[]): Built {
  const built: Built = { nodes: [], weights: new Map(), value: "x" };
  const shape = { Conv: [CHANNELS, 3, 1, 1], ConvTranspose: [3, CHANNELS, 1, 1], depthwise: [CHANNELS, 1, 1, 1] }[
    layer
  ];
  const weights = constant(built, shape, numbers(shape[0]! * shape[1]!, 1));
  const bias = hasBias ? [constant(built, [CHANNELS], numbers(CHANNELS, 2))] : [];
  const group = layer === "depthwise" ? 3 : 1;
  push(built, layer === "ConvTranspose" ? layer : "Conv", ["x", weights, ...bias], { group });
  for (const [k, follower] of followers.entries()) FOLLOWERS[follower]!(built, 10 + k);
  return built;
}

interface RunOptions {
  readonly operators?: typeof OPERATORS;
  readonly kernels?: "plain";
  readonly opset?: number;
}

function run(built: Built, outputs: readonly string[], { opset = 17, ...options }: RunOptions) {
  const graph = {
    opset,
    inputs: [{ name: "x", type: "float32" as const, shape: ["N", 3, 5, 4] }],
    outputs: [{ name: built.value }],
    nodes: built.nodes,
  };
  const weight = (name: string) => {
    const { shape, values } = built.weights.get(name)!;
    const tensor = floatTensor(name, shape, values);
    return { shape, type: tensor.type, bytes: tensor.bytes };
  };
  const source = {
    weight(name: string) {
      if (built.weights.has(name)) return weight(name);
      throw new RangeError(`no weight ${name}`);
    },
  };
  const session = prepare({ graph }, source, { ...options, outputs });
  return session.run({ x: { shape: [2, 3, 5, 4], data: numbers(120, 5) } });
}

function check(layer: Layer, hasBias: boolean, followers: readonly string[], kernels?: "plain") {
  const built = build(layer, hasBias, followers);
  const all = built.nodes.flatMap(({ outputs }) => outputs);
  const expected = run(built, all, {})[built.value]!;
  const got = run(built, [built.value], kernels ? { kernels } : {})[built.value]!;
  expect(got.shape).toEqual(expected.shape);
  const [a, b] = [got.data as Float32Array, expected.data as Float32Array];
  const scale = b.reduce((most, value) => Math.max(most, Math.abs(value)), 1);
  for (let i = 0; i < b.length; i++) expect(Math.abs(a[i]! - b[i]!)).toBeLessThanOrEqual(1e-6 * scale);
}

/** All operators, of which some must not be prepared. */
function without(...names: readonly string[]): typeof OPERATORS {
  const refuse: Operator = ({ node }) => {
    throw new Error(`${node.op} was prepared`);
  };
  return { ...OPERATORS, ...Object.fromEntries(names.map((name) => [name, refuse])) };
}

describe("fusion", () => {
  const layer = fc.constantFrom<Layer>("Conv", "ConvTranspose", "depthwise");
  const followers = fc.array(fc.constantFrom(...Object.keys(FOLLOWERS)), { minLength: 1, maxLength: 6 });

  it.each(["plain", undefined] as const)("changes no output, by %s kernels", (kernels) => {
    fc.assert(
      fc.property(layer, fc.boolean(), followers, (kind, hasBias, names) => check(kind, hasBias, names, kernels)),
      { seed: 1, numRuns: 250 },
    );
  });

  it.each([
    [
      ["normalization", "relu"],
      ["BatchNormalization", "Relu"],
    ],
    [["relu"], ["Relu"]],
    [["clip"], ["Clip"]],
    [
      ["leaky", "max"],
      ["LeakyRelu", "Max"],
    ],
    [
      ["hard swish", "div", "mul channels"],
      ["Add", "Clip", "Mul", "Div"],
    ],
    [["hard sigmoid"], ["HardSigmoid", "Mul"]],
    [
      ["normalization", "add a value", "relu"],
      ["BatchNormalization", "Add", "Relu"],
    ],
    [
      ["add to channels", "leaky", "max of an image"],
      ["Add", "LeakyRelu", "Max"],
    ],
    [
      ["add another layer", "relu"],
      ["Add", "Relu"],
    ],
  ])("%s are done by the layer", (names, operators) => {
    const built = build("Conv", true, names);
    const { [built.value]: y } = run(built, [built.value], { operators: without(...operators) });
    expect(y!.shape).toEqual([2, CHANNELS, 5, 4]);
  });

  it.each([["add along the width"], ["sub from"], ["square"]])("%s is not", (name) => {
    const built = build("Conv", true, [name]);
    const { op } = built.nodes.at(-1)!;
    expect(() => run(built, [built.value], { operators: without(op) })).toThrow(`${op} was prepared`);
  });

  it("a sum that has more elements than the layer's output is what it is by itself", () => {
    const built = build("Conv", true, ["relu"]);
    const more = push(built, "Unsqueeze", [push(built, "Concat", ["x", "x"], { axis: 1 })], { axes: [1] });
    push(built, "Add", ["v1", more]);
    push(built, "Clip", [built.value, scalar(built, -0.5), scalar(built, 0.75)]);
    const all = built.nodes.flatMap(({ outputs }) => outputs);
    const opset = { opset: 11 };
    const expected = run(built, all, opset)[built.value]!;
    expect(expected.shape).toEqual([2, 2, CHANNELS, 5, 4]);
    expect(run(built, [built.value], { ...opset, operators: without("Add", "Clip") })[built.value]).toEqual(expected);
  });

  it("what another node reads too, or is given out, stays", () => {
    const built = build("Conv", true, ["relu"]);
    expect(() => run(built, ["v0", "v1"], { operators: without("Relu") })).toThrow("Relu was prepared");
    const sum = push(built, "Sum", ["v0", "v1"]);
    expect(() => run(built, [sum], { operators: without("Relu") })).toThrow("Relu was prepared");
  });

  it("a node that does what it is not known to is left alone", () => {
    const custom: Operator = (site) => OPERATORS.Conv!(site);
    const built = build("Conv", true, ["relu"]);
    const operators = { ...without("Relu"), Conv: custom };
    expect(() => run(built, [built.value], { operators })).toThrow("Relu was prepared");
  });
});

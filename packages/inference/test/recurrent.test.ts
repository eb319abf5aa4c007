import { float } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { array, runNode } from "./one-node";

const sigmoid = (x: number) => 1 / (1 + Math.exp(-x));

type Kind = "RNN" | "GRU" | "LSTM";
const GATES = { RNN: 1, GRU: 3, LSTM: 4 } as const;

const layers = fc.record({
  kind: fc.constantFrom<Kind>("RNN", "GRU", "LSTM"),
  direction: fc.constantFrom("forward", "reverse", "bidirectional"),
  steps: fc.integer({ min: 1, max: 4 }),
  batch: fc.integer({ min: 0, max: 3 }),
  inputs: fc.integer({ min: 1, max: 5 }),
  hidden: fc.integer({ min: 1, max: 5 }),
  layout: fc.integer({ min: 0, max: 1 }),
  hasBias: fc.boolean(),
  hasLengths: fc.boolean(),
  hasState: fc.boolean(),
  hasPeepholes: fc.boolean(),
  option: fc.integer({ min: 0, max: 1 }),
  clip: fc.constantFrom(undefined, 0.3),
});
type Layer = typeof layers extends fc.Arbitrary<infer T> ? T : never;

/** Numbers between -1 and 1. */
function numbers(count: number, seed: number): Float32Array {
  let state = seed * 7919 + 1;
  return Float32Array.from({ length: count }, () => {
    state = (state * 48271) % 2147483647;
    return (2 * state) / 2147483647 - 1;
  });
}

/** Index of an element of a row-major array. */
function at(shape: readonly number[], ...index: readonly number[]): number {
  return index.reduce((sum, i, k) => sum * shape[k]! + i, 0);
}

/** The layer by its definition, one number at a time, in double precision. */
function reference(layer: Layer, tensors: Readonly<Record<string, Float32Array>>, lengths: readonly number[]) {
  const { kind, direction, steps, batch, inputs, hidden, layout, option, clip = Number.POSITIVE_INFINITY } = layer;
  const { x, w, r, b, h: initialH, c: initialC, p } = tensors as Record<string, Float32Array>;
  const ways = { forward: [0], reverse: [1], bidirectional: [0, 1] }[direction]!;
  const [rows, D] = [GATES[kind] * hidden, ways.length];
  const held = (value: number) => Math.max(-clip, Math.min(clip, value));
  const y = new Float64Array(steps * D * batch * hidden);
  const [lastH, lastC] = [new Float64Array(D * batch * hidden), new Float64Array(D * batch * hidden)];
  for (const [d, isReversed] of ways.entries())
    for (let n = 0; n < batch; n++) {
      const place = (k: number) => (layout ? at([batch, D, hidden], n, d, k) : at([D, batch, hidden], d, n, k));
      const start = (from: Float32Array | undefined) => Array.from({ length: hidden }, (_, k) => from?.[place(k)] ?? 0);
      let [state, memory] = [start(initialH), start(initialC)];
      for (let s = 0; s < lengths[n]!; s++) {
        const t = isReversed ? lengths[n]! - 1 - s : s;
        const ofInput = (row: number) => {
          let sum = b?.[at([D, 2 * rows], d, row)] ?? 0;
          for (let i = 0; i < inputs; i++)
            sum +=
              w![at([D, rows, inputs], d, row, i)]! *
              x![layout ? at([batch, steps, inputs], n, t, i) : at([steps, batch, inputs], t, n, i)]!;
          return sum;
        };
        const ofState = (row: number, from: readonly number[]) =>
          from.reduce(
            (sum, value, k) => sum + value * r![at([D, rows, hidden], d, row, k)]!,
            b?.[at([D, 2 * rows], d, rows + row)] ?? 0,
          );
        const peep = (gate: number, k: number) => p?.[at([D, 3, hidden], d, gate, k)] ?? 0;
        const gate = (g: number, k: number) => ofInput(g * hidden + k) + ofState(g * hidden + k, state);
        const units = Array.from({ length: hidden }, (_, k) => k);
        if (kind === "RNN") state = units.map((k) => Math.tanh(held(gate(0, k))));
        else if (kind === "GRU") {
          const [z, reset] = [0, 1].map((g) => units.map((k) => sigmoid(held(gate(g, k))))) as [number[], number[]];
          const scaled = state.map((value, k) => value * reset[k]!);
          const made = units.map((k) => {
            const row = 2 * hidden + k;
            return Math.tanh(held(ofInput(row) + (option ? reset[k]! * ofState(row, state) : ofState(row, scaled))));
          });
          state = units.map((k) => (1 - z[k]!) * made[k]! + z[k]! * state[k]!);
        } else {
          const i = units.map((k) => sigmoid(held(gate(0, k) + peep(0, k) * memory[k]!)));
          const f = units.map((k) => (option ? 1 - i[k]! : sigmoid(held(gate(2, k) + peep(2, k) * memory[k]!))));
          const next = units.map((k) => f[k]! * memory[k]! + i[k]! * Math.tanh(held(gate(3, k))));
          state = units.map((k) => sigmoid(held(gate(1, k) + peep(1, k) * next[k]!)) * Math.tanh(next[k]!));
          memory = next;
        }
        for (const k of units)
          y[layout ? at([batch, steps, D, hidden], n, t, d, k) : at([steps, D, batch, hidden], t, d, n, k)] = state[k]!;
      }
      for (let k = 0; k < hidden; k++) [lastH[place(k)], lastC[place(k)]] = [state[k]!, memory[k]!];
    }
  return [y, lastH, lastC];
}

function check(layer: Layer, kernels: "plain" | "wasm"): void {
  const { kind, direction, steps, batch, inputs, hidden, layout, option, clip } = layer;
  const D = direction === "bidirectional" ? 2 : 1;
  const rows = GATES[kind] * hidden;
  const states = layout ? [batch, D, hidden] : [D, batch, hidden];
  const lengths = Array.from({ length: batch }, (_, n) => (layer.hasLengths ? (n * 2 + steps) % (steps + 1) : steps));
  const made: Record<string, Float32Array> = {};
  const make = (name: string, shape: readonly number[], seed: number) => {
    made[name] = numbers(
      shape.reduce((product, size) => product * size, 1),
      seed,
    );
    return array(shape, made[name]);
  };
  const isLstm = kind === "LSTM";
  const given = [
    make("x", layout ? [batch, steps, inputs] : [steps, batch, inputs], 1),
    make("w", [D, rows, inputs], 2),
    make("r", [D, rows, hidden], 3),
    layer.hasBias ? make("b", [D, 2 * rows], 4) : undefined,
    layer.hasLengths ? array([batch], lengths, "int32") : undefined,
    layer.hasState ? make("h", states, 5) : undefined,
    ...(isLstm ? [layer.hasState ? make("c", states, 6) : undefined] : []),
    ...(isLstm ? [layer.hasPeepholes ? make("p", [D, 3 * hidden], 7) : undefined] : []),
  ];
  const attributes = {
    direction,
    hidden_size: hidden,
    layout,
    ...(clip !== undefined && { clip: float(clip) }),
    ...(kind === "GRU" && { linear_before_reset: option }),
    ...(isLstm && { input_forget: option }),
  };
  const results = runNode(kind, given, { attributes, outputs: isLstm ? 3 : 2, kernels });
  const expected = reference(layer, made, lengths);
  expect(results[1]!.shape).toEqual(states);
  for (const [index, { data }] of results.entries()) {
    const wanted = expected[index]!;
    expect(data.length).toBe(wanted.length);
    for (const [i, value] of wanted.entries())
      expect(Math.abs((data as Float32Array)[i]! - value)).toBeLessThanOrEqual(2e-6);
  }
}

describe("recurrent layers", () => {
  it.each(["plain", "wasm"] as const)("do what their definitions say, by %s kernels", (kernels) => {
    fc.assert(
      fc.property(layers, (layer) => check(layer, kernels)),
      { seed: 1, numRuns: 200 },
    );
  });

  it("use the activations that they are told, with their alphas and betas in order", () => {
    const run = (activations: readonly string[], floats: Readonly<Record<string, readonly number[]>>) => {
      const lists = Object.fromEntries(Object.entries(floats).map(([name, list]) => [name, { floats: list }]));
      const attributes = {
        hidden_size: 1,
        direction: "bidirectional",
        activations: { strings: activations },
        ...lists,
      };
      const inputs = [array([1, 1, 1], [-2]), array([2, 1, 1], [1, 1]), array([2, 1, 1], [0, 0])];
      const [y] = runNode("RNN", inputs, { attributes });
      return Array.from(y!.data as Float32Array);
    };
    expect(run(["Relu", "Affine"], { activation_alpha: [3], activation_beta: [0.5] })).toEqual([0, -5.5]);
    expect(run(["LeakyRelu", "hardsigmoid"], { activation_alpha: [0.5, 0.25] })).toEqual([-1, 0]);
    const [elu, scaled] = run(["Elu", "ScaledTanh"], { activation_alpha: [2, 3], activation_beta: [0.5] });
    expect(elu).toBeCloseTo(2 * Math.expm1(-2), 6);
    expect(scaled).toBeCloseTo(3 * Math.tanh(-1), 6);
    const [softsign, softplus] = run(["Softsign", "Softplus"], {});
    expect(softsign).toBeCloseTo(-2 / 3, 6);
    expect(softplus).toBeCloseTo(Math.log1p(Math.exp(-2)), 6);
    expect(() => run(["Relu"], {})).toThrow(/activations expected 2, got 1/);
    expect(() => run(["Relu", "Gelu"], {})).toThrow(/the activation "Gelu" is not known/);
  });

  it.each([
    [
      "weights of another size",
      [
        [1, 1, 2],
        [1, 4, 3],
        [1, 4, 1],
      ],
      {},
      /X expected shape \[1,1,3\], got \[1,1,2\]/,
    ],
    [
      "a state of another size",
      [
        [1, 1, 2],
        [1, 4, 2],
        [1, 4, 2],
      ],
      {},
      /R expected shape \[1,4,1\], got \[1,4,2\]/,
    ],
    [
      "another hidden size",
      [
        [1, 1, 2],
        [1, 4, 2],
        [1, 4, 1],
      ],
      { hidden_size: 3 },
      /W expected shape \[1,12,2\]/,
    ],
    [
      "another direction",
      [
        [1, 1, 2],
        [1, 4, 2],
        [1, 4, 1],
      ],
      { direction: "up" },
      /direction expected/,
    ],
  ])("refuse %s", (_, shapes, attributes, message) => {
    const inputs = shapes.map((shape) =>
      array(
        shape,
        numbers(
          shape.reduce((product, size) => product * size, 1),
          1,
        ),
      ),
    );
    expect(() => runNode("LSTM", inputs, { attributes })).toThrow(message);
  });
});

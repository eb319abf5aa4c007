import { floatTensor, floatValues, type Network, type Node, type Tensor } from "@deep-compression/network";
import { constant, finetune, type TeacherSamples, trainingProblem } from "@deep-compression/training";
import { describe, expect, test } from "vitest";
import { createCore } from "../src/create-core";
import { plainEngine, wasmEngine } from "../src/engine";
import { teacherGradients } from "../src/finetune";
import { differences, TOLERANCE } from "./differences";
import { randomFrom, uniform } from "./networks";
import { referenceLogits, type Weights, weightsOf } from "./reference";

const COUNT = 24;
const SHAPE = [3, 6, 5] as const;
const SIZE = 3 * 6 * 5;

/** A residual block of a depthwise and a pointwise convolution, behind a first one, all normalized, and a classifier. */
function residualNetwork(seed: number): Network {
  const random = randomFrom(seed);
  const tensors: Tensor[] = [];
  const tensor = (name: string, shape: readonly number[], center = 0, scale = 0.7) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = uniform(count, scale, random).map((value) => center + value);
    tensors.push(floatTensor(`${name}${tensors.length}`, shape, values));
    return tensors.at(-1)!.name;
  };
  const nodes: Node[] = [];
  const emit = (op: string, inputs: readonly string[], attributes: Node["attributes"] = {}) => {
    nodes.push({ op, inputs, outputs: [`v${nodes.length}`], attributes });
    return `v${nodes.length - 1}`;
  };
  const normalized = (x: string) => {
    const statistics = [tensor("mean", [4]), tensor("variance", [4], 1, 0.5)];
    return emit("BatchNormalization", [x, tensor("scale", [4], 1, 0.3), tensor("bias", [4]), ...statistics]);
  };
  const pads = [1, 1, 1, 1];
  const first = emit("Relu", [normalized(emit("Conv", ["x", tensor("weight", [4, 3, 3, 3])], { pads }))]);
  const deep = normalized(emit("Conv", [first, tensor("weight", [4, 1, 3, 3])], { pads, group: 4 }));
  const wide = normalized(emit("Conv", [deep, tensor("weight", [4, 4, 1, 1]), tensor("bias", [4])]));
  const pooled = emit("GlobalAveragePool", [emit("Relu", [emit("Add", [wide, first])])]);
  const scores = emit("Gemm", [emit("Flatten", [pooled]), tensor("weight", [5, 4]), tensor("bias", [5])], {
    transB: 1,
  });
  const info = (name: string, shape: readonly number[]) => ({ name, type: "float32", shape: ["N", ...shape] }) as const;
  return { graph: { opset: 13, inputs: [info("x", SHAPE)], outputs: [info(scores, [5])], nodes }, tensors };
}

function rounded(network: Network, step = 0.25): Network {
  const tensors = network.tensors.map((tensor) => {
    if (!tensor.name.startsWith("weight")) return tensor;
    const values = floatValues(tensor).map((value) => Math.round(value / step) * step + 0);
    return floatTensor(tensor.name, tensor.shape, values);
  });
  return { ...network, tensors };
}

function outputsOf(network: Network, weights: Weights, inputs: Float32Array): Float32Array {
  const samples = { inputs, labels: new Uint8Array(inputs.length / SIZE) };
  const rows = Array.from(samples.labels, (_, n) => [...referenceLogits(network, weights, samples, n)]);
  return Float32Array.from(rows.flat());
}

function samplesOf(network: Network, seed = 3): TeacherSamples {
  const inputs = uniform(COUNT * SIZE, 1, randomFrom(seed));
  const name = network.graph!.outputs[0].name;
  return { count: COUNT, inputs, outputs: new Map([[name, outputsOf(network, weightsOf(network), inputs)]]) };
}

/** Squared error of the outputs, over their energy. */
function lossOf(network: Network, weights: Weights, { inputs, outputs }: TeacherSamples, count = COUNT): number {
  const [targets] = outputs.values();
  const size = targets.length / COUNT;
  const energy = targets.reduce((sum, value) => sum + value * value, 0) / COUNT;
  const samples = { inputs, labels: new Uint8Array(COUNT) };
  let loss = 0;
  for (let n = 0; n < count; n++)
    for (const [j, y] of referenceLogits(network, weights, samples, n).entries())
      loss += (y - targets[n * size + j]) ** 2;
  return loss / energy / count;
}

const teacher = residualNetwork(5);
const student = rounded(teacher);
const samples = samplesOf(teacher);
const options = { steps: 60, seed: 2, batch: 8, learningRate: constant(3e-3) };

describe("the squared error of outputs over their energy", () => {
  const engines = [
    ["WebAssembly on one thread", () => wasmEngine({ threads: 1 })],
    ["WebAssembly on two", () => wasmEngine({ threads: 2 })],
    ["plain TypeScript", async () => plainEngine()],
  ] as const;
  test.each(engines)("has gradients that agree with finite differences, in %s", async (_, engineOf) => {
    const engine = await engineOf();
    const batch = 5;
    const core = createCore(engine, student, { batch, seed: 1 });
    const weights = weightsOf(student);
    const loss = () => lossOf(student, weights, samples, batch);
    const got = teacherGradients(core, samples);
    await engine.close();
    expect(got.loss).toBeCloseTo(loss(), 5);
    for (const { name } of core.parameters.list) {
      const slopes = differences(weights, name, loss);
      const gradients = got.gradients.get(name)!;
      const largest = slopes.reduce((max, slope) => Math.max(max, Math.abs(slope)), 1e-3);
      for (const [i, slope] of slopes.entries())
        expect(Math.abs(slope - gradients[i]) / largest, name).toBeLessThan(TOLERANCE);
    }
  });
});

describe("finetune", () => {
  test("brings outputs nearer; equal weights stay equal, zeros stay zero, and statistics stay", async () => {
    const tuned = await finetune(student, samples, options);
    const [before, after] = [student, tuned].map((network) => lossOf(network, weightsOf(network), samples));
    expect(after).toBeLessThan(before / 3);
    let moved = 0;
    for (const [i, tensor] of tuned.tensors.entries()) {
      const own = student.tensors[i];
      if (/^(mean|variance)/.test(tensor.name)) expect(tensor).toBe(own);
      else expect(floatValues(tensor), tensor.name).not.toEqual(floatValues(own));
      if (!tensor.name.startsWith("weight")) continue;
      const [values, olds] = [floatValues(tensor), floatValues(own)];
      const shared = new Map<number, number>([[0, 0]]);
      for (const [j, value] of values.entries()) {
        expect(shared.get(olds[j]) ?? value).toBe(value);
        shared.set(olds[j], value);
      }
      moved++;
    }
    expect(moved).toBeGreaterThan(3);
  });

  test("repeats to the bit, and ends elsewhere from another seed", async () => {
    const [one, same, other] = [
      await finetune(student, samples, { ...options, threads: 2 }),
      await finetune(student, samples, { ...options, threads: 2 }),
      await finetune(student, samples, { ...options, threads: 2, seed: 3 }),
    ];
    expect(same.tensors).toEqual(one.tensors);
    expect(other.tensors).not.toEqual(one.tensors);
  });

  test("in plain TypeScript ends where WebAssembly does, to rounding", async () => {
    const short = { ...options, steps: 5 };
    const [wasm, plain] = [
      await finetune(student, samples, short),
      await finetune(student, samples, { ...short, kernels: "plain" }),
    ];
    for (const [i, tensor] of wasm.tensors.entries()) {
      const [a, b] = [floatValues(tensor), floatValues(plain.tensors[i])];
      // Five steps of at most 3e-3 each: gradients differ by roundings, which Adam divides by their size.
      for (const [j, value] of a.entries()) expect(Math.abs(value - b[j])).toBeLessThan(3e-5);
    }
  });

  test("leaves tensors that are not named to the bit, and tells each step", async () => {
    const trained = new Set(student.tensors.map(({ name }) => name).filter((name) => name.startsWith("bias")));
    const losses: number[] = [];
    const tuned = await finetune(student, samples, {
      ...options,
      trained,
      onStep: ({ loss }) => void losses.push(loss),
    });
    expect(losses.length).toBe(options.steps);
    expect(losses.at(-1)).toBeLessThan(losses[0]);
    for (const [i, tensor] of tuned.tensors.entries())
      if (!trained.has(tensor.name)) expect(tensor.bytes, tensor.name).toEqual(student.tensors[i].bytes);
  });

  test("refuses samples that do not fit, options out of range, and stops where it is told to", async () => {
    const [[name, targets]] = samples.outputs;
    const refused = (change: Partial<TeacherSamples>) => finetune(student, { ...samples, ...change }, options);
    await expect(refused({ count: 23 })).rejects.toThrow(/^samples\.inputs: expected 23 times 90 numbers, got 2160/);
    await expect(refused({ outputs: new Map() })).rejects.toThrow(/^samples\.outputs: expected at least one/);
    await expect(refused({ outputs: new Map([["z", targets]]) })).rejects.toThrow(
      /"z": expected the name of an output/,
    );
    await expect(refused({ outputs: new Map([[name, targets.slice(1)]]) })).rejects.toThrow(
      /expected 120 numbers, got 119/,
    );
    await expect(finetune(student, samples, { ...options, batch: 25 })).rejects.toThrow(/^batch: /);
    await expect(finetune(student, samples, { ...options, steps: -1 })).rejects.toThrow(/^steps: /);
    const stop = new AbortController();
    const onStep = ({ step }: { step: number }) => {
      if (step === 2) stop.abort(new Error("enough"));
    };
    await expect(finetune(student, samples, { ...options, onStep, signal: stop.signal })).rejects.toThrow("enough");
  });
});

describe("what training cannot do is told in one line", () => {
  const graph = student.graph!;
  const withNodes = (change: (op: string) => string) => ({
    ...student,
    graph: { ...graph, nodes: graph.nodes.map((node) => ({ ...node, op: change(node.op) })) },
  });

  test("all operators that it does not know at once", () => {
    expect(trainingProblem(student)).toBeUndefined();
    expect(trainingProblem(withNodes((op) => (op === "Relu" ? "Selu" : op === "Add" ? "Mul" : op)))).toBe(
      "training does not know the operators Selu, Mul",
    );
    expect(trainingProblem(withNodes((op) => (op === "Relu" ? "toString" : op)))).toMatch(/the operator toString$/);
    expect(trainingProblem({ ...student, graph: undefined })).toBe("it has no graph");
  });

  test("or the first node that asks for too much", () => {
    const nodes = graph.nodes.map((node) => (node.op === "Gemm" ? { ...node, attributes: { transA: 1 } } : node));
    expect(trainingProblem({ ...student, graph: { ...graph, nodes } })).toMatch(/^Gemm node ".*": .*transA = 1$/);
    const inputs = [{ ...graph.inputs[0], shape: ["N", 3, "H", "W"] }];
    expect(trainingProblem({ ...student, graph: { ...graph, inputs } })).toMatch(/of known sizes, got \[N,3,H,W\]/);
  });
});

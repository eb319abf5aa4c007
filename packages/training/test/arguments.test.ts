import type { Network, Node } from "@deep-compression/network";
import {
  constant,
  createTrainer,
  gradualPruning,
  type LossOptions,
  prune,
  type Samples,
  shareWeights,
  type Trainer,
  type TrainerOptions,
  type TrainOptions,
} from "@deep-compression/training";
import { beforeAll, describe, expect, test } from "vitest";
import { smallNetworks } from "./networks";

const [dense, convolutional] = smallNetworks();

/** The network with its first node of this operator changed. */
function changed(network: Network, op: string, change: Partial<Node>): Network {
  const { graph } = network;
  if (!graph) throw new Error("a network without graph");
  const at = graph.nodes.findIndex((node) => node.op === op);
  const nodes = graph.nodes.map((node, n) => (n === at ? { ...node, ...change } : node));
  return { ...network, graph: { ...graph, nodes } };
}

describe("createTrainer refuses", () => {
  const cases: readonly [string, Partial<TrainerOptions>, RegExp][] = [
    ["a batch smaller than the number of threads", { batch: 3, threads: 4 }, /^batch: .*at least 4, got 3/],
    ["a batch of a part of a sample", { batch: 2.5 }, /^batch: .*got 2.5/],
    ["a batch that is no number", { batch: Number.NaN }, /^batch: .*got NaN/],
    ["no thread", { threads: 0 }, /^threads: .*got 0/],
    ["a part of a thread", { threads: 1.5 }, /^threads: .*got 1.5/],
    ["more than 64 threads", { threads: 65 }, /^threads: .*1 to 64, got 65/],
    ["two threads of the plain kernels", { threads: 2, kernels: "plain" }, /^threads: .*got 2/],
    ["a seed that is no whole number", { seed: 0.5 }, /^seed: .*got 0.5/],
  ];
  test.each(cases)("%s", async (_, options, message) => {
    await expect(createTrainer(dense.network, { seed: 1, ...options })).rejects.toThrow(RangeError);
    await expect(createTrainer(dense.network, { seed: 1, ...options })).rejects.toThrow(message);
  });

  test("a network without graph, one that does not end in a Gemm, and tensors that are not float32", async () => {
    const { network } = dense;
    const weightsOnly = { ...network, graph: undefined };
    await expect(createTrainer(weightsOnly, { seed: 1 })).rejects.toThrow(/^network: expected one with a graph/);
    const open = { ...network, graph: { ...network.graph!, nodes: network.graph!.nodes.slice(0, -1) } };
    await expect(createTrainer(open, { seed: 1 })).rejects.toThrow(/^network: expected a Gemm as its last node/);
    const tensors = network.tensors.map((tensor) => ({ ...tensor, type: "int32" }) as const);
    await expect(createTrainer({ ...network, tensors }, { seed: 1 })).rejects.toThrow(TypeError);
    await expect(createTrainer({ ...network, tensors }, { seed: 1 })).rejects.toThrow(/0\.weight.*float32.*int32/);
  });
});

describe("training refuses, naming the node,", () => {
  const { network } = convolutional;
  const conv = (attributes: Node["attributes"]) => changed(network, "Conv", { attributes });
  const pool = { kernel_shape: [2, 2], strides: [2, 2] };
  const cases: readonly [string, Network, RegExp][] = [
    [
      "an operator it does not know",
      changed(network, "Relu", { op: "Sigmoid" }),
      /^Sigmoid node ".*": .*this operator/,
    ],
    ["an operator that is a property of every object", changed(network, "Relu", { op: "toString" }), /this operator/],
    ["a kernel that does not fit", conv({ strides: [0, 2] }), /^Conv node ".*": .*stride/],
    ["groups that are not those of the weight", conv({ group: 3 }), /^Conv node ".*": .*\[N, 3, H, W\]/],
    [
      "dilations of a pooling",
      changed(network, "MaxPool", { attributes: { ...pool, dilations: [2, 2] } }),
      /^MaxPool.*dilations/,
    ],
    [
      "a pooling that is all padding",
      changed(network, "MaxPool", { attributes: { ...pool, pads: [2, 2, 2, 2] } }),
      /pads/,
    ],
    [
      "averages that leave out the padding",
      changed(network, "MaxPool", { op: "AveragePool", attributes: { ...pool, pads: [1, 1, 1, 1] } }),
      /^AveragePool.*leave out the padding/,
    ],
    [
      "a transposed input",
      changed(network, "Gemm", { attributes: { transA: 1, transB: 1 } }),
      /^Gemm node ".*": .*transA/,
    ],
    ["a factor alpha", changed(network, "Gemm", { attributes: { transB: 1, alpha: { float: 2 } } }), /^Gemm.*alpha/],
    ["a flattening of other axes", changed(network, "Flatten", { attributes: { axis: 2 } }), /^Flatten.*axis/],
    [
      "a sum of values of different shapes",
      changed(network, "Relu", { op: "Add", inputs: ["value6", "value2"] }),
      /^Add.*different shapes/,
    ],
    [
      "a tensor that two nodes read",
      changed(network, "Gemm", { inputs: ["value5", "7.weight", "7.bias"] }),
      /^Gemm.*several nodes read \("7\.weight"\)/,
    ],
    ["a weight of another shape", changed(network, "Gemm", { inputs: ["value5", "5.bias", "5.bias"] }), /^Gemm/],
    [
      "a weight that is not there",
      changed(network, "Gemm", { inputs: ["value5", "w", "b"] }),
      /no value or tensor is named "w"/,
    ],
  ];
  test.each(cases)("%s", async (_, refused, message) => {
    const trainer = await createTrainer(refused, { batch: 10, seed: 1 });
    const attempt = () => trainer.gradients(convolutional.samples);
    expect(attempt).toThrow(RangeError);
    expect(attempt).toThrow(message);
    await expect(trainer.train(convolutional.samples, { epochs: 1, learningRate: constant(1) })).rejects.toThrow(
      message,
    );
    expect(() => trainer.evaluate(convolutional.samples)).toThrow(message);
  });
});

describe("a trainer refuses", () => {
  let trainer: Trainer;
  beforeAll(async () => {
    trainer = await createTrainer(dense.network, { batch: 10, seed: 1 });
  });
  const { samples } = dense;
  const valid: TrainOptions<Trainer> = { epochs: 1, learningRate: constant(1e-3) };

  const badSamples: readonly [string, Samples, RegExp][] = [
    ["no samples", { inputs: new Uint8Array(0), labels: new Uint8Array(0) }, /^samples: /],
    [
      "fewer samples than a batch",
      { inputs: new Uint8Array(13 * 9), labels: new Uint8Array(9) },
      /^samples: .*10, got 9/,
    ],
    ["inputs that labels do not divide", { ...samples, labels: new Uint8Array(59) }, /^samples: .*59 labels/],
    [
      "samples of another size",
      { inputs: new Uint8Array(120), labels: new Uint8Array(10) },
      /^samples: expected 13 .*got 12/,
    ],
    [
      "labels past the classes",
      { ...samples, labels: samples.labels.map(() => 4) },
      /^samples.labels\[0\]: .*under 4, got 4/,
    ],
  ];
  test.each(badSamples)("%s", async (_, bad, message) => {
    await expect(trainer.train(bad, valid)).rejects.toThrow(message);
    expect(() => trainer.gradients(bad)).toThrow(message);
    if (bad.labels.length !== 9) expect(() => trainer.evaluate(bad)).toThrow(message);
    if (bad.labels.length !== 9) expect(() => trainer.logits(bad)).toThrow(RangeError);
  });

  const nan = Number.NaN;
  const badLosses: readonly [string, LossOptions, RegExp][] = [
    ["a dropout of everything", { dropout: { "0.weight": 1 } }, /^dropout of "0.weight": .*under 1, got 1/],
    ["a dropout of NaN", { dropout: { "0.weight": nan } }, /^dropout of "0.weight": .*got NaN/],
    ["a dropout before nothing", { dropout: { w: 0.5 } }, /no tensor is named "w"/],
    ["a dropout before a bias", { dropout: { "0.bias": 0.5 } }, /^dropout: .*"0.bias"/],
    ["a negative weight decay", { weightDecay: -1 }, /^weightDecay: .*got -1/],
    ["an L1 term of NaN", { l1: nan }, /^l1: .*got NaN/],
    ["a momentum of 1", { optimizer: { kind: "sgd", momentum: 1 } }, /^optimizer.momentum: .*got 1/],
    ["a beta1 of NaN", { optimizer: { kind: "adam", beta1: nan, beta2: 0.9 } }, /^optimizer.beta1: .*got NaN/],
    ["a beta2 of 1", { optimizer: { kind: "adam", beta1: 0.9, beta2: 1 } }, /^optimizer.beta2: .*got 1/],
    [
      "a teacher of other samples",
      { distill: { logits: new Float32Array(7) } },
      /^distill.logits: .*60 rows of 4, got 7/,
    ],
    ["a share over 1", { distill: { logits: new Float32Array(240), share: 1.5 } }, /^distill.share: .*got 1.5/],
    [
      "a temperature of 0",
      { distill: { logits: new Float32Array(240), temperature: 0 } },
      /^distill.temperature: .*got 0/,
    ],
  ];
  test.each(badLosses)("%s", async (_, loss, message) => {
    await expect(trainer.train(samples, { ...valid, ...loss })).rejects.toThrow(RangeError);
    await expect(trainer.train(samples, { ...valid, ...loss })).rejects.toThrow(message);
    expect(() => trainer.gradients(samples, loss)).toThrow(message);
  });

  const badRuns: readonly [string, Partial<TrainOptions<Trainer>>, RegExp][] = [
    ["epochs of NaN", { epochs: nan }, /^epochs: .*got NaN/],
    ["half an epoch", { epochs: 0.5 }, /^epochs: .*got 0.5/],
    ["a first epoch past the last", { firstEpoch: 2 }, /^firstEpoch: .*0 to 1, got 2/],
    [
      "a learning rate that becomes NaN",
      { learningRate: (done) => (done > 0.5 ? nan : 1) },
      /^learningRate: .*got NaN/,
    ],
    [
      "an L1 schedule of infinity",
      { l1: 1, l1Schedule: () => Number.POSITIVE_INFINITY },
      /^l1Schedule: .*got Infinity/,
    ],
    ["a hook every 0 steps", { hook: gradualPruning({ sparsity: 0.5, every: 0 }) }, /^hook.steps: .*at least 1, got 0/],
    [
      "a sparsity over 1",
      { hook: gradualPruning({ sparsity: 1.5, schedule: () => 1, score: "magnitude" }) },
      /sparsity/,
    ],
    ["scores of inputs nobody tracks", { hook: gradualPruning({ sparsity: 0.5, schedule: () => 1 }) }, /trackInputs/],
  ];
  test.each(badRuns)("%s, before a weight has changed", async (_, options, message) => {
    const before = trainer.weights("0.weight");
    await expect(trainer.train(samples, { ...valid, ...options })).rejects.toThrow(RangeError);
    await expect(trainer.train(samples, { ...valid, ...options })).rejects.toThrow(message);
    expect(trainer.weights("0.weight")).toEqual(before);
  });

  const codebook = { centroids: Float32Array.of(1, 2), codes: new Uint8Array(130) };
  const badCalls: readonly [string, () => unknown, RegExp][] = [
    [
      "a mask of another length",
      () => trainer.setMask("0.weight", new Uint8Array(5)),
      /^mask of "0.weight": .*130.*got 5/,
    ],
    [
      "weights of another length",
      () => trainer.setWeights("0.bias", new Float32Array(9)),
      /^weights of "0.bias": .*10.*got 9/,
    ],
    ["the weights of nothing", () => trainer.weights("w"), /no tensor is named "w"; there are "0.weight", "0.bias"/],
    ["codes of another length", () => trainer.share("0.bias", codebook), /^codes of "0.bias": .*10.*got 130/],
    [
      "a code past the codebook",
      () => trainer.share("0.weight", { ...codebook, codes: codebook.codes.fill(2, 129) }),
      /^codes\[129\] of "0.weight": .*under 2, got 2/,
    ],
    [
      "an empty codebook",
      () => trainer.share("0.weight", { ...codebook, centroids: new Float32Array(0) }),
      /^centroids of "0.weight"/,
    ],
    [
      "a codebook without room for the zero",
      () => trainer.share("0.weight", { ...codebook, centroids: new Float32Array(65536) }),
      /^centroids of "0.weight": .*got 65536/,
    ],
    [
      "centroids of what is not shared",
      () => trainer.setCentroids("2.weight", new Float32Array(1)),
      /"2.weight" has no codebook/,
    ],
    ["a codebook of no centroids", () => shareWeights(trainer, { sizes: { "2.weight": 0 } }), /size/],
    [
      "the rms of inputs that nobody tracked",
      () => trainer.inputRms("0.weight"),
      /^inputRms\("0.weight"\): .*trackInputs/,
    ],
    ["a sparsity of NaN", () => prune(trainer, { sparsity: nan, score: "magnitude" }), /sparsity/],
    [
      "a sparsity of nothing",
      () => prune(trainer, { sparsity: { w: 0.5 }, score: "magnitude" }),
      /no tensor is named "w"/,
    ],
    [
      "a multiplier of 0",
      () => prune(trainer, { sparsity: 0.5, score: "magnitude", multipliers: { "0.weight": 0 } }),
      /^multiplier: /,
    ],
    [
      "a state of nothing",
      () => trainer.restore(new Map()),
      /^state: expected 130 numbers for "0.weight:weights", got none/,
    ],
  ];
  test.each(badCalls)("%s", (_, call, message) => {
    expect(call).toThrow(RangeError);
    expect(call).toThrow(message);
  });

  test("weights of NaN where they are to be scored", async () => {
    const broken = await createTrainer(dense.network, { batch: 10, seed: 1 });
    broken.setWeights("2.weight", new Float32Array(90).fill(nan, 7));
    expect(() => prune(broken, { sparsity: 0.5, score: "magnitude" })).toThrow(/weights\[7\]/);
  });

  test("to run once it is closed, instead of waiting for its threads for ever", async () => {
    const closed = await createTrainer(dense.network, { batch: 10, seed: 1, threads: 2 });
    await closed.close();
    expect(() => closed.evaluate(samples)).toThrow(/the trainer is closed/);
    expect(closed.weights("0.bias").length).toBe(10);
  });
});

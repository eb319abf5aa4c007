import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesSource } from "@deep-compression/bits";
import { sessionExecutor } from "@deep-compression/inference";
import { openModel } from "@deep-compression/model-io";
import { floatTensor, floatValues, type Network, type Node, type Tensor } from "@deep-compression/network";
import type { Executor, NamedTensors } from "@deep-compression/network-calibration";
import { seededRandom } from "@deep-compression/runtime";
import { describe, expect, test } from "vitest";
import { inputArrays } from "../src/calibration-arrays";
import { trialOf } from "../src/calibration-trial";
import { digitsOf, withDigitsOf } from "../src/few-digits";
import { finetunedTrial } from "../src/finetuned-trial";
import { itemsOf } from "../src/item-batches";
import { outputsOf } from "../src/network-outputs";
import { wholeNetwork } from "../src/whole-network";
import { call, temporaryFolder, writeArray, writeModelFile } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

const [ITEMS, CHANNELS, SIDE] = [240, 3, 8];

/** A residual block of a depthwise and a pointwise convolution behind a first one, normalized, and a classifier; all random. */
function residualNetwork(normalization: "normalized" | "plain" = "plain"): Network {
  const random = seededRandom(4);
  const tensors: Tensor[] = [];
  const tensor = (name: string, shape: readonly number[], center = 0, scale = 0.5) => {
    const count = shape.reduce((product, size) => product * size, 1);
    const values = Float32Array.from({ length: count }, () => center + scale * (2 * random() - 1));
    tensors.push(floatTensor(name, shape, values));
    return name;
  };
  const nodes: Node[] = [];
  const emit = (
    op: string,
    inputs: readonly string[],
    attributes: Node["attributes"] = {},
    output = `v${nodes.length}`,
  ) => {
    nodes.push({ op, inputs, outputs: [output], attributes });
    return output;
  };
  const normalized = (x: string, of: string) => {
    if (normalization === "plain") return emit("Identity", [x]);
    return emit("BatchNormalization", [
      x,
      tensor(`${of}.scale`, [16], 1, 0.3),
      tensor(`${of}.bias`, [16]),
      tensor(`${of}.mean`, [16]),
      tensor(`${of}.variance`, [16], 1),
    ]);
  };
  const pads = [1, 1, 1, 1];
  const first = emit("Relu", [normalized(emit("Conv", ["x", tensor("conv1", [16, CHANNELS, 3, 3])], { pads }), "bn1")]);
  const deep = normalized(
    emit("Conv", [first, tensor("conv2", [16, 1, 3, 3])], { pads, group: 16, strides: [1, 1] }),
    "bn2",
  );
  const wide = normalized(emit("Conv", [emit("Relu", [deep]), tensor("conv3", [16, 16, 1, 1])]), "bn3");
  const sum = emit("Relu", [emit("Add", [wide, first])]);
  const pooled =
    normalization === "plain"
      ? emit("AveragePool", [sum], { kernel_shape: [SIDE, SIDE] })
      : emit("GlobalAveragePool", [sum]);
  const rows = emit("Flatten", [pooled]);
  emit("Gemm", [rows, tensor("linear", [5, 16]), tensor("linear.bias", [5])], { transB: 1 }, "scores");
  return {
    graph: {
      opset: 13,
      inputs: [{ name: "x", type: "float32", shape: ["N", CHANNELS, SIDE, SIDE] }],
      outputs: [{ name: "scores", type: "float32", shape: ["N", 5] }],
      nodes,
    },
    tensors,
  };
}

/** Pictures of a few waves each. */
function pictures(): number[] {
  const random = seededRandom(8);
  return Array.from({ length: ITEMS * CHANNELS }, () => {
    const [a, b, c] = [random(), random(), random()];
    return Array.from(
      { length: SIDE * SIDE },
      (_, i) => Math.sin(a * (i % SIDE) + 2 * b * Math.floor(i / SIDE) + 6 * c) + 0.1 * random(),
    );
  }).flat();
}

/** Our own session, for graphs of normalizations too: they are convolutions of one tap, each channel by itself. */
function foldingExecutor(): Executor {
  const session = sessionExecutor();
  const folded = ({ graph, tensors }: Network): Network => {
    const values = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    const more: Tensor[] = [];
    const nodes = graph!.nodes.map((node) => {
      const { op, inputs: names, outputs } = node;
      if (op === "GlobalAveragePool") return { ...node, op: "AveragePool", attributes: { kernel_shape: [SIDE, SIDE] } };
      if (op !== "BatchNormalization") return node;
      const [scale, bias, mean, variance] = names.slice(1).map((name) => floatValues(values.get(name)!));
      const gain = scale!.map((own, c) => own / Math.sqrt(variance![c]! + 1e-5));
      const [w, b] = [`${outputs[0]}.gain`, `${outputs[0]}.shift`];
      more.push(floatTensor(w, [gain.length, 1, 1, 1], gain));
      more.push(
        floatTensor(
          b,
          [gain.length],
          gain.map((own, c) => bias![c]! - own * mean![c]!),
        ),
      );
      return { op: "Conv", inputs: [names[0]!, w, b], outputs, attributes: { group: gain.length } };
    });
    return { graph: { ...graph!, nodes }, tensors: [...tensors, ...more] };
  };
  return { name: "folding", prepare: (network) => session.prepare(folded(network)) };
}

type Batches = readonly NamedTensors[];

/** A tensor rounded to multiples. */
function roundedTensor(tensor: Tensor, step: number): Tensor {
  const values = floatValues(tensor).map((value) => Math.round(value / step) * step + 0);
  return floatTensor(tensor.name, tensor.shape, values);
}

const model = await writeModelFile(at("model.onnx"), residualNetwork());
const inputs = await writeArray(at("x.npy"), [ITEMS, CHANNELS, SIDE, SIDE], pictures());

const compress = (file: string, ...args: string[]) =>
  call(["compress", model, "-o", at(file), "--calibrate", inputs, ...args]);

describe("compress --calibrate --finetune", () => {
  test("says what it did, takes it only if it is better on items held out, and repeats to the bit", async () => {
    const { code, out, error } = await compress("a.dcz", "--max-error", "0.05", "--finetune", "200", "--json");
    expect({ code, error }).toEqual({ code: 0, error: "" });
    const { finetuning, certificate, curve, lambda } = JSON.parse(out);
    const isBetter = finetuning.errorAfter < finetuning.errorBefore;
    expect(finetuning).toMatchObject({ steps: 200, taken: isBetter ? true : "no better" });
    expect(finetuning.bytesAfter).toBeLessThan(1.05 * finetuning.bytesBefore);
    const chosen = curve.find((trial: { lambda: number }) => trial.lambda === lambda);
    expect(finetuning.errorBefore).toBe(chosen.outputError);
    expect(certificate.finetuning?.steps).toBe(isBetter ? 200 : undefined);
    const told = isBetter ? finetuning.errorAfter : finetuning.errorBefore;
    expect(certificate.outputs.scores.relativeError).toBe(told);
    const inspected = JSON.parse((await call(["inspect", at("a.dcz"), "--json"])).out);
    expect(JSON.parse(inspected.metadata.certificate).finetuning?.steps).toBe(isBetter ? 200 : undefined);
    await compress("again.dcz", "--max-error", "0.05", "--finetune", "200");
    expect(await readFile(at("again.dcz"))).toEqual(await readFile(at("a.dcz")));
  });

  test("trains scales and biases of normalizations too", async () => {
    const path = await writeModelFile(at("normalized.onnx"), residualNetwork("normalized"));
    const opened = await openModel(bytesSource(new Uint8Array(await readFile(path))), { name: "normalized.onnx" });
    const network = await wholeNetwork(opened);
    const items = itemsOf(await inputArrays(network.graph.inputs, [inputs]), network.graph.inputs);
    const [batches, heldOut] = [0, 1].map((part) =>
      items.batches(Array.from({ length: ITEMS / 2 }, (_, i) => 2 * i + part)),
    ) as [Batches, Batches];
    const executor = foldingExecutor();
    // Each weight rounded by itself, and biases to multiples of a sixteenth.
    const tensors = new Map(
      network.tensors
        .filter(({ name }) => !/mean|variance|scale/.test(name))
        .map((tensor) => [tensor.name, roundedTensor(tensor, tensor.shape.length > 1 ? 0.25 : 1 / 16)]),
    );
    for (const name of ["bn1.scale", "bn2.scale", "bn3.scale"])
      tensors.set(name, roundedTensor(network.tensors.find((tensor) => tensor.name === name)!, 1 / 64));
    const outputs = {
      dense: await outputsOf(network, heldOut, executor),
      compressed: await outputsOf(
        { ...network, tensors: network.tensors.map((tensor) => tensors.get(tensor.name) ?? tensor) },
        heldOut,
        executor,
      ),
    };
    const context = {
      model: opened,
      network,
      plan: { default: { share: "exact" } },
      certified: {
        method: "calibrated",
        modelSha256: "0".repeat(64),
        calibrationItems: ITEMS / 2,
        heldOutItems: ITEMS / 2,
        executor: executor.name,
      },
    } as const;
    const trial = await trialOf({ lambda: 1, layers: [], tensors, outputs }, context);
    const steps: number[] = [];
    const onStep = ({ step }: { step: number }) => void steps.push(step);
    const given = { ...context, steps: 100, batches, heldOut, executor, onStep };
    const made = await finetunedTrial(trial, { ...given, goal: { outputError: 1 } });
    const { errorBefore, errorAfter, taken } = made.report;
    expect(taken).toBe(true);
    expect(errorBefore).toBe(trial.outputError);
    expect(errorAfter).toBeLessThan(0.7 * errorBefore);
    expect(made.trial.outputError).toBe(errorAfter);
    expect(made.trial.certificate.finetuning).toEqual({ steps: 100, errorBefore });
    expect(steps).toEqual(Array.from({ length: 100 }, (_, i) => i + 1));
    const tight = await finetunedTrial(trial, { ...given, goal: { bytes: 100 } });
    expect(tight).toMatchObject({ trial, report: { taken: "over the size" } });
    for (const name of ["bn1.scale", "bn2.bias", "bn3.scale", "conv2"])
      expect(made.trial.tensors.get(name)!.bytes, name).not.toEqual(trial.tensors.get(name)!.bytes);
    // As few digits as before, as many shared values at most, and zero where zero was.
    for (const name of ["conv1", "conv2", "conv3", "linear"]) {
      const [before, after] = [trial, made.trial].map((one) => floatValues(one.tensors.get(name)!));
      expect(new Set(after).size).toBeLessThanOrEqual(new Set(before).size);
      before!.forEach((value, i) => {
        if (value === 0) expect(after![i]).toBe(0);
      });
    }
    const multiples = floatValues(made.trial.tensors.get("bn1.bias")!).map((value) => value * 16);
    expect(multiples.every(Number.isInteger)).toBe(true);
  });

  test("keeps to a size, and tells it in text", async () => {
    const { code, out, error } = await compress("b.dcz", "--target-size", "1600", "--finetune", "200");
    expect({ code, error }).toEqual({ code: 0, error: "" });
    expect((await readFile(at("b.dcz"))).length).toBeLessThanOrEqual(1600);
    expect(out).toMatch(/trained for 200 steps: output error [\d.]+ % -> [\d.]+ %, 1,\d+ -> 1,\d+ bytes/);
    expect(out).toMatch(/│ written │/);
  });

  test("is left out where it is no better, and the file is the one without it", async () => {
    const goal = ["--max-error", "0.001"];
    await compress("plain.dcz", ...goal);
    const { out, error } = await compress("c.dcz", ...goal, "--finetune", "1");
    expect(error).toBe("");
    expect(out).toMatch(/trained for 1 step: .*no better, so left out/);
    expect(await readFile(at("c.dcz"))).toEqual(await readFile(at("plain.dcz")));
  });

  test("is refused before any work for operators that training does not know, all named in one line", async () => {
    const { graph, tensors } = residualNetwork();
    const others: Readonly<Record<string, string>> = { Relu: "Tanh", Add: "Mul" };
    const nodes = graph!.nodes.map((node) => ({ ...node, op: others[node.op] ?? node.op }));
    await writeModelFile(at("other.onnx"), { graph: { ...graph!, nodes }, tensors });
    const args = ["compress", at("other.onnx"), "-o", at("none.dcz"), "--calibrate", inputs, "--finetune", "10"];
    const { code, out, error } = await call(args);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toMatch(/--finetune: training does not know the operators Tanh, Mul; leave it out\n$/);
    expect(error.trimEnd()).not.toContain("\n");
    expect(existsSync(at("none.dcz"))).toBe(false);
    expect(existsSync(at("none.dcz.calibration"))).toBe(false);
  });

  test("wants --calibrate, and a number of steps", async () => {
    const alone = await call(["compress", model, "-o", at("none.dcz"), "--finetune", "10"]);
    expect(alone).toMatchObject({ code: 2 });
    expect(alone.error).toMatch(/--finetune says nothing without --calibrate/);
    expect((await compress("none.dcz", "--finetune", "0")).code).toBe(2);
    expect((await compress("none.dcz", "--finetune", "many")).code).toBe(2);
  });
});

describe("digits of trained values", () => {
  const tensor = (values: readonly number[], shape: readonly number[] = [values.length]) =>
    floatTensor("t", shape, Float32Array.from(values));
  const rounded = (like: readonly number[], values: readonly number[], bitsLess?: number) => [
    ...floatValues(withDigitsOf(tensor(values), digitsOf(tensor(like)), bitsLess)),
  ];

  test("of biases are multiples of the same power of two", () => {
    expect(digitsOf(tensor([1.25, -3, 0.5, 7.75]))).toEqual({ kind: "multiples", exponent: -2 });
    expect(rounded([1.25, -3, 0.5, 7.75], [1.3, -2.9, 0.01, 7.7])).toEqual([1.25, -3, 0, 7.75]);
    expect(rounded([1.25, -3, 0.5, 7.75], [1.3, -2.9, 0.3, 7.7], 1)).toEqual([1.5, -3, 0.5, 7.5]);
  });

  test("of factors are as many significant bits", () => {
    const factors = [255, 129 / 1024, 131 / 64, 193 * 16];
    expect(digitsOf(tensor(factors))).toEqual({ kind: "significant", bits: 8 });
    expect(rounded(factors, [255.4, 0.12613, -2.05, 3111])).toEqual([255, 129 / 1024, -131 / 64, 194 * 16]);
  });

  test("of weights are those of float16, where all are", () => {
    expect(digitsOf(tensor([0.5, 0.25], [1, 2])).kind).toBe("float16");
    expect(digitsOf(tensor([0.5, Math.fround(0.1)], [1, 2])).kind).toBe("float32");
    expect(digitsOf(tensor([0, 0])).kind).toBe("float32");
    expect(digitsOf(tensor([Math.fround(0.1), Math.PI])).kind).toBe("float32");
  });
});

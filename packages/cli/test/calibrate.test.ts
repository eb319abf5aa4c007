import { existsSync } from "node:fs";
import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bytesSource } from "@deep-compression/bits";
import { openModel, writeNpy } from "@deep-compression/model-io";
import { floatTensor, floatValues, type Network } from "@deep-compression/network";
import type { LayerReport } from "@deep-compression/network-calibration";
import { seededRandom } from "@deep-compression/runtime";
import { describe, expect, test } from "vitest";
import { compressCalibrated } from "../src/calibrated-compression";
import { availableExecutor } from "../src/executors";
import { itemsOf } from "../src/item-batches";
import { call, randomTensor, readArray, smallNetwork, temporaryFolder, writeArray, writeModelFile } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

const [ITEMS, INPUTS, HIDDEN, CLASSES] = [160, 24, 32, 4];

/** Two layers of random weights. */
function perceptron(): Network {
  return {
    graph: {
      opset: 13,
      inputs: [{ name: "x", type: "float32", shape: ["N", INPUTS] }],
      outputs: [{ name: "scores", type: "float32", shape: ["N", CLASSES] }],
      nodes: [
        { op: "Gemm", inputs: ["x", "w1", "b1"], outputs: ["h"], attributes: { transB: 1 } },
        { op: "Relu", inputs: ["h"], outputs: ["r"], attributes: {} },
        { op: "Gemm", inputs: ["r", "w2", "b2"], outputs: ["scores"], attributes: { transB: 1 } },
      ],
    },
    tensors: [
      randomTensor("w1", [HIDDEN, INPUTS], 1),
      randomTensor("b1", [HIDDEN], 2),
      randomTensor("w2", [CLASSES, HIDDEN], 3),
      randomTensor("b2", [CLASSES], 4),
    ],
  };
}

/** Inputs that are alike: mixtures of a few patterns. */
function inputs(items = ITEMS, seed = 7): number[] {
  const random = seededRandom(seed);
  const patterns = Array.from({ length: 8 * INPUTS }, () => random() - 0.5);
  return Array.from({ length: items }, () => {
    const amounts = Array.from({ length: 8 }, () => random() - 0.5);
    return Array.from(
      { length: INPUTS },
      (_, i) => amounts.reduce((sum, amount, k) => sum + amount * patterns[k * INPUTS + i]!, 0) + 0.01 * random(),
    );
  }).flat();
}

await writeModelFile(at("model.onnx"), perceptron());
await writeArray(at("x.npy"), [ITEMS, INPUTS], inputs());
await writeArray(
  at("new.npy"),
  [ITEMS, INPUTS],
  inputs(ITEMS, 7).map((value) => 0.9 * value),
);
const model = at("model.onnx");
const calibrate = ["--calibrate", at("x.npy")];

async function scoresOf(file: string, array: string): Promise<Float32Array> {
  expect((await call(["run", file, "--input", array, "-o", at("y.npy")])).error).toBe("");
  return (await readArray(at("y.npy"))).values;
}

describe("compress --calibrate", () => {
  test("meets an error of the outputs on inputs that were held out, and says so in the file", async () => {
    const { code, out, error } = await call(["compress", model, "-o", at("a.dcz"), ...calibrate, "--json"]);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    const { certificate, curve, layers } = JSON.parse(out);
    expect(certificate).toMatchObject({
      method: "calibrated",
      calibrationItems: 140,
      heldOutItems: 20,
      executor: "deep-compression",
    });
    const { relativeError, top1 } = certificate.outputs.scores;
    expect(relativeError).toBeLessThanOrEqual(0.01);
    expect(relativeError).toBeGreaterThan(0.005);
    expect(top1).toBeGreaterThan(0.9);
    expect(layers.map(({ tensor }: { tensor: string }) => tensor)).toEqual(["w1", "w2"]);
    expect(curve.length).toBeGreaterThan(1);
    // Of all inputs, by the command that runs files: about as the certificate tells of those held out.
    await call(["compress", model, "-o", at("same.dcz"), "--lossless"]);
    const [ours, right] = [await scoresOf(at("a.dcz"), at("new.npy")), await scoresOf(at("same.dcz"), at("new.npy"))];
    const squares = (values: Float32Array) => values.reduce((sum, value) => sum + value * value, 0);
    const off = Math.sqrt(squares(ours.map((value, i) => value - right[i]!)) / squares(right));
    expect(off).toBeLessThan(0.02);
    const inspected = JSON.parse((await call(["inspect", at("a.dcz"), "--json"])).out);
    expect(JSON.parse(inspected.metadata.certificate)).toMatchObject({ version: 1, heldOutItems: 20 });
  });

  test("takes no more bytes than a size, certificate and all, and draws a page", async () => {
    const args = ["compress", model, "-o", at("b.dcz"), ...calibrate, "--target-size", "1200"];
    const { code, out, error } = await call([...args, "--report", at("b.html")]);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    const { length } = await readFile(at("b.dcz"));
    expect(length).toBeLessThanOrEqual(1200);
    expect(length).toBeGreaterThan(1100);
    expect(out).toMatch(/model\.onnx .* bytes -> .*b\.dcz [\d,]+ bytes: [\d.]+x smaller/);
    expect(out).toMatch(/fitted to 140 items in deep-compression; errors are on 20 items held out/);
    expect(out).toMatch(/wrote .*b\.dcz/);
    expect(await readFile(at("b.html"), "utf8")).toContain("int8 a channel, deflated");
  });

  test("takes sets of inputs, each for a branch of its own, and tells of the items of all", async () => {
    const layer = (number: number) => ({
      graph: {
        inputs: [],
        outputs: [{ name: "h" }],
        nodes: [{ op: "MatMul", inputs: ["x", `w${number}`], outputs: ["h"], attributes: {} }],
        tensors: {},
      },
    });
    await writeModelFile(at("either.onnx"), {
      graph: {
        opset: 13,
        inputs: [
          { name: "x", type: "float32", shape: ["N", INPUTS] },
          { name: "on", type: "bool", shape: [] },
        ],
        outputs: [{ name: "y", type: "float32", shape: ["N", HIDDEN] }],
        nodes: [
          { op: "If", inputs: ["on"], outputs: ["y"], attributes: { then_branch: layer(1), else_branch: layer(2) } },
        ],
      },
      tensors: [randomTensor("w1", [INPUTS, HIDDEN], 1), randomTensor("w2", [INPUTS, HIDDEN], 2)],
    });
    for (const [name, value] of [
      ["on", 1],
      ["off", 0],
    ] as const) {
      await writeFile(at(`${name}.npy`), writeNpy({ name: "", type: "bool", shape: [], bytes: Uint8Array.of(value) }));
    }
    await writeArray(at("few.npy"), [80, INPUTS], inputs(80, 8));
    const set = (array: string, on: string) => ["--calibrate", `x=${at(array)}`, "--calibrate", `on=${at(on)}`];
    const compress = (...args: string[]) => call(["compress", at("either.onnx"), "-o", at("either.dcz"), ...args]);
    const both = await compress(...set("x.npy", "on.npy"), ...set("few.npy", "off.npy"), "--json");
    expect(both).toMatchObject({ code: 0, error: "" });
    const { certificate, layers } = JSON.parse(both.out);
    expect(certificate).toMatchObject({ calibrationItems: 210, heldOutItems: 30 });
    expect(certificate.outputs.y.relativeError).toBeLessThanOrEqual(0.01);
    const told = layers.map(({ tensor, method, inputs: rows }: LayerReport) => [tensor, method, rows]);
    expect(told).toEqual([
      ["w1", "compensated", 140],
      ["w2", "compensated", 70],
    ]);
    const one = await compress(...set("x.npy", "on.npy"));
    expect(one.out).toMatch(
      /not calibrated: 1 weight of 768 elements, off by [\d.]+ % \(data-free: in a branch that no input/,
    );
    const lacking = await compress(...set("x.npy", "on.npy"), "--calibrate", `x=${at("few.npy")}`);
    expect(lacking.error).toMatch(
      /set 2 of the inputs, which begins where an input is given again: input "on" .* no array/,
    );
    const trained = await compress(...set("x.npy", "on.npy"), ...set("few.npy", "off.npy"), "--finetune", "3");
    expect(trained.error).toMatch(/--finetune: takes each input once/);
  });

  test("is held to its certificate by verify, which finds another model, and other inputs, out", async () => {
    const verify = (...args: string[]) => call(["verify", at("a.dcz"), ...args]);
    const found = await verify("--against", model, "--inputs", at("x.npy"));
    expect(found).toMatchObject({ code: 0, error: "" });
    expect(found.out).toMatch(/output scores is off by [\d.]+ %, its certificate says [\d.]+ %: ok/);
    const { outputs } = JSON.parse((await verify("--against", model, "--inputs", at("x.npy"), "--json")).out);
    expect(outputs.scores.relativeError).toBeLessThanOrEqual(1.1 * outputs.scores.stated);
    // Inputs of another kind: what weights were fitted to does not matter there.
    await writeArray(at("noise.npy"), [ITEMS, INPUTS], [...floatValues(randomTensor("x", [ITEMS, INPUTS], 99))]);
    const noise = await verify("--against", model, "--inputs", at("noise.npy"));
    expect(noise.code).toBe(1);
    expect(noise.error).toMatch(
      /output "scores" of ".*a\.dcz" is off by [\d.]+ % on these inputs, where its certificate says/,
    );
    const { tensors, graph } = perceptron();
    await writeModelFile(at("other.onnx"), {
      graph,
      tensors: tensors.with(0, randomTensor("w1", [HIDDEN, INPUTS], 9)),
    });
    const other = await verify("--against", at("other.onnx"), "--inputs", at("x.npy"));
    expect(other.error).toMatch(/other\.onnx" is not the model that ".*a\.dcz" was made of/);
    await call(["compress", model, "-o", at("same.dcz"), "--lossless"]);
    const none = await call(["verify", at("same.dcz"), "--against", model, "--inputs", at("x.npy")]);
    expect(none.error).toMatch(/it has no certificate: only files of compress --calibrate do/);
    expect((await verify("--against", model)).code).toBe(2);
  });

  test("keeps the accuracy on items held out, where there are labels", async () => {
    await call(["compress", model, "-o", at("same.dcz"), "--lossless"]);
    const scores = await scoresOf(at("same.dcz"), at("x.npy"));
    const labels = Array.from({ length: ITEMS }, (_, i) => {
      const row = [...scores.subarray(i * CLASSES, (i + 1) * CLASSES)];
      return row.indexOf(Math.max(...row));
    });
    const bytes = new Uint8Array(BigInt64Array.from(labels, BigInt).buffer);
    await writeFile(at("labels.npy"), writeNpy({ name: "", type: "int64", shape: [ITEMS], bytes }));
    const args = ["compress", model, "-o", at("c.dcz"), ...calibrate, "--labels", at("labels.npy"), "--max-drop", "5"];
    const { code, out, error } = await call([...args, "--json"]);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    const { curve, certificate } = JSON.parse(out);
    expect(certificate.heldOutItems).toBe(40);
    expect(certificate.outputs.scores.top1).toBeGreaterThanOrEqual(0.95 - 1e-9);
    expect(curve.some(({ drop }: { drop: number }) => drop <= 5)).toBe(true);
  });

  test("warns where few items are held out: at least half of few are", async () => {
    await writeArray(at("few.npy"), [6, INPUTS], inputs(6));
    const args = ["compress", model, "-o", at("few.dcz"), "--calibrate", at("few.npy"), "--max-error", "0.1"];
    const { out } = await call(args);
    expect(out).toMatch(/fitted to 3 items in deep-compression; errors are on 3 items held out/);
    expect(out).toMatch(/warning: errors are on 3 items only, and may be far larger on others/);
    const { warnings } = JSON.parse((await call([...args, "--json", "--dry-run"])).out);
    expect(warnings.some((warning: string) => warning.includes("3 items only"))).toBe(true);
  });

  test("is refused in one line, and nothing is written", async () => {
    const refused = async (...args: string[]) => {
      const { code, error } = await call(["compress", model, "-o", at("none.dcz"), ...args]);
      expect(existsSync(at("none.dcz"))).toBe(false);
      expect(error.trimEnd()).not.toContain("\n");
      expect(error.length).toBeLessThan(600);
      return `${code} ${error}`;
    };
    await writeArray(at("nan.npy"), [4, INPUTS], [...inputs(3), ...Array.from({ length: INPUTS }, () => Number.NaN)]);
    await writeArray(at("one.npy"), [1, INPUTS], inputs(1));
    await writeArray(
      at("wide.npy"),
      [4, INPUTS + 1],
      Array.from({ length: 4 * (INPUTS + 1) }, () => 1),
    );
    await writeFile(at("three.npy"), writeNpy(floatTensor("", [3], Float32Array.of(0, 1, 2))));
    await writeArray(
      at("odd.npy"),
      [ITEMS],
      Array.from({ length: ITEMS }, () => 0.5),
    );
    await writeFile(at("weights.safetensors"), await readFile(model));
    expect(await refused("--calibrate", at("nan.npy"))).toMatch(/^1 .*NaN/);
    expect(await refused("--calibrate", at("one.npy"))).toMatch(/^1 .*expected two items or more.*got 1/);
    expect(await refused("--calibrate", at("wide.npy"))).toMatch(
      /^1 .*input "x" \(float32 \[\?,24\]\): got an array \[4,25\]/,
    );
    expect(await refused("--calibrate", `z=${at("x.npy")}`)).toMatch(/^1 .*no input of the network.*"x"/);
    expect(await refused(...calibrate, "--labels", at("three.npy"), "--max-drop", "1")).toMatch(/expected 160 labels/);
    expect(await refused(...calibrate, "--labels", at("odd.npy"), "--max-drop", "1")).toMatch(
      /numbers of classes, got 0\.5/,
    );
    expect(await refused(...calibrate, "--max-drop", "1")).toMatch(/^2 .*--max-drop needs --labels/);
    expect(await refused("--size", "224")).toMatch(/^2 .*--size says nothing without --calibrate/);
    expect(await refused(...calibrate, "--lossless")).toMatch(/^2 /);
    expect(await refused(...calibrate, "--target-size", "60")).toMatch(
      /^1 .*--target-size: expected at least \d+ bytes/,
    );
  });
});

test("a calibration that was interrupted goes on from the layer it had come to, to the same file", async () => {
  const opened = await openModel(bytesSource(new Uint8Array(await readFile(model))), { name: "model.onnx" });
  const input = { calibrate: [at("x.npy")], goal: { outputError: 0.05 } };
  const run = async (stopAfter = Number.POSITIVE_INFINITY, folder?: string) => {
    const stop = new AbortController();
    let layers = 0;
    const onLayer = () => {
      layers++;
      if (layers === stopAfter) stop.abort(new Error("interrupted"));
    };
    const progress = { onLayer, onTrial: () => {} };
    const context = { executor: await availableExecutor(), progress, signal: stop.signal, ...(folder && { folder }) };
    const made = await compressCalibrated(opened, input, context).catch((error: Error) => error.message);
    return { made, layers };
  };
  const whole = await run();
  const folder = at("unfinished");
  expect(await run(5, folder)).toEqual({ made: "interrupted", layers: 5 });
  expect(existsSync(folder)).toBe(true);
  // A layer of which only a part was written is done again.
  const [last = ""] = (await readdir(folder)).map((name) => join(folder, name)).sort();
  await writeFile(last, (await readFile(last)).subarray(0, -3));
  const rest = await run(undefined, folder);
  expect(rest.layers).toBe(whole.layers - 4);
  expect(typeof rest.made === "object" && rest.made.bytes).toEqual(typeof whole.made === "object" && whole.made.bytes);
  expect(existsSync(folder)).toBe(false);
});

describe("sensitivity", () => {
  test("lists weights by what rounding one of them alone does to the outputs", async () => {
    const { code, out, error } = await call(["sensitivity", model, ...calibrate, "--bits", "3", "--json"]);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    const { weights, items, bits } = JSON.parse(out);
    expect({ items, bits }).toEqual({ items: 64, bits: 3 });
    const [worst, other] = weights;
    expect([worst.tensor, other.tensor].sort()).toEqual(["w1", "w2"]);
    expect(worst.outputError).toBeGreaterThanOrEqual(other.outputError);
    for (const { weightError, outputError } of weights) {
      expect(weightError).toBeGreaterThan(0.05);
      expect(weightError).toBeLessThan(0.3);
      expect(outputError).toBeGreaterThan(0.02);
      expect(outputError).toBeLessThan(1);
    }
    const fine = JSON.parse((await call(["sensitivity", model, ...calibrate, "--bits", "8", "--json"])).out);
    expect(fine.weights[0].outputError).toBeLessThan(worst.outputError / 8);
    const text = await call(["sensitivity", model, ...calibrate, "--items", "5"]);
    expect(text.out).toMatch(/one weight at a time rounded to 4 bits with a scale a row; 5 items in deep-compression/);
    expect((await call(["sensitivity", model])).code).toBe(2);
  });
});

describe("items of arrays", () => {
  const array = (rows: number, width: number) =>
    floatTensor(
      "",
      [rows, width],
      Float32Array.from({ length: rows * width }, (_, i) => i),
    );

  test("are rows of the first axis, in batches; an input of a fixed size has a run for each", () => {
    const free = itemsOf(new Map([["x", array(70, 2)]]), [{ name: "x", type: "float32", shape: ["N", 2] }]);
    expect(free.count).toBe(70);
    const all = Array.from({ length: 70 }, (_, i) => 69 - i);
    expect(free.batches(all).map((batch) => batch.get("x")!.shape)).toEqual([
      [32, 2],
      [32, 2],
      [6, 2],
    ]);
    const fixed = itemsOf(
      new Map([
        ["x", array(6, 2)],
        ["rate", array(1, 1)],
      ]),
      [
        { name: "x", type: "float32", shape: [2, 2] },
        { name: "rate", type: "float32", shape: [1, 1] },
      ],
    );
    expect(fixed.count).toBe(3);
    const [batch] = fixed.batches([2]);
    expect([...new Float32Array(batch!.get("x")!.bytes.buffer)]).toEqual([8, 9, 10, 11]);
    expect(batch!.get("rate")!.shape).toEqual([1, 1]);
  });

  test("must be as many for each input", () => {
    const inputs = ["a", "b"].map((name) => ({ name, type: "float32" as const, shape: ["N", 1] }));
    const arrays = new Map([
      ["a", array(2, 1)],
      ["b", array(3, 1)],
    ]);
    expect(() => itemsOf(arrays, inputs)).toThrow('arrays of as many items each are needed, got "a" 2, "b" 3');
    expect(() => itemsOf(new Map(), inputs)).toThrow(/input "a" .* has no array; give it as --calibrate a=x\.npy/);
  });
});

test("a model without a graph cannot be calibrated", async () => {
  const { tensors } = smallNetwork();
  const { writeSafetensors } = await import("@deep-compression/model-io");
  await writeFile(at("w.safetensors"), writeSafetensors({ graph: undefined, tensors }));
  const { code, error } = await call(["compress", at("w.safetensors"), "-o", at("w.dcz"), ...calibrate]);
  expect(code).toBe(1);
  expect(error).toMatch(/to be run it needs a graph, and it has none that we know: .*; give the \.onnx model/);
});

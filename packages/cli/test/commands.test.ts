import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "@deep-compression/cli";
import { denseWeights, floatData, prepare } from "@deep-compression/inference";
import { readModel, writeSafetensors } from "@deep-compression/model-io";
import { floatTensor, floatValues, lenet300100, type Network } from "@deep-compression/network";
import { beforeAll, describe, expect, it } from "vitest";
import {
  call,
  idx,
  randomLenet,
  readArray,
  smallNetwork,
  temporaryFolder,
  writeArray,
  writeModelFile,
} from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const bytesOf = async (name: string) => new Uint8Array(await readFile(at(name)));
const modelOf = async (name: string): Promise<Network> => readModel(await bytesOf(name), { name });
const lenet = randomLenet();
/** Weights that lie as trained ones do, most of them small: even ones have errors in steps, by the number of values. */
const trained: Network = {
  ...lenet,
  tensors: lenet.tensors.map((tensor) =>
    floatTensor(
      tensor.name,
      tensor.shape,
      floatValues(tensor).map((value) => value ** 3),
    ),
  ),
};
const pixels = Uint8Array.from({ length: 30 * 784 }, (_, i) => (i * 37) % 256);

beforeAll(async () => {
  await writeModelFile(at("lenet.onnx"), lenet);
  await writeModelFile(at("trained.onnx"), trained);
  expect(await call(["compress", at("lenet.onnx"), "-o", at("lenet.dcz")])).toMatchObject({ code: 0, error: "" });
});

describe("compress", () => {
  it("prints a report of bytes, loss and what was left alone; inspect prints the ledger in the paper's columns", async () => {
    const { code, out } = await call(["compress", at("lenet.onnx"), "-o", at("again.dcz")]);
    expect(code).toBe(0);
    const [size, model] = [(await bytesOf("again.dcz")).length, (await bytesOf("lenet.onnx")).length];
    expect(out).toContain(
      `${at("lenet.onnx")} ${model.toLocaleString("en-US")} bytes -> ${at("again.dcz")} ${size.toLocaleString("en-US")} bytes: ${(model / size).toFixed(2)}x smaller\n`,
    );
    expect(out).toMatch(/\n3 tensors coded with loss, relative errors: ip1\.weight [\d.]+ %, ip2\.weight [\d.]+ %/);
    expect(out).toContain("\nleft bit for bit: 3 tensors of 410 elements (no weight: operand of Gemm)\n");
    expect(out).toContain("\nthe command run can run it, as far as its graph tells\n");
    expect(out).toContain(`wrote ${at("again.dcz")}\n`);
    expect(out).not.toMatch(/│|warning/);
    const table = (await call(["inspect", at("again.dcz")])).out;
    expect(table).toMatch(/tensor .* weights .* kept .* value bits .* gap bits .* bytes/);
    expect(table).toMatch(/ip1\.weight │ 300x784 │ 235,200 │ +9\d\.\d % │ +context/);
    expect(table).toMatch(/whole file .* 266,610/);
    expect(table).toContain(`${size.toLocaleString("en-US")} bytes of 1,066,440 dense`);
  });

  it("by default prunes nothing, keeps biases bit for bit, and each weight within a relative error of 5 %", async () => {
    expect(await call(["restore", at("lenet.dcz"), "-o", at("restored.onnx")])).toMatchObject({ code: 0, error: "" });
    const restored = await modelOf("restored.onnx");
    expect(restored.graph).toEqual(lenet.graph);
    for (const [i, tensor] of restored.tensors.entries()) {
      const original = lenet.tensors[i];
      expect(tensor.name).toBe(original.name);
      if (tensor.shape.length === 1) expect(tensor.bytes).toEqual(original.bytes);
      else {
        const [values, before] = [floatValues(tensor), floatValues(original)];
        // The smallest are rounded to 0, as to any other value.
        const zeroed = before.filter((value, j) => value !== 0 && values[j] === 0).map(Math.abs);
        expect(zeroed.length).toBeLessThan(0.05 * before.length);
        expect(Math.max(0, ...zeroed)).toBeLessThan(
          0.1 * Math.sqrt(before.reduce((sum, v) => sum + v * v, 0) / before.length),
        );
        const square = (sum: number, value: number) => sum + value ** 2;
        const error = values.map((value, j) => value - before[j]).reduce(square, 0) / before.reduce(square, 0);
        expect(error).toBeGreaterThan(0);
        expect(Math.sqrt(error)).toBeLessThan(0.05);
      }
    }
  });

  it("--sparsity and --bits are obeyed; --json prints one value whose parts sum to the file", async () => {
    const args = ["compress", at("lenet.onnx"), "-o", at("near.dcz"), "--sparsity", "0.75", "--bits", "2", "--json"];
    const { code, out, error } = await call(args);
    expect({ code, error }).toEqual({ code: 0, error: "" });
    const { ledger, ratio } = JSON.parse(out);
    expect(ledger.fileBytes).toBe((await bytesOf("near.dcz")).length);
    expect(ratio).toBe((await bytesOf("lenet.onnx")).length / ledger.fileBytes);
    expect(ledger.rows[0]).toMatchObject({ tensor: "ip1.weight", kept: 58_800, centroids: 3 });
    const parts = ledger.rows.flatMap((row: { bytes: Record<string, number> }) => Object.values(row.bytes));
    const sum = [ledger.headerBytes, ledger.metadataBytes, ledger.graphBytes, ...parts].reduce((a, b) => a + b, 0);
    expect(sum).toBe(ledger.fileBytes);
  });

  it("--plan sets each tensor's plan by name or pattern, and metadata", async () => {
    const plan = {
      default: { share: "none" },
      tensors: { "ip1.*": { sparsity: 0.5, share: { size: 3 } }, "ip3.weight": { share: "exact", form: "dense" } },
      metadata: { source: "plan" },
    };
    await writeFile(at("plan.json"), JSON.stringify(plan));
    const args = ["compress", at("lenet.onnx"), "-o", at("plan.dcz"), "--plan", at("plan.json"), "--json"];
    const { code, out } = await call(args);
    expect(code).toBe(0);
    const rows = Object.fromEntries(JSON.parse(out).ledger.rows.map((row: { tensor: string }) => [row.tensor, row]));
    expect(rows["ip1.weight"]).toMatchObject({ kept: 117_600, centroids: 3 });
    expect(rows["ip2.weight"]).toMatchObject({ form: "split", error: 0, reason: "the plan asks for no codes" });
    expect(rows["ip3.weight"].form).toBe("dense");
    expect(JSON.parse((await call(["inspect", at("plan.dcz"), "--json"])).out).metadata).toEqual({
      author: "test",
      source: "plan",
    });
  });

  it("--target-size keeps the file below the size and near it; biases come back bit for bit", async () => {
    for (const [size, bytes] of [
      ["60000", 60_000],
      ["60kB", 60_000],
      ["60KiB", 61_440],
    ] as const) {
      const args = ["compress", at("trained.onnx"), "-o", at("sized.dcz"), "--target-size", size, "--json"];
      const { code, out, error } = await call(args);
      expect({ code, error }).toEqual({ code: 0, error: "" });
      expect(JSON.parse(out).ledger.fileBytes).toBeLessThanOrEqual(bytes);
      expect(JSON.parse(out).ledger.fileBytes).toBeGreaterThan(0.98 * bytes);
    }
    await call(["restore", at("sized.dcz"), "-o", at("sized.onnx")]);
    const restored = await modelOf("sized.onnx");
    expect(restored.tensors[1].bytes).toEqual(trained.tensors[1].bytes);
  });

  it("--max-error keeps the squared error of the weights below the fraction and near it, pruning first if asked", async () => {
    for (const [fraction, more] of [
      [0.01, []],
      [0.2, ["--sparsity", "0.5"]],
    ] as const) {
      const args = ["compress", at("trained.onnx"), "-o", at("near.dcz"), "--max-error", `${fraction}`, ...more];
      expect(await call(args)).toMatchObject({ code: 0, error: "" });
      await call(["restore", at("near.dcz"), "-o", at("near.onnx")]);
      const restored = await modelOf("near.onnx");
      let [squares, errors, zeros] = [0, 0, 0];
      for (const [i, { shape, bytes }] of restored.tensors.entries()) {
        const original = floatValues(trained.tensors[i]);
        if (shape.length === 1) expect(bytes).toEqual(trained.tensors[i].bytes);
        else
          floatValues(restored.tensors[i]).forEach((value, j) => {
            squares += original[j] ** 2;
            errors += (value - original[j]) ** 2;
            if (value === 0) zeros++;
          });
      }
      expect(errors / squares).toBeLessThanOrEqual(fraction);
      expect(errors / squares).toBeGreaterThan(0.9 * fraction);
      if (more.length > 0) expect(zeros).toBeGreaterThanOrEqual(133_100);
    }
  });

  it("a target that cannot be reached is said in one line, and so is the least that can", async () => {
    const { code, error } = await call(["compress", at("lenet.onnx"), "-o", at("no.dcz"), "--target-size", "100"]);
    expect(code).toBe(1);
    expect(error).toMatch(/cannot compress ".*lenet\.onnx": --target-size: expected at least \d+/);
    expect(await readdir(folder)).not.toContain("no.dcz");
  });

  it("a plan's targets are obeyed", async () => {
    await writeFile(at("target.json"), '{ "targetBytes": 50000, "tensors": { "*.bias": { "share": "exact" } } }');
    const args = ["compress", at("lenet.onnx"), "-o", at("plan.dcz"), "--plan", at("target.json"), "--json"];
    const { ledger } = JSON.parse((await call(args)).out);
    expect(ledger.fileBytes).toBeLessThanOrEqual(50_000);
  });

  it("shows each tensor on a screen, and clears the line", async () => {
    let out = "";
    const terminal = { out: (text: string) => (out += text), error: () => {}, isScreen: true };
    expect(await runProgram(["compress", at("lenet.onnx"), "-o", at("again.dcz")], terminal)).toBe(0);
    const start = out.indexOf(`${at("lenet.onnx")} 1,`);
    const [progress, result] = [out.slice(0, start), out.slice(start)];
    expect(progress).toContain("\r\u001b[Kcompressing 1/6 ip1.weight\r\u001b[K");
    expect(progress.endsWith("compressing 6/6 ip3.bias\r\u001b[K")).toBe(true);
    expect(result).not.toContain("\u001b[K");
    out = "";
    expect(await runProgram(["verify", at("again.dcz"), "--json"], terminal)).toBe(0);
    expect(JSON.parse(out).ok).toBe(true);
  });

  it.each([
    ["nonsense", /not JSON/],
    ["[]", /plan: expected an object, got Array/],
    ['{"tensor": {}}', /plan: expected one of default, tensors, targetBytes, maxError, effort, metadata, got "tensor"/],
    ['{"default": 3}', /default: expected an object, got 3/],
    ['{"tensors": {"w": 3}}', /tensors\["w"\]: expected an object, got 3/],
    ['{"targetBytes": "3MB"}', /plan\.targetBytes: expected an integer in .*, got "3MB"/],
    ['{"default": {}, "default": {}}', /expected each key once, got "default" twice in one object/],
    ['{"tensors": {"w": {"form": "raw"}, "b": {"form": "raw"}, "\\u0077": {}}}', /got "w" twice in one object/],
    ['{"metadata": {"a": 3}}', /plan\.metadata\["a"\]: expected a string, got 3/],
    ['{"tensors": {"w": {"sparsity": 2}}}', /plan\.tensors\["w"\]\.sparsity: expected a number in 0\.\.1, got 2/],
    ['{"default": {"sparcity": 0.5}}', /plan\.default: .*"sparcity"/],
    ['{"tensors": {"nope": {}}}', /got "nope"/],
    ['{"tensors": {"w": {"share": {"size": "31"}}}}', /plan\.tensors\["w"\]\.share\.size/],
  ])("a plan %s is refused by the name of its key", async (text, message) => {
    await writeModelFile(at("small.onnx"), smallNetwork());
    await writeFile(at("bad-plan.json"), text);
    const { code, error } = await call([
      "compress",
      at("small.onnx"),
      "-o",
      at("no.dcz"),
      "--plan",
      at("bad-plan.json"),
    ]);
    expect(code).toBe(1);
    expect(error).toMatch(message);
    expect(error).toContain("bad-plan.json");
    expect(error.trim().split("\n")).toHaveLength(1);
    expect(await readdir(folder)).not.toContain("no.dcz");
  });

  it("reads safetensors; weights only of a network of the paper still run and restore as ONNX", async () => {
    await writeFile(at("lenet.safetensors"), writeSafetensors({ graph: undefined, tensors: lenet.tensors }));
    expect(await call(["compress", at("lenet.safetensors"), "-o", at("weights.dcz")])).toMatchObject({ code: 0 });
    expect((await call(["inspect", at("weights.dcz")])).out).toContain("no graph: weights only");
    await writeArray(at("x.npy"), [1, 784], new Array(784).fill(0.5));
    expect(await call(["run", at("weights.dcz"), "--input", at("x.npy")])).toMatchObject({ code: 0 });
    expect(await call(["restore", at("weights.dcz"), "-o", at("weights.onnx")])).toMatchObject({ code: 0 });
    expect((await modelOf("weights.onnx")).graph).toEqual(lenet300100.graph);
    expect(await call(["restore", at("weights.dcz"), "-o", at("weights.safetensors")])).toMatchObject({ code: 0 });
    expect((await modelOf("weights.safetensors")).graph).toBeUndefined();
  });

  it("with --effort trades bytes for time: fast has no form context, smallest takes no more bytes than the default", async () => {
    const sizes: number[] = [];
    for (const effort of ["fast", "default", "smallest"]) {
      const { code, error } = await call(["compress", at("trained.onnx"), "-o", at("effort.dcz"), "--effort", effort]);
      expect({ code, error }).toEqual({ code: 0, error: "" });
      sizes.push((await bytesOf("effort.dcz")).length);
      const forms = (await call(["inspect", at("effort.dcz")])).out;
      expect(forms.includes("context")).toBe(effort !== "fast");
    }
    const [fast, usual, smallest] = sizes;
    expect(usual).toBeLessThan(fast);
    expect(smallest).toBeLessThanOrEqual(usual);
  });

  it("refuses another effort, and one beside a plan", async () => {
    const other = await call(["compress", at("trained.onnx"), "--dry-run", "--effort", "much"]);
    expect(other.code).toBe(2);
    expect(other.error).toContain("Allowed choices are fast, default, smallest");
    const both = await call([
      "compress",
      at("trained.onnx"),
      "--dry-run",
      "--effort",
      "fast",
      "--plan",
      at("plan.json"),
    ]);
    expect(both.code).toBe(2);
    expect(both.error).toContain("--effort");
  });
});

it("a tensor whose name is a pattern speaks for itself only, and biases are kept exactly", async () => {
  const network = smallNetwork([1, 2, 3, 4, 5, 6], [floatTensor("*", [2], Float32Array.of(0.25, 7))]);
  await writeModelFile(at("star.onnx"), network);
  const args = ["compress", at("star.onnx"), "-o", at("star.dcz"), "--sparsity", "0.5", "--json"];
  const { rows } = JSON.parse((await call(args)).out).ledger;
  expect(rows).toMatchObject([
    { tensor: "w", kept: 3 },
    { tensor: "b", kept: 2 },
    { tensor: "*", kept: 2 },
  ]);
});

it("compress makes the same file on any number of threads, which are for what has no target", async () => {
  const tensors = [40, 50].map((step) =>
    floatTensor(
      `w${step}`,
      [1100, 2000],
      Float32Array.from({ length: 2_200_000 }, (_, i) => (i % step === 0 ? Math.sin(i) : 0)),
    ),
  );
  await writeFile(at("large.safetensors"), writeSafetensors({ graph: undefined, tensors }));
  const compressOn = (threads: number) => {
    const to = ["-o", at(`on-${threads}.dcz`), "--max-error", "0.01", "--threads", `${threads}`];
    return call(["compress", at("large.safetensors"), ...to]);
  };
  for (const threads of [1, 2]) expect(await compressOn(threads)).toMatchObject({ code: 0, error: "" });
  expect(await bytesOf("on-2.dcz")).toEqual(await bytesOf("on-1.dcz"));
  const both = ["--threads", "2", "--target-size", "1MB"];
  const refused = await call(["compress", at("large.safetensors"), "-o", at("no.dcz"), ...both]);
  expect(refused.code).not.toBe(0);
  expect(refused.error).toMatch(/'--threads .*' cannot be used with/);
}, 60_000);

describe("inspect and verify", () => {
  it("inspect shows metadata, graph and the ledger that compress showed", async () => {
    const compressed = await call(["compress", at("lenet.onnx"), "-o", at("lenet.dcz"), "--json"]);
    const { out } = await call(["inspect", at("lenet.dcz")]);
    expect(out).toContain("author: test\n");
    expect(out).toMatch(/\nmodel\.onnx: onnx, [\d,]+ bytes, as it was\n/);
    expect(out).toContain("\ngraph lenet-300-100 (opset 13): 5 nodes: 3 Gemm, 2 Relu\n");
    expect(out).toContain("\ninputs: input float32 [N,784]\noutputs: output float32 [N,10]\n");
    const { ledger, graph } = JSON.parse((await call(["inspect", at("lenet.dcz"), "--json"])).out);
    expect(graph).toEqual(lenet300100.graph);
    // Why a tensor was left alone and how far it is from the model are known only where the file is made.
    const made = JSON.parse(compressed.out).ledger.rows.map(
      ({ reason: _, error: __, declined: ___, ...row }: { reason?: string; error?: number; declined?: string }) => row,
    );
    // The tensors that stand in the envelope come last, as nothing but the graph tells of them.
    const byName = (a: { tensor: string }, b: { tensor: string }) => (a.tensor < b.tensor ? -1 : 1);
    expect(ledger.rows.toSorted(byName)).toEqual(made.toSorted(byName));
  });

  it("verify says that a file is whole", async () => {
    const { length } = await bytesOf("lenet.dcz");
    expect(JSON.parse((await call(["verify", at("lenet.dcz"), "--json"])).out)).toEqual({
      file: at("lenet.dcz"),
      ok: true,
      bytes: length,
      tensors: 6,
      graph: true,
    });
    expect((await call(["verify", at("lenet.dcz")])).out).toMatch(/lenet\.dcz: ok, 6 tensors, [\d,]+ bytes\n$/);
  });
});

describe("run and evaluate", () => {
  it("run gives the outputs of the restored dense network, as .npy, JSON and text", async () => {
    const values = Array.from(pixels.subarray(0, 3 * 784), (pixel) => pixel / 255);
    await writeArray(at("x.npy"), [3, 784], values);
    const args = ["run", at("lenet.dcz"), "--input", at("x.npy")];
    expect(await call([...args, "-o", at("y.npy")])).toMatchObject({ code: 0, error: "" });
    await call(["restore", at("lenet.dcz"), "-o", at("restored.onnx")]);
    const restored = await modelOf("restored.onnx");
    const session = prepare({ graph: lenet300100.graph }, denseWeights(restored));
    const expected = floatData(session.run({ input: { shape: [3, 784], data: Float32Array.from(values) } }).output);
    const got = await readArray(at("y.npy"));
    expect(got.shape).toEqual([3, 10]);
    got.values.forEach((value, i) => {
      expect(Math.abs(value - expected[i])).toBeLessThan(1e-5 * Math.max(...expected.map(Math.abs)));
    });
    const json = JSON.parse((await call([...args, "--json"])).out);
    expect(json).toEqual({ outputs: { output: { shape: [3, 10], data: [...got.values] } } });
    expect((await call(["run", at("lenet.dcz"), "--input", `input=${at("x.npy")}`])).out).toMatch(/^output \[3,10\]\n/);
  });

  it("evaluate counts the images whose largest output is not the label", async () => {
    await writeFile(at("images.idx"), idx([30, 28, 28], pixels));
    const values = Array.from(pixels, (pixel) => pixel / 255);
    await writeArray(at("all.npy"), [30, 784], values);
    const { outputs } = JSON.parse((await call(["run", at("lenet.dcz"), "--input", at("all.npy"), "--json"])).out);
    const best = Array.from({ length: 30 }, (_, row) => {
      const scores = outputs.output.data.slice(10 * row, 10 * row + 10);
      return scores.indexOf(Math.max(...scores));
    });
    const labels = best.map((label, row) => (row % 6 === 0 ? (label + 1) % 10 : label));
    await writeFile(at("labels.idx"), idx([30], Uint8Array.from(labels)));
    const args = ["evaluate", at("lenet.dcz"), "--images", at("images.idx"), "--labels", at("labels.idx")];
    expect((await call(args)).out).toMatch(/: 5 of 30 wrong, 16\.67 % \(/);
    expect(JSON.parse((await call([...args, "--json"])).out)).toMatchObject({ images: 30, errors: 5 });
  });

  it("evaluate takes arrays too, and run writes the output that is named", async () => {
    await writeArray(
      at("all.npy"),
      [30, 784],
      Array.from(pixels, (pixel) => pixel / 255),
    );
    const idxArgs = ["evaluate", at("lenet.dcz"), "--images", at("images.idx"), "--labels", at("labels.idx"), "--json"];
    const arrayArgs = ["evaluate", at("lenet.dcz"), "--input", at("all.npy"), "--labels", at("labels.idx"), "--json"];
    const [byIdx, byArray] = [JSON.parse((await call(idxArgs)).out), JSON.parse((await call(arrayArgs)).out)];
    expect(byArray).toMatchObject({ images: 30, errors: byIdx.errors });
    expect((await call(["evaluate", at("lenet.dcz"), "--labels", at("labels.idx")])).error).toContain(
      "--images or --input",
    );
    const named = ["run", at("lenet.dcz"), "--input", at("all.npy"), "-o", `output=${at("named.npy")}`];
    expect(await call(named)).toMatchObject({ code: 0, error: "" });
    expect((await readArray(at("named.npy"))).shape).toEqual([30, 10]);
  });

  it("run, evaluate and profile spread their work over threads", async () => {
    const run = ["run", at("lenet.dcz"), "--input", at("x.npy"), "--json"];
    const labels = ["--images", at("images.idx"), "--labels", at("labels.idx")];
    const alone = await call(run);
    expect(alone).toMatchObject({ code: 0, error: "" });
    expect(await call([...run, "--threads", "2"])).toEqual(alone);
    const evaluated = await call(["evaluate", at("lenet.dcz"), ...labels, "--threads", "2", "--json"]);
    expect(JSON.parse(evaluated.out)).toMatchObject({ images: 30, errors: 5 });
    const profile = ["profile", at("lenet.dcz"), "--runs", "1", "--threads", "2"];
    expect(JSON.parse((await call([...profile, "--json"])).out)).toMatchObject({ threads: 2 });
    expect((await call(profile)).out).toMatch(/ ms a run on 2 threads, /);
    for (const command of ["run", "evaluate", "profile"])
      expect((await call([command, at("lenet.dcz"), "--threads", "0"])).error).toContain("from 1 to 64");
  });

  it("profile tells how each weight is held, and what its node takes", async () => {
    const { out, code } = await call(["profile", at("lenet.dcz"), "--runs", "2", "--json"]);
    expect(code).toBe(0);
    const { nodes, energy, weightBytes, heldBytes } = JSON.parse(out);
    const gemms = nodes.filter(({ op }: { op: string }) => op === "Gemm");
    expect(gemms.map(({ elements }: { elements: number }) => elements)).toEqual([235_200, 30_000, 1000]);
    for (const node of nodes) expect(node.milliseconds).toBeGreaterThanOrEqual(0);
    expect(heldBytes).toBeGreaterThan(weightBytes);
    expect(energy.chips.map(({ chipBytes }: { chipBytes: number }) => chipBytes)).toEqual([2 ** 20, 2 ** 22, 2 ** 23]);
    expect((await call(["profile", at("lenet.dcz"), "--runs", "1"])).out).toMatch(
      /energy by the paper's model, not measured/,
    );
  });

  it("evaluate says what does not fit", async () => {
    await writeFile(at("images.idx"), idx([2, 28, 28], pixels.subarray(0, 2 * 784)));
    await writeFile(at("tiny.idx"), idx([2, 2, 2], pixels.subarray(0, 8)));
    await writeFile(at("labels.idx"), idx([2], Uint8Array.of(1, 2)));
    await writeFile(at("one.idx"), idx([1], Uint8Array.of(1)));
    await writeFile(at("eleven.idx"), idx([2], Uint8Array.of(1, 11)));
    const evaluate = async (images: string, labels: string) =>
      (await call(["evaluate", at("lenet.dcz"), "--images", at(images), "--labels", at(labels)])).error;
    expect(await evaluate("images.idx", "one.idx")).toContain("--labels: expected 2 labels, one an item, got 1");
    expect(await evaluate("tiny.idx", "labels.idx")).toContain("images of 2x2 do not fit the network's input [N,784]");
    expect(await evaluate("images.idx", "eleven.idx")).toContain("label 11 is beyond the network's 10 classes");
    expect(await evaluate("labels.idx", "labels.idx")).toContain("images are uint8 of rank 3");
    expect(await evaluate("images.idx", "images.idx")).toContain("labels are uint8 of rank 1");
  });

  it("run says what does not fit", async () => {
    await writeArray(at("narrow.npy"), [1, 3], [1, 2, 3]);
    const narrow = await call(["run", at("lenet.dcz"), "--input", at("narrow.npy")]);
    expect(narrow.code).toBe(1);
    expect(narrow.error).toContain('input "input": expected shape [N,784] for any N, got [1,3]');
    const none = await call(["run", at("lenet.dcz"), "--input", at("none.npy")]);
    expect(none.error).toContain(`cannot read "${at("none.npy")}": no such file`);
    expect((await call(["run", at("lenet.dcz")])).code).toBe(2);
  });

  it("run takes each input once, by names that hold = or are those of Object.prototype", async () => {
    const inputs = ["a", "a=b", "__proto__"].map((name) => ({ name, type: "float32", shape: ["N", 2] }) as const);
    const add = (one: string, other: string, output: string) =>
      ({ op: "Add", inputs: [one, other], outputs: [output], attributes: {} }) as const;
    const nodes = [add("a", "a=b", "c"), add("c", "__proto__", "d"), add("d", "w", "y")];
    const outputs = [{ name: "y", type: "float32", shape: ["N", 2] }] as const;
    const w = floatTensor("w", [2], Float32Array.of(0, 0.5));
    await writeModelFile(at("sum.onnx"), { graph: { opset: 13, inputs, outputs, nodes }, tensors: [w] });
    expect(await call(["compress", at("sum.onnx"), "-o", at("sum.dcz")])).toMatchObject({ code: 0 });
    for (const [i, name] of ["1.npy", "2.npy", "3.npy"].entries()) await writeArray(at(name), [1, 2], [10 ** i, 0]);
    const run = (...arrays: readonly string[]) =>
      call(["run", at("sum.dcz"), ...arrays.flatMap((array) => ["--input", array]), "--json"]);
    const three = [at("1.npy"), `a=b=${at("2.npy")}`, `__proto__=${at("3.npy")}`];
    expect(JSON.parse((await run(...three)).out)).toEqual({ outputs: { y: { shape: [1, 2], data: [111, 0.5] } } });
    const twice = await run(...three, `a=${at("2.npy")}`);
    expect(twice).toMatchObject({ code: 1, error: expect.stringContaining('input "a" is given twice; give each') });
    const { error } = await run(`nme=${at("1.npy")}`);
    expect(error).toContain(`no input of the network, and no file, is named as in "nme=${at("1.npy")}"`);
    expect(error).toContain('; its inputs are "a", "a=b", "__proto__"\n');
    await writeArray(at("k=v.npy"), [1, 2], [10, 0]);
    expect(await run(at("k=v.npy"), ...three.slice(1))).toMatchObject({ code: 0 });
  });

  it("run writes each output that is named to its own file, and refuses one that is named twice", async () => {
    const values = ["x", "y", "z"].map((name) => ({ name, type: "float32", shape: ["N", 2] }) as const);
    const nodes = [
      { op: "Add", inputs: ["x", "w"], outputs: ["y"], attributes: {} },
      { op: "Neg", inputs: ["y"], outputs: ["z"], attributes: {} },
    ];
    const graph = { opset: 13, inputs: values.slice(0, 1), outputs: values.slice(1), nodes };
    const tensors = [floatTensor("w", [2], Float32Array.of(0, 0.5))];
    await writeModelFile(at("two.onnx"), { graph, tensors });
    expect(await call(["compress", at("two.onnx"), "-o", at("two.dcz")])).toMatchObject({ code: 0 });
    await writeArray(at("one.npy"), [1, 2], [3, 4]);
    const run = (...files: readonly string[]) =>
      call(["run", at("two.dcz"), "--input", at("one.npy"), ...files.flatMap((file) => ["-o", file])]);
    expect(await run(`z=${at("z.npy")}`, `y=${at("y.npy")}`)).toMatchObject({ code: 0, error: "" });
    expect([...(await readArray(at("y.npy"))).values]).toEqual([3, 4.5]);
    expect([...(await readArray(at("z.npy"))).values]).toEqual([-3, -4.5]);
    const twice = await run(`y=${at("y.npy")}`, `y=${at("z.npy")}`);
    expect(twice).toMatchObject({ code: 1, error: expect.stringContaining('output "y" is given twice') });
  });
});

it("no command leaves a temporary file", async () => {
  expect((await readdir(folder)).filter((name) => name.startsWith("."))).toEqual([]);
});

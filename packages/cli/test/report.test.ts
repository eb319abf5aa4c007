// What a person is told at the end of compress, and that no name in a model makes it long.
import { mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "@deep-compression/cli";
import { writeOnnx, writeSafetensors } from "@deep-compression/model-io";
import { floatTensor, type Network, type Tensor } from "@deep-compression/network";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { call, randomTensor, smallNetwork, temporaryFolder, writeModelFile } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const vectors = join(import.meta.dirname, "../../../test-vectors/container/invalid");

/** A chain of matrix products of 48 x 48, each with a bias and, if there is more, tensors that no node takes. */
function chain(names: readonly string[], more: readonly Tensor[] = []): Network {
  const value = (name: string) => ({ name, type: "float32", shape: ["N", 48] }) as const;
  const nodes = names.map((name, i) => ({
    op: "Gemm",
    inputs: [i === 0 ? "x" : `v${i}`, name, `${name}.bias`],
    outputs: [i === names.length - 1 ? "y" : `v${i + 1}`],
    attributes: {},
  }));
  const tensors = names.flatMap((name, i) => [randomTensor(name, [48, 48], i + 1), randomTensor(`${name}.bias`, [48])]);
  const graph = { opset: 13, inputs: [value("x")], outputs: [value("y")], nodes };
  return { graph, tensors: [...tensors, ...more] };
}

async function reportOf(network: Network, ...options: readonly string[]): Promise<string> {
  await writeModelFile(at("model.onnx"), network);
  const { code, out, error } = await call(["compress", at("model.onnx"), "-o", at("model.dcz"), ...options]);
  expect({ code, error }).toEqual({ code: 0, error: "" });
  return out;
}

const sizeOf = async (name: string) => (await readFile(at(name))).length.toLocaleString("en-US");

describe("the report", () => {
  it("names the tensors that lost most, five at most and the worst first, and counts the others", async () => {
    const out = await reportOf(chain(["a", "b", "c", "d", "e", "f", "g"]), "--max-error", "0.001", "--no-measure");
    const [, line] = /\n7 tensors coded with loss, relative errors: (.*), and 2 more\n/.exec(out) ?? [];
    const errors = line.split(", ").map((one) => Number(/^[a-g] ([\d.]+) %$/.exec(one)?.[1]));
    expect(errors).toHaveLength(5);
    expect(errors).toEqual(errors.toSorted((a, b) => b - a));
    for (const error of errors) expect(error).toBeLessThanOrEqual(3.2); // 100 times the root of 0.001, rounded
    expect(out).not.toContain("warning");
  });

  it("tells in groups what was left alone and why", async () => {
    const NaNs = floatTensor("n", [2], Float32Array.of(Number.NaN, 1));
    const out = await reportOf(chain(["a", "b"], [NaNs, randomTensor("unused", [7])]));
    expect(out).toContain(
      "\nleft bit for bit: 2 tensors of 96 elements (no weight: operand of Gemm), 2 tensors of 9 elements (no weight: not used)\n",
    );
  });

  it("tells what integers lost where that was asked for, and that nothing is lost of them otherwise", async () => {
    const { graph, tensors } = chain(["a", "b"]);
    const quantized = (zeroPoints: readonly number[]): Network => {
      const bytes = Uint8Array.from({ length: 48 * 48 }, (_, i) => 128 + 40 * Math.sin(i * i));
      const more: Tensor[] = [
        { name: "q", type: "uint8", shape: [48, 48], bytes },
        floatTensor("s", [48], new Float32Array(48).fill(0.01)),
        {
          name: "z",
          type: "uint8",
          shape: [48],
          bytes: Uint8Array.from({ length: 48 }, (_, i) => zeroPoints[i % zeroPoints.length]),
        },
      ];
      const node = { op: "DequantizeLinear", inputs: ["q", "s", "z"], outputs: ["a"], attributes: { axis: 0 } };
      const floats = tensors.filter(({ name }) => name !== "a");
      return { graph: { ...graph!, nodes: [node, ...graph!.nodes] }, tensors: [...floats, ...more] };
    };
    expect(await reportOf(quantized([128]))).toContain(
      "1 tensor of 2,304 elements (integers, of which nothing is lost unless asked for)",
    );
    const error = /\n2 tensors coded with loss, relative errors: [^\n]*\bq ([\d.]+) %/;
    const [, told] = error.exec(await reportOf(quantized([128]), "--max-error", "0.001")) ?? [];
    expect(Number(told)).toBeGreaterThan(0);
    expect(Number(told)).toBeLessThanOrEqual(3.2); // 100 times the root of 0.001, rounded
    expect(await reportOf(quantized([128, 127]), "--max-error", "0.001")).toContain(
      "1 tensor of 2,304 elements (integers that have to stay: --json says why)",
    );
  });

  it("says bytes and ratio, and of what is no smaller no ratio but a warning", async () => {
    const larger = await reportOf(chain(["a", "b"]));
    expect(larger).toContain(
      ` ${await sizeOf("model.onnx")} bytes -> ${at("model.dcz")} ${await sizeOf("model.dcz")} bytes: `,
    );
    expect(larger).toMatch(/bytes: [\d.]+x smaller\n/);
    await writeFile(at("tiny.safetensors"), writeSafetensors({ graph: undefined, tensors: [randomTensor("w", [1])] }));
    const tiny = await call(["compress", at("tiny.safetensors"), "-o", at("tiny.dcz")]);
    const ratio = (await readFile(at("tiny.safetensors"))).length / (await readFile(at("tiny.dcz"))).length;
    if (ratio > 1) expect(tiny.out).toContain(`${ratio.toFixed(2)}x smaller\n`);
    else {
      expect(tiny.out).not.toContain("smaller\n");
      expect(tiny.out).toContain("warning: the file is no smaller than the model: there was nothing to gain\n");
    }
    for (const text of [larger, tiny.out]) expect(text).not.toMatch(/\b0\.\d+x|\b1\.00x/);
  });

  it("warns of pruning without retraining, and of large errors", async () => {
    const pruned = await reportOf(chain(["a", "b"]), "--sparsity", "0.9");
    expect(pruned).toContain(
      "\nwarning: 90 % of each weight was pruned without retraining, which most models do not survive",
    );
    expect(await reportOf(chain(["a", "b"]), "--bits", "1")).toMatch(
      /\nwarning: 2 weights lost more than 10 %: compare/,
    );
    expect(await reportOf(chain(["a", "b"]), "--sparsity", "0")).not.toContain("warning");
  });

  it("warns of graphs whose outputs leap, whatever hands the compared values on", async () => {
    const { graph, tensors } = chain(["a"]);
    const [gemm] = graph!.nodes;
    const node = (op: string, inputs: readonly string[], outputs: readonly string[]) => ({
      op,
      inputs,
      outputs,
      attributes: {},
    });
    const heatMap = [
      { ...gemm, outputs: ["score"] },
      node("ReduceMax", ["score"], ["largest"]),
      node("Identity", ["largest"], ["again"]),
    ];
    const picks = [...heatMap, node("Equal", ["score", "again"], ["y"])];
    const warned = "warning: the graph picks by comparison (Equal of a value and ReduceMax)";
    expect(await reportOf({ graph: { ...graph!, nodes: picks }, tensors })).toContain(warned);
    expect(await reportOf({ graph: { ...graph!, nodes: picks }, tensors }, "--lossless")).not.toContain("warning");
    const compares = [...heatMap, node("Equal", ["score", "score"], ["y"])];
    expect(await reportOf({ graph: { ...graph!, nodes: compares }, tensors })).not.toContain("warning");
  });

  it("says whether run can run it", async () => {
    expect(await reportOf(chain(["a"]))).toContain("\nthe command run can run it, as far as its graph tells\n");
    const network = chain(["a"]);
    const nodes = network.graph!.nodes.map((node) => ({ ...node, op: "Frobnicate" }));
    const unknown = await reportOf({ ...network, graph: { ...network.graph!, nodes } });
    expect(unknown).toMatch(
      /\nthe command run cannot run it: [^\n]*Frobnicate[^\n]*; restore it to run it elsewhere\n/,
    );
    await writeFile(at("w.safetensors"), writeSafetensors({ graph: undefined, tensors: network.tensors }));
    const { out } = await call(["compress", at("w.safetensors"), "-o", at("w.dcz")]);
    expect(out).toContain("\nthe command run cannot run it: it has no graph that we know; restore it");
  });

  it("--dry-run says all that, as text and as JSON, and writes nothing", async () => {
    const said = await reportOf(chain(["a", "b"]));
    const bytes = await readFile(at("model.dcz"));
    await writeFile(at("model.dcz"), "precious");
    const before = await readdir(folder);
    for (const output of [[], ["-o", at("model.dcz")], ["-o", "-"]]) {
      const dry = await call(["compress", at("model.onnx"), "--dry-run", ...output]);
      expect(dry).toMatchObject({ code: 0, error: "" });
      expect(dry.bytes).toHaveLength(0);
      expect(dry.out.split("\n").slice(1, -2)).toEqual(said.split("\n").slice(1, -2));
      expect(dry.out).toContain(`bytes -> ${bytes.length.toLocaleString("en-US")} bytes: `);
      expect(dry.out).toMatch(/\nnothing was written \(--dry-run\)\n$/);
    }
    const json = await call(["compress", at("model.onnx"), "--dry-run", "--json"]);
    expect(JSON.parse(json.out)).toMatchObject({ file: null, fileBytes: bytes.length, warnings: [] });
    expect(await readdir(folder)).toEqual(before);
    expect(await readFile(at("model.dcz"), "utf8")).toBe("precious");
  });

  it.each(["--sparsity=0.5", "--bits=5", "--max-error=0.1", "--target-size=9kB", "--plan=plan.json"])(
    "--lossless and %s contradict each other",
    async (option) => {
      const { code, error } = await call(["compress", at("model.onnx"), "-o", at("no.dcz"), "--lossless", option]);
      expect({ code, error }).toMatchObject({ code: 2, error: expect.stringContaining("cannot be used with option") });
    },
  );
});

it("verify --json prints one JSON value for every file that is not valid, and exits 1", async () => {
  const names = (await readdir(vectors)).filter((name) => name.endsWith(".dcz"));
  expect(names.length).toBeGreaterThan(20);
  for (const name of names) {
    const { code, out, error } = await call(["verify", join(vectors, name), "--json"]);
    expect(code).toBe(1);
    expect(error).toMatch(/^deep-compression: [^\n]+\n$/);
    const found = JSON.parse(out);
    expect(found).toMatchObject({ ok: false, error: { code: name.split(".").at(-2) } });
    expect(found.error.message.length).toBeLessThanOrEqual(500);
  }
  expect(JSON.parse((await call(["verify", at("none.dcz"), "--json"])).out)).toMatchObject({ ok: false });
});

describe("names of any length", () => {
  const long = `layer.${"n".repeat(2000)}.weight`;

  it("of 2,000 bytes give short lines in reports, tables and progress", async () => {
    const network = chain([long, "b"], [randomTensor(`unused.${"m".repeat(2000)}`, [64])]);
    const renamed = network.graph!.nodes.map((node, i) => (i === 1 ? { ...node, op: "O".repeat(2000) } : node));
    await writeModelFile(at("long.onnx"), { ...network, graph: { ...network.graph!, nodes: renamed, name: long } });
    let shown = "";
    const terminal = { out: (text: string) => (shown += text), error: () => {}, isScreen: true };
    const ends = async (...args: readonly string[]) => expect(await runProgram(args, terminal)).toBe(0);
    await ends("compress", at("long.onnx"), "-o", at("long.dcz"));
    await ends("inspect", at("long.dcz"));
    await ends("verify", at("long.dcz"));
    await ends("restore", at("long.dcz"), "-o", at("long.safetensors"));
    expect(shown).toContain("layer.nnn");
    for (const line of shown.split(/[\n\r]/)) expect(line.length).toBeLessThanOrEqual(500);
  });

  it("are whole in JSON", async () => {
    await reportOf(chain([long]));
    const { out } = await call(["inspect", at("model.dcz"), "--json"]);
    expect(JSON.parse(out).ledger.rows.map(({ tensor }: { tensor: string }) => tensor)).toContain(long);
  });

  it("in models and paths make no message longer than 500 characters, and none of two lines", async () => {
    const names = fc.string({ unit: "binary", minLength: 1, maxLength: 3000 });
    const folders = await mkdtemp(join(folder, "names-"));
    await fc.assert(
      fc.asyncProperty(names, names, names, fc.nat(200), async (tensor, op, path, cut) => {
        const network = smallNetwork();
        const nodes = network.graph!.nodes.map((node) => ({ ...node, op, inputs: ["x", tensor, "b"] }));
        const tensors = network.tensors.map((one, i) => (i === 0 ? { ...one, name: tensor } : one));
        const model = writeOnnx({
          graph: { ...network.graph!, nodes },
          tensors: tensor === "b" ? network.tensors : tensors,
        });
        const file = join(folders, "model.onnx");
        await writeFile(file, model.subarray(0, model.length - cut));
        await writeFile(join(folders, "plan.json"), JSON.stringify({ tensors: { [path]: { sparsity: 2 } } }));
        const dcz = join(folders, "model.dcz");
        for (const args of [
          ["compress", file, "-o", dcz, "--lossless"],
          ["compress", file, "-o", dcz, "--plan", join(folders, "plan.json")],
          ["compress", join(folders, path.replaceAll("/", ".")), "-o", dcz],
          ["run", dcz, "--input", `${path}=${file}`],
          ["restore", dcz, "-o", join(folders, `${path.replaceAll("/", ".")}.onnx`)],
          ["verify", join(folders, path.replaceAll("\0", ""), "no.dcz")],
        ]) {
          const { code, error } = await call(args);
          if (code === 0) continue;
          expect(error).toMatch(/^deep-compression: [^\n]+\n$/);
          expect(error.length).toBeLessThanOrEqual("deep-compression: \n".length + 500);
        }
      }),
      { numRuns: 40 },
    );
  });
});

it("thousands of tensors of 16 x 16 are compressed, shown and checked; the suite scale has 10,000", async () => {
  const count = 2500;
  const base = randomTensor("", [16 * 16 * count]);
  const tensors = Array.from({ length: count }, (_, i) => ({
    ...base,
    name: `block.${i}.weight`,
    shape: [16, 16],
    bytes: base.bytes.subarray(1024 * i, 1024 * (i + 1)),
  }));
  await writeFile(at("many.safetensors"), writeSafetensors({ graph: undefined, tensors }));
  const compressed = await call(["compress", at("many.safetensors"), "-o", at("many.dcz"), "--json"]);
  expect(compressed).toMatchObject({ code: 0, error: "" });
  expect(JSON.parse(compressed.out).ledger.rows).toHaveLength(count);
  const { out } = await call(["inspect", at("many.dcz")]);
  expect(out).toContain("block.2499.weight");
  expect((await call(["verify", at("many.dcz")])).out).toMatch(/: ok, 2,500 tensors, [\d,]+ bytes\n$/);
}, 240_000);

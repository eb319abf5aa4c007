// compress looks at what the network then does, on inputs that it makes up.
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { sessionExecutor } from "@deep-compression/inference";
import { writeSafetensors } from "@deep-compression/model-io";
import { floatTensor, floatValues, type Graph, type Network, type Node } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import { beforeAll, describe, expect, it } from "vitest";
import { call, randomTensor, temporaryFolder, writeModelFile } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const SIZE = 64;

const node = (op: string, inputs: readonly string[], output: string, attributes: Node["attributes"] = {}): Node => ({
  op,
  inputs,
  outputs: [output],
  attributes,
});

function networkOf(nodes: readonly Node[], weights: Float32Array): Network {
  const value = (name: string) => ({ name, type: "float32", shape: ["N", SIZE] }) as const;
  const graph: Graph = { opset: 12, inputs: [value("x")], outputs: [value("y")], nodes };
  return { graph, tensors: [floatTensor("w", [SIZE, SIZE], weights)] };
}

const weights = floatValues(randomTensor("w", [SIZE, SIZE]));
const sane = networkOf([node("MatMul", ["x", "w"], "s"), node("Relu", ["s"], "y")], weights);

/** Keeps the largest of its scores, which come in pairs that differ by next to nothing: any loss makes it keep both, or the other. */
function leaping(): Network {
  const random = seededRandom(2);
  const pairs = weights.map((_, i) => weights[i - (i % 2)]! * (1 + 1e-6 * (random() - 0.5)));
  const nodes = [
    node("MatMul", ["x", "w"], "s"),
    node("ReduceMax", ["s"], "m", { axes: [1] }),
    node("Equal", ["s", "m"], "e"),
    node("Cast", ["e"], "k", { to: 1 }),
    node("Mul", ["s", "k"], "y"),
  ];
  return networkOf(nodes, pairs);
}

beforeAll(async () => {
  await writeModelFile(at("sane.onnx"), sane);
  await writeModelFile(at("leaping.onnx"), leaping());
});

async function compressed(model: string, ...options: readonly string[]) {
  const args = ["compress", at(model), "-o", at("out.dcz"), ...options];
  const { code, out, error } = await call(args);
  expect({ code, error }).toEqual({ code: 0, error: "" });
  return { out, bytes: await readFile(at("out.dcz")) };
}

const jsonOf = async (model: string, ...options: readonly string[]) =>
  JSON.parse((await compressed(model, "--json", ...options)).out);

describe("compress without options", () => {
  it("says what the outputs are off by, and where", async () => {
    const { out } = await compressed("sane.onnx");
    const [, percent] =
      /\noutput error ([\d.]+) % \(y\) on made-up inputs; measure on yours with compare --inputs\n/.exec(out)!;
    const { outputs } = await jsonOf("sane.onnx");
    expect(outputs).toEqual({ measured: { error: expect.any(Number), output: "y", notCompared: [] } });
    expect(100 * outputs.measured.error).toBeCloseTo(Number(percent), 2);
    expect(outputs.measured.error).toBeGreaterThan(0);
    expect(outputs.measured.error).toBeLessThan(0.05);
    const dry = await call(["compress", at("sane.onnx"), "--dry-run"]);
    expect(dry.out).toContain(`output error ${percent} % (y) on made-up inputs`);
  });

  it("keeps weights bit for bit where the outputs leap at any loss, and says what accepts it", async () => {
    const { out } = await compressed("leaping.onnx");
    expect(out).toMatch(
      /\nwarning: the outputs leap at any loss \(by [\d.]+ % at the usual one, on made-up inputs\), so weights are kept bit for bit; --max-error 0.0001 accepts it\n/,
    );
    expect(out).toContain("nothing was lost: every tensor comes back bit for bit");
    await call(["restore", at("out.dcz"), "-o", at("again.onnx")]);
    expect(await readFile(at("again.onnx"))).toEqual(await readFile(at("leaping.onnx")));
    expect((await jsonOf("leaping.onnx")).outputs.tightened).toMatchObject({ errorFactor: 0 });
  });

  it("gives the same bytes each time", async () => {
    for (const model of ["sane.onnx", "leaping.onnx"]) {
      const { bytes } = await compressed(model);
      expect((await compressed(model)).bytes.equals(bytes)).toBe(true);
    }
  });

  it("measures nothing with --no-measure, and says so", async () => {
    const { out, bytes } = await compressed("leaping.onnx", "--no-measure");
    expect(out).toContain("\noutput error not measured: as asked; check it on real input (deep-compression compare)\n");
    expect(out).toContain("1 tensor coded with loss");
    expect(bytes.length).toBeLessThan((await compressed("leaping.onnx")).bytes.length);
    expect((await compressed("sane.onnx", "--no-measure")).bytes.equals((await compressed("sane.onnx")).bytes)).toBe(
      true,
    );
  });
});

describe("compress with options that say what may be lost", () => {
  it.each([
    ["--max-error", "0.001"],
    ["--bits", "4"],
    ["--target-size", "3kB"],
  ])("%s %s warns of what it finds, and changes nothing", async (...options) => {
    const { out, bytes } = await compressed("leaping.onnx", ...options);
    expect(out).toMatch(/\nwarning: outputs are off by [\d.]+ % on made-up inputs: compare before and after\n/);
    expect((await compressed("leaping.onnx", "--no-measure", ...options)).bytes.equals(bytes)).toBe(true);
  });

  it("a plan is measured too, and --lossless is not", async () => {
    await writeFile(at("plan.json"), JSON.stringify({ default: { maxError: 1e-3 } }));
    expect((await jsonOf("sane.onnx", "--plan", at("plan.json"))).outputs.measured).toMatchObject({ output: "y" });
    const { out } = await compressed("leaping.onnx", "--lossless");
    expect(out).not.toContain("made-up");
    expect(out).not.toContain("not measured");
  });
});

describe("what cannot be measured is compressed all the same, and said", () => {
  const reasonFor = async (network: Network) => {
    await writeModelFile(at("odd.onnx"), network);
    const { out } = await compressed("odd.onnx");
    return /\noutput error not measured: ([^\n]*); check it on real input \(deep-compression compare\)\n/.exec(
      out,
    )?.[1];
  };
  const { graph } = sane as { readonly graph: Graph };

  it("an operator that sessions lack", async () => {
    const nodes = [...graph.nodes.slice(0, 1), node("Frobnicate", ["s"], "y")];
    expect(await reasonFor({ ...sane, graph: { ...graph, nodes } })).toContain("it lacks the operator Frobnicate");
  });

  it("an input without a shape", async () => {
    const inputs = [{ name: "x", type: "float32" as const }];
    expect(await reasonFor({ ...sane, graph: { ...graph, inputs } })).toContain('input "x"');
  });

  it("inputs that fit nothing", async () => {
    const inputs = [{ name: "x", type: "float32" as const, shape: ["N", 7] }];
    expect(await reasonFor({ ...sane, graph: { ...graph, inputs } })).toContain("it takes no inputs that were made up");
  });

  it("no graph", async () => {
    await writeFile(at("w.safetensors"), writeSafetensors({ graph: undefined, tensors: sane.tensors }));
    const { out } = await compressed("w.safetensors");
    expect(out).toContain("\noutput error not measured: it has no graph that we know; check it");
  });

  it("numbers that are not finite", async () => {
    const nodes = [node("MatMul", ["x", "w"], "s"), node("Sub", ["s", "s"], "z"), node("Div", ["z", "z"], "y")];
    expect(await reasonFor({ ...sane, graph: { ...graph, nodes } })).toContain("not finite");
  });
});

it("a session's run ends when it takes too long, and can be run again", async () => {
  const prepared = await sessionExecutor({ maxSeconds: 0 }).prepare(sane);
  const inputs = new Map([["x", randomTensor("x", [1, SIZE])]]);
  await expect(prepared.run(inputs)).rejects.toThrow("takes more than 0 seconds");
  const patient = await sessionExecutor({ maxSeconds: 60 }).prepare(sane);
  expect((await patient.run(inputs)).get("y")?.shape).toEqual([1, SIZE]);
  await expect(sessionExecutor({ maxBytes: 1 }).prepare(sane)).rejects.toThrow(RangeError);
});

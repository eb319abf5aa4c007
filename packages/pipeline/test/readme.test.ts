import { readFileSync } from "node:fs";
import { bytesSource } from "@deep-compression/bits";
import { openModel, openOnnx, readModel, writeModel } from "@deep-compression/model-io";
import { floatTensor, type Network, type Tensor } from "@deep-compression/network";
import { compress, compressFrom, compressModel, defaultPlan, open, tensorsOfStream } from "@deep-compression/pipeline";
import { encodePool } from "@deep-compression/pipeline/encode-pool";
import { decodePool } from "@deep-compression/pipeline/parallel";
import { openWith } from "@deep-compression/pipeline/read";
import { createSourceFile, ScriptTarget } from "typescript";
import { expect, test } from "vitest";
import { wrong } from "./own-codec-example";
import * as ownPipeline from "./own-pipeline-example";

test("the example of the README runs", async () => {
  const weights = Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i) ** 9);
  const network = { graph: undefined, tensors: [floatTensor("w", [30, 40], weights)] };
  const { bytes, ledger } = compress(network, { default: { sparsity: 0.9, share: { size: 16 } } });
  const file = await open(bytesSource(bytes));
  const { shape } = await file.tensor("w");
  const shown = `${bytes.length} ${ledger.rows[0].form} ${ledger.rows[0].kept} [ ${shape.join(", ")} ]`;
  expect(shown).toBe("214 gaps 120 [ 30, 40 ]");
});

function sourceOf({ tensors }: Network) {
  return { tensors: tensors.map(({ bytes, ...tensor }) => ({ ...tensor, read: () => bytes })) };
}

async function* pieces(bytes: Uint8Array) {
  for (let at = 0; at < bytes.length; at += 100) yield bytes.subarray(at, at + 100);
}

test("the example of targets and tensors one at a time runs", async () => {
  const weights = Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i) ** 9);
  const network = { graph: undefined, tensors: [floatTensor("w", [30, 40], weights)] };
  const shown: string[] = [];
  const smaller = compress(network, { default: {}, targetBytes: 200 });
  const closer = await compressFrom(sourceOf(network), { default: { maxError: 0.001 } });
  for await (const tensor of tensorsOfStream(pieces(closer.bytes))) shown.push(`${tensor.name} ${tensor.shape}`);
  shown.push(`${smaller.bytes.length} ${smaller.ledger.rows[0].error?.toFixed(4)}`);
  shown.push(`${closer.bytes.length} ${closer.ledger.rows[0].error?.toFixed(6)}`);
  expect(shown).toEqual(["w 30,40", "200 0.1287", "593 0.000885"]);
});

test("the example of a model's own files runs", async () => {
  const w = floatTensor(
    "w",
    [30, 40],
    Float32Array.from({ length: 1200 }, (_, i) => Math.sin(i * i) ** 9),
  );
  const onnx = writeModel(matrixProduct(w), { name: "model.onnx" });
  const source = bytesSource(onnx);
  const model = await openModel(source, { name: "model.onnx" });
  const small = await compressModel(model, defaultPlan(model.network));
  const encoders = encodePool({ threads: 2 });
  const same = await compressModel(model, defaultPlan(model.network), { pool: encoders });
  await encoders.close();
  expect(same.bytes).toEqual(small.bytes);
  const read = await openWith(bytesSource(small.bytes), { formats: { onnx: openOnnx } });
  const stored = await read.weights();
  expect([read.graph!.nodes.length, stored.names]).toEqual([1, ["w"]]);
  const { files } = await open(bytesSource(small.bytes));
  const again = await files[0].source.slice(0); // the bytes of model.onnx
  expect(small.bytes.length).toBeLessThan(onnx.length / 2);
  expect(files.map(({ name }) => name)).toEqual(["model.onnx"]);
  expect(again.length).toBe(onnx.length);
  const [restored] = readModel(again, { name: "model.onnx" }).tensors;
  expect(restored.bytes).toEqual((await (await open(bytesSource(small.bytes))).tensor("w")).bytes);
});

function matrixProduct(w: Tensor): Network {
  const [rows, columns] = w.shape;
  const inputs = [{ name: "x", type: "float32", shape: ["N", rows] }] as const;
  const outputs = [{ name: "y", type: "float32", shape: ["N", columns] }] as const;
  const nodes = [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"], attributes: {} }];
  return { graph: { opset: 13, inputs, outputs, nodes }, tensors: [w] };
}

test("the example of threads runs", async () => {
  const network = { graph: undefined, tensors: [floatTensor("w", [2], Float32Array.of(1, 2))] };
  const { bytes } = compress(network, { default: {} });
  const pool = decodePool(); // as many threads as the machine runs, the calling one among them
  const together = await pool.decompress(bytesSource(bytes), { shared: true });
  await pool.close();
  expect(together.tensors).toEqual(network.tensors);
});

function textOf(path: string): string {
  return readFileSync(new URL(path, import.meta.url), "utf8");
}

function examplesOf(markdown: string): string[] {
  return Array.from(markdown.matchAll(/```ts\n([\s\S]*?)```/g), ([, example]) => example);
}

function exampleOf(markdown: string): string {
  return examplesOf(markdown)[0] ?? "";
}

test("the examples above are the README's, line by line", () => {
  const readme = textOf("../README.md");
  const lines = exampleOf(readme).split("\n");
  const [second, third, fourth] = [2, 3, 4].map((n) => exampleOf(`\`\`\`ts${readme.split("```ts")[n]}`).split("\n"));
  const own = textOf("./readme.test.ts").replaceAll(/\s+/g, " ");
  expect(lines.length).toBeGreaterThan(5);
  expect(second.length).toBeGreaterThan(4);
  expect(third.length).toBeGreaterThan(4);
  expect(fourth.length).toBeGreaterThan(4);
  const code = [...lines, ...second, ...third, ...fourth].map((text) =>
    text.split(/ ?console\.log|\/\/|import /)[0].trim(),
  );
  for (const line of code) expect(own).toContain(line);
  for (const shown of second.flatMap((text) => /\/\/ (\d.*)$/.exec(text)?.[1] ?? []))
    expect(own).toContain(`"${shown}"`);
  expect(lines.at(-2)).toMatch(/\/\/ 214 gaps 120 \[ 30, 40 \]$/);
});

test("the examples of docs/codecs.md are files that run, and give what it says", () => {
  const [first, second] = examplesOf(textOf("../../../docs/codecs.md"));
  expect(first).toBe(textOf("./own-pipeline-example.ts"));
  expect(second).toBe(textOf("./own-codec-example.ts"));
  expect(ownPipeline.back).toEqual(ownPipeline.weights);
  expect(new Set(ownPipeline.weights).size).toBe(17);
  expect(first).toContain(`// ${ownPipeline.bytes.length.toLocaleString("en")} of them`);
  expect(second).toContain(`// "${wrong()}"`);
});

test("the pipeline that docs/codecs.md opens with has at most 12 statements", () => {
  const { statements } = createSourceFile("example.ts", textOf("./own-pipeline-example.ts"), ScriptTarget.ES2022);
  expect(statements.length).toBeLessThanOrEqual(12);
});

test("the example of docs/testing.md is the test testing-example.test.ts", () => {
  expect(exampleOf(textOf("../../../docs/testing.md"))).toBe(textOf("./testing-example.test.ts"));
});

test("the worked example of docs/format.md is the vector, byte by byte", () => {
  const section = textOf("../../../docs/format.md").split("## 8. Worked example")[1].split("## 9.")[0];
  const rows = [...section.matchAll(/^\| (\d+) \| `([0-9a-f ]+)` \|/gm)];
  const hex = rows.flatMap(([, , bytes]) => bytes.split(" "));
  const vector = readFileSync(new URL("../../../test-vectors/container/valid/py-worked-example.dcz", import.meta.url));
  expect(hex.join("")).toBe(vector.toString("hex"));
  let offset = 0;
  for (const [, at, bytes] of rows) {
    expect(Number(at)).toBe(offset);
    offset += bytes.split(" ").length;
  }
});

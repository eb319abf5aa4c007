import { join } from "node:path";
import { floatTensor, type Network, type Node } from "@deep-compression/network";
import { expect, it } from "vitest";
import { call, temporaryFolder, writeModelFile } from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);

function networkOf(node: Node, filter: readonly number[]): Network {
  const graph = {
    opset: 17,
    inputs: [{ name: "x", type: "float32" as const, shape: [1, 1, 4, 4] }],
    outputs: [{ name: "y", type: "float32" as const }],
    nodes: [node],
  };
  return { graph, tensors: [floatTensor("w", [1, 1, 3, 3], Float32Array.from(filter))] };
}

it("profile tells of a weight that is held as it is: dense, its elements, non-zeros and bytes", async () => {
  const conv = { op: "Conv", inputs: ["x", "w"], outputs: ["y"], attributes: {} };
  await writeModelFile(at("conv.onnx"), networkOf(conv, [1, 0, 2, 0, 3, 4, 5, 6, 0]));
  expect(await call(["compress", at("conv.onnx"), "--lossless", "-o", at("conv.dcz")])).toMatchObject({ code: 0 });
  const { out, error } = await call(["profile", at("conv.dcz"), "--runs", "1", "--json"]);
  expect(error).toBe("");
  expect(JSON.parse(out).nodes).toEqual([
    expect.objectContaining({ node: "y", op: "Conv", layout: "dense", elements: 9, density: 6 / 9, bytes: 36 }),
  ]);
  expect((await call(["profile", at("conv.dcz"), "--runs", "1"])).out).toMatch(/y +│ +Conv │ +dense │ +9 │/);
});

it("profile makes up tokens, open sizes and batches", async () => {
  const graph = {
    opset: 17,
    inputs: [
      { name: "tokens", type: "int64" as const, shape: ["batch", "length"] },
      { name: "mask", type: "float32" as const, shape: ["batch", "length", 4] },
    ],
    outputs: [{ name: "y", type: "float32" as const }],
    nodes: [
      { op: "Gather", inputs: ["table", "tokens"], outputs: ["words"], attributes: {} },
      { op: "Mul", inputs: ["words", "mask"], outputs: ["y"], attributes: {} },
    ],
  };
  // Of a hundred words, fewer than the first choice of tokens goes to, there are but three.
  await writeModelFile(at("words.onnx"), { graph, tensors: [floatTensor("table", [3, 4], new Float32Array(12))] });
  expect(await call(["compress", at("words.onnx"), "--lossless", "-o", at("words.dcz")])).toMatchObject({ code: 0 });
  const { out, error } = await call(["profile", at("words.dcz"), "--runs", "1", "--batch", "2", "--json"]);
  expect(error).toBe("");
  expect(JSON.parse(out)).toMatchObject({ batch: 2, nodes: [{ op: "Gather" }, { op: "Mul" }] });
});

it("profile says why no inputs could be made up", async () => {
  const conv = { op: "Conv", inputs: ["x", "w"], outputs: ["y"], attributes: {} };
  const { graph, tensors } = networkOf(conv, [1, 0, 2, 0, 3, 4, 5, 6, 0]);
  const unknown = { graph: { ...graph!, inputs: [{ name: "x", type: "float32" as const }] }, tensors };
  await writeModelFile(at("unknown.onnx"), unknown);
  expect(await call(["compress", at("unknown.onnx"), "--lossless", "-o", at("unknown.dcz")])).toMatchObject({
    code: 0,
  });
  const { code, error } = await call(["profile", at("unknown.dcz")]);
  expect(code).toBe(1);
  expect(error).toContain(
    'it takes no inputs that were made up (input "x" has no declared shape); give an array for each, as --input x=x.npy',
  );
});

it("profile says of an array that is not there no more than run does", async () => {
  const conv = { op: "Conv", inputs: ["x", "w"], outputs: ["y"], attributes: {} };
  await writeModelFile(at("own.onnx"), networkOf(conv, [1, 0, 2, 0, 3, 4, 5, 6, 0]));
  expect(await call(["compress", at("own.onnx"), "--lossless", "-o", at("own.dcz")])).toMatchObject({ code: 0 });
  const missing = [at("own.dcz"), "--input", at("missing.npy")];
  const { error } = await call(["profile", ...missing]);
  expect(error).toMatch(/^deep-compression: cannot read ".*missing.npy": no such file; check the path\n$/);
  expect(error).toBe((await call(["run", ...missing])).error);
});

it("inspect says beforehand which operators run lacks", async () => {
  const unknown = { op: "Bogus", inputs: ["x", "w"], outputs: ["y"], attributes: {} };
  await writeModelFile(at("bogus.onnx"), networkOf(unknown, [1, 0, 2, 0, 3, 4, 5, 6, 0]));
  expect(await call(["compress", at("bogus.onnx"), "--lossless", "-o", at("bogus.dcz")])).toMatchObject({ code: 0 });
  const line = "the command run cannot run it: it lacks the operator Bogus; restore it to run it elsewhere\n";
  expect((await call(["inspect", at("bogus.dcz")])).out).toContain(line);
});

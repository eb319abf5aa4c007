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

it("inspect says beforehand which operators run lacks", async () => {
  const unknown = { op: "Bogus", inputs: ["x", "w"], outputs: ["y"], attributes: {} };
  await writeModelFile(at("bogus.onnx"), networkOf(unknown, [1, 0, 2, 0, 3, 4, 5, 6, 0]));
  expect(await call(["compress", at("bogus.onnx"), "--lossless", "-o", at("bogus.dcz")])).toMatchObject({ code: 0 });
  const line = "the command run cannot run it: it lacks the operator Bogus; restore it to run it elsewhere\n";
  expect((await call(["inspect", at("bogus.dcz")])).out).toContain(line);
});

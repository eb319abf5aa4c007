import { type ByteSource, bytesSource } from "@deep-compression/bits";
import { openOnnx, splitOnnx } from "@deep-compression/model-io";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { anyOnnxModel } from "./any-onnx-model";
import { external, folderOf, initializer, model, raw, tensor } from "./onnx-files";

const DATA = "weights/model.data";

async function bytesOf({ byteLength, slice }: ByteSource): Promise<Uint8Array> {
  return new Uint8Array(await slice(0, byteLength));
}

/** Name, type, shape and elements of each tensor, by name. */
async function tensorsOf(file: Uint8Array, files: Readonly<Record<string, Uint8Array>> = {}) {
  const { network, graphProblem } = await openOnnx(bytesSource(file), { folder: folderOf(files) });
  const tensors = await Promise.all(
    network.tensors.map(async ({ name, type, shape, read }) => ({ name, type, shape, bytes: await read() })),
  );
  return { graph: network.graph, graphProblem, tensors: tensors.sort((a, b) => (a.name < b.name ? -1 : 1)) };
}

/** Data that do not fit their shape are let pass where they stand, and refused in another file. */
const MISFIT = /takes \d+ bytes, its length says/;

describe("splitOnnx", () => {
  const large = Array.from({ length: 300 }, (_, i) => i / 3);

  test("takes the data of large tensors out, in the order of the file, and copies all else", async () => {
    const file = model(
      initializer(tensor("b", 1, [300], raw(...large))),
      initializer(tensor("small", 1, [2], raw(1, 2))),
      initializer(tensor("a", 1, [256], raw(...large.slice(0, 256)))),
    );
    const { model: split, data } = await splitOnnx(bytesSource(file), { dataName: DATA });
    expect(data.byteLength).toBe(4 * (300 + 256));
    expect(await bytesOf(data)).toEqual(new Uint8Array(Float32Array.from([...large, ...large.slice(0, 256)]).buffer));
    expect(split.length).toBeLessThan(file.length - data.byteLength + 200);
    expect(await tensorsOf(split, { [DATA]: await bytesOf(data) })).toEqual(await tensorsOf(file));
  });

  test("leaves a file without large tensors as it is, byte for byte", async () => {
    const file = model(initializer(tensor("w", 1, [2], raw(1, 2))));
    const { model: split, data } = await splitOnnx(bytesSource(file), { dataName: DATA });
    expect([split, data.byteLength]).toEqual([file, 0]);
  });

  test("leaves tensors that are in another file already", async () => {
    const file = model(initializer(tensor("w", 1, [300], external({ location: "d", length: "1200" }), raw(...large))));
    expect((await splitOnnx(bytesSource(file), { dataName: DATA })).model).toEqual(file);
  });

  test("any file that is read is read alike when it is split", async () => {
    await fc.assert(
      fc.asyncProperty(anyOnnxModel, async (file) => {
        const before = await tensorsOf(file).catch((error: unknown) => error);
        if (before instanceof Error) return;
        const { model: split, data } = await splitOnnx(bytesSource(file), { dataName: DATA });
        const after = await tensorsOf(split, { [DATA]: await bytesOf(data) }).catch((error: unknown) => error);
        if (after instanceof Error) expect(after.message).toMatch(MISFIT);
        else expect(after).toEqual(before);
      }),
    );
  });

  test.each(["", "/etc/data", "../data", "a/../b"])("refuses %j as the name of the data", async (dataName) => {
    const source = bytesSource(model(initializer(tensor("w", 1, [2], raw(1, 2)))));
    await expect(splitOnnx(source, { dataName })).rejects.toThrow(/options.dataName: expected a path inside/);
  });

  test("refuses what is no ONNX file", async () => {
    await expect(splitOnnx(bytesSource(Uint8Array.of(58, 255)), { dataName: DATA })).rejects.toThrow(/ONNX/);
  });
});

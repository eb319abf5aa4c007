import { bytesSource, FormatError } from "@deep-compression/bits";
import { attachArchitecture, findArchitecture, openModel, readModel, writeModel } from "@deep-compression/model-io";
import { floatTensor, lenet5, lenet300100, type Network } from "@deep-compression/network";
import { expect, test } from "vitest";
import { architectureNetwork, fingerprint } from "./networks";

const lenet = architectureNetwork("lenet-300-100");
const weights: Network = { graph: undefined, tensors: lenet.tensors };

test("a model is read by the extension of its name, whatever its case, or by its bytes", () => {
  for (const name of ["a.onnx", "b.safetensors", "C.ONNX"]) {
    const bytes = writeModel(lenet, { name });
    expect(fingerprint(readModel(bytes, { name }))).toEqual(fingerprint(lenet));
    expect(fingerprint(readModel(bytes))).toEqual(fingerprint(lenet));
    expect(fingerprint(readModel(bytes, { name: "model.bin" }))).toEqual(fingerprint(lenet));
  }
});

test("a model is opened as it is read", async () => {
  for (const name of ["a.onnx", "b.safetensors", "model.bin"]) {
    const bytes = writeModel(lenet, { name: name.replace("bin", "onnx") });
    const { tensors, ...rest } = (await openModel(bytesSource(bytes), { name })).network;
    const read = tensors.map(async ({ read, ...head }) => ({ ...head, bytes: await read() }));
    const network = { graph: undefined, ...rest, tensors: await Promise.all(read) };
    expect(fingerprint(network)).toEqual(fingerprint(readModel(bytes, { name })));
  }
  await expect(openModel(new Blob([]) as never)).rejects.toThrow(
    "source: expected { byteLength, slice(start, end) }, got Blob",
  );
  await expect(openModel(bytesSource(new Uint8Array(0)))).rejects.toMatchObject({ code: "truncated" });
  await expect(openModel(bytesSource(new Uint8Array(99)))).rejects.toMatchObject({ code: "bad-magic" });
});

test("an opened model's main file has the last part of its path as its name", async () => {
  for (const [extension, main] of [
    ["onnx", "model.onnx"],
    ["safetensors", "model.safetensors"],
  ]) {
    const source = bytesSource(writeModel(lenet, { name: `a.${extension}` }));
    const nameOf = async (name?: string) => (await openModel(source, { name })).files.map((file) => file.name);
    for (const folder of ["", "models/", "../", "C:\\models\\", "C:"]) {
      expect(await nameOf(`${folder}net.${extension}`)).toEqual([`net.${extension}`]);
    }
    for (const name of [undefined, "", "models/", ".."]) expect(await nameOf(name)).toEqual([main]);
  }
});

test("bytes of no known format, and no bytes at all, are refused", () => {
  const refused = (bytes: Uint8Array, name?: string) => {
    try {
      readModel(bytes, name === undefined ? {} : { name });
    } catch (error) {
      if (error instanceof FormatError) return error.code;
    }
    throw new Error("no FormatError");
  };
  expect(refused(new Uint8Array(0), "a.onnx")).toBe("truncated");
  expect(refused(new TextEncoder().encode("hello, world"))).toBe("bad-magic");
});

test("a name that tells one format and bytes that look like another are refused by both", async () => {
  const message = (named: string, seen: string) => `named ${named}, but looks like ${seen}; rename it`;
  for (const [named, seen] of [
    [".onnx", ".safetensors"],
    [".safetensors", ".onnx"],
  ]) {
    const bytes = writeModel(lenet, { name: `a${seen}` });
    expect(() => readModel(bytes, { name: `a${named}` })).toThrow(message(named, seen));
    const opened = openModel(bytesSource(bytes), { name: `a${named}` });
    await expect(opened).rejects.toMatchObject({ code: "bad-magic", message: message(named, seen) });
  }
});

test("an unknown extension is refused on writing", () => {
  expect(() => writeModel(lenet, { name: "a.pt" })).toThrow(/ending in .safetensors or .onnx, got "a.pt"/);
});

test("weights find the architecture whose parameters they are", () => {
  expect(findArchitecture(weights)).toBe(lenet300100);
  expect(attachArchitecture(weights, lenet300100)).toEqual({ ...weights, graph: lenet300100.graph });
  expect(findArchitecture({ ...weights, tensors: weights.tensors.slice(1) })).toBeUndefined();
});

test("weights that are no such architecture are refused with the first difference", () => {
  const attach = (network: Network, architecture = lenet300100) =>
    expect(() => attachArchitecture(network, architecture));
  const [first, ...rest] = weights.tensors;
  attach(weights, lenet5).toThrow(/no lenet-5: tensor "conv1.weight" is missing/);
  attach({ ...weights, tensors: rest }).toThrow(/"ip1.weight" is missing/);
  attach({ ...weights, tensors: [{ ...first, type: "int32" }, ...rest] }).toThrow(/is int32, not float32/);
  attach({ ...weights, tensors: [{ ...first, shape: [784, 300] }, ...rest] }).toThrow(
    /is \[784,300\], not \[300,784\]/,
  );
  const extra = floatTensor("ip4.bias", [1], new Float32Array(1));
  attach({ ...weights, tensors: [...weights.tensors, extra] }).toThrow(/"ip4.bias" is not one of its parameters/);
});

import { mkdtemp, open as openFile, rm, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ByteSource, bytesSource, FormatError } from "@deep-compression/bits";
import { openOnnx, readOnnx, writeOnnxWithData } from "@deep-compression/model-io";
import { describe, expect, test } from "vitest";
import { countedSource, external, folderOf, initializer, model, raw, restored, tensor } from "./onnx-files";

const floats = (...values: readonly number[]) => new Uint8Array(Float32Array.from(values).buffer);

/** A model with a tensor w [2] in another file, as these entries say. */
const withEntries = (entries: Readonly<Record<string, string>>) =>
  bytesSource(model(initializer(tensor("w", 1, [2], external(entries)))));

describe("external data", () => {
  const data = floats(1, 2, 3, 4, 5, 6);

  test("of several tensors in several files is read, and restored byte for byte", async () => {
    const file = model(
      initializer(tensor("b", 1, [2], external({ location: "./deep/./one.bin", offset: "8", length: "8" }))),
      initializer(tensor("a", 1, [2], external({ location: "deep/one.bin", length: "8" }))),
      initializer(tensor("inside", 1, [1], raw(9))),
      initializer(tensor("two", 1, [1], external({ location: "two", offset: "4" }))),
      initializer(tensor("tied", 1, [2], external({ location: "deep/one.bin", offset: "0", length: "8" }))),
    );
    const folder = folderOf({ "deep/one.bin": data, two: data });
    const opened = await openOnnx(bytesSource(file), { name: "m.onnx", folder });
    expect(opened.graphProblem).toBeUndefined();
    expect(opened.files.map(({ name }) => name)).toEqual(["m.onnx", "deep/one.bin", "two"]);
    const { tensors } = opened.network;
    expect(tensors.map(({ name }) => name)).toEqual(["inside", "a", "b", "two", "tied"]);
    expect(await Promise.all(tensors.map(({ read }) => read()))).toEqual([
      floats(9),
      floats(1, 2),
      floats(3, 4),
      floats(2),
      floats(1, 2),
    ]);
    const base = file.length;
    expect(opened.holes.slice(1).map(({ start, end }) => [start - base, end - base])).toEqual([
      [0, 8],
      [8, 16],
      [24 + 4, 24 + 8],
    ]);
    expect(Buffer.compare(await restored(opened), Buffer.concat([file, data, data]))).toBe(0);
  });

  test("whose ranges overlap in part is read, and has no hole", async () => {
    const at = (name: string, offset: string) =>
      initializer(tensor(name, 1, [2], external({ location: "d", offset, length: "8" })));
    const file = model(at("a", "0"), at("b", "4"), at("c", "12"));
    const { holes, network } = await openOnnx(bytesSource(file), { folder: folderOf({ d: data }) });
    expect(network.tensors.map(({ name }) => name)).toEqual(["c", "a", "b"]);
    expect(holes).toEqual([{ tensor: 0, start: file.length + 12, end: file.length + 20, encoding: "bytes" }]);
    expect(await network.tensors[2].read()).toEqual(floats(2, 3));
  });

  test("in the model's own file is read, and has no hole", async () => {
    const file = model(initializer(tensor("w", 1, [1], external({ location: "m.onnx", offset: "0" }))));
    const { holes, network } = await openOnnx(bytesSource(file), { name: "m.onnx" });
    expect(holes).toEqual([]);
    expect(await network.tensors[0].read()).toEqual(file.subarray(0, 4));
  });

  const outside = [
    "",
    ".",
    "..",
    "../d",
    "a/../../d",
    "/etc/passwd",
    "a//b",
    "a/",
    "\\d",
    "a\\..\\d",
    "C:d",
    "c:/d",
    "file:///d",
    "https://a.b/d",
    "d\0",
  ];
  test.each(outside)("outside the model's folder is never opened: %j", async (location) => {
    const asked: string[] = [];
    const folder = async (name: string) => {
      asked.push(name);
      return bytesSource(data);
    };
    await expect(openOnnx(withEntries({ location }), { folder })).rejects.toThrow(
      /tensor "w": its data are in another file, .* no file of the model's folder: move it there/,
    );
    expect(asked).toEqual([]);
  });

  test.each([
    [{ location: "gone" }, /tensor "w": .* "gone", which is not there: put it beside the model/],
    [{ location: "d", offset: "20" }, /tensor "w": .* "d", which has 24 bytes: bytes 20 to 28 are asked for/],
    [{ location: "d", length: "12" }, /tensor "w": .* "d": float32 \[2\] takes 8 bytes, its length says 12/],
    [{ location: "d", offset: "-1" }, /its offset is "-1", no number of bytes/],
    [{ location: "d", offset: "0x10" }, /its offset is "0x10", no number of bytes/],
    [{ location: "d", length: "9007199254740993" }, /its length is "9007199254740993", no number of bytes/],
  ])("that is not as %j says names tensor and file", async (entries, message) => {
    const opening = openOnnx(withEntries(entries), { folder: folderOf({ d: data }) });
    await expect(opening).rejects.toThrow(message);
    await expect(opening).rejects.toThrow(FormatError);
  });

  test("without a folder, or for a model read whole, says what to do", async () => {
    await expect(openOnnx(withEntries({ location: "d" }))).rejects.toThrow(/the model came without its folder/);
    const file = model(initializer(tensor("w", 1, [2], external({ location: "d" }))));
    expect(() => readOnnx(file)).toThrow(/external data\): open the model with its folder/);
  });
});

/** A source over a file on disk. */
async function fileSource(path: string): Promise<ByteSource & { close(): Promise<void> }> {
  const handle = await openFile(path);
  const { size } = await handle.stat();
  return {
    byteLength: size,
    async slice(start, end = size) {
      const buffer = new Uint8Array(Math.max(0, Math.min(end, size) - start));
      await handle.read(buffer, 0, buffer.length, start);
      return buffer;
    },
    close: () => handle.close(),
  };
}

test("five gigabytes of external data are opened by reading kilobytes", async ({ skip }) => {
  const folder = await mkdtemp(join(tmpdir(), "deep-compression-"));
  try {
    const [count, side] = [5, 2 ** 14];
    const length = 4 * side * side;
    const path = join(folder, "data");
    await writeFile(path, floats(7));
    await truncate(path, count * length);
    const { blocks, blksize } = await (await import("node:fs/promises")).stat(path);
    if (blocks * 512 > 64 * blksize) skip("the file system has no sparse files");
    const file = model(
      ...Array.from({ length: count }, (_, i) =>
        initializer(tensor(`w${i}`, 1, [side, side], external({ location: "data", offset: String(i * length) }))),
      ),
    );
    const source = await fileSource(path);
    const counted = countedSource(source);
    const { network, holes, files } = await openOnnx(bytesSource(file), { folder: async () => counted });
    expect(counted.given()).toBe(0);
    expect(files[1].source.byteLength).toBe(count * length);
    expect(holes.at(-1)).toMatchObject({ tensor: 4, end: file.length + count * length });
    expect(network.tensors.map(({ name }) => name)).toEqual(["w0", "w1", "w2", "w3", "w4"]);
    await source.close();
  } finally {
    await rm(folder, { recursive: true });
  }
});

describe("a model with its tensors in another file", () => {
  const large = (name: string, length: number, fill: number) => ({
    name,
    type: "float32" as const,
    shape: [length],
    read: () => new Uint8Array(4 * length).fill(fill),
  });
  const network = {
    graph: {
      name: "g",
      opset: 13,
      inputs: [],
      outputs: [],
      nodes: [{ op: "Own", domain: "own", inputs: ["w"], outputs: ["y"], attributes: {} }],
      domains: { own: 1 },
    },
    tensors: [large("w", 300, 1), large("small", 2, 2), large("huge", 2 ** 18, 3), large("v", 300, 4)],
  };

  test("is read again as it was; large tensors begin at a page, small ones stay in the model", async () => {
    const { model: written, data } = await writeOnnxWithData(network, { dataName: "m.data" });
    const parts: Uint8Array[] = [];
    for await (const part of data) parts.push(part);
    const file = new Uint8Array(Buffer.concat(parts));
    expect(file.length).toBe(4096 + 2 ** 20 + 1200);
    const opened = await openOnnx(bytesSource(written), { folder: folderOf({ "m.data": file }) });
    expect(opened.network.graph).toEqual(network.graph);
    const { tensors } = opened.network;
    expect(tensors.map(({ name }) => name)).toEqual(["small", "w", "huge", "v"]);
    for (const { name, read } of tensors) {
      const expected = network.tensors.find((candidate) => candidate.name === name)!.read();
      expect(Buffer.compare(await read(), expected)).toBe(0);
    }
  });

  test("is refused for a file outside its folder", async () => {
    for (const dataName of ["../data", "/data", "", "./data"])
      await expect(writeOnnxWithData(network, { dataName })).rejects.toThrow(
        /options.dataName: expected a path inside/,
      );
  });
});

// Models that keep their own files: what compressModel makes of them, and open gives back.
import { type ByteSource, bytesSource, FormatError } from "@deep-compression/bits";
import { inspectContainer, readContainer, writeContainer } from "@deep-compression/container";
import { openModel, writeSafetensors } from "@deep-compression/model-io";
import { floatTensor, floatValues } from "@deep-compression/network";
import {
  type Compressed,
  compressModel,
  type Ledger,
  ledgerTotals,
  type OpenedFile,
  open,
  type Plan,
} from "@deep-compression/pipeline";
import { decodePool } from "@deep-compression/pipeline/parallel";
import { seededRandom } from "@deep-compression/runtime";
import { SECTION_KINDS } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { anyOnnxModel } from "../../model-io/test/any-onnx-model";
import { type Folder, jsonBytes, openFolder } from "../../model-io/test/model-folders";
import { arbitraryTensors } from "../../model-io/test/networks";
import * as onnx from "../../model-io/test/onnx-files";
import { collected } from "./opened";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const LOSSLESS: Plan = { default: {} };

const pool = decodePool({ threads: 2 });
afterAll(() => pool.close());

/** The first file of a folder as a `.dcz` file. */
async function compressed(folder: Folder, plan: Plan = LOSSLESS): Promise<Compressed> {
  return compressModel(await openFolder(folder), plan);
}

const opened = (bytes: Uint8Array) => open(bytesSource(bytes));

/** The files that a `.dcz` file gives back. */
async function filesOf(bytes: Uint8Array): Promise<Folder> {
  return filesFrom(await opened(bytes));
}

async function filesFrom({ files }: OpenedFile): Promise<Folder> {
  const read = files.map(async ({ name, source }) => [name, await source.slice(0)] as const);
  return Object.fromEntries(await Promise.all(read));
}

function expectSameFiles(files: Folder, expected: Folder): void {
  expect(Object.keys(files)).toEqual(Object.keys(expected));
  for (const [name, bytes] of Object.entries(expected)) expect(Buffer.compare(files[name], bytes), name).toBe(0);
}

function expectSumIsFile({ fileBytes, headerBytes, metadataBytes, graphBytes, rows }: Ledger, bytes: Uint8Array): void {
  const totals = Object.values(ledgerTotals(rows)).reduce((a, b) => a + b, 0);
  expect(headerBytes + metadataBytes + graphBytes + totals).toBe(bytes.length);
  expect(fileBytes).toBe(bytes.length);
}

/** Lossless: the files come back, and the tensors, the graph and the metadata are those of the model, however they are read. */
async function expectKept(folder: Folder): Promise<void> {
  const model = await openFolder(folder);
  const { bytes, ledger } = await compressModel(model, LOSSLESS);
  const file = await opened(bytes);
  const named = Object.fromEntries(model.files.map(({ name }) => [name, folder[name]]));
  expectSameFiles(await filesFrom(file), named);
  expect(file.format).toBe(model.format);
  expect(file.graphProblem).toBe(model.graphProblem);
  expect(file.graph).toEqual(model.network.graph);
  expect({ ...file.metadata }).toEqual({ ...model.network.metadata });
  const tensors = model.network.tensors.map(async ({ read, ...head }) => ({ ...head, bytes: await read() }));
  const expected = await Promise.all(tensors);
  const asArrays = (all: readonly { readonly bytes: Uint8Array }[]) =>
    all.map((one) => ({ ...one, bytes: [...one.bytes] }));
  expect(asArrays(await collected(file.tensors()))).toEqual(asArrays(expected));
  expect(asArrays((await pool.decompress(bytesSource(bytes))).tensors)).toEqual(asArrays(expected));
  await file.verify();
  expectSumIsFile(ledger, bytes);
  const own = await file.ledger();
  expectSumIsFile(own, bytes);
  expect(own.rows.map(({ tensor }) => tensor)).toEqual(expect.arrayContaining(expected.map(({ name }) => name)));
}

test("any ONNX model comes back bit for bit, with its tensors, its graph and its metadata", async () => {
  await fc.assert(
    fc.asyncProperty(anyOnnxModel, (file) => expectKept({ "model.onnx": file })),
    { numRuns },
  );
});

test("any safetensors file comes back bit for bit, in shards too", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryTensors, fc.nat(), async (tensors, at) => {
      await expectKept({ "model.safetensors": writeSafetensors({ graph: undefined, tensors }) });
      const cut = at % (tensors.length + 1);
      const shards = [tensors.slice(0, cut), tensors.slice(cut)].filter(({ length }) => length > 0);
      if (shards.length === 0) return;
      const names = shards.map((_, i) => `m-${i}.safetensors`);
      const map = shards.flatMap((shard, i) => shard.map(({ name }) => [name, names[i]] as const));
      const files = shards.map(
        (shard, i) => [names[i], writeSafetensors({ graph: undefined, tensors: shard })] as const,
      );
      await expectKept({
        "m.safetensors.index.json": jsonBytes({ metadata: {}, weight_map: Object.fromEntries(map) }),
        ...Object.fromEntries(files),
      });
    }),
    { numRuns: numRuns / 2 },
  );
});

test("any TensorFlow.js model comes back bit for bit, wherever its shards are cut", async () => {
  const weight = fc.record({
    count: fc.integer({ min: 0, max: 700 }),
    dtype: fc.constantFrom("float32", "int32", "bool", "uint8"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(weight, { maxLength: 4 }), fc.nat(), fc.nat(9), async (weights, cut, seed) => {
      const size = { float32: 4, int32: 4, bool: 1, uint8: 1 };
      const named = weights.map(({ count, dtype }, i) =>
        dtype === "uint8"
          ? {
              name: `w${i}`,
              shape: [count],
              dtype: "float32",
              quantization: { dtype: "uint8", min: -1, scale: 0.5 },
              size: 1,
            }
          : { name: `w${i}`, shape: [count], dtype, size: size[dtype as keyof typeof size] },
      );
      const length = named.reduce((sum, one) => sum + one.size * one.shape[0], 0);
      const random = seededRandom(seed + 1);
      const data = Uint8Array.from({ length }, () => Math.floor(2 * random()));
      const at = cut % (length + 1);
      const entries = named.map(({ size: _, ...entry }) => entry);
      await expectKept({
        "model.json": jsonBytes({
          modelTopology: { node: [{ name: "x", op: "Const" }] },
          weightsManifest: [{ paths: ["w1.bin", "w2.bin"], weights: entries }],
        }),
        "w1.bin": data.subarray(0, at),
        "w2.bin": data.subarray(at),
      });
    }),
    { numRuns: numRuns / 2 },
  );
});

const noise = (count: number, seed = 1) => {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => random() - 0.5);
};

const bytesOf = (values: Float32Array) => new Uint8Array(values.buffer);
const floats = (name: string, dims: readonly number[], values: Float32Array) =>
  onnx.tensor(name, 1, dims, onnx.bytes(9, bytesOf(values)));

/** x * w + b, both weights in the file. */
function linear(w: Float32Array, b: Float32Array, ...more: readonly onnx.Fields[]): Uint8Array {
  return onnx.model(
    onnx.node("MatMul", ["x", "w"], ["h"]),
    onnx.node("Add", ["h", "b"], ["y"]),
    onnx.initializer(floats("w", [w.length / b.length, b.length], w)),
    onnx.initializer(floats("b", [b.length], b)),
    onnx.value(11, "x", [1, w.length / b.length]),
    onnx.value(12, "y", [1, b.length]),
    ...more,
  );
}

test("a small tensor stays in the envelope, is read from there, and its row says so", async () => {
  const [w, b] = [noise(2000), noise(10, 2)];
  const { bytes, ledger } = await compressed({ "model.onnx": linear(w, b) });
  expect(inspectContainer(bytes).tensors.map(({ name }) => name)).toEqual(["w"]);
  expect(ledger.rows.map(({ tensor, form }) => `${tensor} ${form === "envelope"}`)).toEqual(["w false", "b true"]);
  expectSumIsFile(ledger, bytes);
  const file = await opened(bytes);
  expect(await file.tensor("b")).toEqual(floatTensor("b", [10], b));
  expect((await file.ledger()).rows.map(({ tensor, form, bytes: row }) => [tensor, form, row])).toEqual(
    ledger.rows.map(({ tensor, form, bytes: row }) => [tensor, form, row]),
  );
  await expect(file.tensor("c")).rejects.toThrow(
    new RangeError('name: expected that of a tensor in the file, got "c"'),
  );
});

test("a small tensor that lost something is not left in the envelope, though its shared values deflate well", async () => {
  const random = seededRandom(7);
  const w = Float32Array.from({ length: 250 }, (_, i) => Math.round(3 * Math.sin(i % 25)) + 0.01 * random());
  const plan: Plan = { default: {}, tensors: { w: { share: { size: 7 } } } };
  const { bytes, ledger } = await compressed({ "m.onnx": linear(w, noise(10, 2)) }, plan);
  expect(ledger.rows[0].form).not.toBe("envelope");
  expect(ledger.rows[0].error).toBeGreaterThan(0);
  expect(new Set(floatValues(await (await opened(bytes)).tensor("w"))).size).toBe(7);
});

test("lossy weights change in their own holes only, and nothing else of the file does", async () => {
  const [w, b] = [noise(2000), noise(10, 2)];
  const original = linear(w, b, onnx.text(10, "documentation"));
  const plan: Plan = { default: {}, tensors: { w: { maxError: 0.01 } } };
  const { bytes, ledger } = await compressed({ "model.onnx": original }, plan);
  expect(ledger.rows[0].error).toBeGreaterThan(0.005);
  const back = (await filesOf(bytes))["model.onnx"];
  expect(back.length).toBe(original.length);
  const start = Buffer.from(original).indexOf(Buffer.from(w.buffer));
  const changed = [...back.keys()].filter((i) => back[i] !== original[i]);
  expect(changed.length).toBeGreaterThan(2000);
  expect(changed.filter((i) => i < start || i >= start + 8000)).toEqual([]);
  const { network } = await openModel(bytesSource(back));
  expect(await network.tensors[0].read()).toEqual((await (await opened(bytes)).tensor("w")).bytes);
  expect(network.graph).toEqual((await opened(bytes)).graph);
});

test("weights are given as they are stored, those that stand in the envelope raw", async () => {
  const [w, b] = [noise(2000), noise(10, 2)];
  const { bytes } = await compressed(
    { "model.onnx": linear(w, b) },
    { default: {}, tensors: { w: { share: { size: 7 } } } },
  );
  const { names, weight } = await (await opened(bytes)).weights();
  expect(names).toEqual(["w", "b"]);
  expect(weight("w")).toMatchObject({ shape: [200, 10], stored: { form: "dense" } });
  expect(weight("b")).toEqual({ shape: [10], type: "float32", stored: { form: "raw", values: b } });
});

test("a target in bytes is that of the whole file, its envelope too", async () => {
  const folder = { "model.onnx": linear(noise(4000), noise(20, 2), onnx.text(10, "a remark ".repeat(100))) };
  for (const targetBytes of [3000, 1500]) {
    const plan: Plan = { default: {}, tensors: { b: { share: "exact" } }, targetBytes };
    const { bytes } = await compressed(folder, plan);
    expect(bytes.length).toBeLessThanOrEqual(targetBytes);
    expect(bytes.length).toBeGreaterThan(0.95 * targetBytes);
  }
});

test("what is long and no tensor is cut into tensors of bytes, and the model is opened with it all the same", async () => {
  const remark = "nothing ever happens twice; ".repeat(2 ** 18); // 7 MB
  // 4.5 MB of numbers that are not packed together: a tensor that can be read, but has no hole.
  const count = 900_000;
  const unpacked: onnx.Fields = (pbf) => {
    for (let i = 0; i < count; i++) pbf.writeFloatField(4, i % 100);
  };
  const folder = {
    "model.onnx": linear(
      noise(2000),
      noise(10, 2),
      onnx.initializer(onnx.tensor("unpacked", 1, [count], unpacked)),
      onnx.text(10, remark),
    ),
  };
  const { bytes } = await compressed(folder);
  const names = inspectContainer(bytes).tensors.map(({ name }) => name);
  expect(names[0]).toBe("w");
  expect(names.length).toBeGreaterThan(2);
  for (const name of names.slice(1)) expect(name).toMatch(/^bytes from \d+$/);
  const file = await opened(bytes);
  expectSameFiles(await filesFrom(file), folder);
  expect(file.graphProblem).toBeUndefined();
  expect(file.source.tensors.map(({ name }) => name)).toEqual(["w", "b", "unpacked"]);
  const { bytes: elements } = await file.tensor("unpacked");
  expect(new Float32Array(elements.buffer).slice(99, 102)).toEqual(Float32Array.of(99, 0, 1));
});

test("data in other files come back in those, and two tensors of one range both read it", async () => {
  const data = noise(1500);
  const shared = (name: string) =>
    onnx.initializer(onnx.tensor(name, 1, [30, 50], onnx.external({ location: "data/w.bin", length: "6000" })));
  const folder = {
    "model.onnx": onnx.model(
      onnx.node("MatMul", ["x", "w"], ["h"]),
      onnx.node("Transpose", ["v"], ["t"]),
      onnx.node("MatMul", ["h", "t"], ["y"]),
      shared("w"),
      shared("v"),
      onnx.value(11, "x", [1, 30]),
      onnx.value(12, "y", [1, 30]),
    ),
    "data/w.bin": new Uint8Array(data.buffer),
  };
  await expectKept(folder);
  const { bytes } = await compressed(folder, { default: { share: { size: 15 } } });
  expect(inspectContainer(bytes).tensors.map(({ name }) => name)).toEqual(["w"]);
  const file = await opened(bytes);
  const [w, v] = [await file.tensor("w"), await file.tensor("v")];
  expect(new Set(new Float32Array(w.bytes.slice().buffer)).size).toBeLessThanOrEqual(16);
  expect(v.bytes).toEqual(w.bytes); // what stands in the file, for both
  expect((await filesOf(bytes))["data/w.bin"]).toEqual(w.bytes);
});

test("equal tensors, tied embeddings for one, are stored once", async () => {
  const w = noise(3000);
  const folder = (second: Float32Array) => ({
    "model.onnx": onnx.model(
      onnx.node("Gather", ["embedding", "i"], ["h"]),
      onnx.node("MatMul", ["h", "head"], ["y"]),
      onnx.initializer(floats("embedding", [60, 50], w)),
      onnx.initializer(floats("head", [60, 50], second)),
    ),
  });
  const { bytes, ledger } = await compressed(folder(w));
  expect(inspectContainer(bytes).tensors.map(({ repeats }) => repeats)).toEqual([undefined, 0]);
  expectSumIsFile(ledger, bytes);
  await expectKept(folder(w));
  const apart = await compressed(folder(noise(3000, 2)));
  expect(apart.bytes.length - bytes.length).toBeGreaterThan(9000);
});

/** The bytes, and how far they were read. */
function watched(bytes: Uint8Array): ByteSource & { readonly end: () => number } {
  let end = 0;
  return {
    byteLength: bytes.length,
    slice: (start, to = bytes.length) => {
      end = Math.max(end, to);
      return bytes.subarray(start, to);
    },
    end: () => end,
  };
}

test("opening reads the directory and the envelope, and no section of a tensor", async () => {
  const onlyBytes = { type: "uint8", shape: [80, 50], bytes: new Uint8Array(4000).fill(3) } as const;
  const tensors = [floatTensor("w", [40, 50], noise(2000)), { name: "codes", ...onlyBytes }];
  const folders: readonly Folder[] = [
    { "model.onnx": linear(noise(2000), noise(10)) },
    { "model.safetensors": writeSafetensors({ graph: undefined, tensors }) },
  ];
  for (const folder of folders) {
    const { bytes } = await compressed(folder, { default: { maxError: 0.01 } });
    const source = watched(bytes);
    const file = await open(source);
    expect(source.end()).toBe(inspectContainer(bytes).tensors[0].sections[0].offset);
    expect(file.source.tensors.length).toBe(2);
  }
});

test("a damaged section is told by the name of its tensor when the files are read, and by verify", async () => {
  const { bytes } = await compressed({ "model.onnx": linear(noise(2000), noise(10)) });
  const [{ sections }] = inspectContainer(bytes).tensors;
  const damaged = bytes.with(sections[0].offset + 100, bytes[sections[0].offset + 100] ^ 1);
  const file = await opened(damaged);
  const expected = { name: "FormatError", code: "bad-checksum", tensor: "w" };
  await expect(file.files[0].source.slice(0)).rejects.toMatchObject(expected);
  await expect(file.verify()).rejects.toMatchObject(expected);
  await expect(file.tensor("w")).rejects.toMatchObject(expected);
  expect((await file.tensor("b")).shape).toEqual([10]);
});

/** A file whose envelope has one file of this skeleton, and no tensor. */
function enveloped(format: number, skeleton: Uint8Array): Uint8Array {
  const files = [{ name: "m", byteLength: skeleton.length }];
  return writeContainer({ model: { kind: "envelope", envelope: { format, files, holes: [], skeleton } }, tensors: [] });
}

test("files that are no model are given back all the same, and why there is no graph", async () => {
  for (const format of [0, 1, 2, 3]) {
    for (const skeleton of [new Uint8Array(0), Uint8Array.of(1, 2, 3), new TextEncoder().encode("<!DOCTYPE html>")]) {
      const file = await opened(enveloped(format, skeleton));
      expect(file.graph).toBeUndefined();
      expect(file.format).toBeUndefined();
      expect(file.graphProblem === undefined).toBe(format === 0);
      expect(file.source.tensors).toEqual([]);
      expectSameFiles(await filesOf(enveloped(format, skeleton)), { m: skeleton });
    }
  }
});

test("whatever the files of an envelope are, they are given back", async () => {
  const changed = fc.tuple(anyOnnxModel, fc.nat(), fc.nat(255)).map(([file, at, byte]) => {
    return file.length === 0 ? file : file.with(at % file.length, byte);
  });
  const skeletons = fc.oneof(fc.uint8Array({ maxLength: 40 }), changed);
  await fc.assert(
    fc.asyncProperty(fc.nat(4), skeletons, async (format, skeleton) => {
      expectSameFiles(await filesOf(enveloped(format, skeleton)), { m: skeleton });
    }),
    { numRuns: 2 * numRuns },
  );
});

test("a tensor that the directory tells otherwise than the model is read as the model tells it", async () => {
  const { bytes } = await compressed({ "model.onnx": linear(noise(2000), noise(10)) });
  const { model, tensors } = readContainer(bytes);
  for (const change of [{ name: "v" }, { shape: [8000], type: 2 }]) {
    const [tensor] = tensors;
    const sections = [{ kind: SECTION_KINDS.raw, bytes: bytesOf(noise(2000)) }];
    const file = await opened(writeContainer({ model, tensors: [{ ...tensor, ...change, sections }] }));
    expect(await file.tensor("w")).toEqual(floatTensor("w", [200, 10], noise(2000)));
    expect((await file.weights()).weight("w").shape).toEqual([200, 10]);
  }
});

test("a model without tensors that can be told apart is kept as its files", async () => {
  const folder = {
    "model.onnx": onnx.model(onnx.node("Relu", ["x"], ["y"]), onnx.value(11, "x", [1]), onnx.value(12, "y", [1])),
  };
  await expectKept(folder);
  expect((await compressed(folder)).ledger.rows).toEqual([]);
});

test("a plan may name any tensor of the model, and no other", async () => {
  const folder = { "model.onnx": linear(noise(2000), noise(10)) };
  await compressed(folder, { default: {}, tensors: { b: { share: "exact" } } });
  await expect(compressed(folder, { default: {}, tensors: { c: {} } })).rejects.toThrow(
    new RangeError('plan.tensors: expected names of tensors or patterns for them, got "c"'),
  );
});

test("what the sources of a model's files refuse is told as it is", async () => {
  const file = linear(noise(2000), noise(10));
  const source: ByteSource = {
    byteLength: file.length,
    slice: (start, end = file.length) => {
      if (end === file.length && end - start < 200) throw new FormatError("truncated", "the disk is gone");
      return file.subarray(start, end);
    },
  };
  const model = { ...(await openModel(bytesSource(file))), files: [{ name: "model.onnx", source }] };
  await expect(compressModel(model, LOSSLESS)).rejects.toThrow("the disk is gone");
});

import { closeSync, ftruncateSync, mkdtempSync, openSync, readSync, rmSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type ByteSource, bytesSource, FormatError } from "@deep-compression/bits";
import { concatenatedSource, openModel, writeSafetensors, writeSafetensorsParts } from "@deep-compression/model-io";
import { floatTensor } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { counted, type Folder, failure, jsonBytes, openFolder, refilled, together } from "./model-folders";
import { arbitraryTensors } from "./networks";

const float = floatTensor("x", [2, 1], Float32Array.of(1, 2));
const shard = writeSafetensors({ graph: undefined, tensors: [float], metadata: { format: "pt" } });
const manifest = [
  {
    paths: ["w1", "w2"],
    weights: [
      { name: "x", shape: [2], dtype: "float32" },
      { name: "s", shape: [1], dtype: "string" },
      { name: "y", shape: [3], dtype: "int32", quantization: { dtype: "uint8", min: 0, scale: 1 } },
    ],
  },
];

/** A small model in several files of each kind. */
const MODELS: readonly (readonly [string, Folder])[] = [
  [
    "safetensors with its index",
    {
      "m.json": jsonBytes({ metadata: { total_size: 8 }, weight_map: { x: "s.safetensors" } }),
      "s.safetensors": shard,
    },
  ],
  [
    "TensorFlow.js",
    {
      "model.json": jsonBytes({ modelTopology: { node: [{ name: "x", op: "Const" }] }, weightsManifest: manifest }),
      w1: new Uint8Array(6),
      w2: Uint8Array.of(0, 0, 1, 0, 0, 0, 9, 1, 2, 3),
    },
  ],
];

for (const [what, folder] of MODELS) {
  test(`${what}: any bit flipped in any file ends in FormatError, or in a model whose holes refill to its files`, async () => {
    let refused = 0;
    for (const [name, bytes] of Object.entries(folder)) {
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const files = { ...folder, [name]: bytes.with(bit >> 3, bytes[bit >> 3] ^ (1 << (bit & 7))) };
        try {
          const model = await openFolder(files);
          // A name of "weightsManifest" that is spelt otherwise leaves a model without weights, and so without shards.
          const named = Object.fromEntries(model.files.map((file) => [file.name, files[file.name]]));
          expect(await refilled(model)).toEqual(together(named));
        } catch (error) {
          if (!(error instanceof FormatError)) throw error;
          expect(error.message.length).toBeLessThanOrEqual(500);
          refused++;
        }
      }
    }
    expect(refused).toBeGreaterThan(300);
  });

  test(`${what}: any file cut anywhere ends in FormatError`, async () => {
    for (const [name, bytes] of Object.entries(folder)) {
      for (let length = 0; length < bytes.length; length++)
        await failure({ ...folder, [name]: bytes.subarray(0, length) });
    }
  });
}

test("a safetensors file refills to itself, white space, zero-sized tensors and types not known here included", async () => {
  await fc.assert(
    fc.asyncProperty(arbitraryTensors, fc.nat(3), fc.nat(3), async (tensors, before, after) => {
      const plain = writeSafetensors({ graph: undefined, tensors });
      const dataStart = 8 + Number(new DataView(plain.buffer).getBigUint64(0, true));
      const text = new TextDecoder().decode(plain.subarray(8, dataStart)).replaceAll('"F16"', '"X16"');
      const header = new TextEncoder().encode(`${"\n\t ".slice(0, before)}${text}${" \r\n".slice(0, after)}`);
      const bytes = new Uint8Array([...new Uint8Array(8), ...header, ...plain.subarray(dataStart)]);
      new DataView(bytes.buffer).setUint32(0, header.length, true);
      const model = await openModel(bytesSource(bytes), { name: "folder/m.safetensors" });
      expect(model.files.map(({ name }) => name)).toEqual(["m.safetensors"]);
      const known = tensors.filter(({ type }) => type !== "float16");
      expect(model.network.tensors.map(({ name }) => name)).toEqual(known.map(({ name }) => name));
      expect(model.notes?.length ?? 0).toBe(known.length < tensors.length ? 1 : 0);
      expect(await refilled(model)).toEqual(bytes);
    }),
    { numRuns: 100 },
  );
});

test("files back to back read as their bytes do, wherever a slice lies", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.uint8Array({ maxLength: 4 }), { maxLength: 5 }),
      fc.nat(20),
      fc.nat(20),
      async (parts, start, length) => {
        const source = concatenatedSource(parts.map(bytesSource));
        const all = new Uint8Array(parts.flatMap((part) => [...part]));
        expect(source.byteLength).toBe(all.length);
        expect(await source.slice(start, start + length)).toEqual(all.slice(start, start + length));
        expect(await source.slice(start)).toEqual(all.slice(start));
      },
    ),
    { numRuns: 300 },
  );
});

test("JSON nested deep, shapes and names of any length end in a short message", async () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  const header = (text: string) => {
    const json = new TextEncoder().encode(text);
    return {
      "a.safetensors": new Uint8Array([
        json.length & 255,
        (json.length >> 8) & 255,
        json.length >> 16,
        0,
        0,
        0,
        0,
        0,
        ...json,
      ]),
    };
  };
  const entry = (more: string) => `"dtype":"U8","shape":[1],"data_offsets":[0,1]${more}`;
  expect(await failure(header(`{"a":{${entry(`,"dtype":${deep}`)}}}`))).toMatch(/expected dtype as a text, got Array$/);
  expect(await failure(header(`{"a":{${entry(`,"shape":[${"9,".repeat(1000)}1]`)}}}`))).toMatch(
    /uint8 \[9(,9){39},\.\.\.\] of 1001 dimensions takes more bytes than any file has, got 1$/,
  );
  const name = "layer.".repeat(40_000);
  expect(await failure(header(`{"${name}":{${entry("")}}}`))).toMatch(
    /^truncated: tensor "layer\.layer\.[^"]*\.\.\.[^"]*layer\."/,
  );
  expect(await failure(header(`{"${"\\u0000".repeat(500)}":1}`))).toMatch(
    /^invalid-table: tensor "(\\u\{0\})+.*expected an object$/,
  );
  const model = (text: string) => ({ "model.json": new TextEncoder().encode(text) });
  expect(await failure(model(`{"weightsManifest":[${deep}]}`))).toMatch(/^invalid-table: a group/);
  expect(await failure(model(`{"weightsManifest":[{"paths":["${name}"],"weights":[]}]}`))).toMatch(
    /^truncated: the model's file "layer/,
  );
  expect(await failure(model(`{"weight_map":${deep}}`))).toMatch(/^bad-magic: this is JSON, not a model/);
  expect(await failure(model(`{"weight_map":{"${name}":${deep}}}`))).toMatch(
    /^invalid-table: the index gives tensor "layer/,
  );
  expect(await failure(model(`{"${name}":1,"b":${deep}}`))).toMatch(
    /^bad-magic: this is JSON, not a model: it has "layer/,
  );
});

test("a length that lies is refused before memory is taken", async () => {
  const bytes = writeSafetensors({ graph: undefined, tensors: [float] });
  for (const length of [1e8, 1e8 + 1, 2 ** 40]) {
    const lying = bytes.slice();
    new DataView(lying.buffer).setBigUint64(0, BigInt(length), true);
    const source = counted(bytesSource(lying));
    await expect(openModel(source, { name: "a.safetensors" })).rejects.toMatchObject({
      code: length > 1e8 ? "limit-exceeded" : "truncated",
    });
    expect(source.asked()).toBeLessThan(2 * bytes.length);
  }
  const huge = { byteLength: 2 ** 40, slice: (start: number, end = 0) => new Uint8Array(end - start).fill(0x7b) };
  await expect(openModel(huge, { name: "model.json" })).rejects.toMatchObject({ code: "limit-exceeded" });
});

/** Makes a file of 5 GiB that takes no room on the disk; undefined where the disk cannot. */
async function sparseFile(path: string): Promise<number | undefined> {
  const tensor = (name: string, size: number) =>
    ({ name, type: "uint8", shape: [size], read: () => new Uint8Array(0) }) as const;
  const tensors = [...Array.from({ length: 10 }, (_, i) => tensor(`large${i}`, 2 ** 29)), tensor("last", 3)];
  const { value: header } = await writeSafetensorsParts({ tensors }).next();
  if (!header) throw new Error("no header");
  const file = openSync(path, "w+");
  try {
    ftruncateSync(file, header.length + 10 * 2 ** 29);
    writeSync(file, header, 0, header.length, 0);
    writeSync(file, Uint8Array.of(1, 2, 3), 0, 3, header.length + 10 * 2 ** 29);
    return file;
  } catch {
    closeSync(file);
    return undefined;
  }
}

test("a safetensors file of 5 GiB is opened by its header, and a tensor by its own bytes", async ({ skip }) => {
  const folder = mkdtempSync(join(tmpdir(), "deep-compression-"));
  const file = await sparseFile(join(folder, "large.safetensors"));
  if (file === undefined) skip("the disk holds no sparse file of 5 GiB");
  else {
    try {
      const slice = (start: number, end = 0) => {
        const bytes = new Uint8Array(end - start);
        return bytes.subarray(0, readSync(file, bytes, 0, bytes.length, start));
      };
      const byteLength = 10 * 2 ** 29 + 3 + 8 + Number(new DataView(slice(0, 8).buffer).getBigUint64(0, true));
      const source: ReturnType<typeof counted> & ByteSource = counted({ byteLength, slice });
      const { network, holes } = await openModel(source, { name: "large.safetensors" });
      expect(network.tensors.length).toBe(11);
      expect(holes.at(-1)).toMatchObject({ start: byteLength - 3, end: byteLength });
      expect(await network.tensors[10].read()).toEqual(Uint8Array.of(1, 2, 3));
      expect(source.asked()).toBeLessThan(10_000);
    } finally {
      closeSync(file);
    }
  }
  rmSync(folder, { recursive: true });
});

test("a tensor whose bytes are gone when they are read is refused", async () => {
  const large = floatTensor("x", [3000], new Float32Array(3000));
  const bytes = writeSafetensors({ graph: undefined, tensors: [large] });
  const slice = (start: number, end = bytes.length) => bytes.subarray(start, Math.min(end, bytes.length - 1));
  const { network } = await openModel({ byteLength: bytes.length, slice }, { name: "a.safetensors" });
  await expect(network.tensors[0].read()).rejects.toMatchObject({ code: "truncated", offset: bytes.length - 1 });
});

// A model's own files through the command: those that came in come out, whole or not at all.
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { readModel, writeOnnx, writeSafetensors } from "@deep-compression/model-io";
import type { Tensor } from "@deep-compression/network";
import { describe, expect, it } from "vitest";
import { call, type Files, folderIn, randomTensor, smallNetwork, temporaryFolder, writeModelFile } from "./setting";

const root = await temporaryFolder();

const folderOf = (files?: Files) => folderIn(root, files);

const sha256 = async (path: string) =>
  createHash("sha256")
    .update(await readFile(path))
    .digest("hex");
const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** The parts of a protobuf message: bytes and texts with their lengths, and whole numbers. */
function message(...fields: readonly (readonly [number, Uint8Array | string | number])[]): Uint8Array {
  const bytes = fields.flatMap(([number, value]) => {
    if (typeof value === "number") return [8 * number, ...varint(value)];
    const content = typeof value === "string" ? new TextEncoder().encode(value) : value;
    return [8 * number + 2, ...varint(content.length), ...content];
  });
  return Uint8Array.from(bytes);
}

const varint = (value: number): number[] => (value < 128 ? [value] : [(value % 128) + 128, ...varint(value >> 7)]);

/** An ONNX model of y = MatMul(x, w) whose w stands in another file. */
function onnxWithData(
  location: string,
  [rows, columns]: readonly [number, number],
  more: Files | Record<string, string> = {},
): Uint8Array {
  const entry = (key: string, text: string) => message([1, key], [2, text]);
  const entries = Object.entries({ location, ...more }).map(([key, text]) => [13, entry(key, String(text))] as const);
  const weight = message([1, rows], [1, columns], [2, 1], [8, "w"], ...entries, [14, 1]);
  const value = (name: string, columnsOf: number) => {
    const shape = message([1, message([2, "N"])], [1, message([1, columnsOf])]);
    return message([1, name], [2, message([1, message([1, 1], [2, shape])])]);
  };
  const node = message([1, "x"], [1, "w"], [2, "y"], [4, "MatMul"]);
  const graph = message([1, node], [2, "g"], [5, weight], [11, value("x", rows)], [12, value("y", columns)]);
  return message([1, 8], [7, graph], [8, message([2, 13])]);
}

const weights = (...names: readonly string[]) => names.map((name, i) => randomTensor(name, [48, 32], i + 1));

function shards(): Files {
  const [a, b, c] = weights("a", "b", "c");
  const names = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
  const file = (...tensors: Tensor[]) => writeSafetensors({ graph: undefined, tensors, metadata: { format: "pt" } });
  const weight_map = { a: names[0], b: names[0], c: names[1] };
  return {
    "model.safetensors.index.json": json({ metadata: { total_size: 3 * a.bytes.length }, weight_map }),
    [names[0]]: file(a, b),
    [names[1]]: file(c),
  };
}

function tensorflowjs(): Files {
  const tensors = weights("dense/kernel", "out/kernel");
  const paths = ["group1-shard1of2.bin", "group1-shard2of2.bin"];
  const data = Buffer.concat(tensors.map(({ bytes }) => bytes));
  const listed = tensors.map(({ name, shape }) => ({ name, shape, dtype: "float32" }));
  return {
    "model.json": json({ format: "layers-model", modelTopology: {}, weightsManifest: [{ paths, weights: listed }] }),
    [paths[0]]: data.subarray(0, 7001), // in the midst of an element
    [paths[1]]: data.subarray(7001),
  };
}

const external = weights("w")[0].bytes;

const models: readonly (readonly [string, Files])[] = [
  ["ONNX", { "model.onnx": writeOnnx(smallNetwork(undefined, weights("more"))) }],
  ["ONNX with data in another file", { "model.onnx": onnxWithData("model.data", [48, 32]), "model.data": external }],
  ["ONNX with data in a subfolder", { "model.onnx": onnxWithData("data/w.bin", [48, 32]), "data/w.bin": external }],
  ["safetensors", { "model.safetensors": writeSafetensors({ graph: undefined, tensors: weights("a") }) }],
  ["safetensors in several files", shards()],
  ["TensorFlow.js", tensorflowjs()],
];

describe.each(models)("%s", (_, files) => {
  const names = Object.keys(files);

  it("--lossless: every file comes back with its SHA-256, and none besides", async () => {
    const at = await folderOf(files);
    const compressed = await call(["compress", at(names[0]), "-o", at("model.dcz"), "--lossless"]);
    expect(compressed).toMatchObject({ code: 0, error: "" });
    expect(compressed.out).toContain("\nnothing was lost: every tensor comes back bit for bit\n");
    const again = await folderOf();
    const restored = await call(["restore", at("model.dcz"), "-o", again(names[0])]);
    expect(restored).toMatchObject({ code: 0, error: "" });
    expect((await readdir(again("."), { recursive: true })).filter((name) => name !== "data").sort()).toEqual(
      names.toSorted(),
    );
    for (const name of names) expect(await sha256(again(name))).toBe(await sha256(at(name)));
  });

  it("by default: files of the same names and sizes come back, which are a model as before", async () => {
    const at = await folderOf(files);
    expect(await call(["compress", at(names[0]), "-o", at("model.dcz")])).toMatchObject({ code: 0, error: "" });
    const again = await folderOf();
    expect(await call(["restore", at("model.dcz"), "-o", again(names[0])])).toMatchObject({ code: 0, error: "" });
    for (const name of names) expect((await readFile(again(name))).length).toBe(files[name].length);
    const twice = await call(["compress", again(names[0]), "-o", again("again.dcz"), "--lossless"]);
    expect(twice).toMatchObject({ code: 0, error: "" });
  });

  it("restores to safetensors as one file, whatever the model was", async () => {
    const at = await folderOf(files);
    await call(["compress", at(names[0]), "-o", at("model.dcz"), "--lossless"]);
    const again = await folderOf();
    expect(await call(["restore", at("model.dcz"), "-o", again("one.safetensors")])).toMatchObject({
      code: 0,
      error: "",
    });
    const { tensors } = readModel(new Uint8Array(await readFile(again("one.safetensors"))), {
      name: "one.safetensors",
    });
    expect(tensors.map(({ bytes }) => bytes)).toContainEqual(weights("first")[0].bytes);
  });
});

describe("several files are written whole or not at all", () => {
  const external48 = { "model.onnx": onnxWithData("model.data", [48, 32]), "model.data": external };

  it("what has the name of a file beside the output is not replaced, and nothing is written", async () => {
    const at = await folderOf(external48);
    await call(["compress", at("model.onnx"), "-o", at("model.dcz")]);
    for (const taken of ["a file", "a folder", "a link that leads nowhere"]) {
      const again = await folderOf();
      if (taken === "a file") await writeFile(again("model.data"), "precious");
      else if (taken === "a folder") await mkdir(again("model.data"));
      else await symlink("nowhere", again("model.data"));
      const { code, out, error } = await call(["restore", at("model.dcz"), "-o", again("model.onnx")]);
      expect({ code, out }).toEqual({ code: 1, out: "" });
      expect(error).toMatch(
        /^deep-compression: cannot write ".*model\.data": something of this name is there already; restore into/,
      );
      expect(await readdir(again("."))).toEqual(["model.data"]);
      if (taken === "a file") expect(await readFile(again("model.data"), "utf8")).toBe("precious");
    }
  });

  it("an output with the name of another file of the model is refused", async () => {
    const at = await folderOf({ "model.onnx": onnxWithData("other.onnx", [48, 32]), "other.onnx": external });
    await call(["compress", at("model.onnx"), "-o", at("model.dcz")]);
    const again = await folderOf();
    for (const name of ["other.onnx", "./other.onnx"]) {
      const { code, error } = await call(["restore", at("model.dcz"), "-o", `${again(".")}/${name}`]);
      expect({ code, error }).toMatchObject({
        code: 1,
        error: expect.stringContaining('take the model\'s own, "model.onnx"'),
      });
    }
    expect(await readdir(again("."))).toEqual([]);
  });

  it("a file that is damaged in its last tensor leaves none of them", async () => {
    const at = await folderOf(shards());
    await call(["compress", at("model.safetensors.index.json"), "-o", at("model.dcz"), "--lossless"]);
    const bytes = await readFile(at("model.dcz"));
    bytes[bytes.length - 20] ^= 1;
    await writeFile(at("model.dcz"), bytes);
    const again = await folderOf();
    const { code, error } = await call(["restore", at("model.dcz"), "-o", again("model.safetensors.index.json")]);
    expect({ code, error }).toMatchObject({ code: 1, error: expect.stringMatching(/^[^\n]+\[bad-checksum[^\n]+\n$/) });
    expect(await readdir(again("."))).toEqual([]);
  });

  it("several files do not go to the standard output", async () => {
    const at = await folderOf(external48);
    await call(["compress", at("model.onnx"), "-o", at("model.dcz")]);
    const { code, error, bytes } = await call(["restore", at("model.dcz"), "-o", "-"]);
    expect({ code, length: bytes.length }).toEqual({ code: 1, length: 0 });
    expect(error).toMatch(/cannot restore .* to the standard output: the model has 2 files; name one/);
  });
});

describe("external data", () => {
  const fails = async (files: Files, prepare?: (at: (name: string) => string) => Promise<void>): Promise<string> => {
    const at = await folderOf(files);
    await prepare?.(at);
    const { code, out, error } = await call(["compress", at("model.onnx"), "-o", at("model.dcz")]);
    expect({ code, out }).toEqual({ code: 1, out: "" });
    expect(error).toMatch(/^deep-compression: cannot [^\n]+\n$/);
    expect(await readdir(at("."))).not.toContain("model.dcz");
    return error;
  };

  it("that is missing is named", async () => {
    expect(await fails({ "model.onnx": onnxWithData("gone.data", [48, 32]) })).toContain('"gone.data"');
  });

  it("that is too short is refused", async () => {
    const files = { "model.onnx": onnxWithData("short.data", [48, 32]), "short.data": external.subarray(1) };
    expect(await fails(files)).toMatch(/short\.data/);
  });

  it.each(["../secret", "/etc/passwd", "a/../../secret", "..\\secret", "C:\\secret", "C:/secret", ""])(
    "that is said to stand at %j is never opened",
    async (location) => {
      await writeFile(join(root, "secret"), external);
      const error = await fails({ "model.onnx": onnxWithData(location, [48, 32]) });
      expect(error).not.toMatch(/no such file/);
    },
  );

  it("behind a link, or a folder that is one, that leads out of the model's folder is never opened", async () => {
    await mkdir(join(root, "outside"), { recursive: true });
    await writeFile(join(root, "outside/secret"), external);
    const behind = { "model.onnx": onnxWithData("w.data", [48, 32]) };
    expect(await fails(behind, (at) => symlink("../outside/secret", at("w.data")))).toContain(
      "leads out of the model's folder",
    );
    expect(await fails(behind, (at) => symlink(join(root, "outside/secret"), at("w.data")))).toContain("leads out of");
    const deeper = { "model.onnx": onnxWithData("sub/secret", [48, 32]) };
    expect(await fails(deeper, (at) => symlink("../outside", at("sub")))).toContain("leads out of the model's folder");
  });

  it("behind a link within the model's folder is read", async () => {
    const at = await folderOf({ "model.onnx": onnxWithData("w.data", [48, 32]), "blobs/w": external });
    await symlink("blobs/w", at("w.data"));
    expect(await call(["compress", at("model.onnx"), "-o", at("model.dcz")])).toMatchObject({ code: 0, error: "" });
  });

  it("that is a folder is refused", async () => {
    const files = { "model.onnx": onnxWithData("w", [48, 32]), "w/inside": external };
    expect(await fails(files)).toContain('"w" is no plain file');
  });

  it("is not looked for when the model comes from the standard input", async () => {
    const { code, error } = await call(["compress", "-", "-o", "-"], undefined, [onnxWithData("w", [48, 32])]);
    expect({ code, error }).toMatchObject({ code: 1, error: expect.stringMatching(/^[^\n]*"w"[^\n]*\n$/) });
  });
});

describe("the standard input and output", () => {
  it("a model goes through, and back, as it was", async () => {
    const model = writeOnnx(smallNetwork(undefined, weights("more")));
    const parts = [model.subarray(0, 100), model.subarray(100)];
    const compressed = await call(["compress", "-", "-o", "-", "--lossless"], undefined, parts);
    expect(compressed).toMatchObject({ code: 0, out: "" });
    expect(compressed.error).toMatch(/^- [\d,]+ bytes -> - [\d,]+ bytes/);
    const restored = await call(["restore", "-", "-o", "-"], undefined, [compressed.bytes]);
    expect(restored).toMatchObject({ code: 0, out: "" });
    expect(restored.bytes).toEqual(model);
    expect((await call(["verify", "-"], undefined, [compressed.bytes])).out).toMatch(/^-: ok/);
    const report = await call(["compress", "-", "-o", "-", "--json"], undefined, [model]);
    expect(JSON.parse(report.error).fileBytes).toBe(report.bytes.length);
  });

  it("a name that is - is no file of the folder", async () => {
    const { code, error, bytes } = await call(["compress", "-", "-o", "-"], undefined, []);
    expect({ code, length: bytes.length }).toEqual({ code: 1, length: 0 });
    expect(error).toMatch(/^deep-compression: cannot read "-": [^\n]*empty[^\n]*\n$/);
  });
});

it("ONNX restores as ONNX anew where the graph was made in code, and weights alone say why not", async () => {
  const at = await folderOf();
  await writeModelFile(at("model.onnx"), smallNetwork());
  await call(["compress", at("model.onnx"), "-o", at("model.dcz"), "--lossless"]);
  await call(["restore", at("model.dcz"), "-o", at("model.safetensors")]);
  await call(["compress", at("model.safetensors"), "-o", at("weights.dcz"), "--lossless"]);
  const restored = await call(["restore", at("weights.dcz"), "-o", at("graph.onnx")]);
  expect(restored).toMatchObject({ code: 0, error: "" }); // the graph stands in the metadata
  expect(readModel(new Uint8Array(await readFile(at("graph.onnx"))), { name: "graph.onnx" })).toMatchObject(
    smallNetwork(),
  );
  const plain = await folderOf({ "w.safetensors": writeSafetensors({ graph: undefined, tensors: weights("w") }) });
  await call(["compress", plain("w.safetensors"), "-o", plain("w.dcz")]);
  const { code, error } = await call(["restore", plain("w.dcz"), "-o", plain("w.onnx")]);
  expect({ code, error }).toMatchObject({ code: 1, error: expect.stringContaining("weights only, no graph") });
});

it("says what told weights apart in a TensorFlow.js model of which no graph is made", async () => {
  const at = await folderOf(tensorflowjs());
  const { error, out } = await call(["compress", at("model.json"), "-o", at("model.dcz")]);
  expect(`${out}${error}`).toMatch(
    /\nwarning: the graph was not understood, so its operators and names told what is a weight: /,
  );
});

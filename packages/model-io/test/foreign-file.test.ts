import { gzipSync } from "node:zlib";
import { bytesSource } from "@deep-compression/bits";
import { describeForeign, FOREIGN_BEGINNING, openModel, readModel, writeModel } from "@deep-compression/model-io";
import { floatTensor, type Network } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { arbitraryTensors, architectureNetwork } from "./networks";

const ascii = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const padded = (bytes: Uint8Array, length = 64) => {
  const result = new Uint8Array(Math.max(length, bytes.length)).fill(0xee);
  result.set(bytes);
  return result;
};
const at = (offset: number, text: string) =>
  new Uint8Array([...Array<number>(offset).fill(0x1c), ...ascii(text), 0xee]);
/** A zip with empty files of these names, as far as its headers go. */
const zip = (...names: readonly string[]) =>
  ascii(
    names.map((name) => `PK\x03\x04${"\0".repeat(22)}${String.fromCharCode(name.length)}\0\0\0${name}\xee`).join(""),
  );
const text = (value: string) => new TextEncoder().encode(value);

/** Bytes, and what they are called. */
const FILES: readonly (readonly [Uint8Array, RegExp])[] = [
  [
    text("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 9\n"),
    /^a Git LFS pointer, .*: run git lfs pull$/,
  ],
  [text("/annex/objects/MD5-s1--ab\n"), /^a git-annex pointer, .*: run git annex get$/],
  [text("<!DOCTYPE html>\n<html><head>"), /^a web page \(HTML\), .*: download the file itself, not its page$/],
  [text("\ufeff\n  <HTML lang=en>"), /^a web page/],
  [text('<?xml version="1.0"?>\n<net name="m" version="11">'), /^a topology of OpenVINO/],
  [
    text('<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>AccessDenied</Code>'),
    /^an error message of a file store/,
  ],
  [text("<svg width='1'>"), /^XML, not a model/],
  [text("Entry not found"), /^text, not a model: it begins "Entry not found"$/],
  [text("x".repeat(9000)).subarray(0, FOREIGN_BEGINNING), /^text, not a model: it begins "x{60}"$/],
  [text("é".repeat(FOREIGN_BEGINNING)).subarray(0, 101), /^text, not a model: it begins "é{50}"$/],
  [text("7767517\n75 83\nInput x 0 1"), /^a topology of ncnn/],
  [text('name: "LeNet"\nlayer {'), /^a topology of Caffe/],
  [text("[net]\nbatch=1"), /^a topology of Darknet/],
  [text('<\n  ir_version: 8,\n  opset_import: ["" : 17]\n>'), /^an ONNX model as text/],
  [text('node {\n  name: "x"\n}'), /^protobuf as text/],
  [text(" \n "), /^white space only/],
  [Uint8Array.of(0xff, 0xfe, 0x7b, 0, 0x22, 0), /^text in UTF-16: .*save it as UTF-8$/],
  [Uint8Array.of(0xfe, 0xff, 0, 0x7b, 0, 0x22), /^text in UTF-16/],
  [new Uint8Array(gzipSync("x".repeat(99))), /^gzip: unpack it first \(gunzip\)$/],
  [padded(Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd)), /^Zstandard: unpack it first/],
  [padded(ascii("\xfd7zXZ\0")), /^xz: unpack it first/],
  [padded(ascii("BZh91AY&SY")), /^bzip2: unpack it first/],
  [padded(ascii("7z\xbc\xaf\x27\x1c")), /^a 7z archive/],
  [padded(ascii("Rar!\x1a\x07")), /^a RAR archive/],
  [padded(Uint8Array.of(4, 0x22, 0x4d, 0x18)), /^LZ4/],
  [at(257, "ustar"), /^a tar archive: unpack it first/],
  [
    zip("archive/data.pkl", "archive/data/0"),
    /^a PyTorch checkpoint \(zip\): export it as ONNX .* or save its weights as safetensors$/,
  ],
  [zip("net/.format_version"), /^a PyTorch checkpoint/],
  [zip("net/data/0", "net/constants.pkl"), /^a TorchScript model/],
  [zip("metadata.json", "config.json", "model.weights.h5"), /^a Keras model \(zip\)/],
  [zip("m.mlpackage/Manifest.json"), /^a Core ML model \(zip\)/],
  [zip("w.npy"), /^arrays of numpy \(\.npz\)/],
  [zip("model.onnx"), /^a zip archive with a model in it: unpack it first$/],
  [zip("holiday.jpg"), /^a zip archive: unpack it first$/],
  [padded(ascii("PK\x05\x06"), 22), /^a zip archive/],
  [padded(ascii("\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19.")), /^an old PyTorch checkpoint \(pickle\)/],
  [padded(ascii("\x80\x04\x95\x10\0\0")), /^a Python pickle/],
  [padded(ascii("\x89HDF\r\n\x1a\n")), /^an HDF5 file, as Keras writes \(\.h5\): convert it/],
  [padded(ascii("\x93NUMPY\x01\0")), /^an array of numpy/],
  [padded(ascii("GGUF\x03\0\0\0")), /^a GGUF model/],
  [padded(ascii("lmgg")), /^a GGML model/],
  [padded(ascii("tjgg\x03")), /^a GGML model/],
  [at(4, "TFL3"), /^a TensorFlow Lite model: convert it to ONNX/],
  [at(4, "ORTM"), /^an ONNX Runtime model \(\.ort\): give the \.onnx file/],
  [at(4, "ET12"), /^an ExecuTorch program/],
  [padded(ascii("B\0C\0N\0")), /^a CNTK model/],
  [padded(ascii("\x08\x01\x12\x90\x03\x0a\x20")), /^a TensorFlow SavedModel/],
  [padded(ascii("\x08\x05\x12\x90\x03\x0a\x20")), /^a Core ML model/],
  [padded(ascii("\x0a\x20\x0a\x01x\x12\x0bPlaceholder")), /^a frozen TensorFlow graph/],
  [padded(ascii("\x89DCZ\x01")), /^a \.dcz file, compressed already/],
  [padded(ascii(`\x12\x01${"\0".repeat(14)}`)), /^MXNet parameters/],
  [new Uint8Array(5000), /^nothing but zero bytes, .* did not finish: get it again$/],
  [new Uint8Array(0), /^an empty file: get it again$/],
];

test("files that are no models are named for what they are, with what to do about it, whatever they are called", async () => {
  for (const [bytes, expected] of FILES) {
    const what = describeForeign(bytes, "a.onnx") ?? "";
    expect(what).toMatch(expected);
    expect(what).not.toContain("\n");
    if (bytes.length === 0) continue;
    for (const name of ["a.onnx", "b.safetensors", "model.json", "c.bin", undefined]) {
      const error = { code: "bad-magic", message: `this is ${what}`, offset: 0 };
      await expect(openModel(bytesSource(bytes), { name })).rejects.toMatchObject(error);
      expect(() => readModel(bytes, { name })).toThrow(error.message);
    }
  }
});

test("a file whose bytes tell nothing is named by its extension, or not at all", async () => {
  const bytes = padded(Uint8Array.of(0xc1, 0xc1));
  for (const [name, expected] of [
    ["a.PT", /^a PyTorch checkpoint by its name: export it/],
    ["a.h5", /^a Keras model by its name/],
    ["a.pb", /^a TensorFlow graph by its name/],
    ["model.onnx_data", /^the external data of an ONNX model: give the \.onnx file$/],
    ["group1-shard1of1.bin", /^weights by its name, but without what describes them/],
    ["a.pdmodel", /^a PaddlePaddle model by its name: convert it with paddle2onnx$/],
  ] as const) {
    expect(describeForeign(bytes, name)).toMatch(expected);
    await expect(openModel(bytesSource(bytes), { name })).rejects.toThrow(`this is ${describeForeign(bytes, name)}`);
  }
  expect(describeForeign(bytes, "a.xyz")).toBeUndefined();
  await expect(openModel(bytesSource(bytes), { name: "a.xyz" })).rejects.toThrow(
    "not a model of a known format (.safetensors, .onnx, .json)",
  );
});

test("JSON that is no model is named by what it has", async () => {
  const refused = async (value: unknown) => {
    const bytes = text(typeof value === "string" ? value : JSON.stringify(value));
    const source = bytesSource(bytes);
    const failure = openModel(source, { name: "x.json" });
    await expect(failure).rejects.toMatchObject({ offset: 0 });
    const message = await failure.catch((error: Error) => error.message);
    expect(() => readModel(bytes)).toThrow(message);
    return message;
  };
  expect(await refused({ model_type: "bert" })).toMatch(/^this is the configuration of a model: give its weights/);
  expect(await refused({ class_name: "Functional", config: {} })).toMatch(
    /architecture of a Keras model without its weights/,
  );
  expect(await refused({ added_tokens: [], model: {} })).toMatch(/^this is a tokenizer, not a model/);
  expect(await refused({ irVersion: "8", graph: {} })).toMatch(/^this is an ONNX model as JSON/);
  expect(await refused({ error: "Repository not found" })).toBe(
    'this is an error message in JSON, not the model: "Repository not found"',
  );
  expect(await refused({ name: "x", version: "1" })).toBe(
    'this is JSON, not a model: it has "name", "version", neither weightsManifest nor weight_map',
  );
  expect(await refused("{}")).toMatch(/it has nothing in it/);
  expect(await refused([{ a: 1 }])).toMatch(/^this is JSON, not a model: expected the model\.json/);
  expect(await refused('{"weightsManifest": [')).toBe("the file is not valid JSON");
});

test("a model in several files is not read from the bytes of one", () => {
  for (const json of ['{"weightsManifest": []}', '{"weight_map": {}}']) {
    expect(() => readModel(text(json))).toThrow("the model is in several files: open it with its folder");
  }
});

test("no model is taken for something else", async () => {
  const network = architectureNetwork("lenet-5");
  for (const name of ["a.onnx", "a.safetensors"]) {
    const bytes = writeModel(network, { name });
    expect(describeForeign(bytes.subarray(0, FOREIGN_BEGINNING))).toBeUndefined();
  }
  await fc.assert(
    fc.asyncProperty(arbitraryTensors, async (tensors) => {
      const weights: Network = { graph: undefined, tensors };
      const { format } = await openModel(bytesSource(writeModel(weights, { name: "a.safetensors" })));
      expect(format).toBe("safetensors");
    }),
    { numRuns: 50 },
  );
});

test("a safetensors file is one though its header is as long as the signature of another format reads", async () => {
  // 0x00088b1f: gzip's signature as a length, little-endian.
  const value = JSON.stringify({ a: { dtype: "U8", shape: [1], data_offsets: [0, 1] } });
  const header = text(value.padEnd(0x00088b1f, " "));
  const bytes = new Uint8Array(8 + header.length + 1);
  new DataView(bytes.buffer).setUint32(0, header.length, true);
  bytes.set(header, 8);
  expect((await openModel(bytesSource(bytes))).network.tensors.length).toBe(1);
});

test("any bytes end in a line that is short and printable, or in none", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.string(), (bytes, name) => {
      const what = describeForeign(bytes, name);
      expect(what ?? "").toMatch(/^\P{Control}{0,200}$/u);
    }),
    { numRuns: 2000 },
  );
});

test("a name that says one format and bytes that say another are refused", async () => {
  const tensors = [floatTensor("x", [1], Float32Array.of(1))];
  const safetensors = writeModel({ graph: undefined, tensors }, { name: "a.safetensors" });
  const json = text('{"weightsManifest": []}');
  for (const [bytes, name, message] of [
    [safetensors, "a.onnx", "named .onnx, but looks like .safetensors; rename it"],
    [safetensors, "model.json", "named .json, but looks like .safetensors; rename it"],
    [json, "a.onnx", "named .onnx, but looks like .json; rename it"],
    [json, "a.safetensors", "named .safetensors, but looks like .json; rename it"],
  ] as const) {
    await expect(openModel(bytesSource(bytes), { name })).rejects.toMatchObject({ code: "bad-magic", message });
  }
});

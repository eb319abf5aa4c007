import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { runProgram } from "@deep-compression/cli";
import { readModel, writeOnnx } from "@deep-compression/model-io";
import { floatTensor, type Network, type Tensor } from "@deep-compression/network";
import { beforeAll, describe, expect, it } from "vitest";
import {
  call,
  idx,
  type Outcome,
  randomTensor,
  smallNetwork,
  temporaryFolder,
  writeArray,
  writeModelFile,
} from "./setting";

const folder = await temporaryFolder();
const at = (name: string) => join(folder, name);
const vectors = join(import.meta.dirname, "../../../test-vectors/container/invalid");

beforeAll(async () => {
  await writeModelFile(at("small.onnx"), smallNetwork());
  await writeArray(at("x.npy"), [1, 3], [1, 10, 100]);
  expect(await call(["compress", at("small.onnx"), "-o", at("small.dcz"), "--sparsity", "0"])).toMatchObject({
    code: 0,
  });
});

/** One line that names what was done, to which file: no stack trace, nothing on stdout. */
function expectFailure({ code, out, error }: Outcome, ...parts: readonly (string | RegExp)[]): void {
  expect(code).toBe(1);
  expect(out).toBe("");
  expect(error).toMatch(/^deep-compression: cannot [^\n]+\n$/);
  expect(error).not.toMatch(/\n {4}at |\[object/);
  for (const part of parts) expect(error).toMatch(part);
}

/** Every command that reads a .dcz file. */
const readers: readonly (readonly [string, (file: string) => readonly string[]])[] = [
  ["inspect", (file) => ["inspect", file]],
  ["verify", (file) => ["verify", file]],
  ["restore", (file) => ["restore", file, "-o", at("out.onnx")]],
  ["restore by tensor", (file) => ["restore", file, "-o", at("out.safetensors")]],
  ["run", (file) => ["run", file, "--input", at("x.npy"), "-o", at("out.npy")]],
  ["evaluate", (file) => ["evaluate", file, "--images", at("x.npy"), "--labels", at("x.npy")]],
];

describe.each(readers)("%s", (_, args) => {
  const read = async (name: string, bytes: Uint8Array): Promise<Outcome> => {
    await writeFile(at(name), bytes);
    return call(args(at(name)));
  };

  it("says that a file is missing, is a folder, is empty or is no .dcz file", async () => {
    expectFailure(await call(args(at("none.dcz"))), /none\.dcz": no such file; check the path/);
    expectFailure(await call(args(folder)), /it is a folder; name a file/);
    expectFailure(await call(args(at("small.onnx/x.dcz"))), /a part of the path is a file/);
    expectFailure(await read("empty.dcz", new Uint8Array(0)), /empty\.dcz": .*\[truncated/);
    expectFailure(await read("text.dcz", new TextEncoder().encode("hello, world")), /\[bad-magic at byte 0\]/);
    expectFailure(await call(args(at("small.onnx"))), /small\.onnx": .*a model: compress it first/);
  });

  it("says that a file is of a newer version, and what to do", async () => {
    const bytes = new Uint8Array(await readFile(at("small.dcz")));
    bytes[4] = 2;
    expectFailure(await read("newer.dcz", bytes), /\[unsupported-version at byte 4\]; install a newer/);
  });

  it("refuses a file cut anywhere, or with a bit flipped in each of its bytes, and writes nothing", async () => {
    const whole = new Uint8Array(await readFile(at("small.dcz")));
    for (let length = 0; length < whole.length; length += 7)
      expectFailure(await read("cut.dcz", whole.subarray(0, length)), /cut\.dcz": /);
    for (let byte = 0; byte < whole.length; byte += 5) {
      const flipped = whole.slice();
      flipped[byte] ^= 1 << (byte % 8);
      expectFailure(await read("flipped.dcz", flipped), /flipped\.dcz": /);
    }
    expect((await readdir(folder)).filter((name) => name.startsWith("out.") || name.startsWith("."))).toEqual([]);
  });
});

it("verify refuses a file cut at every byte, and with every single bit flipped", async () => {
  const whole = new Uint8Array(await readFile(at("small.dcz")));
  for (let length = 0; length < whole.length; length++) {
    await writeFile(at("cut.dcz"), whole.subarray(0, length));
    expectFailure(await call(["verify", at("cut.dcz")]));
  }
  for (let bit = 0; bit < 8 * whole.length; bit++) {
    const flipped = whole.slice();
    flipped[bit >> 3] ^= 1 << (bit & 7);
    await writeFile(at("flipped.dcz"), flipped);
    expectFailure(await call(["verify", at("flipped.dcz")]));
  }
});

it("verify refuses every invalid vector with the code of its name", async () => {
  const names = (await readdir(vectors)).filter((name) => name.endsWith(".dcz"));
  expect(names.length).toBeGreaterThan(20);
  for (const name of names)
    expectFailure(await call(["verify", join(vectors, name)]), new RegExp(`\\[${name.split(".").at(-2)}`));
});

describe("compress", () => {
  const compress = async (
    network: Network,
  ): Promise<{ outcome: Outcome; rows: readonly Record<string, unknown>[] }> => {
    await writeModelFile(at("model.onnx"), network);
    const outcome = await call(["compress", at("model.onnx"), "-o", at("model.dcz"), "--json"]);
    return { outcome, rows: outcome.code === 0 ? JSON.parse(outcome.out).ledger.rows : [] };
  };
  const restored = async (): Promise<readonly Tensor[]> => {
    expect(await call(["restore", at("model.dcz"), "-o", at("model.again.onnx")])).toMatchObject({ code: 0 });
    return readModel(new Uint8Array(await readFile(at("model.again.onnx"))), { name: "model.onnx" }).tensors;
  };

  it.each([
    ["NaN", Number.NaN],
    ["infinity", Number.POSITIVE_INFINITY],
  ])("keeps a tensor with %s exactly, and ledger and report say why", async (_, value) => {
    const network = smallNetwork([1, 2, value, 4, 5, 6]);
    const { rows } = await compress(network);
    expect(rows[0]).toMatchObject({ tensor: "w", error: 0, reason: expect.stringMatching(/element 2 is/) });
    expect((await restored())[0].bytes).toEqual(network.tensors[0].bytes);
    expect((await call(["compress", at("model.onnx"), "-o", at("model.dcz")])).out).toContain(
      "left bit for bit: 1 tensor of 6 elements (with an infinity or NaN)",
    );
  });

  it("keeps tensors of zero elements and of other types exactly", async () => {
    const none = floatTensor("none", [0, 5], new Float32Array(0));
    const whole: Tensor = { name: "whole", type: "int64", shape: [1], bytes: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };
    const { rows } = await compress(smallNetwork(undefined, [none, whole]));
    expect(rows.find(({ tensor }) => tensor === "whole")).toMatchObject({
      error: 0,
      reason: expect.stringMatching(/int64/),
    });
    expect((await restored()).slice(2)).toEqual([none, whole]);
  });

  it("packs a model without weights, and warns that there are none", async () => {
    const { graph } = smallNetwork();
    const node = { op: "Relu", inputs: ["x"], outputs: ["y"], attributes: {} };
    const { outcome, rows } = await compress({ graph: { ...graph!, nodes: [node] }, tensors: [] });
    expect(outcome).toMatchObject({ code: 0, error: "" });
    expect(rows).toEqual([]);
    expect(JSON.parse(outcome.out).warnings).toContain("no tensors were found: the model was packed only");
    expect(await restored()).toEqual([]);
    expect(await readFile(at("model.again.onnx"))).toEqual(await readFile(at("model.onnx")));
  });

  it("refuses a model that is missing, empty or of no known format", async () => {
    const to = ["-o", at("no.dcz")];
    expectFailure(await call(["compress", at("none.onnx"), ...to]), /no such file/);
    await writeFile(at("empty.onnx"), "");
    expectFailure(await call(["compress", at("empty.onnx"), ...to]), /the model file is empty/);
    for (const name of ["text.onnx", "text.safetensors", "text.txt"]) {
      await writeFile(at(name), "hello, world, this is no model");
      expectFailure(await call(["compress", at(name), ...to]), name);
    }
    expect(await readdir(folder)).not.toContain("no.dcz");
  });

  it("ends a model cut at any byte or with any bit flipped in one line or a whole file", async () => {
    const whole = new Uint8Array(await readFile(at("small.onnx")));
    const compressed = async (bytes: Uint8Array) => {
      await writeFile(at("mutated.onnx"), bytes);
      const outcome = await call(["compress", at("mutated.onnx"), "-o", at("mutated.dcz")]);
      if (outcome.code === 0) expect(await call(["verify", at("mutated.dcz")])).toMatchObject({ code: 0 });
      else expectFailure(outcome, /mutated\.onnx/);
    };
    for (let length = 0; length < whole.length; length++) await compressed(whole.subarray(0, length));
    for (let byte = 0; byte < whole.length; byte++) {
      const flipped = whole.slice();
      flipped[byte] ^= 1 << ((byte * 3) % 8);
      await compressed(flipped);
    }
  });
});

it("names that hold line ends, terminal escapes or turns of direction are shown on one line, without them", async () => {
  const name = "evil\n\u001b[2Jname\u202egnp";
  await writeModelFile(at("evil.onnx"), smallNetwork([1, 2, 3, 4, 5, 6], [randomTensor(name, [64, 64])]));
  const { code, out } = await call(["compress", at("evil.onnx"), "-o", at("evil.dcz")]);
  expect(code).toBe(0);
  const { out: ledger } = await call(["inspect", at("evil.dcz")]);
  expect(ledger).toContain("evil [2Jname gnp");
  for (const text of [out, ledger]) {
    expect(text).not.toContain("\u001b");
    expect(text).not.toContain("\u202e");
  }
});

describe("an output that cannot be written is refused before any work", () => {
  const writers: readonly (readonly [string, (output: string) => readonly string[]])[] = [
    ["compress", (output) => ["compress", at("none.onnx"), "-o", `${output}.dcz`]],
    ["restore", (output) => ["restore", at("none.dcz"), "-o", `${output}.onnx`]],
    ["run", (output) => ["run", at("none.dcz"), "--input", at("x.npy"), "-o", `${output}.npy`]],
  ];
  it.each(writers)("%s", async (_, args) => {
    expectFailure(await call(args(at("small.onnx/out"))), /cannot write .*a part of the path is a file/);
    expectFailure(await call(args(at("small.onnx/deeper/out"))), /cannot write .*a part of the path is a file/);
    expectFailure(await call(args(at("nowhere/out"))), /the folder ".*nowhere" does not exist; make it first/);
    for (const extension of ["dcz", "onnx", "npy"]) await mkdir(at(`taken.${extension}`), { recursive: true });
    expectFailure(await call(args(at("taken"))), /cannot write .*it is a folder; name a file/);
    expectFailure(await call(args(at("n".repeat(255)))), /cannot write .*the name is too long; take a shorter one/);
  });

  it("reproduce", async () => {
    let ran = false;
    const load = async () => async () => {
      ran = true;
      throw new Error("not reached");
    };
    const taken = await call(["reproduce", "lenet-5", "--out", at("small.onnx")], load);
    expectFailure(taken, /cannot make the folder .*: something of this name is there already; take another name/);
    expectFailure(await call(["reproduce", "lenet-5", "--out", at("small.onnx/out")], load), /cannot make the folder/);
    expect(ran).toBe(false);
  });
});

describe("an output that is an input is refused, and left as it is", () => {
  const paths = ["small.onnx", "small.dcz", "x.npy"].map(at);
  it.each([
    ["compress", at("same.dcz"), (same: string) => ["compress", same, "-o", at("same.dcz")]],
    [
      "compress by a plan",
      at("same.dcz"),
      (same: string) => ["compress", paths[0], "--plan", same, "-o", at("same.dcz")],
    ],
    ["restore", at("same.safetensors"), (same: string) => ["restore", same, "-o", at("same.safetensors")]],
    ["run from a file", at("same.npy"), (same: string) => ["run", same, "--input", paths[2], "-o", at("same.npy")]],
    ["run on an array", at("same.npy"), (same: string) => ["run", paths[1], "--input", same, "-o", at("same.npy")]],
    ["run by name", at("same.npy"), (same: string) => ["run", paths[1], "--input", `x=${same}`, "-o", at("same.npy")]],
  ])("%s", async (_, same, args) => {
    const link = at("link.to.same");
    await writeFile(same, "precious");
    await rm(link, { force: true });
    await symlink(same, link);
    const message = `cannot write "${same}": it is the input; take another name`;
    for (const path of [same, link]) expectFailure(await call(args(path)), message);
    expect(await readFile(same, "utf8")).toBe("precious");
  });
});

it("links that lead round in a circle are named as such", async () => {
  await symlink(at("round.dcz"), at("round.dcz"));
  expectFailure(await call(["verify", at("round.dcz")]), /its links lead round in a circle; take another path/);
  expectFailure(await call(["compress", at("small.onnx"), "-o", at("round.dcz")]), /cannot write .*links lead round/);
});

describe("what is no damage is not called so", () => {
  const compress = async (name: string, bytes: Uint8Array): Promise<Outcome> => {
    await writeFile(at(name), bytes);
    return call(["compress", at(name), "-o", at("no.dcz")]);
  };
  const exported = /; deep-compression cannot hold this; export the file without it\n$/;

  it("safetensors with tensors of a type that we have not, and no other, are kept", async () => {
    const header = '{"w":{"dtype":"F6_E2M3","shape":[4],"data_offsets":[0,3]}}';
    const bytes = Uint8Array.of(header.length, 0, 0, 0, 0, 0, 0, 0, ...new TextEncoder().encode(header), 1, 2, 3);
    const { code, out } = await compress("six.safetensors", bytes);
    expect(code).toBe(0);
    expect(out).toContain("warning: no tensors were found: the model was packed only\n");
    expect(await call(["restore", at("no.dcz"), "-o", at("six.again.safetensors")])).toMatchObject({ code: 0 });
    expect(new Uint8Array(await readFile(at("six.again.safetensors")))).toEqual(bytes);
  });

  it("a model of another format than its name says", async () => {
    const onnx = await compress("named.safetensors", writeOnnx(smallNetwork()));
    expectFailure(onnx, /named \.safetensors, but looks like \.onnx; rename it \[bad-magic at byte 0\]; check/);
  });

  it("arrays of texts, and images and labels that are swapped", async () => {
    const text = await readFile(at("x.npy"), "latin1");
    await writeFile(at("texts.npy"), text.replace("<f4", "<U1"), "latin1");
    const run = await call(["run", at("small.dcz"), "--input", at("texts.npy")]);
    expectFailure(run, /type "U1" is not supported/, exported);
    await writeFile(at("labels.idx"), idx([1], Uint8Array.of(1)));
    const swapped = await call(["evaluate", at("small.dcz"), "--images", at("labels.idx"), "--labels", at("x.npy")]);
    expectFailure(swapped, /images are uint8 of rank 3.*; check that this is the file you mean\n$/);
  });
});

it("DEBUG shows where an error arose if it is 1", async () => {
  let error = "";
  const terminal = { out: () => {}, error: (text: string) => (error += text), isScreen: false };
  for (const debug of ["0", "express:*", undefined]) await runProgram(["verify", at("none.dcz")], terminal, { debug });
  expect(error).not.toContain("\n    at ");
  await runProgram(["verify", at("none.dcz")], terminal, { debug: "1" });
  expect(error).toContain("\n    at ");
});

it("wrong usage of any length, with any character in it, is told in one short line", async () => {
  const long = `--${"a".repeat(3000)}\n\u001b[2Jb`;
  const option = await call(["compress", "x.onnx", long]);
  expect(option.error).toMatch(
    /^deep-compression: unknown option '--a+\.\.\.a+ \[2Jb'; see deep-compression --help\n$/,
  );
  for (const args of [
    ["compress", "x.onnx", "-o", long],
    [long.slice(2)],
    ["compress", "x.onnx", "--max-error", long.slice(2)],
  ]) {
    const { code, error } = await call(args);
    expect(code).toBe(2);
    expect(error).toMatch(/^deep-compression: \P{Cc}{1,450}\n$/u);
  }
});

describe("wrong usage ends with code 2 and one line", () => {
  it.each([
    [[], "missing command"],
    [["frobnicate"], "unknown command 'frobnicate'"],
    [["--frobnicate"], "unknown option '--frobnicate'"],
    [["verify"], "missing required argument 'file'"],
    [["verify", "a", "b"], "too many arguments"],
    [["verify", "a", "--frobnicate"], "unknown option '--frobnicate'"],
    [["compress", "a.onnx"], "required option '-o, --output <file>' not specified"],
    [["compress", "a.onnx", "-o"], "argument missing"],
    [["compress", "a.onnx", "-o", "b.dcz", "--sparsity", "1.5"], "Expected a number from 0 to 1."],
    [["compress", "a.onnx", "-o", "b.dcz", "--sparsity", "x"], "Expected a number from 0 to 1."],
    [["compress", "a.onnx", "-o", "b.dcz", "--sparsity", "0x1"], "Expected a number from 0 to 1."],
    [["compress", "a.onnx", "-o", "b.dcz", "--sparsity", " 0.5"], "Expected a number from 0 to 1."],
    [["compress", "a.onnx", "-o", "b.onnx"], "Expected a name ending in .dcz."],
    [["compress", "a.onnx", "-o", "b/"], "Expected a name ending in .dcz."],
    [["compress", "a.onnx", "-o", ""], "Expected a name ending in .dcz."],
    [["compress", "a.onnx", "-o", "b.dcz", "-o", "c.dcz"], "option '-o, --output <file>' given twice; give it once"],
    [["reproduce", "lenet-5", "--seed", "1", "--seed", "1"], "option '--seed <seed>' given twice"],
    [["help", "frobnicate"], "unknown command 'frobnicate'"],
    [
      ["compress", "a.onnx", "-o", "b.dcz", "--bits", "11"],
      "option '--bits <bits>' argument '11' is invalid. Expected a whole number from 1 to 10.",
    ],
    [["compress", "a.onnx", "-o", "b.dcz", "--bits", "2.5"], "Expected a whole number from 1 to 10."],
    [["compress", "a.onnx", "-o", "b.dcz", "--plan", "p", "--bits", "2"], "cannot be used with option"],
    [["compress", "a.onnx", "-o", "b.dcz", "--plan", "p", "--target-size", "2MB"], "cannot be used with option"],
    [["compress", "a.onnx", "-o", "b.dcz", "--plan", "p", "--max-error", "0"], "cannot be used with option"],
    [["compress", "a.onnx", "-o", "b.dcz", "--target-size", "2MB", "--max-error", "0.1"], "cannot be used with option"],
    [["compress", "a.onnx", "-o", "b.dcz", "--bits", "3", "--max-error", "0.1"], "cannot be used with option"],
    [["compress", "a.onnx", "-o", "b.dcz", "--target-size", "2MB", "--bits", "5"], "cannot be used with option"],
    [["compress", "a.onnx", "-o", "b.dcz", "--target-size", "2 parsecs"], "Expected a size such as"],
    [["compress", "a.onnx", "-o", "b.dcz", "--target-size", "0"], "Expected a size such as"],
    [["compress", "a.onnx", "-o", "b.dcz", "--target-size", "0.1B"], "Expected a size such as"],
    [["compress", "a.onnx", "-o", "b.dcz", "--target-size", "1.5"], "Expected a size such as"],
    [["compress", "a.onnx", "-o", "b.dcz", "--max-error", "1.1"], "Expected a number from 0 to 1."],
    [["restore", "a.dcz", "-o", "b.txt"], "Expected a name ending in .onnx, .safetensors or .json."],
    [["run", "a.dcz"], "required option '--input <array>' not specified"],
    [["evaluate", "a.dcz", "--images", "i"], "required option '--labels <file>' not specified"],
    [["reproduce", "resnet"], "Allowed choices are lenet-300-100, lenet-5."],
    [["reproduce", "lenet-5", "--seed", "-1"], "Expected a whole number from 0 to 4294967295."],
  ])("%j", async (args, message) => {
    const { code, out, error } = await call(args);
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(error).toMatch(/^deep-compression: [^\n]+; see deep-compression --help\n$/);
    expect(error).toContain(message);
  });
});

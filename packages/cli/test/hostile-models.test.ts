// Models and files made to do harm, through the command: one line says what is wrong, nothing is left half-written, and
// nothing outside the model's folder is opened.
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { writeSafetensors } from "@deep-compression/model-io";
import { describe, expect, it } from "vitest";
import * as onnx from "../../model-io/test/onnx-files";
import { call, type Files, folderIn, randomTensor, temporaryFolder } from "./setting";

const root = await temporaryFolder();
const vectors = join(import.meta.dirname, "../../../test-vectors/container/invalid");

const folderOf = (files?: Files) => folderIn(root, files);

/** The one line with which compressing the first of some files ends; it leaves the folder as it was. */
async function failure(files: Files, prepare?: (at: (name: string) => string) => Promise<void>): Promise<string> {
  const at = await folderOf(files);
  await prepare?.(at);
  const before = await readdir(at("."), { recursive: true });
  const { code, out, error } = await call(["compress", at(Object.keys(files)[0]), "-o", at("model.dcz")]);
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(error).toMatch(/^deep-compression: cannot read [^\n]{1,480}\n$/);
  expect(await readdir(at("."), { recursive: true })).toEqual(before);
  return error;
}

/** Stores a model without loss, restores it, and expects the same bytes. Gives what compress told. */
async function kept(files: Files): Promise<string> {
  const at = await folderOf(files);
  const names = Object.keys(files);
  const compressed = await call(["compress", at(names[0]), "-o", at("model.dcz"), "--lossless"]);
  expect(compressed).toMatchObject({ code: 0, error: "" });
  const again = await folderOf();
  expect(await call(["restore", at("model.dcz"), "-o", again(names[0])])).toMatchObject({ code: 0, error: "" });
  for (const name of names) expect(Buffer.compare(await readFile(again(name)), files[name])).toBe(0);
  expect(await call(["verify", at("model.dcz")])).toMatchObject({ code: 0 });
  return compressed.out;
}

const json = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
const weight = (name: string) => randomTensor(name, [48, 32]);
const data = weight("w").bytes;

/** A model whose weights stand in other files, by those files' paths; each holds a matrix. */
const formats: Readonly<Record<string, (paths: readonly string[]) => Files>> = {
  "external data": (paths) => {
    const tensors = paths.map((location, i) =>
      onnx.initializer(onnx.tensor(`w${i}`, 1, [48, 32], onnx.external({ location }))),
    );
    return { "model.onnx": onnx.model(...tensors, onnx.node("Sum", ["w0"], ["y"]), onnx.value(12, "y", [48, 32])) };
  },
  "safetensors in several files": (paths) => ({
    "model.safetensors.index.json": json({ weight_map: Object.fromEntries(paths.map((path, i) => [`w${i}`, path])) }),
  }),
  "TensorFlow.js": (paths) => ({
    "model.json": json({
      modelTopology: {},
      weightsManifest: paths.map((path, i) => ({
        paths: [path],
        weights: [{ name: `w${i}`, shape: [48, 32], dtype: "float32" }],
      })),
    }),
  }),
};

const shard = (format: string, i = 0) =>
  format === "safetensors in several files" ? writeSafetensors({ graph: undefined, tensors: [weight(`w${i}`)] }) : data;

describe.each(Object.entries(formats))("files of %s", (format, model) => {
  const one = "a.safetensors";
  const two = "b.safetensors";

  it("that are there are read, and come back", async () => {
    await kept({ ...model([one, `sub/${two}`]), [one]: shard(format), [`sub/${two}`]: shard(format, 1) });
  });

  it("that are missing are named", async () => {
    expect(await failure({ ...model([one, two]), [one]: shard(format) })).toContain(`"${two}"`);
  });

  it("that are too short are named", async () => {
    const files = { ...model([one, two]), [one]: shard(format), [two]: shard(format, 1).subarray(0, -1) };
    expect(await failure(files)).toContain(`"${two}"`);
  });

  it("that are too long are refused, but for external data, which may leave bytes to others", async () => {
    const longer = new Uint8Array([...shard(format), 0]);
    if (format === "external data") await kept({ ...model([one]), [one]: longer });
    else expect(await failure({ ...model([one]), [one]: longer })).toMatch(/"a\.safetensors".*\[trailing-data/);
  });

  it("that are named twice are refused, but where each is named by each of its tensors", async () => {
    const files = { ...model([one, one]), [one]: shard(format) };
    if (format === "external data") await kept(files);
    else if (format === "TensorFlow.js") expect(await failure(files)).toMatch(/twice \[duplicate-name/);
    else expect(await failure(files)).toMatch(/"w1" should be in "a\.safetensors".* in none of its files \[invalid/);
  });

  it.each([`../${one}`, `a/../../${one}`, `/etc/${one}`, `..\\${one}`, `C:\\${one}`, `c:/${one}`, `file:///${one}`])(
    "that are said to stand at %j are never opened",
    async (path) => {
      await writeFile(join(root, one), shard(format));
      expect(await failure(model([path]))).toMatch(/\[(out-of-range|unsupported) at byte/);
    },
  );

  it("behind links that lead out of the model's folder are never opened, those within it are", async () => {
    await mkdir(join(root, "outside"), { recursive: true });
    await writeFile(join(root, "outside", one), shard(format));
    const out = /leads out of the model's folder; put the file itself there/;
    expect(await failure(model([one]), (at) => symlink(`../outside/${one}`, at(one)))).toMatch(out);
    expect(await failure(model([one]), (at) => symlink(join(root, "outside", one), at(one)))).toMatch(out);
    expect(await failure(model([`sub/${one}`]), (at) => symlink("../outside", at("sub")))).toMatch(out);
    expect(
      await failure(model([one]), async (at) => {
        await symlink("two", at(one));
        await symlink(`../outside/${one}`, at("two"));
      }),
    ).toMatch(out);
    const at = await folderOf({ ...model([one]), blob: shard(format) });
    await symlink("blob", at(one));
    const [main] = Object.keys(model([one]));
    expect(await call(["compress", at(main), "-o", at("model.dcz")])).toMatchObject({ code: 0, error: "" });
  });

  it("that two models share are stored in both, and the second does not replace those of the first", async () => {
    const [[main, bytes]] = Object.entries(model([one]));
    const other = main.replace("model", "other");
    const at = await folderOf({ [main]: bytes, [other]: bytes, [one]: shard(format) });
    const again = await folderOf();
    for (const name of [main, other])
      expect(await call(["compress", at(name), "-o", at(`${name}.dcz`), "--lossless"])).toMatchObject({ code: 0 });
    expect(await call(["restore", at(`${main}.dcz`), "-o", again(main)])).toMatchObject({ code: 0, error: "" });
    const second = await call(["restore", at(`${other}.dcz`), "-o", again(other)]);
    expect(second).toMatchObject({ code: 1, error: expect.stringMatching(/^[^\n]+ is there already; [^\n]+\n$/) });
    expect((await readdir(again("."))).sort()).toEqual([one, main].sort());
    const apart = await folderOf();
    expect(await call(["restore", at(`${other}.dcz`), "-o", apart(other)])).toMatchObject({ code: 0, error: "" });
    expect(new Uint8Array(await readFile(apart(one)))).toEqual(shard(format));
  });
});

describe("ONNX that no program understands is kept as it is, and the report says why", () => {
  const w = onnx.initializer(onnx.tensor("w", 1, [1], onnx.raw(1)));

  /** An attribute that holds a graph of a node with such an attribute, and so on. */
  function deep(depth: number): onnx.Fields {
    let graph = onnx.all(w, onnx.nested(12, onnx.text(1, "w")));
    for (let i = 0; i < depth; i++) {
      const inner = onnx.bytes(6, onnx.messageOf(graph));
      graph = onnx.all(
        onnx.node("If", ["c"], [`y${i}`], onnx.attribute("then_branch", 5, inner)),
        onnx.nested(12, onnx.text(1, `y${i}`)),
      );
    }
    return graph;
  }

  it("subgraphs a thousand deep", async () => {
    expect(await kept({ "model.onnx": onnx.model(deep(1000)) })).toMatch(
      /\nwarning: the graph was not understood[^\n]* more than 100 deep[^\n]*\n/,
    );
  });

  it("types of sequences ten thousand deep", async () => {
    let type = onnx.messageOf(onnx.nested(1, onnx.int(1, 1)));
    for (let i = 0; i < 10_000; i++) type = onnx.messageOf(onnx.nested(4, onnx.bytes(1, type)));
    const model = onnx.model(
      w,
      onnx.nested(11, onnx.text(1, "x"), onnx.bytes(2, type)),
      onnx.nested(12, onnx.text(1, "w")),
    );
    await kept({ "model.onnx": model });
  });

  it("what nodes of a subgraph make has the name of a value around it", async () => {
    const inner = onnx.nested(6, onnx.node("Relu", ["w"], ["a"]), onnx.nested(12, onnx.text(1, "a")));
    const model = onnx.model(
      w,
      onnx.node("Neg", ["w"], ["a"]),
      onnx.node("If", ["a"], ["y"], onnx.attribute("then_branch", 5, inner)),
      onnx.nested(12, onnx.text(1, "y")),
    );
    expect(await kept({ "model.onnx": model })).toMatch(
      /\nwarning: the graph was not understood[^\n]*output "a" has the name of another value\n/,
    );
  });

  it("two tensors of one graph have one name", async () => {
    const model = onnx.model(
      w,
      onnx.initializer(onnx.tensor("w", 1, [1], onnx.raw(2))),
      onnx.nested(12, onnx.text(1, "w")),
    );
    expect(await kept({ "model.onnx": model })).toMatch(/\nwarning: [^\n]*two tensors are named "w"/);
  });
});

it("tensors of a graph and of its subgraphs may have one name, and each is coded", async () => {
  const matrix = (i: number) => {
    const { bytes } = randomTensor("w", [48, 48], i);
    return onnx.initializer(onnx.tensor("w", 1, [48, 48], onnx.bytes(9, bytes)));
  };
  const branch = (i: number) =>
    onnx.nested(6, onnx.text(2, "b"), matrix(i), onnx.node("MatMul", ["x", "w"], ["b"]), onnx.value(12, "b", [1, 48]));
  const files = {
    "model.onnx": onnx.model(
      matrix(1),
      onnx.nested(11, onnx.text(1, "c"), onnx.nested(2, onnx.nested(1, onnx.int(1, 9), onnx.nested(2)))),
      onnx.value(11, "x", [1, 48]),
      onnx.node("MatMul", ["x", "w"], ["m"]),
      onnx.node(
        "If",
        ["c"],
        ["y"],
        onnx.attribute("then_branch", 5, branch(2)),
        onnx.attribute("else_branch", 5, branch(3)),
      ),
      onnx.value(12, "m", [1, 48]),
      onnx.value(12, "y", [1, 48]),
    ),
  };
  await kept(files);
  const at = await folderOf(files);
  const { code, out } = await call(["compress", at("model.onnx"), "-o", at("model.dcz"), "--json"]);
  expect(code).toBe(0);
  expect(
    JSON.parse(out)
      .lossy.map(({ tensor }: { tensor: string }) => tensor)
      .sort(),
  ).toEqual(["w", "y/else_branch/w", "y/then_branch/w"]);
});

describe("every invalid vector", async () => {
  const names = (await readdir(vectors)).filter((name) => name.endsWith(".dcz"));

  it("is restored as nothing: one line, and no file, old or new, is touched", async () => {
    expect(names.length).toBeGreaterThan(100);
    const at = await folderOf({ "old.onnx": data });
    for (const name of names) {
      for (const output of ["new.onnx", "old.onnx", "new.safetensors", "sub/new.json"]) {
        const { code, out, error } = await call(["restore", join(vectors, name), "-o", at(output)]);
        expect({ name, code, out }).toEqual({ name, code: 1, out: "" });
        expect(error).toMatch(/^deep-compression: cannot [^\n]{1,480}\n$/);
      }
    }
    expect(await readdir(at("."))).toEqual(["old.onnx"]);
    expect(new Uint8Array(await readFile(at("old.onnx")))).toEqual(data);
  });

  it("takes no more memory than what its bytes justify", { timeout: 60_000 }, async () => {
    const script = fileURLToPath(new URL("memory-of-files.ts", import.meta.url));
    const source = process.env.DEEP_COMPRESSION_TEST === "dist" ? [] : ["--conditions=@deep-compression/source"];
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--expose-gc",
      "--import=tsx",
      ...source,
      script,
      vectors,
    ]);
    const { read, bytes } = JSON.parse(stdout);
    expect(read).toBe(names.length);
    expect(bytes).toBeLessThan(32e6);
  });
});

import { bytesSource } from "@deep-compression/bits";
import { openModel, writeSafetensors } from "@deep-compression/model-io";
import { floatTensor, type Tensor } from "@deep-compression/network";
import fc from "fast-check";
import { expect, test } from "vitest";
import { failure, folderReader, jsonBytes, openFolder, refilled, together } from "./model-folders";
import { arbitraryTensors } from "./networks";

const INDEX = "model.safetensors.index.json";
const [ONE, TWO] = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];

const a = floatTensor("a", [2], Float32Array.of(1, 2));
const b = floatTensor("b", [1], Float32Array.of(3));
const shard = (...tensors: readonly Tensor[]) => writeSafetensors({ graph: undefined, tensors });
const index = (weightMap: object, more: object = {}) => jsonBytes({ ...more, weight_map: weightMap });
const total = (size: unknown) => ({ metadata: { total_size: size } });

const whole = { [INDEX]: index({ b: TWO, a: ONE }, total(12)), [ONE]: shard(a), [TWO]: shard(b) };

test("a model in two files is opened by its index, the index first and the files in the order of their names", async () => {
  const model = await openFolder(whole);
  expect(model.format).toBe("safetensors");
  expect(model.files.map(({ name }) => name)).toEqual([INDEX, ONE, TWO]);
  expect(model.network.tensors.map(({ name }) => name)).toEqual(["a", "b"]);
  expect(await model.network.tensors[1].read()).toEqual(b.bytes);
  const lengths = Object.values(whole).map(({ length }) => length);
  expect(model.holes).toEqual([
    { tensor: 0, start: lengths[0] + lengths[1] - 8, end: lengths[0] + lengths[1], encoding: "bytes" },
    { tensor: 1, start: together(whole).length - 4, end: together(whole).length, encoding: "bytes" },
  ]);
});

test("what stands outside the holes and the tensors make the files again, however the tensors are parted", async () => {
  const parted = arbitraryTensors.chain((tensors) =>
    fc.tuple(fc.constant(tensors), fc.array(fc.nat(2), { minLength: tensors.length, maxLength: tensors.length })),
  );
  await fc.assert(
    fc.asyncProperty(parted, async ([tensors, places]) => {
      const shards = [0, 1, 2].map((place) => tensors.filter((_, i) => places[i] === place));
      const map = new Map(tensors.map(({ name }, i) => [name, `s${places[i]}.safetensors`]));
      const text = [...map].map(([name, file]) => `${JSON.stringify(name)}:${JSON.stringify(file)}`).join();
      const files = {
        [INDEX]: new TextEncoder().encode(`{"weight_map":{${text}}}`),
        ...Object.fromEntries(shards.map((list, i) => [`s${i}.safetensors`, shard(...list)])),
      };
      const used = Object.fromEntries(
        Object.entries(files).filter(([name]) => name === INDEX || [...map.values()].includes(name)),
      );
      const model = await openFolder(files);
      expect(model.files.map(({ name }) => name)).toEqual(Object.keys(used));
      expect(model.network.tensors.map(({ name }) => name)).toEqual(shards.flat().map(({ name }) => name));
      expect(model.holes.length).toBe(tensors.length);
      expect(await refilled(model)).toEqual(together(used));
    }),
    { numRuns: 100 },
  );
});

test("metadata of all files are taken together, and a name that is no index's works too", async () => {
  const [first, second] = [
    writeSafetensors({ graph: undefined, tensors: [a], metadata: { format: "pt" } }),
    writeSafetensors({ graph: undefined, tensors: [b], metadata: { format: "pt", step: "7" } }),
  ];
  const { network } = await openFolder({ "x.json": index({ a: ONE, b: TWO }), [ONE]: first, [TWO]: second });
  expect(network.metadata).toEqual({ format: "pt", step: "7" });
});

test("a file of several that is given alone is opened alone, with a word about its index", async () => {
  const open = (folder = folderReader(whole)) => openModel(bytesSource(whole[TWO]), { name: `/models/${TWO}`, folder });
  const model = await open();
  expect(model.files.map(({ name }) => name)).toEqual([TWO]);
  expect(model.notes).toEqual([`this is one file of a model in several: "${INDEX}" beside it is the whole`]);
  const { notes } = await open(folderReader({}));
  expect(notes).toEqual([`this is one file of a model in several, and no "${INDEX}" is beside it`]);
});

test("each way in which files do not fit their index has an error of its own", async () => {
  expect(await failure({ ...whole, [INDEX]: index({ a: ONE, b: "model-3.safetensors" }) })).toBe(
    'truncated: the model\'s file "model-3.safetensors" is missing: put it beside the one that names it',
  );
  expect(await failure({ ...whole, [INDEX]: index({ a: TWO, b: TWO }) })).toBe(
    `invalid-table: tensor "a" should be in "${TWO}" by the index, but is in none of its files`,
  );
  expect(await failure({ ...whole, [INDEX]: index({ a: TWO, b: ONE }) })).toBe(
    `invalid-table: tensor "a" should be in "${TWO}" by the index, but is in "${ONE}"`,
  );
  expect(await failure({ ...whole, [TWO]: shard(a, b) })).toBe(
    `duplicate-name: tensor "a" is in "${ONE}" and in "${TWO}"`,
  );
  expect(await failure({ ...whole, [TWO]: shard(b).subarray(0, -1) })).toBe(
    `truncated: "${TWO}": tensor "b": it ends at 4 of 3 bytes of data; is the download complete?`,
  );
  expect(await failure({ ...whole, [TWO]: new Uint8Array([...shard(b), 0]) })).toBe(
    `trailing-data: "${TWO}": 1 byte at the end belong to no tensor`,
  );
  expect(await failure({ ...whole, [INDEX]: index({ a: ONE, b: TWO }, total(16)) })).toBe(
    "invalid-table: the index tells of 16 bytes of tensors, its files hold 12: is one of them of another model? If not, take total_size out of the index",
  );
  const twice = `{"weight_map":{"a":"${ONE}","b":"${TWO}","a":"${TWO}"}}`;
  expect(await failure({ ...whole, [INDEX]: new TextEncoder().encode(twice) })).toBe(
    'duplicate-name: the index names tensor "a" twice',
  );
  expect(await failure({ ...whole, [INDEX]: index({ a: 1, b: TWO }) })).toBe(
    'invalid-table: the index gives tensor "a" no file',
  );
  expect(await failure({ ...whole, [INDEX]: index({ a: "pytorch_model-00001-of-00002.bin" }) })).toBe(
    'unsupported: the index names "pytorch_model-00001-of-00002.bin", no safetensors file: save the model as safetensors',
  );
});

test("a file that is something else is named for what it is", async () => {
  const pointer = new TextEncoder().encode("version https://git-lfs.github.com/spec/v1\noid sha256:ab\nsize 800\n");
  expect(await failure({ ...whole, [TWO]: pointer })).toBe(
    `bad-magic: "${TWO}" is a Git LFS pointer, not the model itself: run git lfs pull`,
  );
  expect(await failure({ ...whole, [ONE]: new Uint8Array(0) })).toBe(
    `bad-magic: "${ONE}" is an empty file: get it again`,
  );
});

test("a path that leads out of the folder, or might on some system, is never opened", async () => {
  const asked: string[] = [];
  for (const path of ["../x", "a/../../x", "/etc/x", "C:x", "a:b", "C:\\x", "..\\x", "a//x", "", ".", "x\0y", "a/"]) {
    const opened = openModel(bytesSource(index({ a: path })), {
      name: INDEX,
      folder: async (name) => {
        asked.push(name);
        return undefined;
      },
    });
    const message = /expected the path of a file in the model's folder, got "/;
    await expect(opened).rejects.toMatchObject({ code: "out-of-range", message: expect.stringMatching(message) });
  }
  expect(asked).toEqual([]);
  expect(await failure({ ...whole, [INDEX]: index({ a: "https://x.org/m.safetensors" }) })).toBe(
    'out-of-range: "https://x.org/m.safetensors" is an address: download it beside the model, and name it there',
  );
});

test("a path through the folder itself is the plain one", async () => {
  const files = { [INDEX]: index({ a: `./sub/./${ONE}` }), [`sub/${ONE}`]: shard(a) };
  expect((await openFolder(files)).files[1].name).toBe(`sub/${ONE}`);
});

test("sizes that the index does not tell, or tells as something else, are not compared; tensors it leaves out are there", async () => {
  const fileBytes = shard(a, b).length;
  for (const more of [{}, { metadata: null }, total("12"), { metadata: { parameters: 3 } }, total(fileBytes)]) {
    const { network } = await openFolder({ ...whole, [INDEX]: index({ a: ONE }, more), [ONE]: shard(a, b) });
    expect(network.tensors.map(({ name }) => name)).toEqual(["a", "b"]);
  }
});

test("without its folder, an index says which file it lacks", async () => {
  await expect(openModel(bytesSource(whole[INDEX]))).rejects.toThrow(
    `the model has another file, "${ONE}", and its folder is not known here`,
  );
});

import { type ByteSource, bytesSource } from "@deep-compression/bits";
import {
  floatTensor,
  type Graph,
  type Network,
  type NetworkSource,
  type TensorSource,
} from "@deep-compression/network";
import { compress, compressFrom, open, type ReadOptions, tensorsOfStream } from "@deep-compression/pipeline";
import { decodePool } from "@deep-compression/pipeline/parallel";
import { afterAll, expect, test } from "vitest";
import { cut } from "./opened";

const values = Float32Array.from({ length: 1200 }, (_, i) => (i % 9 === 0 ? 1 + (i % 5) : 0));
const network: Network = { graph: undefined, tensors: [floatTensor("w", [30, 40], values)] };
const plan = { default: {} };

/** A source of the tensor with some of its members changed, and how often it is read. */
function source(changes: object): { readonly source: NetworkSource; readonly reads: () => number } {
  let reads = 0;
  const [{ bytes, ...head }] = network.tensors;
  const read = () => {
    reads++;
    return bytes;
  };
  return { source: { tensors: [{ ...head, read, ...changes }] }, reads: () => reads };
}

/** Compressing it is refused with the error before anything is read. */
async function expectRefused(changed: object, error: Error): Promise<void> {
  const { source: given, reads } = source(changed);
  await expect(compressFrom(given, plan)).rejects.toThrow(error);
  expect(reads()).toBe(0);
}

test("a network that is none is named, and what of it is missing", async () => {
  const nothing: readonly unknown[] = [undefined, null];
  for (const value of nothing) {
    const error = new TypeError(`network: expected an object, got ${value}`);
    expect(() => compress(value as Network, plan)).toThrow(error);
    await expect(compressFrom(value as NetworkSource, plan)).rejects.toThrow(error);
  }
  const error = new TypeError("network.tensors: expected an array, got undefined");
  expect(() => compress({} as Network, plan)).toThrow(error);
  await expect(compressFrom({} as NetworkSource, plan)).rejects.toThrow(error);
});

test("a tensor that a file cannot hold is named before any is read", async () => {
  const read: unknown = undefined;
  await expectRefused({ read }, new TypeError('tensor "w": read: expected a function, got undefined'));
  await expectRefused({ name: undefined }, new TypeError("tensor: name: expected a string, got undefined"));
  await expectRefused({ shape: undefined }, new TypeError('tensor "w": shape: expected an array, got undefined'));
  await expectRefused(
    { shape: [-1] },
    new RangeError('tensor "w": shape [-1] expected whole sizes of at least 0, got -1'),
  );
  await expectRefused(
    { name: "\ud800" },
    new RangeError('tensor "\\ud800": name: expected well-formed Unicode, got a lone surrogate'),
  );
  const name = "w".repeat(2 ** 16);
  await expectRefused(
    { name },
    new RangeError(
      `tensor "${"w".repeat(19)}...${"w".repeat(16)}": bytes of its name: expected an integer in 0..65535, got 65536`,
    ),
  );
  await expectRefused(
    { shape: new Array(33).fill(1) },
    new RangeError('tensor "w": shape.length: expected an integer in 0..32, got 33'),
  );
  await expect(compressFrom(network as Network & { tensors: TensorSource[] }, plan)).rejects.toThrow(/"w": read: /);
});

test("metadata and a graph that a file cannot hold are refused before a tensor is read", async () => {
  const attempt = async (rest: object) => {
    const { source: given, reads } = source({});
    const error = await compressFrom({ ...given, ...rest }, plan).catch((caught: unknown) => caught);
    expect(reads()).toBe(0);
    return error;
  };
  expect(await attempt({ metadata: { a: 5 } })).toEqual(
    new TypeError('network.metadata["a"]: expected a string, got 5'),
  );
  expect(await attempt({ metadata: { a: "\udc00" } })).toEqual(
    new RangeError('network.metadata["a"]: expected well-formed Unicode, got a lone surrogate'),
  );
  expect(await attempt({ metadata: { a: "b".repeat(2 ** 26) } })).toMatchObject({
    message: expect.stringMatching(/^bytes of content.metadata: expected an integer in 0..67108864, got/),
  });
  const value = { name: "\ud800", type: "float32" as const, shape: [] };
  const graph: Graph = { opset: 13, inputs: [value], outputs: [value], nodes: [] };
  const message = "graph.inputs[0].name: expected well-formed Unicode, got a lone surrogate";
  expect(await attempt({ graph })).toMatchObject({ message });
});

test("what read gives has to be bytes, with a target too", async () => {
  const given: readonly (readonly [unknown, string])[] = [
    [undefined, "undefined"],
    [[0, 0, 0, 0], "Array"],
    [new ArrayBuffer(4800), "ArrayBuffer"],
  ];
  for (const [bytes, kind] of given) {
    const error = new TypeError(`tensor "w": read(): expected a Uint8Array, got ${kind}`);
    const { source: wrong } = source({ read: () => bytes });
    await expect(compressFrom(wrong, plan)).rejects.toThrow(error);
    await expect(compressFrom(wrong, { ...plan, maxError: 0.1 })).rejects.toThrow(error);
  }
  const [tensor] = network.tensors;
  const zeros: object = { bytes: new ArrayBuffer(4800) };
  expect(() => compress({ graph: undefined, tensors: [{ ...tensor, ...zeros }] }, plan)).toThrow(
    new TypeError('tensor "w": bytes: expected a Uint8Array, got ArrayBuffer'),
  );
});

const file = compress(network, plan).bytes;

const pool = decodePool({ threads: 1 });
afterAll(() => pool.close());

const ofSources = { open, "a pool's decompress": pool.decompress };

test.each(Object.entries(ofSources))("%s names a source that is none, and says what a Blob needs", async (_, read) => {
  const wrong: readonly (readonly [unknown, string])[] = [
    [undefined, "undefined"],
    [null, "null"],
    ["x.dcz", '"x.dcz"'],
    [[1, 2], "Array"],
    [new Blob([Uint8Array.from(file)]), "Blob: give { byteLength: blob.size, slice: "],
  ];
  for (const [value, got] of wrong) {
    const error = await read(value as ByteSource).catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({
      message: expect.stringContaining("source: expected { byteLength, slice(start, end) }"),
    });
    expect(error).toMatchObject({ message: expect.stringContaining(`, got ${got}`) });
  }
});

const readers = {
  open: (options: ReadOptions) => open(bytesSource(file), options),
  tensorsOfStream: (options: ReadOptions) => tensorsOfStream(cut(file, [100]), options).next(),
  "a pool's decompress": (options: ReadOptions) => pool.decompress(bytesSource(file), options),
};

test.each(Object.entries(readers))(
  "%s takes freeElements that are an integer of at least 0, or Infinity",
  async (_, read) => {
    const withFree = (freeElements: unknown) => read({ freeElements: freeElements as number });
    for (const value of [Number.NaN, -1, 0.5]) await expect(withFree(value)).rejects.toThrow(/^freeElements: .*got/);
    for (const value of [Number.NaN, -1, 0.5]) await expect(withFree(value)).rejects.toBeInstanceOf(RangeError);
    for (const value of ["5", null]) await expect(withFree(value)).rejects.toBeInstanceOf(TypeError);
    for (const value of [0, Number.POSITIVE_INFINITY, undefined]) await withFree(value);
    await expect(read(null as never)).rejects.toThrow("options: expected an object, got null");
  },
);

test("pieces that are none, and a piece that is none, are named", async () => {
  const tensors = (pieces: unknown) => tensorsOfStream(pieces as AsyncIterable<Uint8Array>).next();
  for (const [value, got] of [
    [undefined, "undefined"],
    [file, "Uint8Array"],
  ]) {
    const error = new TypeError(`pieces: expected an async iterable of Uint8Arrays, got ${got}`);
    await expect(tensors(value)).rejects.toThrow(error);
  }
  async function* texts() {
    yield "a text";
  }
  await expect(tensors(texts())).rejects.toThrow(TypeError);
});

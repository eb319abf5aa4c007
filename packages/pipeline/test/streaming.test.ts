import { bytesSource, FormatError } from "@deep-compression/bits";
import { floatTensor, type Network, type NetworkSource } from "@deep-compression/network";
import { compress, compressFrom, open, tensorsOfStream } from "@deep-compression/pipeline";
import { dczFiles, mutatedDczFiles, networks, plans, ratePlans } from "@deep-compression/pipeline/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";
import { collected, cut, decompressed } from "./opened";

const numRuns = 50 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Gives copies, as a file does, some at once and some later. */
function sourceOf({ tensors, ...network }: Network): NetworkSource {
  return {
    ...network,
    tensors: tensors.map(({ name, type, shape, bytes }, i) => ({
      name,
      type,
      shape,
      read: () => (i % 2 === 0 ? bytes.slice() : Promise.resolve(bytes.slice())),
    })),
  };
}

const sizes = () => fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 });

test("compressing tensor by tensor gives the very bytes and the ledger of compressing at once", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), fc.oneof(plans(), ratePlans()), async (network, plan) => {
      expect(await compressFrom(sourceOf(network), plan)).toEqual(compress(network, plan));
    }),
    { numRuns },
  );
});

test("every tensor is read when its turn comes, once without a target", async () => {
  const read: string[] = [];
  const tensors = ["a", "b", "c"].map((name) => floatTensor(name, [4], Float32Array.of(1, 0, 0, 2)));
  const source = sourceOf({ graph: undefined, tensors });
  await compressFrom(source, { default: {} }, { onRead: (name) => read.push(name) });
  expect(read).toEqual(["a", "b", "c"]);
  await compressFrom(source, { default: {}, maxError: 0.5 }, { onRead: (name) => read.push(name) });
  expect(new Set(read.slice(3))).toEqual(new Set(["a", "b", "c"]));
});

test("a source that is wrong is a wrong argument, and what its read throws comes through", async () => {
  const one = { name: "w", type: "float32" as const, shape: [2], read: () => new Uint8Array(8) };
  const attempt = (tensors: NetworkSource["tensors"]) => compressFrom({ tensors }, { default: {} });
  await expect(attempt([])).rejects.toThrow(/expected a model with weights, got none/);
  await expect(attempt([one, one])).rejects.toThrow(/two tensors are named "w"/);
  await expect(attempt([{ ...one, read: () => new Uint8Array(7) }])).rejects.toThrow(/expected 8 bytes, got 7/);
  await expect(attempt([{ ...one, shape: [2 ** 31] }])).rejects.toThrow(
    /tensor "w": expected at most .* got 8589934592/,
  );
  const failing = () => Promise.reject(new Error("the disk is gone"));
  await expect(attempt([{ ...one, read: failing }])).rejects.toThrow("the disk is gone");
});

test("tensors from pieces of any size, or from a source, are those of reading at once", async () => {
  await fc.assert(
    fc.asyncProperty(dczFiles(), sizes(), async (bytes, pieces) => {
      const file = await open(bytesSource(bytes));
      const { tensors } = await file.network();
      expect(await collected(tensorsOfStream(cut(bytes, pieces)))).toEqual(tensors);
      expect(await collected(file.tensors())).toEqual(tensors);
    }),
    { numRuns },
  );
});

test("a broken file is refused from pieces with the code that it is refused with at once", async () => {
  const outcome = (run: Promise<unknown>) =>
    run.then(
      () => "read",
      (error: unknown) => (error instanceof FormatError ? error.code : error),
    );
  await fc.assert(
    fc.asyncProperty(mutatedDczFiles(), sizes(), async ({ mutated }, pieces) => {
      const arriving = collected(tensorsOfStream(cut(mutated, pieces)));
      expect(await outcome(arriving)).toBe(await outcome(decompressed(mutated)));
    }),
    { numRuns },
  );
});

/** Two tensors alike, and their file. */
function twoTensors() {
  const values = (seed: number) => new Float32Array(300).map((_, i) => Math.imul(i + seed, 0x9e3779b1) >>> 29);
  const tensors = ["a", "b"].map((name, seed) => floatTensor(name, [300], values(seed)));
  return { tensors, bytes: compress({ graph: undefined, tensors }, { default: {} }).bytes };
}

test("a tensor comes out before the bytes behind it have arrived", async () => {
  const { tensors, bytes } = twoTensors();
  const given: number[] = [];
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += 16) {
      given.push(at);
      yield bytes.subarray(at, at + 16);
    }
  }
  const arriving = tensorsOfStream(pieces());
  expect((await arriving.next()).value).toEqual(tensors[0]);
  expect(Math.max(...given)).toBeLessThan(bytes.length - 40);
  await arriving.return();
});

test("a file cut short gives the tensors before the cut, then ends in FormatError truncated", async () => {
  const { tensors, bytes } = twoTensors();
  const arriving = tensorsOfStream(cut(bytes.subarray(0, -1), [50]));
  expect((await arriving.next()).value).toEqual(tensors[0]);
  await expect(arriving.next()).rejects.toMatchObject({ code: "truncated" });
});

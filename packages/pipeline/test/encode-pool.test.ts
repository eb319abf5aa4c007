import { floatTensor, type Network, type TensorSource } from "@deep-compression/network";
import { compressFrom, type Plan } from "@deep-compression/pipeline";
import { type EncodePool, encodePool } from "@deep-compression/pipeline/encode-pool";
import { seededRandom } from "@deep-compression/runtime";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { Allowance } from "../src/allowance";
import { encodedInPool } from "../src/encode-in-pool";
import { encodedTensors } from "../src/encode-network";

let pool: EncodePool;
beforeAll(() => {
  pool = encodePool({ threads: 2 });
});
afterAll(() => pool.close());

/** Matrices of uneven size whose rows and columns differ in scale, so that each suits the form context. */
function matrices(count: number): TensorSource[] {
  const random = seededRandom(7);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Array.from({ length: count }, (_, i) => {
    const shape = [24 + 4 * ((5 * i) % 7), 64];
    const values = Float32Array.from({ length: shape[0]! * 64 }, (_, at) => {
      const scale = 2 ** ((at >> 6) % 5) * 2 ** ((at & 63) % 3);
      return Math.round((scale * normal()) / 4) / 8 + 0;
    });
    const { bytes, type } = floatTensor(`m${i}`, shape, values);
    return { name: `m${i}`, type, shape, read: () => bytes.slice() };
  });
}

async function sequentially(tensors: readonly TensorSource[], allowance: Allowance) {
  const run = encodedTensors(
    { tensors },
    tensors.map(() => ({})),
    { allowance },
  );
  let step = run.next();
  while (!step.done) step = run.next(await tensors[step.value]!.read());
  return step.value;
}

test("several threads make what one makes, also where tensors have used up what those behind them wanted", async () => {
  const tensors = matrices(9);
  const plans = tensors.map(() => ({}));
  const read = async (source: TensorSource) => source.read();
  const forms = new Set<string>();
  for (const contextTime of [0, 4e5, 8e5, Number.POSITIVE_INFINITY]) {
    const allowance = { freeElements: 0, contextTime };
    const expected = await sequentially(tensors, allowance);
    expect(await encodedInPool(tensors, plans, { allowance, pool, read })).toEqual(expected);
    const used = expected.filter((one) => one.used.contextTime > 0).length;
    forms.add(used === 0 ? "none" : used === tensors.length ? "all" : "some");
  }
  expect(forms).toEqual(new Set(["none", "some", "all"]));
});

test("a file is the same, and each tensor is told of before it is read", async () => {
  const source = { graph: undefined, tensors: matrices(5), metadata: { of: "matrices" } };
  const plan: Plan = { default: { maxError: 1e-3 }, tensors: { m2: { share: "none" } } };
  const told: string[] = [];
  const { bytes, ledger } = await compressFrom(source, plan, { pool, onRead: (name) => told.push(name) });
  expect({ bytes, ledger }).toEqual(await compressFrom(source, plan));
  expect(told.sort()).toEqual(["m0", "m1", "m2", "m3", "m4"]);
});

test("a target for the whole file is met without the threads", async () => {
  const source = { graph: undefined, tensors: matrices(3), metadata: {} };
  const plan: Plan = { default: {}, targetBytes: 3000 };
  expect(await compressFrom(source, plan, { pool })).toEqual(await compressFrom(source, plan));
});

test("a source that reads its own arrays keeps them", async () => {
  const own = matrices(3).map(({ read, ...head }) => ({ ...head, bytes: read() as Uint8Array }));
  const tensors = own.map(({ bytes, ...head }) => ({ ...head, read: () => bytes }));
  const lengths = own.map(({ bytes }) => bytes.length);
  await compressFrom({ graph: undefined, tensors, metadata: {} }, { default: {} }, { pool });
  expect(own.map(({ bytes }) => bytes.length)).toEqual(lengths);
});

test("what is read as a copy is given to the threads and not copied again, if it is all of its memory", async () => {
  const kept: Uint8Array[] = [];
  const tensors = matrices(3).map((one, i) => ({
    ...one,
    reads: "copies" as const,
    read: () => {
      const bytes = one.read() as Uint8Array;
      const read = i === 0 ? new Uint8Array([...bytes, 0]).subarray(0, bytes.length) : bytes;
      kept.push(read);
      return read;
    },
  }));
  const source = { graph: undefined, tensors, metadata: {} };
  const { bytes } = await compressFrom(source, { default: {} }, { pool });
  expect(kept.map(({ length }) => length > 0).sort()).toEqual([false, false, true]);
  expect(bytes).toEqual((await compressFrom(source, { default: {} })).bytes);
});

test("tensors that are views into a file are not taken from it", async () => {
  const file = new Uint8Array(8192).map((_, i) => (i % 4 === 3 ? 63 : i % 5));
  const tensors = [0, 1].map((i) => ({
    name: `t${i}`,
    type: "float32" as const,
    shape: [1024],
    read: () => file.subarray(4096 * i, 4096 * (i + 1)),
  }));
  await compressFrom({ graph: undefined, tensors, metadata: {} }, { default: {} }, { pool });
  expect(file.length).toBe(8192);
});

test("what is wrong with a tensor, or with reading it, is told as without threads", async () => {
  const [one, other] = matrices(2) as [TensorSource, TensorSource];
  const network = (...tensors: TensorSource[]) => ({ graph: undefined, tensors, metadata: {} });
  const plan: Plan = { default: {}, tensors: { m0: { sparsity: 0.99, maxError: 1e-9 } } };
  const expected = await compressFrom(network(one, other), plan).catch((error: unknown) => error);
  expect(expected).toBeInstanceOf(RangeError);
  await expect(compressFrom(network(one, other), plan, { pool })).rejects.toEqual(expected);
  const lost = () => Promise.reject(new Error("the disk is gone"));
  const broken = compressFrom(network(one, { ...other, read: lost }), { default: {} }, { pool });
  await expect(broken).rejects.toThrow("the disk is gone");
});

test("a pool that is closed encodes nothing more", async () => {
  const closed = encodePool({ threads: 1 });
  expect(closed.threads).toBe(1);
  await closed.close();
  const network: Pick<Network, "graph" | "metadata"> = { graph: undefined, metadata: {} };
  await expect(compressFrom({ ...network, tensors: matrices(1) }, { default: {} }, { pool: closed })).rejects.toThrow(
    "closed",
  );
  expect(() => encodePool({ threads: 0 })).toThrow(RangeError);
});

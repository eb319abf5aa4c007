import { bytesSource } from "@deep-compression/bits";
import { openContainer } from "@deep-compression/container";
import {
  type ElementType,
  elementsOfValues,
  floatTensor,
  floatValues,
  isFloatType,
  lenet5,
  lenet300100,
  type Network,
  numericValues,
  type Tensor,
} from "@deep-compression/network";
import { compress, type Ledger, ledgerTotals, MAX_ELEMENTS_PER_BYTE, open } from "@deep-compression/pipeline";
import { losslessPlans, networks, plans } from "@deep-compression/pipeline/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import { dequantizeWeight, isRawForm } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodeTensor } from "../src/encode-tensor";
import { tensorPlans } from "../src/tensor-plans";
import { decompressed, storedIn } from "./opened";
import { plannedValues } from "./planned-values";

const numRuns = 50 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function one(values: readonly number[], shape: readonly number[] = [values.length]): Network {
  return { graph: undefined, tensors: [floatTensor("w", shape, Float32Array.from(values))] };
}

function sameBytes(a: Tensor, b: Tensor): void {
  expect({ ...a, bytes: Buffer.from(a.bytes).toString("hex") }).toEqual({
    ...b,
    bytes: Buffer.from(b.bytes).toString("hex"),
  });
}

function ledgerSum({ headerBytes, metadataBytes, graphBytes, rows }: Ledger): number {
  const parts = Object.values(ledgerTotals(rows));
  return parts.reduce((sum, bytes) => sum + bytes, headerBytes + metadataBytes + graphBytes);
}

test("without a lossy stage any network comes back bit for bit", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), losslessPlans(), async (network, plan) => {
      const back = await decompressed(compress(network, plan).bytes);
      expect(back.graph).toEqual(network.graph);
      expect(back.metadata).toEqual(network.metadata);
      expect(back.tensors.length).toBe(network.tensors.length);
      back.tensors.forEach((tensor, i) => {
        sameBytes(tensor, network.tensors[i]);
      });
    }),
    { numRuns },
  );
});

test("what comes back is what the plan meant: shared values, or pruned ones where coding was declined", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), plans(), async (network, plan) => {
      const { bytes, ledger } = compress(network, plan);
      const back = await decompressed(bytes);
      back.tensors.forEach((tensor, i) => {
        const original = network.tensors[i];
        const { type } = original;
        if (type === "float64") return; // of which float32 has no exact values
        const finite = isFloatType(type) && numericValues(original).every(Number.isFinite);
        if (!finite || original.bytes.length === 0) {
          sameBytes(tensor, original);
          return;
        }
        const { pruned, shared } = plannedValues(numericValues(original), plan.default);
        const { declined = "float16 range" } = ledger.rows[i];
        const meant = declined === "float16 range" ? shared : pruned;
        sameBytes(tensor, { ...original, bytes: elementsOfValues(type, meant) });
      });
    }),
    { numRuns: 2 * numRuns },
  );
});

test("where float16 centroids overflow nothing is rounded, and -0 keeps its sign", async () => {
  const network = one([0, 0, 0, 0, 65520, -0]);
  const { bytes, ledger } = compress(network, { default: { centroids: "float16" } });
  expect(ledger.rows[0]).toMatchObject({ form: "deflated", reason: "holds both 0 and -0 (see negativeZero)" });
  sameBytes((await decompressed(bytes)).tensors[0], network.tensors[0]);
  const allNegative = one([...Array(60).fill(-0), 65520]);
  const back = await decompressed(compress(allNegative, { default: { centroids: "float16" } }).bytes);
  sameBytes(back.tensors[0], allNegative.tensors[0]);
});

test("the ledger sums to the file's size, and the file alone gives the same ledger", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), plans(), async (network, plan) => {
      const { bytes, ledger } = compress(network, plan);
      expect(ledger.fileBytes).toBe(bytes.length);
      expect(ledgerSum(ledger)).toBe(bytes.length);
      for (const { isWrapped, bytes: parts } of ledger.rows) {
        const { deflate, ...others } = parts; // what deflate saved is below 0
        for (const part of Object.values(others)) expect(part).toBeGreaterThanOrEqual(0);
        if (isWrapped) expect(deflate).toBeLessThanOrEqual(0);
        else expect(deflate).toBe(0);
      }
      const rows = ledger.rows.map(({ declined: _, reason: __, error: ___, ...row }) => row);
      const file = await open(bytesSource(bytes));
      expect(await file.ledger()).toEqual({ ...ledger, rows });
      const { tensors, ...sizes } = file.sizes;
      expect({ ...sizes, rows }).toEqual({ ...ledger, rows });
      const told = rows.map(({ tensor, type, shape, weights, form, bytes }) => {
        const sum = Object.values(bytes).reduce((total, part) => total + part, 0);
        return { tensor, type, shape, weights, form, bytes: sum };
      });
      expect(tensors).toEqual(told);
    }),
    { numRuns },
  );
});

test("a raw row of a float32 tensor always says why", () => {
  fc.assert(
    fc.property(networks(), plans(), (network, plan) => {
      for (const row of compress(network, plan).ledger.rows) {
        if (row.form === "raw") expect(row.reason).toMatch(/./);
      }
    }),
    { numRuns },
  );
});

test("weights as stored, dequantized, are the tensors", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), plans(), async (network, plan) => {
      const file = await open(bytesSource(compress(network, plan).bytes));
      const weights = await file.weights();
      const back = await file.network();
      expect(file.graph).toEqual(network.graph);
      expect(weights.names).toEqual(network.tensors.map(({ name }) => name));
      for (const tensor of back.tensors) {
        const weight = weights.weight(tensor.name);
        if (!("stored" in weight)) expect(weight).toEqual(tensor);
        else if (tensor.type === "float32")
          sameBytes(floatTensor(tensor.name, weight.shape, dequantizeWeight(weight.stored)), tensor);
        else expect([...dequantizeWeight(weight.stored)]).toEqual([...numericValues(tensor)]);
      }
    }),
    { numRuns },
  );
});

test("the bits of a NaN are kept, signalling or not", async () => {
  const bytes = Uint8Array.of(1, 0, 0x81, 0xff, 1, 0, 0xc1, 0x7f);
  const tensor: Tensor = { name: "w", type: "float32", shape: [2], bytes };
  const file = compress({ graph: undefined, tensors: [tensor] }, { default: { sparsity: 0.5 } }).bytes;
  sameBytes((await decompressed(file)).tensors[0], tensor);
  sameBytes(floatTensor("w", [2], dequantizeWeight(await storedIn(file))), tensor);
});

test("one tensor is read by itself: nothing but the directory, the graph and its own bytes is touched", async () => {
  const { bytes } = compress(randomNetwork(lenet300100, { density: 0.04 }), { default: {} });
  const { tensors, model } = await openContainer(bytesSource(bytes));
  const { offset, length } = tensors[2].sections[0];
  const touched: (readonly [number, number | undefined])[] = [];
  const slice = (start: number, end?: number) => {
    touched.push([start, end]);
    return Promise.resolve(bytes.subarray(start, end));
  };
  const file = await open({ byteLength: bytes.length, slice });
  const tensor = await file.tensor("ip2.weight");
  sameBytes(tensor, (await decompressed(bytes)).tensors[2]);
  const directoryEnd = 13 + new DataView(bytes.buffer).getUint32(5, true);
  expect(touched).toEqual([
    [0, 13],
    [13, directoryEnd],
    [directoryEnd, directoryEnd + (model?.length ?? 0)],
    [offset, offset + length],
  ]);
  const missing = new RangeError('name: expected that of a tensor in the file, got "ip9.weight"');
  await expect(async () => file.tensor("ip9.weight")).rejects.toThrow(missing);
});

/** A number that follows from `i` as if it were random: deflate finds no pattern. */
function irregular(i: number): number {
  return Math.imul(i + 1, 0x9e3779b1) >>> 13;
}

test("shared values that repeat are deflated, as elements or as codes, whichever takes fewer bytes, and come back as shared", async () => {
  const random = seededRandom(7);
  const values = Array.from({ length: 1200 }, (_, i) => Math.round(3 * Math.sin(i % 25)) + 0.01 * random());
  const { bytes, ledger } = compress(one(values, [30, 40]), { default: { share: { size: 7 } } });
  const [row] = ledger.rows;
  expect(isRawForm(row.form as "split") || row.isWrapped).toBe(true);
  expect(row).not.toHaveProperty("declined");
  expect(row.error).toBeGreaterThan(0);
  const coded = (form: "dense" | "gaps" | "bitmask") =>
    compress(one(values, [30, 40]), { default: { share: { size: 7 }, form } });
  for (const form of ["dense", "gaps", "bitmask"] as const) {
    expect(bytes.length).toBeLessThanOrEqual(coded(form).bytes.length);
    sameBytes((await decompressed(bytes)).tensors[0], (await decompressed(coded(form).bytes)).tensors[0]);
  }
});

test("each stage that a tensor declines is in its row of the ledger", () => {
  const reasonOf = (network: Network, plan = {}) => compress(network, { default: plan }).ledger.rows[0].reason;
  const pair = (type: ElementType, bytes: Uint8Array) => ({
    graph: undefined,
    tensors: [{ name: "w", type, shape: [2], bytes }],
  });
  expect(reasonOf(pair("complex64", new Uint8Array(16)))).toBe("complex64: complex numbers are not coded");
  expect(reasonOf(pair("int64", new Uint8Array(16).fill(77)))).toBe(
    "int64: element 0 is none of the numbers of float32, which codes tell",
  );
  expect(reasonOf(pair("float64", new Uint8Array(Float64Array.of(0.1, 1).buffer)))).toBe(
    "float64: element 0 is none of the numbers of float32, which codes tell",
  );
  expect(reasonOf(pair("int8", Uint8Array.of(1, 2)), { maxError: 0.1 })).toBe(
    "int8: only floats of 16 bits and more, and weights of 8-bit integers that the plan names, may lose something",
  );
  const beyond = { share: { size: 1 } };
  expect(reasonOf(pair("float64", new Uint8Array(Float64Array.of(1e300, 1).buffer)), beyond)).toBe(
    "element 0 is beyond float32: only finite weights are coded",
  );
  expect(reasonOf(one([]))).toBe("no elements");
  expect(reasonOf(one([1, Number.NaN]))).toBe("element 1 is NaN: only finite weights are coded");
  expect(reasonOf(one([Number.NEGATIVE_INFINITY]))).toBe("element 0 is -Infinity: only finite weights are coded");
  expect(reasonOf(one([1 / 3, Math.PI]))).toBe("too small to gain: 11 bytes coded, 8 raw");
  expect(reasonOf(one([0, -0]))).toBe("holds both 0 and -0 (see negativeZero)");
  expect(reasonOf(one(new Array(64).fill(-0)), { form: "gaps" })).toBe(
    "holds -0, whose sign the form gaps does not keep",
  );
  expect(reasonOf(one([1, 1]), { share: "none" })).toBe("the plan asks for no codes");
  const distinct = Array.from({ length: 65537 }, (_, i) => 1 + i / 2 ** 17);
  expect(reasonOf(one(distinct))).toBe("more than 65536 distinct values, zero included");
  const large = Array.from({ length: 64 }, (_, i) => (irregular(i) % 2 === 0 ? 1e5 : Math.fround(1.1)));
  expect(reasonOf(one(large), { centroids: "float16", form: "dense" })).toBe(
    "float32 centroids: one is beyond the range of float16",
  );
});

test("a tensor of zeros takes a handful of bytes, and a constant one a few more", () => {
  const zeros = compress(one(new Array(10_000).fill(0)), { default: {} }).ledger.rows[0];
  expect(zeros).toMatchObject({ kept: 0, form: "gaps", valueBits: { before: 0, after: 0 } });
  const { header, ...rest } = zeros.bytes;
  expect(Object.values(rest).reduce((sum, bytes) => sum + bytes, 0)).toBe(1);
  expect(header).toBeLessThan(20);
  const constant = compress(one(new Array(10_000).fill(1 / 3)), { default: {} }).ledger.rows[0];
  expect(constant).toMatchObject({ kept: 10_000, form: "dense", bytes: { values: 0, codebook: 5 } });
});

test("more zeros than the bytes of codes justify to readers are kept bit for bit, with the reason", () => {
  const [tensor] = one(new Array(20_000).fill(0)).tensors;
  const justified = 4 * MAX_ELEMENTS_PER_BYTE;
  expect(encodeTensor(tensor, {}, { freeElements: 20_000 - justified, contextTime: 0 }).section).toMatchObject({
    stored: { form: "gaps" },
    bytes: Uint8Array.of(0, 0, 0, 0),
  });
  expect(encodeTensor(tensor, {}, { freeElements: 20_000 - justified - 1, contextTime: 0 })).toMatchObject({
    section: { form: "sparse", elements: tensor.bytes },
    declined: { kind: "expansion limit", reason: expect.stringMatching(/readers would refuse/) },
  });
});

test("float16 centroids are taken where they are exact, and only then unless the plan rounds", async () => {
  const exact = Array.from({ length: 200 }, (_, i) => [0.0999755859375, -1000, 3][irregular(i) % 3]);
  expect(compress(one(exact), { default: {} }).ledger.rows[0].bytes.codebook).toBe(1 + 3 * 2);
  const thirds = exact.map((value) => value / 3);
  expect(compress(one(thirds), { default: {} }).ledger.rows[0].bytes.codebook).toBe(1 + 3 * 4);
  const rounded = compress(one(thirds), { default: { centroids: "float16" } });
  expect(rounded.ledger.rows[0].bytes.codebook).toBe(1 + 3 * 2);
  const [tensor] = (await decompressed(rounded.bytes)).tensors;
  expect(Math.max(...floatValues(tensor).map((value, i) => Math.abs(value / thirds[i] - 1)))).toBeLessThan(2 ** -11);
});

function randomNetwork({ graph, parameters }: typeof lenet5, options: { readonly density: number }): Network {
  const random = seededRandom(7);
  const tensors = parameters.map(({ name, shape }) => {
    const values = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () =>
      shape.length === 1 || random() < options.density ? Math.round(8 * random()) / 16 - 0.28125 : 0,
    );
    return floatTensor(name, shape, values);
  });
  return { graph, tensors };
}

test("for a network of four layers everything but names, shapes, codebooks and code tables is under 150 bytes", async () => {
  const network = randomNetwork(lenet5, { density: 0.03 });
  const { bytes, ledger } = compress(network, { default: {} });
  const file = await openContainer(bytesSource(bytes));
  const textLength = (text: string) => 1 + new TextEncoder().encode(text).length;
  const shapeLength = (shape: readonly number[]) => 1 + shape.reduce((sum, size) => sum + (size < 128 ? 1 : 2), 0);
  const described = file.tensors.reduce((sum, { name, shape }) => sum + textLength(name) + shapeLength(shape), 0);
  const graphEntry = ledger.graphBytes - (file.model?.length ?? 0);
  const overhead =
    ledger.headerBytes + ledger.metadataBytes + graphEntry + ledgerTotals(ledger.rows).header - described;
  expect(ledger.rows.every(({ form }) => form !== "raw")).toBe(true);
  expect(overhead).toBeLessThan(150);
  expect(overhead).toBe(49);
});

test("every layer of a pruned LeNet-300-100 is coded in a sparse form or by context, and every bias densely", async () => {
  const network = randomNetwork(lenet300100, { density: 0.04 });
  const { bytes, ledger } = compress(network, { default: {} });
  expect(ledger.rows.map(({ form }) => form)).toEqual(["context", "dense", "gaps", "dense", "context", "dense"]);
  const back = await decompressed(bytes);
  expect(back.graph).toEqual(lenet300100.graph);
  back.tensors.forEach((tensor, i) => {
    expect(Buffer.compare(tensor.bytes, network.tensors[i].bytes)).toBe(0);
  });
});

test("a network without tensors, a plan for no tensor, and a wrong option are wrong arguments", () => {
  const network = one([1, 2, 3]);
  expect(() => compress({ graph: undefined, tensors: [] }, { default: {} })).toThrow(
    /expected a model with weights, got none/,
  );
  expect(() => compress(network, { default: {}, tensors: { v: {} } })).toThrow(/got "v"/);
  expect(() => compress(network, { default: { sparsity: 2 } })).toThrow(
    /plan.default.sparsity: expected a number in 0..1, got 2/,
  );
  expect(() => compress(network, { default: { gapBits: 9 } })).toThrow(RangeError);
  expect(() => compress(network, { default: { share: { size: 0 } } })).toThrow(RangeError);
  const stray: object = { tensor: {} };
  expect(() => compress(network, { default: {}, ...stray })).toThrow(/plan: expected one of .*, got "tensor"/);
  const misspelt: object = { sparsty: 0.5 };
  expect(() => compress(network, { default: misspelt })).toThrow(/got "sparsty"/);
});

test("a plan for a name goes before patterns, an earlier pattern before a later, and all are laid over the default", () => {
  const plan = {
    default: { sparsity: 0.5, gapBits: 3 },
    tensors: { "*.weight": { sparsity: 0.9 }, "conv*": { sparsity: 0.1 }, "ip1.weight": { sparsity: 0.8 } },
  };
  const found = tensorPlans(plan, ["ip1.weight", "ip2.weight", "conv1.weight", "conv1.bias", "ip1.bias"]);
  expect([...found.values()].map(({ sparsity }) => sparsity)).toEqual([0.8, 0.9, 0.9, 0.1, 0.5]);
  expect([...found.values()].every(({ gapBits }) => gapBits === 3)).toBe(true);
  const stars = (pattern: string, name: string) => {
    try {
      return tensorPlans({ default: {}, tensors: { [pattern]: {} } }, [name]).size === 1;
    } catch {
      return false;
    }
  };
  expect(stars("a*b*c", "a--b--c")).toBe(true);
  expect(stars("a*b*c", "ac")).toBe(false);
  expect(stars("ab*ba", "aba")).toBe(false);
  expect(stars("*", "")).toBe(true);
  expect(stars("a.c", "abc")).toBe(false);
});

test("codes tell 65,536 values apart, zero included; a tensor of more is kept bit for bit", async () => {
  const distinct = (length: number, first: number) => one(Array.from({ length }, (_, i) => first + i));
  for (const form of ["auto", "dense", "gaps", "bitmask"] as const) {
    for (const network of [distinct(65537, 0), distinct(65536, 0), distinct(65536, 1)]) {
      const { bytes } = compress(network, { default: { form } });
      sameBytes((await decompressed(bytes)).tensors[0], network.tensors[0]);
    }
  }
  expect(compress(distinct(65537, 0), { default: {} }).ledger.rows[0].reason).toMatch(
    "more than 65536 distinct values",
  );
  expect(compress(distinct(65536, 0), { default: { form: "dense" } }).ledger.rows[0].form).toBe("dense");
  const half = compress(distinct(131072, 1), { default: { sparsity: 0.5 } });
  expect(half.ledger.rows[0]).toMatchObject({ form: "sparse", kept: 65536 });
});

test("more distinct values than a set holds are rounded to float16", () => {
  const values = new Float32Array(2 ** 24 + 1);
  const bits = new Uint32Array(values.buffer);
  for (let i = 0; i < bits.length; i++) bits[i] = 0x3f000000 + i;
  const network = { graph: undefined, tensors: [floatTensor("w", [values.length], values)] };
  const { ledger } = compress(network, { default: { centroids: "float16", form: "dense" } });
  expect(ledger.rows[0]).toMatchObject({ form: "dense", centroids: 2049 });
});

test("pruning that takes nothing changes nothing, not even a sign", async () => {
  const network = one([1, -0, 3]);
  for (const share of ["exact", "none"] as const) {
    const { bytes } = compress(network, { default: { sparsity: 0, share } });
    sameBytes((await decompressed(bytes)).tensors[0], network.tensors[0]);
  }
});

test("the ledger tells the error of weights that were pruned, however small they are", () => {
  const { ledger } = compress(one([1, 1e-9]), { default: { sparsity: 0.5 } });
  expect(ledger.rows[0].error).toBeCloseTo(1e-18, 23);
});

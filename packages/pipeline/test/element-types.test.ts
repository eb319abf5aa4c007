import { bytesSource, elementCount, toFloat16 } from "@deep-compression/bits";
import {
  ELEMENT_TYPES,
  type ElementType,
  elementReader,
  elementsOfValues,
  floatTensor,
  type Tensor,
  valuesOfType,
} from "@deep-compression/network";
import { compress, type LedgerRow, open, type TensorPlan } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decompressed, storedIn } from "./opened";

const numRuns = 40 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Numbers as trained weights are. */
function weights(count: number, seed = 1): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => 0.1 * (random() + random() + random() - 1.5));
}

function tensorOf(
  type: ElementType,
  values: Float32Array | Float64Array,
  shape: readonly number[] = [values.length],
): Tensor {
  return { name: "w", type, shape, bytes: elementsOfValues(type, values) };
}

/** The row of a tensor, and the tensor that comes back. */
async function compressed(
  tensor: Tensor,
  plan: TensorPlan = {},
): Promise<{ readonly row: LedgerRow; readonly back: Tensor }> {
  const { bytes, ledger } = compress({ graph: undefined, tensors: [tensor] }, { default: plan });
  const [back] = (await decompressed(bytes)).tensors;
  return { row: ledger.rows[0], back };
}

function sectionBytes({ bytes }: LedgerRow): number {
  return Object.values(bytes).reduce((sum, part) => sum + part, 0);
}

/** Relative squared error, in float64. */
function errorOf({ type, shape, bytes }: Tensor, back: Tensor): number {
  const read = elementReader(type);
  const view = (of: Uint8Array) => new DataView(of.buffer, of.byteOffset, of.byteLength);
  let [distortion, energy] = [0, 0];
  for (let i = 0; i < elementCount(shape); i++) {
    const [was, is] = [read(view(bytes), i), read(view(back.bytes), i)];
    distortion += (was - is) ** 2;
    energy += was * was;
  }
  return energy === 0 ? 0 : distortion / energy;
}

test("what comes back of floats of any width is within the error, rounding to their type included", async () => {
  const cases = fc.record({
    type: fc.constantFrom("float16" as const, "bfloat16" as const, "float64" as const),
    count: fc.integer({ min: 1, max: 400 }),
    seed: fc.nat(),
    scale: fc.constantFrom(1e-6, 1, 1000),
    maxError: fc.constantFrom(1e-9, 1e-6, 1e-5, 1e-4, 0.01, 0.3),
    kernelAxes: fc.constantFrom(undefined, [1]),
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ type, count, seed, scale, maxError, kernelAxes }) => {
      const values = Float64Array.from(weights(count, seed), (weight) => (scale * weight) / 3);
      const tensor = tensorOf(type, values, kernelAxes === undefined ? [count] : [1, count]);
      const { row, back } = await compressed(tensor, { maxError, ...(kernelAxes && { kernelAxes }) });
      const error = errorOf(tensor, back);
      expect(error).toBeLessThanOrEqual(maxError);
      expect(row.error).toBeCloseTo(error, 6);
    }),
    { numRuns },
  );
});

test("float16 and bfloat16 are pruned, clustered and shared by rate as float32 is", async () => {
  const values = valuesOfType("bfloat16", weights(4000));
  const shape = [40, 100];
  const plans: readonly TensorPlan[] = [
    { sparsity: 0.9 },
    { sparsity: 0.9, share: { size: 15 } },
    { share: { size: 31, method: "optimal" } },
    { maxError: 0.01 },
    { share: { method: "entropy-constrained", lambda: 1e-5 } },
  ];
  for (const plan of plans) {
    const wide = await compressed(floatTensor("w", shape, values), plan);
    const narrow = await compressed(tensorOf("bfloat16", values, shape), plan);
    const what = JSON.stringify(plan);
    expect(sectionBytes(narrow.row), what).toBeLessThan(1.03 * sectionBytes(wide.row));
    expect(narrow.row.error, what).toBeLessThan(1.05 * (wide.row.error ?? 0) + 1e-5);
    expect(narrow.row.kept, what).toBe(wide.row.kept);
  }
});

test("integers, bools and small floats of few values take the bits that their values need", async () => {
  const random = seededRandom(2);
  const symbols = Float32Array.from({ length: 4096 }, () => Math.floor(random() * random() * 7));
  const types = Object.keys(ELEMENT_TYPES) as ElementType[];
  for (const type of types.filter((one) => !one.startsWith("complex"))) {
    const tensor = tensorOf(type, symbols, [64, 64]);
    const { row, back } = await compressed(tensor, { maxError: 0 });
    expect(Buffer.compare(back.bytes, tensor.bytes), type).toBe(0);
    expect(sectionBytes(row), type).toBeLessThan(1250); // an entropy of 2.26 bits is 1160 bytes
  }
});

test("integers are kept without loss whatever the plan says, and the row tells it", async () => {
  const tensor = tensorOf(
    "int8",
    Float32Array.from({ length: 300 }, (_, i) => ((i * i) % 83) - 40),
  );
  for (const plan of [{ maxError: 0.3 }, { sparsity: 0.9 }, { share: { size: 3 } }] as const) {
    const { row, back } = await compressed(tensor, plan);
    expect(back).toEqual(tensor);
    expect(row).toMatchObject({ error: 0, declined: "type" });
  }
});

test("values that came from a narrower type are stored in it, bit for bit", async () => {
  const spread = Float32Array.from({ length: 3000 }, (_, i) => Math.fround(Math.sin(i * i) / 3));
  const halves = valuesOfType("float16", spread);
  const brains = valuesOfType("bfloat16", spread);
  const cases: readonly Tensor[] = [
    floatTensor(
      "w",
      [3000],
      halves.map((value, i) => (i % 9 === 0 ? -0 : i % 9 === 1 ? 0 : value)),
    ),
    floatTensor(
      "w",
      [3000],
      brains.map((value, i) => (i % 9 === 0 ? -0 : i % 9 === 1 ? 0 : value)),
    ),
    tensorOf("float64", Float64Array.from(spread)),
  ];
  const most = [0.5, 0.5, 0.47];
  for (const [i, tensor] of cases.entries()) {
    const { row, back } = await compressed(tensor);
    expect(Buffer.compare(back.bytes, tensor.bytes)).toBe(0);
    expect(row.isNarrowed).toBe(true);
    expect(sectionBytes(row)).toBeLessThan(most[i] * tensor.bytes.length);
  }
});

test("tensors with NaN, infinities or zeros of both signs are not stored as they are where something is smaller", async () => {
  const values = weights(5000).map((weight, i) => (i % 4 === 0 ? weight : i % 8 === 1 ? -0 : 0));
  for (const odd of [Number.NaN, Number.NEGATIVE_INFINITY, -0]) {
    for (const type of ["float32", "float16", "bfloat16", "float64"] as const) {
      const { bytes } = tensorOf(type, values);
      const size = ELEMENT_TYPES[type].bits / 8;
      if (odd !== 0) bytes.set([0xff, 0xff].slice(0, Math.min(2, size)), bytes.length - 2); // a NaN of its own
      const tensor: Tensor = { name: "w", type, shape: [50, 100], bytes };
      const { row, back } = await compressed(tensor);
      expect(Buffer.compare(back.bytes, tensor.bytes), `${odd} in ${type}`).toBe(0);
      expect(sectionBytes(row), `${odd} in ${type}`).toBeLessThan(0.5 * bytes.length);
    }
  }
});

test("a weight of 16 bits runs from its codes, with the values that its elements are", async () => {
  const grid = Float32Array.from({ length: 60 }, (_, i) => Math.fround(0.001 * ((i * 7) % 11) - 0.003));
  const tensor = tensorOf("float16", grid, [6, 10]);
  const { bytes } = compress({ graph: undefined, tensors: [tensor] }, { default: { form: "dense" } });
  const stored = await storedIn(bytes);
  if (stored.form !== "dense") throw new Error(`expected dense, got ${stored.form}`);
  const own = valuesOfType("float16", grid);
  expect(Float32Array.from(stored.codes, (code) => stored.centroids[code])).toEqual(own);
});

test("tensors of other types than floats of 16 and 32 bits come as they are, whatever they are", async () => {
  const elements = {
    int4: Uint8Array.of(0x8f, 0x07),
    int64: new Uint8Array(BigInt64Array.of(2n ** 62n + 1n, -1n, 0n).buffer),
    float64: new Uint8Array(Float64Array.of(0.1, -0, 1e300).buffer),
    float16: new Uint8Array(Uint16Array.from([0.333251953125, -0, -65504], toFloat16).buffer),
    float8e4m3fn: Uint8Array.of(1, 2, 3),
    complex64: new Uint8Array(24).fill(7),
  } as const;
  for (const [type, bytes] of Object.entries(elements)) {
    const tensor = { name: "w", type: type as keyof typeof elements, shape: [3], bytes };
    const file = await open(bytesSource(compress({ graph: undefined, tensors: [tensor] }, { default: {} }).bytes));
    const weight = (await file.weights()).weight("w");
    expect(weight).toEqual(tensor);
  }
});

test("the half of a byte that pads a tensor of four-bit elements is not kept", async () => {
  const kept = async (shape: number[], bytes: Uint8Array) => {
    const file = compress({ graph: undefined, tensors: [{ name: "w", type: "uint4", shape, bytes }] }, { default: {} });
    const [row] = (await (await open(bytesSource(file.bytes))).ledger()).rows;
    expect(file.ledger.rows[0].kept).toBe(row.kept);
    return row.kept;
  };
  expect(await kept([1], Uint8Array.of(0xff))).toBe(1);
  expect(await kept([1], Uint8Array.of(0xf0))).toBe(0);
  expect(await kept([3], Uint8Array.of(0x10, 0x01))).toBe(2);
  expect(await kept([4], Uint8Array.of(0x11, 0x11))).toBe(4);
});

test("a tensor with a 0 among sizes that multiply beyond all numbers has no elements, and comes back", async () => {
  const shape = [...new Array(21).fill(Number.MAX_SAFE_INTEGER), 0];
  const tensor: Tensor = { name: "none", type: "float32", shape, bytes: new Uint8Array(0) };
  const { bytes, ledger } = compress({ graph: undefined, tensors: [tensor] }, { default: {} });
  expect(ledger.rows[0]).toMatchObject({ weights: 0, kept: 0, form: "raw" });
  expect((await decompressed(bytes)).tensors).toEqual([tensor]);
});

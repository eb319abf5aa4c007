import { byteReader, bytesSource } from "@deep-compression/bits";
import { inspectContainer } from "@deep-compression/container";
import { floatTensor } from "@deep-compression/network";
import { compress, type Ledger, open, type TensorPlan } from "@deep-compression/pipeline";
import { networks, plans, ratePlans, shapes } from "@deep-compression/pipeline/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import { dequantizeWeight, sectionKind } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decompressed, storedIn } from "./opened";

const numRuns = 30 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/**
 * Bytes of a file with its directory as it is before it is packed. What packing leaves of it hangs on the bytes of checksums
 * and on what stands beside a tensor's record: noise of a byte or two, by which no form can be chosen.
 */
function sizeBeforePacking(bytes: Uint8Array): number {
  const directory = byteReader(
    bytes.subarray(13, 13 + new DataView(bytes.buffer, bytes.byteOffset).getUint32(5, true)),
  );
  const packing = directory.varint();
  return packing === 0 ? bytes.length : bytes.length - directory.remaining + Math.floor(packing / 2);
}

test("the chosen form makes the smallest file of all that can be asked for, its directory counted before it is packed", () => {
  const few = fc.constantFrom(0, 0, 0, 0, 0, 0.5, -0.25, 3, 1e-3);
  const tensors = shapes()
    .filter((shape) => !shape.includes(0))
    .chain((shape) => {
      const count = shape.reduce((a, b) => a * b, 1);
      return fc
        .array(few, { minLength: count, maxLength: count })
        .map((values) => floatTensor("w", shape, Float32Array.from(values)));
    });
  fc.assert(
    fc.property(tensors, (tensor) => {
      const network = { graph: undefined, tensors: [tensor] };
      const sizeOf = (plan: TensorPlan) => sizeBeforePacking(compress(network, { default: plan }).bytes);
      const sizes = (["raw", "dense", "gaps", "bitmask"] as const).map((form) => sizeOf({ form }));
      expect(sizeOf({})).toBe(Math.min(...sizes));
    }),
    { numRuns },
  );
});

test("the ledger that compress gives is the file's own, row by row, but for what a file does not say", async () => {
  const told = ({ rows, ...ledger }: Ledger) => ({
    ...ledger,
    rows: rows.map(({ declined: _, reason: __, error: ___, ...row }) => row),
  });
  await fc.assert(
    fc.asyncProperty(networks(), fc.oneof(plans(), ratePlans()), async (network, plan) => {
      const { bytes, ledger } = compress(network, plan);
      const read = await (await open(bytesSource(bytes))).ledger();
      expect(read).toEqual(told(ledger));
      expect(told(read)).toEqual(read);
    }),
    { numRuns: 3 * numRuns },
  );
});

test("tensors of 257 values have codes of two bytes", async () => {
  const values = Array.from({ length: 2000 }, (_, i) => (i * i) % 257);
  const network = { graph: undefined, tensors: [floatTensor("w", [2000], Float32Array.from(values))] };
  const { bytes } = compress(network, { default: { form: "gaps" } });
  expect(sectionKind(inspectContainer(bytes).tensors[0].sections[0].kind)?.form).toBe("gaps");
  expect([...dequantizeWeight(await storedIn(bytes))]).toEqual(values);
});

test("a large matrix of unlike rows and columns is stored with density classes, in fewer bytes, and comes back", async () => {
  const [rows, columns] = [600, 1200];
  const random = seededRandom(3);
  const steps = (line: number) => [0.1, 0.5, 1, 2.4][(7 * line) % 4];
  const values = Float32Array.from({ length: rows * columns }, (_, i) => {
    const density = 0.12 * steps(Math.floor(i / columns)) * steps(i % columns);
    return random() < density ? [1, -1, 0.5][Math.floor(3 * random())] : 0;
  });
  const network = { graph: undefined, tensors: [floatTensor("w", [rows, columns], values)] };
  for (const form of ["gaps", "bitmask"] as const) {
    const plain = compress(network, { default: { form, lineMaps: "never" } }).bytes;
    const { bytes } = compress(network, { default: { form } });
    expect(bytes.length).toBeLessThan(0.95 * plain.length);
    expect(await storedIn(bytes)).toMatchObject({ form, layout: { rowClasses: expect.any(Uint8Array) } });
    const [back] = (await decompressed(bytes)).tensors; // toEqual takes seconds for so many elements
    expect(Buffer.compare(back.bytes, network.tensors[0].bytes)).toBe(0);
  }
});

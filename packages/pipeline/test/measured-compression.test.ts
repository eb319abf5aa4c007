// The default plan, and what is made of it where outputs are off.

import { bytesSource } from "@deep-compression/bits";
import { openModel, writeOnnx } from "@deep-compression/model-io";
import { floatTensor, floatValues, type Graph, type Network } from "@deep-compression/network";
import {
  compressMeasured,
  compressModel,
  defaultPlan,
  type Measured,
  type Meter,
  measureCompressed,
  open,
} from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const SIZE = 48;

function network(): Network {
  const random = seededRandom(1);
  const value = (name: string) => ({ name, type: "float32", shape: ["N", SIZE] }) as const;
  const graph: Graph = {
    opset: 13,
    inputs: [value("x")],
    outputs: [value("y")],
    nodes: [{ op: "MatMul", inputs: ["x", "w"], outputs: ["y"], attributes: {} }],
  };
  return {
    graph,
    tensors: [
      floatTensor(
        "w",
        [SIZE, SIZE],
        Float32Array.from({ length: SIZE ** 2 }, () => random() - 0.5),
      ),
    ],
  };
}

const bytes = writeOnnx(network());
const model = () => openModel(bytesSource(bytes), { name: "model.onnx" });
const weightsOf = ({ tensors }: Network) => floatValues(tensors[0]!);

/** The relative error of the one weight. */
function weightError(coded: Network): number {
  const [dense, other] = [weightsOf(network()), weightsOf(coded)];
  let [error, squares] = [0, 0];
  for (const [i, x] of dense.entries()) {
    error += (x - other[i]!) ** 2;
    squares += x * x;
  }
  return Math.sqrt(error / squares);
}

/** Tells of a network what `measure` makes of its weight's error, and notes those errors. */
function meterOf(measure: (error: number) => number | Measured): Meter & { readonly errors: number[] } {
  const errors: number[] = [];
  return {
    errors,
    async measure(coded) {
      errors.push(weightError(coded));
      const found = measure(errors.at(-1)!);
      return typeof found === "number" ? { error: found, output: "y" } : found;
    },
  };
}

const byDefault = async () => {
  const opened = await model();
  return (await compressModel(opened, defaultPlan(opened.network))).bytes;
};

describe("compressMeasured", () => {
  it("leaves the default as it is where outputs are close, and says how close", async () => {
    const found = await compressMeasured(await model(), { meter: meterOf(() => 0.049) });
    expect(found.bytes).toEqual(await byDefault());
    expect(found.measured).toEqual({ error: 0.049, output: "y" });
    expect(found).not.toHaveProperty("tightened");
  });

  it("codes with less error until outputs are close, from where a linear network would be", async () => {
    const meter = meterOf((error) => Math.min(1, 100 * error));
    const found = await compressMeasured(await model(), { meter });
    const [first, second, ...more] = meter.errors;
    expect(more).toEqual([]);
    expect(100 * first!).toBeGreaterThan(0.05);
    expect(100 * second!).toBeLessThanOrEqual(0.05);
    expect(found.tightened).toMatchObject({ defaultError: 100 * first! });
    expect(Math.log2(found.tightened!.errorFactor) % 2).toBe(-0);
    expect(second! / first!).toBeLessThanOrEqual(Math.sqrt(found.tightened!.errorFactor) * 1.1);
    expect(found.bytes.length).toBeGreaterThan((await byDefault()).length);
    expect(await measureCompressed(found, meter)).toEqual(found.measured);
  });

  it("tries no more often than it says, whatever is found, and ends without loss if nothing else does", async () => {
    const meter = meterOf(() => 0.06);
    const found = await compressMeasured(await model(), { meter });
    expect(meter.errors.length).toBeGreaterThan(2);
    expect(meter.errors.length).toBeLessThanOrEqual(6);
    for (const [i, error] of meter.errors.entries()) if (i > 0) expect(error).toBeLessThan(meter.errors[i - 1]!);
    expect(found.tightened).toEqual({ defaultError: 0.06, errorFactor: 0 });
    expect(found.measured).toEqual({ whyNot: "nothing was lost" });
    const restored = await (await open(bytesSource(found.bytes))).network();
    expect(weightsOf(restored)).toEqual(weightsOf(network()));
    const worse = meterOf(() => Number.POSITIVE_INFINITY);
    expect((await compressMeasured(await model(), { meter: worse })).tightened?.errorFactor).toBe(0);
    expect(worse.errors.length).toBeLessThanOrEqual(3);
  });

  it("takes what is not measured as it is, and asks a meter nothing that says so beforehand", async () => {
    const found = await compressMeasured(await model(), { meter: meterOf(() => ({ whyNot: "it is late" })) });
    expect(found).toMatchObject({ bytes: await byDefault(), measured: { whyNot: "it is late" } });
    const closed: Meter = { whyNot: "closed", measure: () => expect.fail() };
    const other = await compressMeasured(await model(), { meter: closed });
    expect(other).toMatchObject({ bytes: await byDefault(), measured: { whyNot: "closed" } });
  });

  it("gives the same bytes for the same measurements, and none that are off by more than is allowed", async () => {
    const steepness = fc.record({
      scale: fc.double({ min: 1, max: 1e4, noNaN: true }),
      floor: fc.double({ min: 0, max: 0.1, noNaN: true }),
    });
    await fc.assert(
      fc.asyncProperty(steepness, async ({ scale, floor }) => {
        const made = async () => compressMeasured(await model(), { meter: meterOf((error) => scale * error + floor) });
        const [one, other] = [await made(), await made()];
        expect(other.bytes).toEqual(one.bytes);
        if ("error" in one.measured) expect(one.measured.error).toBeLessThanOrEqual(0.05);
        else expect(one.tightened?.errorFactor).toBe(0);
      }),
      { numRuns: 5 },
    );
  });
});

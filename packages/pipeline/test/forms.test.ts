import { exactCodebook } from "@deep-compression/codebook";
import { bytesSource, inspectContainer } from "@deep-compression/container";
import { floatTensor } from "@deep-compression/network";
import { compress, type Form, openWeights, type StoredWeight } from "@deep-compression/pipeline";
import { shapes } from "@deep-compression/pipeline/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";
import { gapCounts, summarizeGaps } from "../../sparse/src/gap-counts";
import { buildForm, formCandidates } from "../../tensor-codec/src/cheapest-form";
import type { CodedTensor } from "../../tensor-codec/src/coded-tensor";
import { decodeLineMaps, encodeLineMaps } from "../../tensor-codec/src/line-maps";
import { splitSection } from "../../tensor-codec/src/section-parts";
import { expandCoded, expandWeight } from "../../tensor-codec/src/stored-weight";
import { decodeWeight, encodeWeight } from "../../tensor-codec/src/weight-section";

const numRuns = 30 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

const options = { form: "auto", gapBits: "auto", compactLines: "auto", order: "auto", precision: "float32" } as const;

/** Tensors of few values, most of them 0, with rows and columns of zeros. */
const codedTensors: fc.Arbitrary<CodedTensor> = shapes()
  .filter((shape) => !shape.includes(0))
  .chain((shape) => {
    const count = shape.reduce((a, b) => a * b, 1);
    const value = fc.constantFrom(0, 0, 0, 0, 0, 0.5, -0.25, 3, 1e-3);
    return fc.array(value, { minLength: count, maxLength: count }).map((values) => {
      const { codes, centroids } = exactCodebook(Float32Array.from(values)) ?? {
        codes: new Uint8Array(0),
        centroids: new Float32Array(0),
      };
      return { shape, codes, centroids };
    });
  });

/** Run lengths may take fewer bytes than their counts tell, or a few more. */
function expectAbout(bytes: number, estimate: number): void {
  expect(bytes).toBeLessThanOrEqual(1.1 * estimate + 8);
  expect(bytes).toBeGreaterThanOrEqual(0.7 * estimate - 8);
}

test("every candidate costs about what was counted, decodes to the tensor, whole or in shares, and is encoded again to the same bytes", () => {
  fc.assert(
    fc.property(codedTensors, fc.double({ min: 0, max: 1, noNaN: true }), (tensor, cut) => {
      const values = tensor.codes.length > 0 ? Array.from(tensor.codes, (code) => tensor.centroids[code]) : [];
      for (const candidate of formCandidates(tensor, options)) {
        const stored = buildForm(tensor, candidate);
        const bytes = encodeWeight(stored, "float32");
        expectAbout(bytes.length, candidate.bytes);
        const back = decodeWeight(splitSection({ form: candidate.form, bytes, shape: tensor.shape, baseOffset: 0 }));
        expect(back).toEqual(stored);
        expect([...expandWeight(back)]).toEqual(values);
        const into = new Float32Array(values.length);
        expandCoded(back, { into, from: cut, to: 1 });
        expandCoded(back, { into, from: 0, to: cut });
        expect([...into]).toEqual(values);
        expect(encodeWeight(back, "float32")).toEqual(bytes);
      }
    }),
    { numRuns },
  );
});

test("the chosen form is the smallest of all that can be asked for", () => {
  fc.assert(
    fc.property(codedTensors, ({ shape, codes, centroids }) => {
      const network = {
        graph: undefined,
        tensors: [
          floatTensor(
            "w",
            shape,
            Float32Array.from(codes, (code) => centroids[code]),
          ),
        ],
      };
      const sizes = (["raw", "dense", "gaps", "bitmask"] as const).map(
        (form) => compress(network, { default: { form } }).bytes.length,
      );
      expect(compress(network, { default: {} }).bytes.length).toBe(Math.min(...sizes));
    }),
    { numRuns },
  );
});

async function storedAs(form: Form, values: number[], shape: number[]): Promise<StoredWeight> {
  const network = { graph: undefined, tensors: [floatTensor("w", shape, Float32Array.from(values))] };
  const { bytes } = compress(network, { default: { form, gapBits: 2, compactLines: "never" } });
  return (await openWeights(bytesSource(bytes))).weights.weight("w").stored;
}

test("a gap above the width is cut by fillers whose code is that of zero", async () => {
  const stored = await storedAs("gaps", [0, 0, 0, 0, 0, 0, 2, -1], [8]);
  expect(stored).toMatchObject({
    form: "gaps",
    gaps: { length: 8, gapBits: 2, gaps: Uint8Array.of(3, 2, 0), values: Uint8Array.of(1, 2, 0) },
    centroids: Float32Array.of(-1, 0, 2),
  });
});

test("the bitmask and the dense form hold one code a set bit, and one an element", async () => {
  const values = [0, 2, 0, 0, -1, 2, 0, 0, 0];
  expect(await storedAs("bitmask", values, [9])).toMatchObject({
    mask: { length: 9, mask: Uint8Array.of(0b110010, 0), values: Uint8Array.of(1, 0, 1) },
    centroids: Float32Array.of(-1, 2),
  });
  expect(await storedAs("dense", values, [9])).toMatchObject({
    codes: Uint8Array.of(1, 2, 1, 1, 0, 2, 1, 1, 1),
    centroids: Float32Array.of(-1, 0, 2),
  });
});

test("a filter is walked as a matrix of one row an output channel, a vector and a scalar as one row", async () => {
  const ones = new Array(2 * 3 * 2 * 2).fill(0).map((_, i) => (i === 5 ? 1 : 0));
  expect(await storedAs("gaps", ones, [2, 3, 2, 2])).toMatchObject({ layout: { rows: 2, columns: 12 } });
  expect(await storedAs("gaps", [0, 1], [2])).toMatchObject({ layout: { rows: 1, columns: 2 } });
  expect(await storedAs("gaps", [1], [])).toMatchObject({ layout: { rows: 1, columns: 1 } });
});

test("tensors of 257 values have codes of two bytes", async () => {
  const values = Array.from({ length: 2000 }, (_, i) => (i * i) % 257);
  const network = { graph: undefined, tensors: [floatTensor("w", [2000], Float32Array.from(values))] };
  const { bytes } = compress(network, { default: { form: "gaps" } });
  expect(inspectContainer(bytes).tensors[0].sections[0].kind).toBe(3);
  const { stored } = (await openWeights(bytesSource(bytes))).weights.weight("w");
  expect([...expandWeight(stored)]).toEqual(values);
});

test("one histogram of gaps gives those of every width, fillers included", () => {
  const positions = Uint32Array.of(0, 1, 5, 300, 301, 1400);
  const [summary] = summarizeGaps(positions);
  const { counts, fillers } = gapCounts(summary, 2);
  // Gaps less one: 0 0 3 294 0 1098; 294 = 73 * 4 + 2, 1098 = 274 * 4 + 2.
  expect(fillers).toBe(73 + 274);
  expect([...counts]).toEqual([3, 0, 2, 1 + 73 + 274]);
});

test("line maps are bits or runs, whichever is shorter, and end on a byte", () => {
  const map = (lines: number, from: number, to: number) => new Uint8Array(lines).fill(1, from, to);
  expect([...encodeLineMaps({ rowClasses: Uint8Array.of(1, 0, 1) })]).toEqual([0b1010]);
  // Runs: a 1, the first line is dead, then 2 = 10 0, 27 = 11110 1011, 3 = 10 1, bits of the rest LSB first.
  const runs = encodeLineMaps({ columnClasses: map(32, 2, 29) });
  expect(runs.length).toBe(3);
  expect(decodeLineMaps(runs, { rows: undefined, columns: 32, coding: "live", baseOffset: 0 })).toEqual({
    maps: { columnClasses: map(32, 2, 29) },
    length: 3,
  });
});

test("line maps of any lines come back, with bytes behind them or not", () => {
  const maps = fc
    .array(fc.constantFrom(0, 0, 1), { minLength: 1, maxLength: 80 })
    .map((bits) => Uint8Array.from([...bits, 0]));
  fc.assert(
    fc.property(maps, maps, fc.uint8Array({ maxLength: 3 }), (rowClasses, columnClasses, tail) => {
      const bytes = encodeLineMaps({ rowClasses, columnClasses });
      const options = {
        rows: rowClasses.length,
        columns: columnClasses.length,
        coding: "live" as const,
        baseOffset: 0,
      };
      const decoded = decodeLineMaps(Uint8Array.from([...bytes, ...tail]), options);
      expect(decoded).toEqual({ maps: { rowClasses, columnClasses }, length: bytes.length });
    }),
    { numRuns },
  );
});

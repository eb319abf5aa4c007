import { applyMask, inputRmsScores, keepMask, keepMasks, magnitudeScores } from "@deep-compression/sparse";
import { masks, scores, sparsities, weights } from "@deep-compression/sparse/arbitraries";
import * as fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 150 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** The indices of the kept scores by a stable full sort: the slow and obvious way. */
function sortedMask(list: Float32Array, kept: number): Uint8Array {
  const order = Array.from(list.keys()).sort((a, b) => (list[a] === list[b] ? a - b : list[a] > list[b] ? -1 : 1));
  const mask = new Uint8Array(list.length);
  for (const i of order.slice(0, kept)) mask[i] = 1;
  return mask;
}

test("ties go to the lower index", () => {
  expect(keepMask(Float32Array.of(1, 2, 2, 2, 0), { sparsity: 0.6 })).toEqual(Uint8Array.of(0, 1, 1, 0, 0));
});

test("all zeros are pruned in exact number too", () => {
  expect(keepMask(Float32Array.of(0, -0, 0, -0), { sparsity: 0.5 })).toEqual(Uint8Array.of(1, 1, 0, 0));
});

test("one threshold over several tensors keeps where the scores are", () => {
  const kept = keepMasks([Float32Array.of(1, 5, 1), Float32Array.of(6, 7, 1)], { sparsity: 0.5 });
  expect(kept).toEqual([Uint8Array.of(0, 1, 0), Uint8Array.of(1, 1, 0)]);
});

test("the mask is the one a stable full sort finds, exact in count", () => {
  fc.assert(
    fc.property(scores(), sparsities(), (list, sparsity) => {
      const kept = list.length - Math.round(sparsity * list.length);
      expect(keepMask(list, { sparsity })).toEqual(sortedMask(list, kept));
    }),
    { numRuns },
  );
});

test("masks of several tensors are the mask of all of them end to end", () => {
  fc.assert(
    fc.property(fc.array(scores({ maxLength: 40 }), { maxLength: 5 }), sparsities(), (tensors, sparsity) => {
      const together = Float32Array.from(tensors.flatMap((tensor) => Array.from(tensor)));
      const separate = keepMasks(tensors, { sparsity }).flatMap((mask) => Array.from(mask));
      expect(separate).toEqual(Array.from(keepMask(together, { sparsity })));
    }),
    { numRuns },
  );
});

test("a negative or NaN score is a RangeError that names tensor and index", () => {
  expect(() => keepMask(Float32Array.of(0, -1), { sparsity: 0.5 })).toThrow(/^scores\[1\].*-1/);
  const second = [Float32Array.of(1), Float32Array.of(1, Number.NaN)];
  expect(() => keepMasks(second, { sparsity: 0.5 })).toThrow(/^scores\[1\]\[1\].*NaN/);
});

test("a masked weight becomes +0, a kept one stays bit for bit", () => {
  fc.assert(
    fc.property(
      weights({ domain: "all" }).chain((list) =>
        fc.tuple(fc.constant(list), masks({ minLength: list.length, maxLength: list.length })),
      ),
      ([list, mask]) => {
        const kept = applyMask(list, mask);
        for (let i = 0; i < list.length; i++) expect(kept[i]).toBe(mask[i] === 1 ? list[i] : 0);
      },
    ),
    { numRuns },
  );
  expect(() => applyMask(new Float32Array(2), Uint8Array.of(1))).toThrow(/^mask/);
  expect(() => applyMask(new Float32Array(2), Uint8Array.of(1, 2))).toThrow(/^mask\[1\]/);
});

test("magnitude scores are magnitudes times the multiplier", () => {
  expect(magnitudeScores(Float32Array.of(-2, 0.5, -0))).toEqual(Float32Array.of(2, 0.5, 0));
  expect(magnitudeScores(Float32Array.of(-2, 0.5), { multiplier: 12 })).toEqual(Float32Array.of(24, 6));
  expect(() => magnitudeScores(Float32Array.of(Number.NaN))).toThrow(/^weights\[0\]/);
  expect(() => magnitudeScores(Float32Array.of(1), { multiplier: 0 })).toThrow(/^multiplier/);
});

test("input-rms scores weigh each column by its input", () => {
  const list = Float32Array.of(1, -2, 3, -4, 5, -6);
  const inputRms = Float32Array.of(0.5, 0, 2);
  expect(inputRmsScores(list, { inputRms })).toEqual(Float32Array.of(0.5, 0, 6, 2, 0, 12));
  expect(inputRmsScores(list, { inputRms, multiplier: 4 })).toEqual(Float32Array.of(2, 0, 24, 8, 0, 48));
});

test("input-rms scores of a convolution take one rms a channel", () => {
  // [O, I, kh, kw] = [1, 2, 1, 3].
  const scored = inputRmsScores(Float32Array.of(1, 1, 1, 1, 1, 1), {
    inputRms: Float32Array.of(2, 3),
    columnsPerInput: 3,
  });
  expect(scored).toEqual(Float32Array.of(2, 2, 2, 3, 3, 3));
});

test("input-rms scores name what is wrong", () => {
  const inputRms = Float32Array.of(1, 1);
  expect(() => inputRmsScores(new Float32Array(3), { inputRms })).toThrow(/^weights: expected whole rows of 2/);
  expect(() => inputRmsScores(new Float32Array(3), { inputRms: new Float32Array(0) })).toThrow(RangeError);
  expect(() => inputRmsScores(Float32Array.of(1, Number.POSITIVE_INFINITY), { inputRms })).toThrow(/^weights\[1\]/);
  expect(() => inputRmsScores(new Float32Array(2), { inputRms: Float32Array.of(1, -1) })).toThrow(/^inputRms\[1\]/);
});

test("of many scores in several tensors the mask is exact in count, ties to the earlier", () => {
  const scoresOf = (length: number, shift: number) =>
    Float32Array.from({ length }, (_, i) => Math.floor(((i + shift) * 7919) % 1000));
  const tensors = [scoresOf(300_000, 1), new Float32Array(0), scoresOf(260_000, 5), scoresOf(7, 3)];
  const masks = keepMasks(tensors, { sparsity: 0.7 });
  const all = tensors.flatMap((tensor) => Array.from(tensor));
  const kept = all.length - Math.round(0.7 * all.length);
  expect(masks.flatMap((mask) => Array.from(mask))).toEqual(Array.from(sortedMask(Float32Array.from(all), kept)));
});

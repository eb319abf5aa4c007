import { type Codec, chain, FormatError } from "@deep-compression/bits";
import { bytesSource } from "@deep-compression/container";
import { compress, decompress } from "@deep-compression/pipeline";
import { losslessPlans, mutatedDczFiles, networks } from "@deep-compression/pipeline/arbitraries";
import { type GapVector, relativeIndex } from "@deep-compression/sparse";
import { sparseVectors } from "@deep-compression/sparse/arbitraries";
import fc from "fast-check";
import { expect, test } from "vitest";

// A codec of your own; this one turns the entries round.
const reversed: Codec<GapVector, GapVector> = {
  name: "reversed",
  encode: ({ gaps, values, ...rest }) => ({ ...rest, gaps: gaps.slice().reverse(), values: values.slice().reverse() }),
  decode: ({ gaps, values, ...rest }) => ({ ...rest, gaps: gaps.slice().reverse(), values: values.slice().reverse() }),
};

test("your codec, behind one of ours", () => {
  const codec = chain(relativeIndex({ gapBits: 3 }), reversed);
  fc.assert(
    fc.property(sparseVectors(), (vector) => {
      expect(codec.decode(codec.encode(vector))).toEqual(vector);
    }),
  );
});

test("your pipeline around ours: any network, under any plan without loss", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), losslessPlans(), async (network, plan) => {
      const back = await decompress(bytesSource(compress(network, plan).bytes));
      expect(back).toEqual(network);
    }),
  );
});

// Your reader of .dcz files; `decompress` stands in for it here.
const yours = (bytes: Uint8Array) => decompress(bytesSource(bytes));

test("your implementation of the format: it reads what ours reads, and refuses what ours refuses", async () => {
  await fc.assert(
    fc.asyncProperty(mutatedDczFiles(), async ({ original, mutated }) => {
      expect(await yours(original)).toEqual(await decompress(bytesSource(original)));
      const ours = await decompress(bytesSource(mutated)).catch((error: unknown) => error);
      const other = await yours(mutated).catch((error: unknown) => error);
      if (ours instanceof FormatError) expect(other).toBeInstanceOf(FormatError);
      else expect(other).toEqual(ours);
    }),
  );
});

import { bytesSource, type Codec, chain, FormatError } from "@deep-compression/bits";
import { compress, open } from "@deep-compression/pipeline";
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

/** The network that a file of ours holds. */
async function ours(bytes: Uint8Array) {
  return (await open(bytesSource(bytes))).network();
}

test("your pipeline around ours: any network, under any plan without loss", async () => {
  await fc.assert(
    fc.asyncProperty(networks(), losslessPlans(), async (network, plan) => {
      const back = await ours(compress(network, plan).bytes);
      expect(back).toEqual(network);
    }),
  );
});

// Your reader of .dcz files; ours stands in for it here.
const yours = ours;

test("your implementation of the format: it reads what ours reads, and refuses what ours refuses", async () => {
  await fc.assert(
    fc.asyncProperty(mutatedDczFiles(), async ({ original, mutated }) => {
      expect(await yours(original)).toEqual(await ours(original));
      const expected = await ours(mutated).catch((error: unknown) => error);
      const found = await yours(mutated).catch((error: unknown) => error);
      if (expected instanceof FormatError) expect(found).toBeInstanceOf(FormatError);
      else expect(found).toEqual(expected);
    }),
  );
});

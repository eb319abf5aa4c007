// Codecs put together at random, and values for them.
import {
  type Codec,
  chain,
  constant,
  FormatError,
  float16s,
  float32s,
  packedCodes,
  record,
  varint,
} from "@deep-compression/bits";
import fc from "fast-check";
import { expect, test } from "vitest";

const numRuns = 200 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** A codec and a value that it encodes. */
interface Sample {
  readonly codec: Codec<unknown, Uint8Array>;
  readonly value: unknown;
}

const reversed: Codec<Uint8Array, Uint8Array> = {
  name: "reversed",
  encode: (bytes) => bytes.slice().reverse(),
  decode: (bytes) => bytes.slice().reverse(),
};
/** Each byte behind the number of bytes before it: a stage that refuses most bytes. */
const numbered: Codec<Uint8Array, Uint8Array> = {
  name: "numbered",
  encode: (bytes) => Uint8Array.from({ length: 2 * bytes.length }, (_, i) => (i % 2 ? bytes[i >> 1] : i >> 1)),
  decode(bytes) {
    const wrong = bytes.findIndex((byte, i) => i % 2 === 0 && byte !== ((i >> 1) & 0xff));
    if (bytes.length % 2 === 1) throw new FormatError("truncated", "half a pair", { offset: bytes.length });
    if (wrong >= 0) throw new FormatError("out-of-range", "wrong number", { offset: wrong });
    return bytes.filter((_, i) => i % 2 === 1);
  },
};

function sampleOf<T>(codec: Codec<T, Uint8Array>, values: fc.Arbitrary<T>): fc.Arbitrary<Sample> {
  return values.map((value) => ({ codec, value }));
}

const leaves = fc.oneof(
  sampleOf(varint(), fc.maxSafeNat()),
  sampleOf(constant("x"), fc.constant("x")),
  sampleOf(float32s(), fc.float32Array({ maxLength: 6 })),
  sampleOf(
    float16s(),
    fc.array(fc.integer({ min: -99, max: 99 })).map((list) => Float32Array.from(list)),
  ),
  sampleOf(packedCodes({ width: 5 }), fc.uint8Array({ max: 31, maxLength: 9 })),
  sampleOf(packedCodes({ width: 12 }), fc.uint16Array({ max: 4095, maxLength: 9 })),
);

const { samples } = fc.letrec<{ samples: Sample; records: Sample; chains: Sample }>((tie) => ({
  samples: fc.oneof({ depthSize: "small" }, leaves, tie("records"), tie("chains")),
  records: fc.dictionary(fc.string({ maxLength: 3 }), tie("samples"), { minKeys: 1, maxKeys: 4 }).map((members) => {
    const entries = Object.entries(members);
    return {
      codec: record(Object.fromEntries(entries.map(([key, { codec }]) => [key, codec]))),
      value: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
    };
  }),
  chains: fc.tuple(tie("samples"), fc.constantFrom(reversed, numbered)).map(([{ codec, value }, stage]) => {
    return { codec: chain(codec, stage, reversed), value };
  }),
}));

const changes = fc.record({
  at: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  kind: fc.constantFrom("flip", "cut", "insert"),
  byte: fc.integer({ min: 1, max: 255 }),
});

test("a codec made of any others gives back what it encoded", () => {
  fc.assert(
    fc.property(samples, ({ codec, value }) => {
      expect(codec.decode(codec.encode(value))).toEqual(value);
    }),
    { numRuns },
  );
});

test("it refuses mutated bytes with a FormatError whose offset lies within them, or they are the one encoding of a value", () => {
  fc.assert(
    fc.property(samples, changes, ({ codec, value }, { at, kind, byte }) => {
      const bytes = [...codec.encode(value)];
      const place = Math.floor(at * bytes.length);
      if (kind === "flip" && bytes.length > 0) bytes[place] ^= byte;
      else if (kind === "cut") bytes.splice(place);
      else bytes.splice(place, 0, byte);
      const mutated = Uint8Array.from(bytes);
      let decoded: unknown;
      try {
        decoded = codec.decode(mutated);
      } catch (error) {
        if (!(error instanceof FormatError)) throw error;
        expect(error.offset ?? 0).toBeLessThanOrEqual(mutated.length);
        return;
      }
      expect(codec.encode(decoded)).toEqual(mutated);
    }),
    { numRuns: 5 * numRuns },
  );
});

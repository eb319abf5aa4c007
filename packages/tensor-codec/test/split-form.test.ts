import { FormatError, toFloat16 } from "@deep-compression/bits";
import { codeLengthTable } from "@deep-compression/huffman";
import { mutated } from "@deep-compression/huffman/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import { decodeRaw, encodeRaw } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { encodePlane } from "../src/coded-plane";
import { decodeSplit, encodeSplit, planSplit } from "../src/split-form";
import { joinPlanes, planeCounts, splitPlane } from "../src/split-planes";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Elements, and planes of which one at least is stored. */
const splits = fc
  .record({
    size: fc.constantFrom(2, 4, 8, 16),
    count: fc.integer({ min: 1, max: 60 }),
    isRotated: fc.boolean(),
    coded: fc.array(fc.boolean(), { minLength: 16, maxLength: 16 }),
    stored: fc.nat({ max: 15 }),
    kinds: fc.array(fc.uint8Array({ minLength: 16, maxLength: 16 }), { minLength: 1, maxLength: 3 }),
  })
  .map(({ size, count, isRotated, coded, stored, kinds }) => ({
    count,
    plan: {
      size,
      isRotated,
      isCoded: coded.slice(0, size).map((one, plane) => one && plane !== stored % size),
      bytes: 0,
    },
    elements: Uint8Array.from({ length: size * count }, (_, i) => kinds[(i >> 4) % kinds.length][i % 16]),
  }));

function codeOf(run: () => unknown): string {
  try {
    run();
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error);
  }
}

test("elements come back from their planes, in order or rotated, whichever planes are coded", () => {
  fc.assert(
    fc.property(splits, ({ plan, elements, count }) => {
      const section = encodeSplit(elements, plan);
      expect(section.length).toBeGreaterThan(count);
      expect(decodeSplit(section, { size: plan.size, count })).toEqual(elements);
    }),
    { numRuns },
  );
});

test("the example of the format takes the bytes that it tells", () => {
  const elements = new Uint8Array(Uint16Array.of(0x3f80, 0xbf80, 0x3fc0, 0x3f00, 0xbfa0, 0x3f80).buffer);
  const section = Uint8Array.from(Buffer.from("010500f7cfbf013700804000a000", "hex"));
  expect(encodeSplit(elements, { size: 2, isRotated: true, isCoded: [true, false], bytes: 0 })).toEqual(section);
  expect(decodeSplit(section, { size: 2, count: 6 })).toEqual(elements);
});

test("rotated, the eight bits below the sign are the first plane, and the sign leads the second", () => {
  const elements = new Uint8Array(Float32Array.of(1, -1.5, -Infinity, 2 ** -149).buffer);
  const planes = (isRotated: boolean) =>
    [0, 1, 2, 3].map((plane) => [...splitPlane(elements, plane, { size: 4, isRotated })]);
  expect(planes(true)).toEqual([
    [127, 127, 255, 0],
    [0, 0xc0, 0x80, 0],
    [0, 0, 0, 0],
    [0, 0, 0, 1],
  ]);
  expect(planes(false).slice(0, 2)).toEqual([
    [0x3f, 0xbf, 0xff, 0],
    [0x80, 0xc0, 0x80, 0],
  ]);
});

test("counts of planes are those of their bytes", () => {
  fc.assert(
    fc.property(splits, ({ plan: { size }, elements }) => {
      const { inOrder, rotated } = planeCounts(elements, size);
      for (const [isRotated, counts] of [[false, inOrder] as const, [true, rotated] as const]) {
        expect(counts).toHaveLength(size);
        for (let plane = 0; plane < size; plane++) {
          const own = new Uint32Array(256);
          for (const byte of splitPlane(elements, plane, { size, isRotated })) own[byte]++;
          expect(counts[plane]).toEqual(own);
        }
      }
    }),
    { numRuns },
  );
});

test("planes of all 16 topmost bits are put together again, the first one at the end of the elements", () => {
  for (const size of [2, 4, 8]) {
    const count = 2 ** 16;
    const elements = new Uint8Array(size * count);
    for (let i = 0, end = size - 1; i < count; i++, end += size) {
      elements.set([i & 0xff, i >>> 8], end - 1);
      elements[end - (size - 1)] ^= Math.imul(i, 0x9e3779b1) >>> 24;
    }
    for (const isRotated of [true, false]) {
      const order = { size, isRotated };
      const planes = Array.from({ length: size }, (_, plane) => splitPlane(elements, plane, order));
      const joined = new Uint8Array(elements.length);
      joined.set(planes[0], joined.length - count);
      joinPlanes([joined.subarray(joined.length - count), ...planes.slice(1)], joined, order);
      expect(Buffer.compare(joined, elements)).toBe(0);
    }
  }
});

/** Normally distributed numbers, as weights are. */
function gaussian(length: number): Float32Array {
  const random = seededRandom(4);
  return Float32Array.from({ length }, () => {
    return 0.05 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  });
}

const TYPES = [
  { type: "float32", size: 4, most: 0.837, of: (values: Float32Array) => values },
  { type: "float16", size: 2, most: 0.86, of: (values: Float32Array) => Uint16Array.from(values, toFloat16) },
  {
    type: "bfloat16",
    size: 2,
    most: 0.675,
    of: (values: Float32Array) => Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16),
  },
] as const;

test("weights of float32, float16 and bfloat16 are split, exponents coded and mantissas stored, short or in chunks", () => {
  for (const { type, size, most, of } of TYPES) {
    for (const count of [20_000, 2 ** 17 + 3, 2 ** 20]) {
      const elements = new Uint8Array(of(gaussian(count)).buffer);
      const plan = planSplit(elements, size);
      expect(plan?.isCoded).toEqual([true, ...new Array(size - 1).fill(false)]);
      if (type !== "float16") expect(plan?.isRotated, type).toBe(true);
      const { form, bytes } = encodeRaw(elements, { bits: 8 * size });
      expect(bytes.length / plan!.bytes, `${count} of ${type}`).toBeCloseTo(1, 2);
      expect(form, `${count} of ${type}`).toBe("split");
      expect(bytes.length / elements.length, `${count} of ${type}`).toBeLessThan(most);
      const decoded = decodeRaw(bytes, { form, shape: [count], bits: 8 * size });
      expect(Buffer.compare(decoded, elements)).toBe(0);
    }
  }
});

test("a plan has a stream at least, and stores the plane that a stream saves least of", () => {
  fc.assert(
    fc.property(splits, ({ plan: { size }, elements }) => {
      const plan = planSplit(elements, size);
      if (plan === undefined) return;
      expect(plan.isCoded).toContain(true);
      expect(plan.isCoded).toContain(false);
    }),
    { numRuns },
  );
  expect(planSplit(new Uint8Array(4 * 100), 4)?.isCoded.filter((one) => one)).toHaveLength(3);
  const random = seededRandom(1);
  expect(
    planSplit(
      Uint8Array.from({ length: 4000 }, () => 256 * random()),
      4,
    ),
  ).toBeUndefined();
});

/** What came of decoding: the elements, or the error code. */
function outcomeOf(bytes: Uint8Array, options: Parameters<typeof decodeSplit>[1]): Uint8Array | string {
  try {
    return decodeSplit(bytes, options);
  } catch (error) {
    if (error instanceof FormatError) return error.code;
    throw error;
  }
}

test("mutated sections are refused with a FormatError, or stand for as many elements; by the kernel and its twin alike", () => {
  const cases = splits.chain(({ plan, elements, count }) =>
    mutated(fc.constant(encodeSplit(elements, plan))).map((bytes) => ({ bytes, size: plan.size, count })),
  );
  fc.assert(
    fc.property(cases, ({ bytes, ...size }) => {
      const outcome = outcomeOf(bytes, size);
      expect(outcomeOf(bytes, { ...size, kernels: "plain" })).toEqual(outcome);
      if (typeof outcome !== "string") expect(outcome).toHaveLength(size.size * size.count);
    }),
    { numRuns: 10 * numRuns },
  );
});

/** Bytes of which `distinct` occur, the rarer the higher; few prevail. */
function skewed(length: number, distinct: number): Uint8Array {
  const random = seededRandom(length + distinct);
  return Uint8Array.from({ length }, () => Math.floor(distinct * random() ** 4));
}

test("planes of one substream, of four, and of several chunks come back, by the kernel and its twin alike", () => {
  for (const count of [
    1, 2, 5, 1024, 1025, 1026, 1027, 32_767, 32_768, 32_770, 65_536, 65_537, 66_560, 66_561, 131_072,
  ]) {
    for (const [size, distinct] of [
      [2, 256],
      [4, 2],
      [4, 37],
      [8, 256],
      [16, 3],
    ] as const) {
      const elements = skewed(size * count, distinct);
      const isCoded = Array.from({ length: size }, (_, plane) => plane !== 1);
      const section = encodeSplit(elements, { size, isRotated: count % 2 === 1, isCoded, bytes: 0 });
      for (const kernels of ["wasm", "plain"] as const) {
        const decoded = decodeSplit(section, { size, count, kernels });
        expect(Buffer.compare(decoded, elements), `${count} of ${size} bytes, ${kernels}`).toBe(0);
      }
    }
  }
});

test("long sections that are mutated come to the same by the kernel and its twin", () => {
  const random = seededRandom(7);
  const below = (end: number) => Math.floor(end * random());
  for (const count of [1500, 32_768, 66_000, 68_000]) {
    const plan = { size: 2, isRotated: true, isCoded: [true, false], bytes: 0 };
    const section = encodeSplit(new Uint8Array(Uint16Array.from(skewed(count, 40), (high) => high << 7).buffer), plan);
    for (let run = 0; run < numRuns / 4; run++) {
      // Mostly the lengths, the table and the headers; of the code words any.
      const bytes = section.slice();
      bytes[run % 2 === 0 ? below(60) : below(bytes.length)] ^= 1 << below(8);
      const outcome = outcomeOf(bytes, { size: 2, count });
      const twin = outcomeOf(bytes, { size: 2, count, kernels: "plain" });
      if (typeof outcome === "string") expect(twin).toBe(outcome);
      else expect(Buffer.compare(twin as Uint8Array, outcome)).toBe(0);
    }
  }
});

test("a section cut at any byte is truncated", () => {
  const elements = new Uint8Array(gaussian(100).buffer);
  const section = encodeSplit(elements, { size: 4, isRotated: true, isCoded: [true, false, false, true], bytes: 0 });
  for (let length = 0; length < section.length; length++) {
    expect(codeOf(() => decodeSplit(section.subarray(0, length), { size: 4, count: 100 }))).toBe("truncated");
  }
});

test("what bytes cannot justify is refused, and what means nothing", () => {
  const code = (bytes: readonly number[], count: number, size = 2) =>
    codeOf(() => decodeSplit(Uint8Array.from(bytes), { size, count }));
  const constant = [0x02, 0x00]; // a coded plane of zeros, as many as one likes
  expect(code([0, 2, 0, ...constant, 1, 2, 3], 3)).toBe("decoded");
  expect(code([0, 2, 0, ...constant, 1, 2, 3], 4)).toBe("truncated");
  expect(code([0, 2, 0, ...constant, 1, 2, 3], 2 ** 31)).toBe("truncated");
  expect(code([0, 2, 0, ...constant, 1, 2, 3], 2)).toBe("trailing-data");
  expect(code([0, 2, 2, ...constant, ...constant], 2 ** 31)).toBe("out-of-range");
  expect(code([2, 2, 0, ...constant, 1, 2, 3], 3)).toBe("out-of-range");
  expect(code([0, 0, 0], 0)).toBe("out-of-range");
  expect(code([0, 1, 0, 0x07, 1], 1)).toBe("truncated"); // within the table
});

test("code words have at most 11 bits", () => {
  const lengths = (longest: number) => [...Array.from({ length: longest }, (_, i) => i + 1), longest];
  const sectionOf = (longest: number) => {
    const table = codeLengthTable({ alphabet: 256 }).encode(Uint8Array.from({ ...lengths(longest), length: 256 }));
    return Uint8Array.of(0, table.length + 1, 0, ...table, 0, 9); // the code word of symbol 0 is a bit 0
  };
  expect(decodeSplit(sectionOf(11), { size: 2, count: 1 })).toEqual(Uint8Array.of(9, 0));
  expect(outcomeOf(sectionOf(12), { size: 2, count: 1 })).toBe("limit-exceeded");
});

test("errors within a coded plane tell where in the section it is wrong", () => {
  // A plane of symbols 5 5 5 6, with a padding bit of 1 behind its code words; at offset 6 behind the flags, two lengths and a plane.
  const plane = encodePlane(Uint8Array.of(5, 5, 5, 6));
  const section = Uint8Array.of(0, 0, plane.length, 1, 2, 3, 4, ...plane);
  section[section.length - 1] |= 0x80;
  for (const kernels of ["wasm", "plain"] as const) {
    expect(() => decodeSplit(section, { size: 2, count: 4, kernels })).toThrowError(
      expect.objectContaining({ code: "not-canonical", offset: section.length - 1 }),
    );
  }
});

import { FormatError } from "@deep-compression/bits";
import { mutated } from "@deep-compression/huffman/arbitraries";
import {
  type CodedForm,
  type CodedSection,
  type CodedWeight,
  cheapestSection,
  checkEntries,
  decodeScaledSection,
  decodeSection,
  dequantizeWeight,
  encodeScales,
  encodeSection,
  greatestValues,
  isRawForm,
  kindNumber,
  SECTION_KINDS,
  sectionKind,
  sectionLedger,
  sharedElements,
} from "@deep-compression/tensor-codec";
import { scaledSections } from "@deep-compression/tensor-codec/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AUTO, samples } from "./weights";

const numRuns = 60 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function formOf(kind: number): CodedForm {
  const { form } = sectionKind(kind) ?? {};
  if (form === undefined || isRawForm(form)) throw new Error(`expected the kind of a coded form, got ${kind}`);
  return form;
}

const EXAMPLE: CodedWeight = {
  form: "dense",
  codes: Uint8Array.of(1, 0, 1, 1),
  centroids: Float32Array.of(-1, 1),
  scales: { rows: Float32Array.of(0.5, 3) },
};

describe("the example of docs/format.md", () => {
  const bytes = Uint8Array.from([1, 3, 0xe1, 8, 1, 2, 0, 0, 1, 5, 0, 0x3c, 0x0d, 0x35]);

  test("is encoded to its bytes, and these are decoded to it", () => {
    const section = encodeSection(EXAMPLE, { shape: [2, 2], precision: "float16" });
    expect(section.bytes).toEqual(bytes);
    expect(decodeScaledSection("dense", bytes, [2, 2])).toEqual(section);
    expect([...dequantizeWeight(section.stored)]).toEqual([0.5, -0.5, 3, 3]);
  });

  test("its ledger tells the bytes of scales apart", () => {
    const { bytes: parts, isScaled } = sectionLedger(decodeScaledSection("dense", bytes, [2, 2]));
    expect(isScaled).toBe(true);
    expect(parts).toMatchObject({ scales: 8, header: 1, codebook: 4 });
  });
});

test("only kinds of coded forms may be scaled, wrapped or not", () => {
  for (const form of ["dense", "gaps", "bitmask", "context"] as const) {
    expect(kindNumber({ form, isScaled: true })).toBe(32 + SECTION_KINDS[form]);
    expect(sectionKind(32 + SECTION_KINDS[form])).toEqual({ form, isScaled: true });
    expect(sectionKind(160 + SECTION_KINDS[form])).toEqual({ form, isScaled: true, isWrapped: true });
  }
  for (const kind of [32, 33, 37, 38, 39, 41, 42, 96, 98, 104, 160, 161, 165, 226])
    expect(sectionKind(kind)).toBeUndefined();
});

test("an element is rounded to float32 after the scales are multiplied, and once more after the centroid is", () => {
  const [row, column, centroid] = [1.0009765625, 1.0029296875, Math.fround(0.1)];
  const stored: CodedWeight = {
    form: "dense",
    codes: Uint8Array.of(0),
    centroids: Float32Array.of(centroid),
    scales: { rows: Float32Array.of(row), columns: Float32Array.of(column) },
  };
  expect([...dequantizeWeight(stored)]).toEqual([Math.fround(Math.fround(row * column) * centroid)]);
});

describe("bad scales", () => {
  const plain = encodeSection({ ...EXAMPLE, scales: undefined } as CodedWeight, {
    shape: [2, 2],
    precision: "float16",
  }).bytes;
  const decoded = (bytes: Iterable<number>, shape: readonly number[] = [2, 2]) => {
    try {
      return decodeScaledSection("dense", Uint8Array.from(bytes), shape);
    } catch (error) {
      if (error instanceof FormatError) return { code: error.code, offset: error.offset };
      throw error;
    }
  };

  test.each([
    ["zero", 0x00],
    ["negative", 0xb8],
    ["infinite", 0x7c],
    ["no number", 0x7e],
  ])("one that is %s is out of range", (_, high) => {
    // The high byte of both scales, in the mode constant; the low bytes are 0.
    const constant = [2, (high << 3) & 0xff, high >> 5];
    expect(decoded([1, ...constant, 2, 0, 0, ...plain])).toMatchObject({ code: "out-of-range" });
  });

  test("bytes that break off, anywhere, are refused with an offset within them", () => {
    const whole = [1, 3, 0xe1, 8, 1, 2, 0, 0, ...plain];
    for (let end = 0; end < whole.length; end++) {
      const { code, offset } = decoded(whole.slice(0, end)) as { code: string; offset: number };
      expect(["truncated", "not-canonical", "out-of-range"], `${end} bytes`).toContain(code);
      expect(offset).toBeLessThanOrEqual(end);
    }
  });

  test("a tensor of no elements, or lines that are not known, are out of range", () => {
    expect(decoded([1], [0, 2])).toEqual({ code: "out-of-range", offset: 0 });
    for (const lines of [0, 4, 7, 255]) expect(decoded([lines, 0])).toEqual({ code: "out-of-range", offset: 0 });
  });

  test("the greatest scales must leave every centroid finite", () => {
    const scales = { rows: Float32Array.of(1, 65504), columns: Float32Array.of(2) };
    expect(greatestValues({ scales, centroids: Float32Array.of(-1, 2) })).toEqual(Float32Array.of(-131008, 262016));
    expect(greatestValues({ scales, centroids: Float32Array.of(-3e33) })).toEqual(Float32Array.of(-Infinity));
    expect(greatestValues({ centroids: Float32Array.of(-3e33) })).toEqual(Float32Array.of(-3e33));
    const stored = { ...EXAMPLE, centroids: Float32Array.of(-1, 3e38) };
    const { bytes } = encodeSection(stored, { shape: [2, 2], precision: "float32" });
    expect(decoded(bytes)).toEqual({ code: "out-of-range", offset: 0 });
  });

  test("an offset counts from the start of the scaled section", () => {
    expect(decoded([1, 3, 0xe1, 8, 1, 2, 0, 0, ...plain, 0])).toMatchObject({ code: "trailing-data", offset: 14 });
  });

  test("an encoder refuses what is no finite float16 above 0", () => {
    for (const scale of [0, -1, 1 / 3, Number.POSITIVE_INFINITY, Number.NaN, 1e-9]) {
      expect(() => encodeScales({ rows: Float32Array.of(1, scale) })).toThrow(/^scales\.rows\[1\]: expected a finite/);
    }
  });
});

describe("of any scaled section", () => {
  const again = ({ stored, bytes, sizes }: CodedSection, shape: readonly number[]) =>
    encodeSection(stored, { shape, precision: bytes[sizes.scales ?? 0]! & 1 ? "float16" : "float32" });

  test("decoding mirrors encoding, its ledger sums to its length, slices are the whole", () => {
    fc.assert(
      fc.property(scaledSections(), fc.double({ min: 0, max: 1, noNaN: true }), ({ kind, shape, bytes }, cut) => {
        const section = decodeScaledSection(formOf(kind), bytes, shape);
        expect(again(section, shape)).toEqual(section);
        const parts = Object.values(sectionLedger(section).bytes);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(bytes.length);
        const whole = dequantizeWeight(section.stored);
        const into = new Float32Array(whole.length);
        dequantizeWeight(section.stored, { into, from: cut, to: 1 });
        dequantizeWeight(section.stored, { into, from: 0, to: cut });
        expect(into).toEqual(whole);
      }),
      { numRuns },
    );
  });

  test("its elements are those without scales, times the scales of their row and column", () => {
    fc.assert(
      fc.property(scaledSections(), ({ kind, shape, bytes }) => {
        const { stored, sizes } = decodeScaledSection(formOf(kind), bytes, shape);
        const plain = dequantizeWeight(decodeSection(formOf(kind), bytes.subarray(sizes.scales), shape).stored);
        const { rows, columns } = stored.scales ?? {};
        const width = shape[1] ?? 1;
        const expected = plain.map((value, i) =>
          Math.fround(Math.fround((rows?.[Math.floor(i / width)] ?? 1) * (columns?.[i % width] ?? 1)) * value),
        );
        expect(dequantizeWeight(stored)).toEqual(expected);
      }),
      { numRuns },
    );
  });

  test("mutated bytes end in FormatError, or are the one encoding of what they decode to", () => {
    const broken = scaledSections().chain(({ bytes, ...rest }) =>
      mutated(fc.constant(bytes)).map((changed) => ({ ...rest, bytes: changed })),
    );
    fc.assert(
      fc.property(broken, ({ kind, shape, bytes }) => {
        let section: CodedSection;
        try {
          section = decodeScaledSection(formOf(kind), bytes, shape);
          checkEntries(section.stored);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        expect(again(section, shape)).toEqual(section);
        expect(dequantizeWeight(section.stored).every(Number.isFinite)).toBe(true);
      }),
      { numRuns: 10 * numRuns },
    );
  });
});

test("the smallest section of weights with scales holds them, whatever its form, and its elements are the scaled ones", () => {
  fc.assert(
    fc.property(samples(), ({ weights, values }) => {
      const [rows] = weights.shape.length < 2 ? [1] : weights.shape;
      const scales = { rows: Float32Array.from({ length: rows! }, (_, i) => 2 ** -(i % 5)) };
      const section = cheapestSection({ ...weights, scales }, AUTO);
      const width = values.length / rows!;
      const expected = values.map((value, i) => value * 2 ** -(Math.floor(i / width) % 5));
      expect(section && dequantizeWeight(section.stored)).toEqual(expected);
      expect(sharedElements({ ...weights, scales }, 1, values.length)).toEqual(expected.subarray(1));
    }),
    { numRuns },
  );
});

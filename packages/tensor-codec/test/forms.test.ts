import { readFileSync } from "node:fs";
import { FormatError } from "@deep-compression/bits";
import { mutated } from "@deep-compression/huffman/arbitraries";
import { denseVector, type Layout } from "@deep-compression/sparse";
import {
  type CodedForm,
  type CodedSection,
  type CodedWeight,
  cheapestSection,
  checkEntries,
  decodeSection,
  dequantizeWeight,
  encodeSection,
  type Form,
  formCandidates,
  isRawForm,
  kindNumber,
  SECTION_KINDS,
  sectionKind,
  sectionLedger,
  storeIn,
  weightEntries,
} from "@deep-compression/tensor-codec";
import { type ArbitrarySection, densityClassSections } from "@deep-compression/tensor-codec/arbitraries";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { AUTO, exactWeights, samples } from "./weights";

const numRuns = 60 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

function codedForm(kind: number): CodedForm {
  const { form } = sectionKind(kind) ?? {};
  if (form === undefined || isRawForm(form)) throw new Error(`expected the kind of a coded form, got ${kind}`);
  return form;
}

/** Sections of every form, with line maps of both codings. */
function sections(): fc.Arbitrary<ArbitrarySection> {
  const chosen = samples().chain(({ weights }) =>
    fc.constantFrom(...formCandidates(weights, AUTO)).map((candidate) => {
      const { shape } = weights;
      const { bytes } = encodeSection(storeIn(candidate, weights), { shape, precision: "float32" });
      return { shape, kind: SECTION_KINDS[candidate.form], bytes };
    }),
  );
  return fc.oneof({ weight: 3, arbitrary: chosen }, densityClassSections());
}

/** The section again, from what it holds. */
function encodedAgain({ stored, bytes }: CodedSection, shape: readonly number[]): CodedSection {
  return encodeSection(stored, { shape, precision: (bytes[0] & 1) === 1 ? "float16" : "float32" });
}

describe("the worked example of docs/format.md", () => {
  const file = readFileSync(new URL("../../../test-vectors/container/valid/py-worked-example.dcz", import.meta.url));
  const layout: Layout = { rows: 3, columns: 2, order: "row-major" };
  const gaps: CodedWeight = {
    form: "gaps",
    layout,
    gaps: { length: 6, gapBits: 1, gaps: Uint8Array.of(0, 1, 1), values: Uint8Array.of(2, 1, 0) },
    centroids: Float32Array.of(-1, 0, 0.5),
  };
  const dense: CodedWeight = {
    form: "dense",
    codes: Uint8Array.of(0, 0, 1),
    centroids: Float32Array.of(0.25, 0.75),
  };

  test.each([
    ["w", gaps, [3, 2], file.subarray(105, 114), [0.5, 0, 0, 0, -1, 0]],
    ["b", dense, [3], file.subarray(114), [0.25, 0.25, 0.75]],
  ] as const)("%s is encoded to its bytes, and these are decoded to it", (_, stored, shape, bytes, values) => {
    const section = encodeSection(stored, { shape, precision: "float16" });
    expect(Buffer.from(section.bytes).toString("hex")).toBe(bytes.toString("hex"));
    expect(decodeSection(stored.form, section.bytes, shape)).toEqual(section);
    expect([...dequantizeWeight(stored)]).toEqual(values);
  });

  test("a ledger tells where the bytes of w went", () => {
    const { bytes, ...rest } = sectionLedger(decodeSection("gaps", new Uint8Array(file.subarray(105, 114)), [3, 2]));
    // Flags, number of entries, length of the value stream; count, step and two multiples; two streams whose mode is fixed.
    expect(bytes).toEqual({
      header: 3,
      codebook: 4,
      scales: 0,
      codeTables: 2,
      values: 0,
      gaps: 0,
      fillers: 0,
      raw: 0,
      deflate: 0,
    });
    expect(rest).toMatchObject({ form: "gaps", kept: 2, fillers: 1, centroids: 2, valueBits: { before: 2 } });
  });
});

describe("hand-worked", () => {
  function stored(form: CodedForm, values: number[], shape: number[]): CodedWeight | undefined {
    return cheapestSection(exactWeights(values, shape), { ...AUTO, form, gapBits: 2, lineMaps: "never" })?.stored;
  }

  test("a gap above the width is cut by fillers whose code is that of zero", () => {
    expect(stored("gaps", [0, 0, 0, 0, 0, 0, 2, -1], [8])).toMatchObject({
      form: "gaps",
      gaps: { length: 8, gapBits: 2, gaps: Uint8Array.of(3, 2, 0), values: Uint8Array.of(1, 2, 0) },
      centroids: Float32Array.of(-1, 0, 2),
    });
  });

  test("the bitmask and the dense form hold one code a set bit, and one an element", () => {
    const values = [0, 2, 0, 0, -1, 2, 0, 0, 0];
    expect(stored("bitmask", values, [9])).toMatchObject({
      mask: { length: 9, mask: Uint8Array.of(0b110010, 0), values: Uint8Array.of(1, 0, 1) },
      centroids: Float32Array.of(-1, 2),
    });
    expect(stored("dense", values, [9])).toMatchObject({
      codes: Uint8Array.of(1, 2, 1, 1, 0, 2, 1, 1, 1),
      centroids: Float32Array.of(-1, 0, 2),
    });
  });

  test("a filter is scanned as a matrix of one row an output channel, a vector and a scalar as one row", () => {
    const ones = new Array(2 * 3 * 2 * 2).fill(0).map((_, i) => (i === 5 ? 1 : 0));
    expect(stored("gaps", ones, [2, 3, 2, 2])).toMatchObject({ layout: { rows: 2, columns: 12 } });
    expect(stored("gaps", [0, 1], [2])).toMatchObject({ layout: { rows: 1, columns: 2 } });
    expect(stored("gaps", [1], [])).toMatchObject({ layout: { rows: 1, columns: 1 } });
  });

  test("only the dense form keeps the sign of a -0", () => {
    const zeros = new Array(64).fill(-0);
    for (const form of ["gaps", "bitmask"] as const) expect(stored(form, zeros, [64])).toBeUndefined();
    const dense = stored("dense", zeros, [64]);
    expect(dense && [...dequantizeWeight(dense)]).toEqual(zeros);
  });

  test("kinds of sections tell the form, and others tell none", () => {
    const forms: readonly Form[] = [
      "raw",
      "dense",
      "gaps",
      "bitmask",
      "deflated",
      "planes",
      "split",
      "context",
      "sparse",
    ];
    for (const form of forms) expect(sectionKind(SECTION_KINDS[form])).toEqual({ form });
    for (const form of forms.filter((one) => one !== "raw")) {
      const kind = kindNumber({ form, isWrapped: true });
      expect(kind).toBe(128 + SECTION_KINDS[form]);
      expect(sectionKind(kind)).toEqual({ form, isWrapped: true });
    }
    for (const kind of [0, 10, 66, 72, 128, 129, 138, 255]) expect(sectionKind(kind)).toBeUndefined();
  });
});

describe("of any section", () => {
  test("decoding mirrors encoding: the weight, its bytes, and the sizes that both note", () => {
    fc.assert(
      fc.property(samples(), ({ weights, values }) => {
        for (const candidate of formCandidates(weights, AUTO)) {
          const { shape } = weights;
          const section = encodeSection(storeIn(candidate, weights), { shape, precision: "float32" });
          const back = decodeSection(candidate.form, section.bytes, shape);
          expect(back).toEqual(section);
          expect(dequantizeWeight(back.stored)).toEqual(values);
          expect(encodedAgain(back, shape)).toEqual(section);
        }
      }),
      { numRuns: numRuns / 2 },
    );
    fc.assert(
      fc.property(densityClassSections(), ({ kind, shape, bytes }) => {
        const back = decodeSection(codedForm(kind), bytes, shape);
        expect(encodedAgain(back, shape)).toEqual(back);
      }),
      { numRuns },
    );
  });

  test("the bytes of its ledger sum to its length, and none is negative", () => {
    fc.assert(
      fc.property(sections(), ({ kind, shape, bytes }) => {
        const section = decodeSection(codedForm(kind), bytes, shape);
        const ledger = sectionLedger(section);
        const parts = Object.values(ledger.bytes);
        expect(parts.reduce((sum, part) => sum + part, 0)).toBe(bytes.length);
        expect(Math.min(...parts)).toBeGreaterThanOrEqual(0);
        const values = dequantizeWeight(section.stored);
        expect(ledger.kept).toBe(values.filter((value) => !Object.is(value, 0)).length);
        expect(ledger.centroids).toBe(new Set(values.filter((value) => value !== 0)).size);
      }),
      { numRuns: 2 * numRuns },
    );
  });

  test("the entries are the elements that have a code, found without building the tensor", () => {
    fc.assert(
      fc.property(sections(), ({ kind, shape, bytes }) => {
        const { stored } = decodeSection(codedForm(kind), bytes, shape);
        checkEntries(stored);
        const { positions, codes } = weightEntries(stored);
        const values = Float32Array.from(codes, (code) => stored.centroids[code]);
        const dense = dequantizeWeight(stored);
        const order = Uint32Array.from(positions.keys()).sort((a, b) => positions[a] - positions[b]);
        const sorted = { positions: positions.slice(), values: values.slice() };
        order.forEach((from, i) => {
          sorted.positions[i] = positions[from];
          sorted.values[i] = values[from];
        });
        expect(denseVector({ length: dense.length, ...sorted })).toEqual(dense);
      }),
      { numRuns },
    );
  });

  test("slices that threads make, in any order, are the whole", () => {
    fc.assert(
      fc.property(sections(), fc.double({ min: 0, max: 1, noNaN: true }), ({ kind, shape, bytes }, cut) => {
        const { stored } = decodeSection(codedForm(kind), bytes, shape);
        const whole = dequantizeWeight(stored);
        const into = new Float32Array(whole.length);
        expect(dequantizeWeight(stored, { into, from: cut, to: 1 })).toBe(into);
        dequantizeWeight(stored, { into, from: 0, to: cut });
        expect(into).toEqual(whole);
      }),
      { numRuns },
    );
  });

  test("mutated bytes end in FormatError, or are the one encoding of what they decode to", () => {
    const broken = sections().chain(({ bytes, ...rest }) =>
      mutated(fc.constant(bytes)).map((changed) => ({ ...rest, bytes: changed })),
    );
    let decoded = 0;
    fc.assert(
      fc.property(broken, ({ kind, shape, bytes }) => {
        let section: CodedSection;
        try {
          section = decodeSection(codedForm(kind), bytes, shape);
          checkEntries(section.stored);
        } catch (error) {
          expect(error).toBeInstanceOf(FormatError);
          return;
        }
        decoded++;
        expect(encodedAgain(section, shape)).toEqual(section);
      }),
      { numRuns: 10 * numRuns },
    );
    expect(decoded).toBeGreaterThan(0);
  });
});

import { elementCount, FormatError } from "@deep-compression/bits";
import { mutated } from "@deep-compression/huffman/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import {
  type CodedSection,
  cheapestSection,
  checkContextElements,
  contextTime,
  decodeContextSlice,
  decodeSection,
  dequantizeWeight,
  encodeSection,
  sectionLedger,
  weightEntries,
} from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bandCount, bandsOf } from "../src/context-bands";
import { candidateGrids } from "../src/context-choice";
import { AUTO, exactWeights, samples } from "./weights";

const numRuns = 60 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);
const CONTEXT = { ...AUTO, form: "context" } as const;

function contextOf(values: ArrayLike<number>, shape: readonly number[]): CodedSection {
  const section = cheapestSection(exactWeights(values, shape), CONTEXT);
  if (section?.stored.form !== "context") throw new Error("expected a section in the form context");
  return section;
}

/** Sections that are not wrapped, of tensors without -0. */
function sections(): fc.Arbitrary<{ readonly shape: readonly number[]; readonly section: CodedSection }> {
  return samples()
    .filter(({ values }) => !values.some((value) => Object.is(value, -0)))
    .map(({ weights }) => ({ shape: weights.shape, section: cheapestSection(weights, CONTEXT)! }))
    .filter(({ section }) => section.isWrapped === undefined);
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return `${error.code} at ${error.offset ?? "-"}`;
  }
  return "decoded";
}

/** Whether numbers are the same, bit for bit: of millions sooner than `toEqual` tells. */
function isSame(found: Float32Array, expected: Float32Array): boolean {
  const bytesOf = ({ buffer, byteOffset, byteLength }: Float32Array) => new Uint8Array(buffer, byteOffset, byteLength);
  return Buffer.compare(bytesOf(found), bytesOf(expected)) === 0;
}

/** A matrix of few weights in two bands, of 512 rows and of one. */
const BANDS_SHAPE = [513, 4096];
function twoBands(): Float32Array {
  const values = new Float32Array(elementCount(BANDS_SHAPE));
  for (let i = 0; i < 3000; i++) values[(i % 512) * 4096 + ((i * i) % 60)] = (i % 5) - 2.5;
  values.set([2, -2], 512 * 4096);
  return values;
}

describe("a section in the form context", () => {
  test("is that of docs/format.md's example", () => {
    const values = Float32Array.of(
      ...[0, 0.5, 0, 0.25, 1, 0.25, 0, 0.5, 0],
      ...[0, 0, 0, 0, 0, 0, 0, 0, 0],
      ...[-0.5, 0, 0.25, -1, 0, 0.5, -0.5, 0, 0.25],
    );
    const stored = contextOf(values, [3, 1, 3, 3]).stored as Extract<CodedSection["stored"], { form: "context" }>;
    const grid = { height: 3, width: 3 };
    const section = encodeSection({ ...stored, grid }, { shape: [3, 1, 3, 3], precision: "float16" });
    expect(Buffer.from(section.bytes).toString("hex")).toBe("03160a9fc700030385a51a3751c9c4e8");
    expect(dequantizeWeight(decodeSection("context", section.bytes, [3, 1, 3, 3]).stored)).toEqual(values);
  });

  test("comes back from its bytes, with its sizes, its ledger and its entries", () => {
    fc.assert(
      fc.property(samples(), ({ weights, values }) => {
        const section = cheapestSection(weights, CONTEXT);
        if (values.some((value) => Object.is(value, -0))) expect(section).toBeUndefined();
        if (section === undefined || section.isWrapped) return;
        const back = decodeSection("context", section.bytes, weights.shape);
        expect(back).toEqual(section);
        expect(dequantizeWeight(back.stored)).toEqual(values);
        const { bytes, kept } = sectionLedger(section);
        expect(Object.values(bytes).reduce((sum, part) => sum + part, 0)).toBe(section.bytes.length);
        expect(kept).toBe(values.filter((value) => value !== 0).length);
        const { positions, codes } = weightEntries(back.stored);
        expect([...positions]).toEqual([...values.keys()].filter((at) => values[at] !== 0));
        const { centroids } = back.stored;
        expect(Float32Array.from(codes, (code) => centroids[code])).toEqual(values.filter((value) => value !== 0));
      }),
      { numRuns },
    );
  });

  test("of which most are not 0 has the most frequent value as its center, which takes fewer bytes than 0 as one", () => {
    const random = seededRandom(3);
    const bell = () => random() + random() + random() - 1.5;
    // Rows of unlike scale, as filters are: in small ones most elements are the value next to 0.
    const shape = [64, 64];
    const values = Float32Array.from({ length: 4096 }, (_, i) => {
      const step = Math.floor(8 * bell() * (Math.floor(i / 64) % 2 === 0 ? 1 : 0.15));
      return (2 * step + 1) / 4;
    });
    const section = contextOf(values, shape);
    const stored = section.stored as Extract<CodedSection["stored"], { form: "context" }>;
    expect(Math.abs(stored.centroids[stored.center!])).toBe(0.25);
    const { codes, centroids } = stored;
    const zero = centroids.findIndex((centroid) => centroid > 0);
    const around = {
      form: "context" as const,
      codes: codes.map((code) => (code < zero ? code : code + 1)),
      centroids: Float32Array.of(...centroids.subarray(0, zero), 0, ...centroids.subarray(zero)),
    };
    const withZero = encodeSection(around, { shape, precision: "float16" });
    expect(dequantizeWeight(decodeSection("context", withZero.bytes, shape).stored)).toEqual(values);
    expect(section.bytes.length).toBeLessThan(0.97 * withZero.bytes.length);
  });

  test("of one value other than 0 has no bands' bytes", () => {
    const values = new Float32Array(60).fill(0.5);
    const { bytes, stored } = contextOf(values, [6, 10]);
    expect(bytes.length).toBe(6);
    expect(dequantizeWeight(decodeSection("context", bytes, [6, 10]).stored)).toEqual(values);
    expect(stored).toMatchObject({ center: 0 });
  });

  test("with a center is decoded in slices, and each must have its part of the codebook", () => {
    const values = Float32Array.from({ length: 4096 }, (_, i) => [1, 1, 2, 0, 1, -3][i % 6]);
    const { bytes } = contextOf(values, [64, 64]);
    const into = new Float32Array(4096);
    decodeContextSlice(bytes, [64, 64], { into, from: 0, to: 0.5 });
    decodeContextSlice(bytes, [64, 64], { into, from: 0.5, to: 1 });
    expect(into).toEqual(values);
    checkContextElements(bytes, [64, 64], into);
    const others = into.map((value) => (value === 0 ? 1 : value));
    expect(codeOf(() => checkContextElements(bytes, [64, 64], others))).toBe("not-canonical at 0");
  });

  test("cut at any byte or changed ends in FormatError, or is the one encoding of what it decodes to", () => {
    const holds = (bytes: Uint8Array, shape: readonly number[]) => {
      const precision = (bytes[0] & 1) === 1 ? "float16" : "float32";
      let back: CodedSection;
      try {
        back = decodeSection("context", bytes, shape);
      } catch (error) {
        expect(error).toBeInstanceOf(FormatError);
        return;
      }
      expect(encodeSection(back.stored, { shape, precision })).toEqual(back);
    };
    fc.assert(
      fc.property(sections(), ({ shape, section }) => {
        for (let cut = 0; cut < section.bytes.length; cut++) holds(section.bytes.subarray(0, cut), shape);
      }),
      { numRuns: numRuns / 4 },
    );
    const broken = sections().chain(({ shape, section }) =>
      mutated(fc.constant(section.bytes)).map((bytes) => ({ shape, bytes })),
    );
    fc.assert(
      fc.property(broken, ({ shape, bytes }) => {
        holds(bytes, shape);
      }),
      { numRuns: 10 * numRuns },
    );
  });
});

describe("bands", () => {
  test("are whole rows of at most 2^21 elements, and of a longer row one", () => {
    expect([[1], [2 ** 20], [7, 2 ** 20], [513, 4096], [1024, 4096]].map(bandCount)).toEqual([1, 1, 4, 2, 2]);
    const options = { below: 1, above: 1 };
    expect(bandsOf([513, 4096], options).map(({ start, elements }) => [start, elements])).toEqual([
      [0, 2 ** 21],
      [2 ** 21, 4096],
    ]);
  });

  test("of one tensor are decoded each by itself: slices that threads make are the whole", () => {
    const values = twoBands();
    const { bytes } = contextOf(values, BANDS_SHAPE);
    expect(isSame(dequantizeWeight(decodeSection("context", bytes, BANDS_SHAPE).stored), values)).toBe(true);
    const into = new Float32Array(values.length);
    decodeContextSlice(bytes, BANDS_SHAPE, { into, from: 0.5, to: 1 });
    expect(isSame(into.subarray(0, 2 ** 21), new Float32Array(2 ** 21))).toBe(true); // the first band begins in the other half
    expect(isSame(into.subarray(2 ** 21), values.subarray(2 ** 21))).toBe(true);
    expect(codeOf(() => checkContextElements(bytes, BANDS_SHAPE, into))).toBe("not-canonical at 0");
    decodeContextSlice(bytes, BANDS_SHAPE, { into, from: 0, to: 0.5 });
    expect(isSame(into, values)).toBe(true);
    checkContextElements(bytes, BANDS_SHAPE, into);
  });

  test("that are damaged are told, and where", () => {
    const { bytes } = contextOf(twoBands(), BANDS_SHAPE);
    expect(codeOf(() => decodeSection("context", bytes.subarray(0, 20), BANDS_SHAPE))).toMatch(/^truncated at/);
  });
});

describe("the form context is refused", () => {
  test("by the writer, where rows are too long, or weights too few for their lines", () => {
    const long = exactWeights(new Float32Array(2 ** 20 + 1).fill(1, 5, 9), [2 ** 20 + 1]);
    expect(cheapestSection(long, CONTEXT)).toBeUndefined();
    const diagonal = new Float32Array(2 ** 20);
    for (let i = 0; i < 1024; i++) diagonal[i * 1025] = 1;
    expect(cheapestSection(exactWeights(diagonal, [1024, 1024]), CONTEXT)).toBeUndefined();
    expect(cheapestSection(exactWeights(diagonal, [1024, 1024]), { ...AUTO, contextTime: Infinity })).toBeDefined();
  });

  test("by the reader, of rows that are too long", () => {
    expect(codeOf(() => decodeSection("context", Uint8Array.of(1, 0), [2 ** 20 + 1]))).toBe("limit-exceeded at 0");
    expect(codeOf(() => decodeSection("context", Uint8Array.of(1, 0), [2 ** 20]))).toBe("decoded");
  });
});

describe("the choice", () => {
  const shape = [64, 64];
  // Rows of other densities, and signs that alternate: what contexts see and counts do not.
  const values = Float32Array.from({ length: 4096 }, (_, i) => ((i * i) % (3 + ((i >> 6) % 9)) === 0 ? (-1) ** i : 0));

  test("takes the form context only where time is left for it, and it is smaller", () => {
    const weights = exactWeights(values, shape);
    const formOf = (time?: number) =>
      cheapestSection(weights, { ...AUTO, ...(time !== undefined && { contextTime: time }) });
    const huffman = formOf();
    const context = formOf(Infinity);
    expect(huffman?.stored.form).not.toBe("context");
    expect(context?.stored.form).toBe("context");
    expect(context!.bytes.length).toBeLessThan(huffman!.bytes.length);
    const time = contextTime(4096, values.filter((value) => value !== 0).length);
    expect(formOf(time)?.stored.form).toBe("context");
    expect(formOf(time - 1)).toEqual(huffman);
  });

  test("tries the kernels that a shape tells, and of a matrix square images", () => {
    expect(candidateGrids([8, 4, 3, 5])).toEqual([{ height: 3, width: 5 }, undefined]);
    expect(candidateGrids([8, 4, 7])).toEqual([{ height: 1, width: 7 }, undefined]);
    expect(candidateGrids([8, 4, 1, 1])).toEqual([undefined]);
    const sides = candidateGrids([300, 784]).map((grid) => grid?.width);
    expect(sides).toEqual([undefined, 4, 7, 14, 28]);
    expect(candidateGrids([784])).toEqual([undefined]);
  });
});

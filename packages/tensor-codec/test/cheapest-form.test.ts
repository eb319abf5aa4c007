import type { Codes } from "@deep-compression/bits";
import { histogram } from "@deep-compression/huffman";
import { seededRandom } from "@deep-compression/runtime";
import {
  type CodedForm,
  type CodedWeight,
  cheapestSection,
  decodeSection,
  dequantizeWeight,
  encodeSection,
  type FormOptions,
  formCandidates,
  matrixOf,
  storeIn,
} from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { AUTO, exactWeights, type Sample, samples } from "./weights";

const numRuns = 40 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** What may be asked for. */
const options: fc.Arbitrary<FormOptions> = fc.record({
  form: fc.constantFrom("auto" as const, "auto" as const, "dense" as const, "gaps" as const, "bitmask" as const),
  gapBits: fc.oneof(fc.constant("auto" as const), fc.integer({ min: 1, max: 8 })),
  lineMaps: fc.constantFrom("auto" as const, "never" as const),
  order: fc.constantFrom("auto" as const, "row-major" as const, "column-major" as const),
  precision: fc.constantFrom("float32" as const, "float16" as const),
});

/** Every way that the options leave open, one by one. */
function ways({ form, gapBits, lineMaps, order, precision }: FormOptions): FormOptions[] {
  const forms: readonly CodedForm[] = form === "auto" ? ["gaps", "bitmask", "dense"] : [form];
  const widths = gapBits === "auto" ? [1, 2, 3, 4, 5, 6, 7, 8] : [gapBits];
  const orders = order === "auto" ? (["row-major", "column-major"] as const) : [order];
  return forms.flatMap((one) =>
    widths.flatMap((width) =>
      orders.map((along) => ({ form: one, gapBits: width, lineMaps, order: along, precision })),
    ),
  );
}

test("no section of all that the options allow is smaller", () => {
  fc.assert(
    fc.property(samples(), options, ({ weights }, wanted) => {
      const { shape } = weights;
      const { precision } = wanted;
      const lengths = ways(wanted).flatMap((way) =>
        formCandidates(weights, way).map(
          (candidate) => encodeSection(storeIn(candidate, weights), { shape, precision }).bytes.length,
        ),
      );
      const cheapest = cheapestSection(weights, wanted);
      expect(cheapest?.bytes.length).toBe(lengths.length === 0 ? undefined : Math.min(...lengths));
    }),
    { numRuns },
  );
});

test("among equals gaps come before bitmask, and bitmask before dense", () => {
  const all = formCandidates(exactWeights([0, 1, 0, 2], [2, 2]), AUTO).map(({ form }) => form);
  expect(all).toEqual([...all].sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b)));
  expect(new Set(all)).toEqual(new Set(ORDER));
});

const ORDER: readonly CodedForm[] = ["gaps", "bitmask", "dense"];

test("empty rows and empty columns are left out in every combination, unless there are to be no line maps", () => {
  const weights = exactWeights([0, 0, 0, 0, 1, 2, 0, 0, 0], [3, 3]);
  const maps = (wanted: FormOptions) =>
    new Set(
      formCandidates(weights, wanted)
        .filter(({ form }) => form !== "dense")
        .map(({ layout }) => `${layout.rowClasses ?? "-"} ${layout.columnClasses ?? "-"}`),
    );
  expect(maps(AUTO)).toEqual(new Set(["- -", "0,1,0 -", "- 0,1,1", "0,1,0 0,1,1"]));
  expect(maps({ ...AUTO, lineMaps: "never" })).toEqual(new Set(["- -"]));
});

test("a vector is scanned in one order, a matrix in both", () => {
  const orders = (shape: readonly number[]) =>
    new Set(formCandidates(exactWeights([0, 1, 0, 2], shape), AUTO).map(({ layout }) => layout.order));
  expect(orders([4])).toEqual(new Set(["row-major"]));
  expect(orders([4, 1])).toEqual(new Set(["row-major"]));
  expect(orders([2, 2])).toEqual(new Set(["row-major", "column-major"]));
  expect(matrixOf([4, 1])).toEqual({ rows: 4, columns: 1 });
});

/** The symbols of the streams, with their alphabets. */
function streamsOf(stored: CodedWeight): readonly (readonly [Codes, number])[] {
  const alphabet = Math.max(1, stored.centroids.length);
  if (stored.form === "dense") return [[stored.codes, alphabet]];
  if (stored.form === "bitmask") {
    const { mask, values } = stored.mask;
    return [
      [mask, 256],
      [values, alphabet],
    ];
  }
  if (stored.form === "context") return [];
  const { gaps, values, gapBits } = stored.gaps;
  return [
    [gaps, 2 ** gapBits],
    [values, alphabet],
  ];
}

/** Where one symbol is at least half of all, run lengths may take fewer bytes than counts tell. */
function mayHaveRuns(stored: CodedWeight): boolean {
  return streamsOf(stored).some(
    ([symbols, alphabet]) => symbols.length > 0 && 2 * Math.max(...histogram(symbols, alphabet)) >= symbols.length,
  );
}

test("a candidate's bytes are those of its section, or about those where run lengths may be fewer", () => {
  const dense: fc.Arbitrary<Sample> = fc
    .array(fc.constantFrom(0, 1, 2, 3, 4, -5, -6, 7), { minLength: 1, maxLength: 300 })
    .map((all) => ({ weights: exactWeights(all, [all.length]), values: Float32Array.from(all) }));
  let exact = 0;
  fc.assert(
    fc.property(fc.oneof(samples(), dense), ({ weights }) => {
      const { shape } = weights;
      for (const candidate of formCandidates(weights, AUTO)) {
        const stored = storeIn(candidate, weights);
        const { length } = encodeSection(stored, { shape, precision: "float32" }).bytes;
        if (!mayHaveRuns(stored)) {
          exact++;
          expect(candidate.isExact).toBe(true);
        }
        if (candidate.isExact) expect(candidate.bytes).toBe(length);
        expect(length).toBeLessThanOrEqual(1.1 * candidate.bytes + 8);
        expect(length).toBeGreaterThanOrEqual(0.7 * candidate.bytes - 8);
      }
    }),
    { numRuns: 2 * numRuns },
  );
  expect(exact).toBeGreaterThan(100);
});

/** More codes than a chunk has, the rows from dense to sparse. */
function unevenWeights([rows, columns]: readonly [number, number], density: (row: number) => number): Float32Array {
  const random = seededRandom(5);
  return Float32Array.from({ length: rows * columns }, (_, i) =>
    random() < density(Math.floor(i / columns)) ? [-1, 0.3, 2, 7][Math.floor(4 * random())]! : 0,
  );
}

test("of many weights the bytes of candidates are told without a scan, about", () => {
  const shape = [512, 1020] as const;
  const weights = exactWeights(
    unevenWeights(shape, (row) => 0.01 * 90 ** (row / 512)),
    shape,
  );
  for (const order of ["row-major", "column-major"] as const) {
    for (const candidate of formCandidates(weights, { ...AUTO, order, gapBits: 5 })) {
      const { length } = encodeSection(storeIn(candidate, weights), { shape, precision: "float32" }).bytes;
      // Rows of one class are alike but for what is left of their slope.
      if (candidate.form !== "dense") {
        expect(Math.abs(length - candidate.bytes)).toBeLessThan((candidate.form === "gaps" ? 0.03 : 0.01) * length);
      }
    }
  }
});

test("and so where submatrices have no weights at all", () => {
  const shape = [512, 1020] as const;
  const random = seededRandom(6);
  const values = Float32Array.from({ length: 512 * 1020 }, (_, at) => {
    const [top, left] = [at < 256 * 1020, at % 1020 < 510];
    const density = top ? (left ? 0.9 : 0) : left ? 0.02 : 0.3;
    return random() < density ? 1 + Math.floor(600 * random()) : 0;
  });
  const weights = exactWeights(values, shape);
  for (const candidate of formCandidates(weights, { ...AUTO, order: "row-major", gapBits: 5 })) {
    const { length } = encodeSection(storeIn(candidate, weights), { shape, precision: "float32" }).bytes;
    if (candidate.form !== "dense") expect(Math.abs(length - candidate.bytes)).toBeLessThan(0.03 * length);
  }
});

test("many weights of uneven density are a mask in levels, which takes little more than their entropy", () => {
  const [rows, columns] = [512, 1024];
  const density = Float64Array.from({ length: rows }, (_, r) => 0.01 * 90 ** (r / rows));
  const values = unevenWeights([rows, columns], (row) => density[row]!);
  const weights = exactWeights(values, [rows, columns]);
  const section = cheapestSection(weights, AUTO);
  if (section?.stored.form !== "bitmask") throw new Error("expected a mask");
  const { layout, runBytes = 0, mask } = section.stored;
  expect(layout.levels).toBeDefined();
  expect(runBytes).toBeGreaterThan(0);
  expect(runBytes).toBeLessThan(mask.mask.length);
  const bits = density.reduce((sum, p) => sum - columns * (p * Math.log2(p) + (1 - p) * Math.log2(1 - p)), 0);
  const { positions, runs, lineMaps } = section.sizes;
  expect(positions!.bytes + runs!.bytes + lineMaps).toBeLessThan((1.1 * bits) / 8);
  const plain = cheapestSection(weights, { ...AUTO, form: "gaps" });
  expect(section.bytes.length).toBeLessThan(0.99 * plain!.bytes.length);
  const back = decodeSection("bitmask", section.bytes, [rows, columns]);
  expect(back).toEqual(section);
  expect(dequantizeWeight(back.stored)).toEqual(values);
});

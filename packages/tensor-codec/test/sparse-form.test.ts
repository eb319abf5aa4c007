import { elementCount, FormatError } from "@deep-compression/bits";
import { mutated } from "@deep-compression/huffman/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import { decodeRaw, encodeRaw, encodeRawBelow, rawLedger } from "@deep-compression/tensor-codec";
import fc from "fast-check";
import { expect, test } from "vitest";
import { decodeSparse, encodeSparseBelow, type SparseSizes } from "../src/sparse-form";

const numRuns = 100 * Number(process.env.DEEP_COMPRESSION_RUNS ?? 1);

/** Elements of which whole rows, whole columns and some others are zeros. */
const sparse = fc
  .record({
    size: fc.constantFrom(1, 2, 4, 8, 16),
    rows: fc.integer({ min: 1, max: 24 }),
    columns: fc.integer({ min: 1, max: 24 }),
    isRowUsed: fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
    isColumnUsed: fc.array(fc.boolean(), { minLength: 24, maxLength: 24 }),
    density: fc.constantFrom(0, 0.1, 0.5, 0.9),
    seed: fc.nat(),
  })
  .map(({ size, rows, columns, isRowUsed, isColumnUsed, density, seed }) => {
    const random = seededRandom(seed);
    const elements = new Uint8Array(rows * columns * size);
    for (let i = 0; i < rows * columns; i++) {
      const isUsed = isRowUsed[Math.floor(i / columns)] && isColumnUsed[i % columns] && random() < density;
      if (isUsed) for (let at = i * size; at < (i + 1) * size; at++) elements[at] = 256 * random();
    }
    return { elements, bits: 8 * size, shape: [rows, columns] };
  });

const ANY = Number.MAX_SAFE_INTEGER;

function codeOf(run: () => unknown): string {
  try {
    run();
    return "decoded";
  } catch (error) {
    return error instanceof FormatError ? error.code : String(error);
  }
}

test("elements come back bit for bit from a mask and those that are not zero, whatever their size and the layout", () => {
  let found = 0;
  fc.assert(
    fc.property(sparse, ({ elements, bits, shape }) => {
      const section = encodeSparseBelow(elements, { bits, shape, bytes: ANY });
      if (section === undefined) return;
      found++;
      const decoded = decodeSparse(section.bytes, { shape, bits });
      expect(decoded.elements).toEqual(elements);
      expect(decoded.sizes).toEqual(section.sizes);
    }),
    { numRuns },
  );
  expect(found).toBeGreaterThan(numRuns / 4);
});

test("the example of the format takes the bytes that it tells", () => {
  const elements = Uint8Array.from({ length: 16 }, (_, i) => (i % 4 === 0 ? i / 4 + 1 : 0));
  const section = Uint8Array.from(Buffer.from("000288000101020304", "hex"));
  expect(decodeSparse(section, { shape: [16], bits: 8 }).elements).toEqual(elements);
  const larger = encodeSparseBelow(new Uint8Array([...elements, ...elements]), { bits: 8, shape: [32], bytes: ANY });
  expect(larger?.bytes).toEqual(Uint8Array.from(Buffer.from("00028800010102030401020304", "hex")));
});

test("an accident in a section ends in FormatError, or in elements that have the same mask of zeros as they tell", () => {
  const options = { bits: 32, shape: [6, 10] };
  const elements = new Uint8Array(240).map((_, i) => (i % 20 < 4 ? i + 1 : 0));
  const section = encodeSparseBelow(elements, { ...options, bytes: ANY });
  if (section === undefined) throw new Error("expected a sparse section");
  fc.assert(
    fc.property(mutated(fc.constant(section.bytes)), (bytes) => {
      const code = codeOf(() => expect(decodeSparse(bytes, options).elements.length).toBe(240));
      expect([
        "decoded",
        "truncated",
        "trailing-data",
        "out-of-range",
        "not-canonical",
        "invalid-table",
        "limit-exceeded",
      ]).toContain(code);
    }),
    { numRuns: 10 * numRuns },
  );
  for (let length = 0; length < section.bytes.length; length++) {
    expect(
      codeOf(() => decodeSparse(section.bytes.subarray(0, length), options)),
      `${length} bytes`,
    ).toBe("truncated");
  }
  expect(codeOf(() => decodeSparse(new Uint8Array([...section.bytes, 0]), options))).toBe("trailing-data");
});

test("a layer of 1000 x 1000 pruned to 10 %, all its values distinct, takes a tenth of its bytes", () => {
  const random = seededRandom(3);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  const weights = Float32Array.from({ length: 1_000_000 }, () => (random() < 0.1 ? 0.05 * normal() : 0));
  const elements = new Uint8Array(weights.buffer);
  const section = encodeRaw(elements, { bits: 32, shape: [1000, 1000] });
  expect(section.form).toBe("sparse");
  expect(section.bytes.length).toBeLessThan(402_000);
  const decoded = decodeRaw(section.bytes, { form: section.form, shape: [1000, 1000], bits: 32 });
  expect(Buffer.compare(decoded, elements)).toBe(0);
});

test("many elements of rows and columns of very different densities come back, from a mask in density classes without levels", () => {
  const random = seededRandom(1);
  const shape = [512, 640];
  const elements = new Uint16Array(512 * 640);
  for (let i = 0; i < elements.length; i++) {
    const density = (i % 640 < 320 ? 0.9 : 0.05) * (i < 640 * 200 ? 1 : 0.4);
    if (random() < density) elements[i] = 1 + 65_535 * random();
  }
  const bytes = new Uint8Array(elements.buffer);
  const section = encodeSparseBelow(bytes, { bits: 16, shape, bytes: ANY })!;
  expect(section.bytes[0]! & 0x90).toBe(0x80); // density classes, no levels
  expect(Buffer.compare(decodeSparse(section.bytes, { bits: 16, shape }).elements, bytes)).toBe(0);
});

test("without a shape, of half bytes, or where readers would count free elements, the form is not taken", () => {
  const elements = new Uint8Array(Float32Array.from({ length: 400 }, (_, i) => (i % 7 === 0 ? Math.sin(i) : 0)).buffer);
  expect(encodeRaw(elements, { bits: 32, shape: [20, 20] }).form).toBe("sparse");
  expect(encodeRaw(elements, { bits: 32 }).form).not.toBe("sparse");
  expect(encodeSparseBelow(elements, { bits: 4, shape: [3200], bytes: ANY })).toBeUndefined();
  const zeros = new Uint8Array(2 ** 20);
  expect(encodeRawBelow(zeros, { bits: 8, shape: [2 ** 20], bytes: 2000 })?.form).toBe("deflated");
});

test("the ledger tells mask and elements apart, and its parts sum to the section", () => {
  const elements = new Uint8Array(Float32Array.from({ length: 400 }, (_, i) => (i % 7 === 0 ? Math.sin(i) : 0)).buffer);
  const shape = [20, 20];
  const section = encodeRaw(elements, { bits: 32, shape });
  let sizes: SparseSizes | undefined;
  decodeRaw(section.bytes, {
    form: section.form,
    shape,
    bits: 32,
    onSizes: (found) => {
      sizes = found;
    },
  });
  expect(sizes).toEqual(section.sizes);
  const common = { form: section.form, bits: 32, count: elementCount(shape), sectionLength: section.bytes.length };
  const { bytes, kept } = rawLedger(elements, { ...common, sizes });
  expect(kept).toBe(57); // sin(0) is 0
  expect(bytes.gaps).toBeGreaterThan(0);
  expect(bytes.raw).toBeGreaterThan(57 * 3);
  expect(Object.values(bytes).reduce((sum, part) => sum + part)).toBe(section.bytes.length);
});

import { FormatError } from "@deep-compression/bits";
import { encodeSymbols } from "@deep-compression/huffman";
import {
  type CodedForm,
  checkEntries,
  decodeRaw,
  decodeSection,
  dequantizeWeight,
  weightEntries,
} from "@deep-compression/tensor-codec";
import { expect, test } from "vitest";
import { decodeFlags, encodeFlags, type SectionFlags, type SymbolForm } from "../src/section-flags";

/** The error's code, place and stage. */
function errorOf(run: () => unknown): string {
  try {
    run();
    return "decoded";
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { code, offset, stage = "-", direction = "-" } = error;
    return `${code} at ${offset}, ${stage} ${direction}`;
  }
}

const one = [0x00, 0x3c]; // as float16

test("each way to break the dense form has its code and place", () => {
  const dense = (...bytes: number[]) => errorOf(() => decodeSection("dense", Uint8Array.from(bytes), [4]));
  expect(dense(1, 4, ...one)).toBe("decoded");
  expect(dense()).toBe("truncated at 0, - -");
  expect(dense(2, 4, ...one)).toBe("out-of-range at 0, - -"); // a flag of other forms
  expect(dense(1, 0)).toBe("not-canonical at 0, - -"); // codes of no centroid
  expect(dense(1, 8, ...one, ...one)).toBe("not-canonical at 4, - -"); // not ascending
  expect(dense(1, 4, 0x00, 0x7c)).toBe("out-of-range at 2, - -"); // infinity
  expect(dense(1, 0xfc, 0xff, 15, ...one)).toBe("truncated at 4, - -"); // 65,535 centroids
  expect(dense(1, 0x84, 0x80, 16, ...one)).toBe("limit-exceeded at 1, - -"); // 65,537
  expect(dense(1, 0x83, 0x80, 8, ...one)).toBe("limit-exceeded at 1, - -"); // 65,537 on a grid
  expect(dense(1, 3, ...one, 0b001, 0)).toBe("not-canonical at 1, - -"); // a grid longer than a list
  expect(dense(1, 5, 0x00, 0x38, 0b100011, 0)).toBe("not-canonical at 1, - -"); // multiples 2 and 4 of 0.5
  expect(dense(1, 4, ...one, 0)).toBe("trailing-data at 4, symbols decode");
});

test("each way to break the gaps form has its code and place", () => {
  const gaps = (...bytes: number[]) =>
    errorOf(() => checkEntries(decodeSection("gaps", Uint8Array.from(bytes), [8]).stored));
  // Flags: float16 and 2-bit gaps. One entry: centroid 1, code 1 of {0, 1}, gap 3.
  expect(gaps(0x11, 1, 4, ...one, 1, 0b1000, 0b10000)).toBe("decoded");
  expect(gaps(0x11, 9, 4, ...one, 1, 0b1000, 0b10000)).toBe("limit-exceeded at 1, - -"); // more than elements
  expect(gaps(0x11, 1, 4, 0x00, 0x00, 1, 0b1000, 0b10000)).toBe("not-canonical at 2, - -"); // 0 in the codebook
  expect(gaps(0x11, 1, 4, 0x00, 0x80, 1, 0b1000, 0b10000)).toBe("not-canonical at 2, - -"); // -0
  expect(gaps(0x11, 1, 4, ...one, 9, 0b1000, 0b10000)).toBe("truncated at 8, { values, gaps } decode");
  expect(gaps(0x91, 1, 4, ...one, 1, 0b1000, 0b10000)).toBe("out-of-range at 0, - -"); // classes without a map
  expect(gaps(0x19, 1, 4, ...one, 0xfe, 0x01, 1, 0b1000, 0b10000)).toBe("not-canonical at 6, - -"); // a map of nothing
  expect(gaps(0x11, 1, 4, ...one, 1, 0b0000, 0b11000)).toBe("not-canonical at 0, - -"); // nothing but a filler
  // Entries where they cannot be are found when the weight is used; they have no place in the bytes.
  expect(gaps(0x11, 2, 4, ...one, 1, 0b101, 0b110001)).toMatch(/^not-canonical at undefined/); // a filler at the end
  expect(gaps(0x11, 3, 4, ...one, 1, 0b1000, 0b11000)).toMatch(/^out-of-range at undefined/); // past 8 elements
});

test("a broken stream is named, and its place counts from the start of the section", () => {
  const messageOf = (form: CodedForm, bytes: readonly number[], shape: readonly number[]) => {
    try {
      return decodeSection(form, Uint8Array.from(bytes), shape).stored.form;
    } catch (error) {
      const { message, offset, stage, direction } = error as FormatError;
      return `${message} (${stage}, ${direction}, ${offset})`;
    }
  };
  const gaps = (values: number, last: number) => messageOf("gaps", [0x11, 1, 4, ...one, 1, values, last], [8]);
  const padding = "a padding bit is not zero";
  expect(gaps(0b1000, 0b10000)).toBe("gaps");
  expect(gaps(0b1000, 0b110000)).toBe(`{ values, gaps }, decode: gaps, decode: ${padding} (gaps, decode, 7)`);
  expect(gaps(0b11000, 0b10000)).toBe(`{ values, gaps }, decode: values, decode: ${padding} (values, decode, 6)`);
  expect(messageOf("dense", [1, 4, ...one, 0], [4])).toBe("symbols, decode: 8 bits left over (symbols, decode, 4)");
});

test("each way to break the bitmask form has its code, and every function that reads entries finds its padding", () => {
  // A mask of one byte, then one weight, of the one centroid.
  const section = (mask: number, ...behind: number[]) => {
    const stream = encodeSymbols(Uint8Array.of(mask), { alphabet: 256 });
    return Uint8Array.from([1, 4, ...one, stream.length, ...stream, ...behind]);
  };
  const decode = (bytes: Uint8Array) => decodeSection("bitmask", bytes, [4]);
  expect(errorOf(() => decode(section(0b0100)))).toBe("decoded");
  expect(errorOf(() => decode(section(0)))).toBe("not-canonical at 0, - -"); // a centroid that no code means
  expect(errorOf(() => decode(section(0b0100, 0)))).toBe("trailing-data at 7, symbols decode");
  expect(errorOf(() => decode(Uint8Array.of(1, 4, ...one, 9, 1)))).toBe("truncated at 6, { mask, values } decode");
  expect(errorOf(() => decode(Uint8Array.of(0x11, 4, ...one, 1, 0)))).toBe("out-of-range at 0, - -"); // gap width 2
  const padded = decode(section(0b10000)).stored;
  for (const use of [checkEntries, dequantizeWeight, weightEntries]) {
    expect(
      errorOf(() => use(padded)),
      use.name,
    ).toMatch(/^not-canonical at/);
  }
});

test("each way to break levels and the runs of a mask has its code", () => {
  // 2 x 8, the columns of classes 1 and 2; a mask with ones at the scan positions 1 and 15.
  const stream = (symbols: readonly number[], alphabet: number) =>
    encodeSymbols(Uint8Array.from(symbols), { alphabet });
  const withLength = (bytes: Uint8Array) => [bytes.length, ...bytes];
  const classes = withLength(stream([1, 1, 1, 1, 2, 2, 2, 2], 16));
  const section = (levels: readonly number[], runBytes: number, tokens: readonly number[], ...mask: number[]) =>
    Uint8Array.from([
      ...[0x99, 4, ...one, ...classes, ...withLength(stream(levels, 16)), runBytes, tokens.length],
      ...[...withLength(stream(tokens, 256)), ...withLength(stream(mask, 256))],
    ]);
  const codeOf = (...of: Parameters<typeof section>) =>
    errorOf(() => checkEntries(decodeSection("bitmask", section(...of), [2, 8]).stored)).replace(/ at.*/, "");
  expect(codeOf([1, 0], 1, [1], 0x80)).toBe("decoded");
  expect(codeOf([1, 0], 2, [1, 13])).toBe("decoded");
  expect(codeOf([1, 0], 0, [], 2, 0x80)).toBe("decoded");
  const { stored } = decodeSection("bitmask", section([1, 0], 1, [1], 0x80), [2, 8]);
  expect(weightEntries(stored).positions).toEqual(Uint32Array.of(5, 11)); // the submatrix of level 0 comes first
  expect(codeOf([0, 0], 1, [1], 0x80)).toBe("not-canonical"); // one level
  expect(codeOf([2, 0], 1, [1], 0x80)).toBe("not-canonical"); // no level 1
  expect(codeOf([1, 0], 3, [1], 0x80)).toBe("limit-exceeded"); // more bytes than the mask has
  expect(
    codeOf(
      [1, 0],
      1,
      Array.from({ length: 9 }, () => 0),
      0x80,
    ),
  ).toBe("limit-exceeded"); // more tokens than bits
  expect(codeOf([1, 0], 1, [1, 6], 0x80)).toBe("out-of-range"); // a one behind the bytes that are told
  expect(codeOf([1, 0], 2, [1, 13, 255])).toBe("not-canonical"); // a continuation at the end
  expect(codeOf([1, 0], 1, [1])).toBe("truncated"); // a byte of the mask is missing
  const whole = section([1, 0], 1, [1], 0x80);
  for (let length = 0; length < whole.length; length++) {
    const cut = errorOf(() => decodeSection("bitmask", whole.slice(0, length), [2, 8]));
    expect(cut, `${length} bytes`).toMatch(/^(truncated|out-of-range|not-canonical|invalid-table)/);
  }
});

test("a coded tensor of no elements, and a raw one of other bytes than its shape needs, are refused", () => {
  for (const form of ["dense", "gaps", "bitmask"] as const) {
    expect(errorOf(() => decodeSection(form, Uint8Array.of(0, 0, 0, 0), [3, 0]))).toBe("out-of-range at 0, - -");
  }
  const raw = (length: number, bits: number) =>
    errorOf(() => decodeRaw(new Uint8Array(length), { form: "raw", shape: [3], bits }));
  expect([raw(12, 32), raw(11, 32), raw(13, 32)]).toEqual([
    "decoded",
    "truncated at 0, - -",
    "trailing-data at 0, - -",
  ]);
  expect([raw(2, 4), raw(1, 4), raw(3, 4)]).toEqual(["decoded", "truncated at 0, - -", "trailing-data at 0, - -"]);
});

test("flags of every form come back, and those that a form does not have are refused", () => {
  const allowed: readonly (readonly [SymbolForm, number])[] = [
    ["dense", 0x01],
    ["gaps", 0xff],
    ["bitmask", 0x9f],
  ];
  for (const [form, mask] of allowed) {
    for (let flags = 0; flags < 256; flags++) {
      const classesWithoutMap = (flags & 0x80) !== 0 && (flags & 0x0c) === 0;
      const levelsWithoutClasses = form === "bitmask" && (flags & 0x90) === 0x10;
      const known = (flags & ~mask) === 0 && !classesWithoutMap && !levelsWithoutClasses;
      let decoded: SectionFlags | undefined;
      const outcome = errorOf(() => {
        decoded = decodeFlags(flags, form);
      });
      expect(outcome, `${form} ${flags}`).toBe(known ? "decoded" : "out-of-range at 0, - -");
      if (decoded !== undefined) expect(encodeFlags(decoded)).toBe(flags);
    }
  }
});

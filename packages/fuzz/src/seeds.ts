import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { FormatError, packBits } from "@deep-compression/bits";
import { deflate } from "@deep-compression/bits/deflate";
import { type ContainerContent, encodeEnvelope, readContainer } from "@deep-compression/container";
import { envelopes } from "@deep-compression/container/arbitraries";
import { byteCoding } from "@deep-compression/context-coding";
import { rankStreams } from "@deep-compression/context-coding/arbitraries";
import { codeLengthTable, type SymbolStreamOptions } from "@deep-compression/huffman";
import { completeCodeLengths, longSymbolStreams, symbolStreams } from "@deep-compression/huffman/arbitraries";
import { encodeGraph } from "@deep-compression/network/graph-encoding";
import { dczFiles, networks } from "@deep-compression/pipeline/arbitraries";
import { seededRandom } from "@deep-compression/runtime";
import { bitmask, type Layout, relativeIndex, type SparseVector, scanLength } from "@deep-compression/sparse";
import { layouts } from "@deep-compression/sparse/arbitraries";
import { type ArbitrarySplit, splitSections } from "@deep-compression/tensor-codec/arbitraries";
import fc from "fast-check";
import { below, joined } from "./byte-changes";
import type { FuzzCase } from "./fuzz-case";
import { TENSOR_NAMES } from "./stream-targets";
import { outcomeOf } from "./twins";

/** A file to start from. */
export interface SeedFile {
  readonly bytes: Uint8Array;
  /** Whether it can be read. */
  readonly valid: boolean;
  /** Not there if its directory, a checksum or its model is refused. */
  readonly content?: ContainerContent;
}

const VECTORS = fileURLToPath(new URL("../../../test-vectors/", import.meta.url));

/** Every vector of test-vectors/container, valid and invalid, but those of many kilobytes: they are slow, and no richer. */
export function vectorFiles(): SeedFile[] {
  return ["valid", "invalid"].flatMap((folder) =>
    filesOf(`container/${folder}`, ".dcz")
      .map((file) => new Uint8Array(file))
      .filter(({ length }) => length <= 4096)
      .map((bytes) => seedFile({ bytes, valid: folder === "valid" })),
  );
}

/** The symbol streams of test-vectors/huffman, valid and invalid: their bytes end in so many zeros. */
function vectorStreams(): FuzzCase[] {
  return [...filesOf("huffman/valid", ".json"), ...filesOf("huffman/invalid", ".json")].map((file) => {
    const { alphabet, count, bytes, zeros } = JSON.parse(file.toString());
    return symbolCase({ alphabet, count, bytes: joined(Buffer.from(bytes, "hex"), new Uint8Array(zeros)) });
  });
}

function filesOf(folder: string, extension: string): Buffer[] {
  const names = readdirSync(VECTORS + folder).filter((name) => name.endsWith(extension));
  return names.sort().map((name) => readFileSync(`${VECTORS}${folder}/${name}`));
}

/** Files of small networks, tensors in every form. */
export function arbitraryFiles(options: { readonly seed: number; readonly count: number }): SeedFile[] {
  return fc
    .sample(dczFiles(), { seed: options.seed, numRuns: options.count })
    .map((bytes) => seedFile({ bytes, valid: true }));
}

function seedFile(file: Omit<SeedFile, "content">): SeedFile {
  const content = outcomeOf(() => readContainer(file.bytes));
  return content instanceof FormatError ? file : { ...file, content };
}

/** Valid inputs of each bare stream. */
export function streamCases(options: { readonly seed: number; readonly count: number }): FuzzCase[] {
  const { seed, count } = options;
  const sampled = <T>(arbitrary: fc.Arbitrary<T>, numRuns = count) => fc.sample(arbitrary, { seed, numRuns });
  const random = seededRandom(seed);
  const graphs = sampled(networks()).flatMap(({ graph }) => graph ?? []);
  return [
    ...vectorStreams(),
    ...sampled(symbolStreams({ maxLength: 300 }), 3 * count).map(symbolCase),
    ...sampled(longSymbolStreams(), Math.ceil(count / 20)).map(symbolCase),
    ...sampled(rankStreams(), 2 * count).map(({ rows, columns, grid, lowest, highest, bytes }) => {
      const { height, width } = grid ?? { height: 1, width: 1 };
      const numbers = [rows, columns / (height * width), height, width, 0 - lowest, highest];
      return { target: "ranks", numbers, bytes };
    }),
    ...sampled(splitSections(), 2 * count).map(splitCase),
    ...sampled(splitSections({ maxCount: 3000 }), Math.ceil(count / 4)).map(splitCase),
    ...sampled(completeCodeLengths({ maxSize: 60 })).map((lengths) => {
      const alphabet = lengths.length;
      return { target: "code-lengths", numbers: [alphabet], bytes: codeLengthTable({ alphabet }).encode(lengths) };
    }),
    ...Array.from({ length: count }, () => packedCase(random)),
    ...sampled(layouts()).flatMap((layout) => layoutCases(layout, random)),
    ...[0, 1, 3].flatMap((tensorCount) =>
      sampled(envelopes({ tensorCount })).map((envelope) => {
        return { target: "envelope", numbers: [tensorCount], bytes: encodeEnvelope(envelope) };
      }),
    ),
    ...sampled(plainTexts()).map((plain) => {
      return { target: "mixed", numbers: [plain.length], bytes: byteCoding({ length: plain.length }).encode(plain) };
    }),
    ...sampled(plainTexts()).map((plain) => ({ target: "inflate", numbers: [plain.length], bytes: deflate(plain) })),
    ...graphs.map((graph) => {
      return { target: "graph", numbers: [], bytes: encodeGraph(graph, { tensorNames: TENSOR_NAMES }) };
    }),
  ];
}

/** Bytes that deflate: pieces of a few, over and over. */
function plainTexts(): fc.Arbitrary<Uint8Array> {
  const pieces = fc.array(fc.uint8Array({ minLength: 1, maxLength: 9 }), { minLength: 1, maxLength: 4 });
  const picks = fc.array(fc.nat({ max: 3 }), { maxLength: 200 });
  return fc.tuple(pieces, picks).map(([some, order]) => joined(...order.map((pick) => some[pick % some.length]!)));
}

function symbolCase({ alphabet, count, bytes }: SymbolStreamOptions & { readonly bytes: Uint8Array }): FuzzCase {
  return { target: "symbols", numbers: [alphabet, count], bytes };
}

function splitCase({ size, count, bytes }: ArbitrarySplit): FuzzCase {
  return { target: "split", numbers: [Math.log2(size) - 1, count], bytes };
}

function packedCase(random: () => number): FuzzCase {
  const width = 1 + below(random, 16);
  const values = Uint16Array.from({ length: below(random, 40) }, () => below(random, 2 ** width));
  return { target: "packed-codes", numbers: [width, values.length], bytes: packBits(values, width) };
}

/** Codes 1 to 9 at some scan positions; 0 is the filler. */
function scanEntries(layout: Layout, random: () => number): SparseVector<Uint8Array> {
  const length = scanLength(layout);
  const density = random();
  const positions = Uint32Array.from(Array.from({ length }, (_, i) => i).filter(() => random() < density));
  return { length, positions, values: Uint8Array.from(positions, () => 1 + below(random, 9)) };
}

/** A gap vector and a bitmask over one layout; behind them its density classes and levels, if it has any. */
function layoutCases(layout: Layout, random: () => number): FuzzCase[] {
  const { rows, columns, order, rowClasses, columnClasses, levels = new Uint8Array(0) } = layout;
  const gapBits = 1 + below(random, 8);
  const { gaps, values } = relativeIndex<Uint8Array>({ gapBits }).encode(scanEntries(layout, random));
  const { mask, values: masked } = bitmask<Uint8Array>().encode(scanEntries(layout, random));
  const head = [rows, columns, order === "row-major" ? 0 : 1];
  const ones = (count: number) => new Uint8Array(count).fill(1);
  const classes =
    rowClasses || columnClasses || levels.length > 0
      ? joined(rowClasses ?? ones(rows), columnClasses ?? ones(columns), levels)
      : new Uint8Array(0);
  return [
    { target: "gaps", numbers: [...head, gapBits - 1, 0, gaps.length], bytes: joined(gaps, values, classes) },
    { target: "bitmask", numbers: [...head, mask.length, masked.length], bytes: joined(mask, masked, classes) },
  ];
}

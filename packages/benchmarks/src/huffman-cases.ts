import { decodeSymbols, histogram } from "@deep-compression/huffman";
import { decodePool } from "@deep-compression/huffman/parallel";
import { zlibContestSeconds } from "./child-process";
import { fflate, ZLIB_HUFFMAN, zstdWasm } from "./entropy-coders";
import {
  type Case,
  type CaseContext,
  type Contest,
  compare,
  type Figure,
  type Row,
  toOverheadRow,
  toRow,
} from "./harness";
import { entropyBytes, SYMBOL_SAMPLES, type SymbolSample } from "./symbol-samples";
import { ratioText } from "./table";
import { assertSame, type Direction, REPEATS, repeatedContest, sampleStream } from "./zlib-contest";

/** As many as the entries of AlexNet's largest layer. */
const SYMBOLS = 2 ** 22;
/** Processes that a contest with zlib is run in: on one machine their ratios differ by a third. */
const PROCESSES = 5;

/** Timed runs of each side in a process, for each of a case: more than of rows that no least is taken of. */
const PROCESS_ROUNDS = 5;

function sampleName({ alphabet, bits }: SymbolSample): string {
  return `${alphabet} symbols, ${bits} bits`;
}

/** The bars against zlib; when they are decoded, 256 symbols take longer codes. */
function zlibBars(direction: Direction, { alphabet }: SymbolSample) {
  if (direction === "encode") return { bar: 5.5, goal: 9 };
  return alphabet <= 32 ? { bar: 5.5, goal: 7 } : { bar: 4.3, goal: 6 };
}

/** The row of two sides that do their work {@link REPEATS} times a timed run. `scale`: units a second of once. */
function contestRow(
  { scale, ...figure }: Omit<Figure, "ours" | "theirs"> & { readonly scale: number },
  { ours, theirs }: Contest,
  { rounds }: CaseContext,
): Promise<Row> {
  return compare({ ...figure, scale: scale / REPEATS }, repeatedContest({ ours, theirs }), { rounds, warmUps: 4 });
}

/** The row of the process, among several, in which ours does least well beside zlib. */
async function leastRow(name: string, direction: Direction, sample: SymbolSample, context: CaseContext): Promise<Row> {
  const count = Math.ceil(SYMBOLS * context.effort);
  const scale = 1e9 / count;
  const rows: Row[] = [];
  for (let process = 0; process < PROCESSES; process++) {
    const { ours, theirs } = await zlibContestSeconds(direction, sample, {
      count,
      rounds: PROCESS_ROUNDS * context.rounds,
    });
    const figure = { name: `${name}, the least of five processes`, unit: "ns a symbol", peer: ZLIB_HUFFMAN.name };
    const row = toRow({ ...figure, ours: scale * ours, theirs: scale * theirs, ...zlibBars(direction, sample) });
    context.progress(`${name}: ${ratioText(row)}`);
    rows.push(row);
  }
  return rows.reduce((least, row) => (row.ratio < least.ratio ? row : least));
}

function decodeCase(sample: SymbolSample): Case {
  return {
    name: `decode ${sampleName(sample)}`,
    async run(context) {
      const count = Math.ceil(SYMBOLS * context.effort);
      const [zstd, flate] = [await zstdWasm(), fflate(count)];
      const { symbols, bytes } = sampleStream(sample, count);
      const into = new Uint8Array(count);
      const rows = [await leastRow(`Huffman decode, ${sampleName(sample)}`, "decode", sample, context)];
      for (const { kernels, coder, ...bars } of [
        { kernels: "wasm", coder: zstd, bar: 3.5, goal: 5 },
        { kernels: "wasm", coder: flate, bar: 12, goal: 18 },
        { kernels: "plain", coder: ZLIB_HUFFMAN, bar: 1.5, goal: 2 },
        { kernels: "plain", coder: flate, bar: 5, goal: 7 },
      ] as const) {
        const theirBytes = coder.compress(symbols);
        const ours = () => decodeSymbols(bytes, { alphabet: sample.alphabet, count, kernels, into });
        const theirs = () => coder.decompress(theirBytes);
        assertSame("our decoder", Uint8Array.from(ours()), symbols);
        assertSame(coder.name, theirs(), symbols);
        const name = `Huffman decode${kernels === "wasm" ? "" : ", plain TypeScript"}, ${sampleName(sample)}`;
        const figure = { name, unit: "ns a symbol", peer: coder.name, ...bars, scale: 1e9 / count };
        rows.push(await contestRow(figure, { ours, theirs }, context));
      }
      return rows;
    },
  };
}

function encodeCase(sample: SymbolSample): Case {
  return {
    name: `encode ${sampleName(sample)}`,
    async run(context) {
      const name = `Huffman encode, histogram and table included, ${sampleName(sample)}`;
      return [await leastRow(name, "encode", sample, context)];
    },
  };
}

const PARALLEL_CASE: Case = {
  name: "two workers",
  async run(context) {
    const sample = SYMBOL_SAMPLES[1]!;
    const count = Math.ceil(16 * SYMBOLS * context.effort);
    const { symbols, bytes: encoded } = sampleStream(sample, count);
    const bytes = new Uint8Array(new SharedArrayBuffer(encoded.length));
    bytes.set(encoded);
    const options = { alphabet: sample.alphabet, count, into: new Uint8Array(new SharedArrayBuffer(count)) };
    const [one, two] = [decodePool({ threads: 1 }), decodePool({ threads: 2 })];
    try {
      const ours = () => two.decodeSymbols(bytes, options);
      const theirs = () => one.decodeSymbols(bytes, options);
      assertSame("two workers", Uint8Array.from(await ours()), symbols);
      const name = `Huffman decode, two workers on shared memory, 64M symbols, ${sampleName(sample)}`;
      const figure = { name, unit: "ms", peer: "the same with one worker", bar: 1.6, goal: 1.9, scale: 1000 };
      return [await contestRow(figure, { ours, theirs }, context)];
    } finally {
      await Promise.all([one.close(), two.close()]);
    }
  },
};

const SIZE_CASE: Case = {
  name: "size of coded streams",
  async run({ effort }) {
    const count = Math.ceil(1e6 * effort);
    return SYMBOL_SAMPLES.map((sample) => {
      const { symbols, bytes } = sampleStream(sample, count);
      assertSame("our decoder", Uint8Array.from(decodeSymbols(bytes, { ...sample, count })), symbols);
      return toOverheadRow({
        name: `size of 1M coded symbols, table included, ${sampleName(sample)}`,
        counted: "bytes",
        ours: bytes.length,
        peer: "their order-0 entropy",
        theirs: entropyBytes(histogram(symbols, sample.alphabet)),
        bar: 0.015,
        goal: 0.005,
      });
    });
  },
};

/** The entropy coder: speed against zlib, zstd and fflate, and size against the entropy. */
export const HUFFMAN_CASES: readonly Case[] = [
  ...SYMBOL_SAMPLES.map(decodeCase),
  ...SYMBOL_SAMPLES.map(encodeCase),
  PARALLEL_CASE,
  SIZE_CASE,
];

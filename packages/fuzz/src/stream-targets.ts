import { type Codes, packBits, unpackBits } from "@deep-compression/bits";
import { codeLengthTable, decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import { decodeGraph, encodeGraph } from "@deep-compression/network";
import {
  type BitmaskVector,
  bitmask,
  type DenseOptions,
  denseFromBitmask,
  denseFromGaps,
  denseVector,
  type GapVector,
  type Layout,
  relativeIndex,
  type SparseVector,
  scanLength,
  unscan,
} from "@deep-compression/sparse";
import type { Target } from "./target";
import { agreeing, outcomeOf, sameNumbers, settled } from "./twins";

/** Names that stand outside every fuzzed graph. */
export const TENSOR_NAMES = ["ip1.weight", "ip1.bias", "conv/1.weight", "é", "__proto__"];

/** Symbols beyond which a stream is cut into chunks: its encoding is no longer the only one. */
const CHUNK_SYMBOLS = 65536;

/** numbers: alphabet, count. */
export const SYMBOLS: Target = {
  name: "symbols",
  maxNumbers: [65536, 2 ** 18],
  // Counts, lengths and codes of the whole alphabet, which its caller names, besides the symbols.
  declaredBytes: ([alphabet, count]) => 2 * count + 16 * alphabet,
  run({ numbers, bytes }) {
    const [alphabet, count] = [Math.max(1, numbers[0]), numbers[1]];
    const decode = (kernels: "wasm" | "plain") => outcomeOf(() => decodeSymbols(bytes, { alphabet, count, kernels }));
    const decoded = agreeing("decodeSymbols", [decode("wasm"), decode("plain")], sameNumbers);
    if (count <= CHUNK_SYMBOLS) assertSame("encodeSymbols", encodeSymbols(decoded, { alphabet }), bytes);
    return `${count > CHUNK_SYMBOLS ? "chunked" : "mode"} ${(bytes[0] ?? 4) & 7}`;
  },
};

/** numbers: alphabet. */
export const CODE_LENGTHS: Target = {
  name: "code-lengths",
  maxNumbers: [65536],
  declaredBytes: ([alphabet]) => alphabet,
  run({ numbers, bytes }) {
    const alphabet = Math.max(1, numbers[0]);
    const table = codeLengthTable({ alphabet });
    assertSame("codeLengthTable", table.encode(table.decode(bytes)), bytes);
    return `coding ${(bytes[0] ?? 0) & 7}`;
  },
};

/** numbers: width, count. */
export const PACKED_CODES: Target = {
  name: "packed-codes",
  maxNumbers: [16, 4096],
  declaredBytes: ([, count]) => 2 * count,
  run({ numbers, bytes }) {
    const width = Math.max(1, numbers[0]);
    assertSame("packBits", packBits(unpackBits(bytes, { width, count: numbers[1] }), width), bytes);
    return `width ${width}`;
  },
};

/** numbers: rows, columns, order, gap width - 1, filler, entries. bytes: gaps, codes, density classes of rows, of columns. */
export const GAP_VECTORS: Target = {
  name: "gaps",
  maxNumbers: [64, 64, 1, 7, 16, 4096],
  declaredBytes: ([rows, columns]) => 8 * rows * columns,
  run({ numbers, bytes }) {
    const [, , , width, filler, entries] = numbers;
    const [gaps, values, classes] = cut(bytes, [entries, entries]);
    const layout = layoutOf(numbers, classes);
    const gapBits = width + 1;
    const encoded: GapVector<Codes> = { length: scanLength(layout), gapBits, gaps, values };
    const entriesOf = () => relativeIndex<Codes>({ gapBits, filler }).decode(encoded);
    const dense = (into: Into = {}) => denseFromGaps(encoded, { layout, filler, centroids: CENTROIDS, ...into });
    return compared(layout, [entriesOf, dense]);
  },
};

/** numbers: rows, columns, order, bytes of the mask, codes. bytes: mask, codes, density classes of rows, of columns. */
export const BITMASK_VECTORS: Target = {
  name: "bitmask",
  maxNumbers: [64, 64, 1, 512, 4096],
  declaredBytes: ([rows, columns]) => 8 * rows * columns,
  run({ numbers, bytes }) {
    const [, , , maskBytes, codes] = numbers;
    const [mask, values, classes] = cut(bytes, [maskBytes, codes]);
    const layout = layoutOf(numbers, classes);
    const encoded: BitmaskVector<Codes> = { length: scanLength(layout), mask, values };
    const entriesOf = () => bitmask<Codes>().decode(encoded);
    const dense = (into: Into = {}) => denseFromBitmask(encoded, { layout, centroids: CENTROIDS, ...into });
    return compared(layout, [entriesOf, dense]);
  },
};

/** numbers: none. */
export const GRAPHS: Target = {
  name: "graph",
  maxNumbers: [],
  declaredBytes: () => 0,
  run({ bytes }) {
    const options = { tensorNames: TENSOR_NAMES };
    const graph = decodeGraph(bytes, options);
    // Not the bytes themselves, which may hold a NaN of other bits than the one that is written.
    const again = encodeGraph(graph, options);
    assertSame("encodeGraph", encodeGraph(decodeGraph(again, options), options), again);
    return `nodes ${Math.min(3, graph.nodes.length)}`;
  },
};

/** As many as a code of one byte can index, so that a code of any value has a centroid: code + 1. */
const CENTROIDS = Float32Array.from({ length: 256 }, (_, code) => code + 1);

/** Where a matrix is written, and which slice of it. */
type Into = Pick<DenseOptions, "into" | "slice">;

/** The way by positions and the way straight to a matrix, at once or in two slices, give one matrix, or refuse with one code. */
function compared(
  layout: Layout,
  [entriesOf, dense]: readonly [() => SparseVector<Codes>, (into?: Into) => Float32Array],
): string {
  const entries = outcomeOf(entriesOf);
  const byPositions = outcomeOf(() => {
    const { length, positions, values } = settled(entries);
    const floats = Float32Array.from(values, (code) => CENTROIDS[code]);
    return unscan(layout, denseVector({ length, positions, values: floats }));
  });
  const inSlices = outcomeOf(() => {
    const into = new Float32Array(layout.rows * layout.columns);
    const length = scanLength(layout);
    const middle = Math.floor(length / 2);
    dense({ into, slice: { from: middle, to: length } });
    return dense({ into, slice: { from: 0, to: middle } });
  });
  agreeing("dense matrix", [outcomeOf(() => dense()), byPositions, inSlices], sameNumbers);
  return `${layout.order}${layout.rowClasses ? " by classes" : ""}`;
}

/** A layout of the first three numbers; with density classes if the bytes suffice for them. */
function layoutOf([rows, columns, order]: readonly number[], classes: Uint8Array): Layout {
  const layout: Layout = { rows, columns, order: order === 0 ? "row-major" : "column-major" };
  if (classes.length < rows + columns || classes.length === 0) return layout;
  const [rowClasses, columnClasses] = cut(
    classes.map((value) => value & 15),
    [rows, columns],
  );
  return { ...layout, rowClasses, columnClasses };
}

/** The bytes in parts of these lengths, and the rest; parts are shorter where the bytes end. */
function cut(bytes: Uint8Array, lengths: readonly number[]): Uint8Array[] {
  let start = 0;
  const parts = lengths.map((length) => {
    start += length;
    return bytes.slice(start - length, start);
  });
  return [...parts, bytes.slice(start)];
}

function assertSame(encoder: string, again: Uint8Array, bytes: Uint8Array): void {
  if (!sameNumbers(again, bytes)) throw new Error(`${encoder}: what was decoded is encoded to other bytes`);
}

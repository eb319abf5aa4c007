import { type Codes, packBits, unpackBits } from "@deep-compression/bits";
import { deflate, inflate, inflatePieces } from "@deep-compression/bits/deflate";
import { decodeEnvelope, encodeEnvelope } from "@deep-compression/container";
import { byteCoding, contextCoding } from "@deep-compression/context-coding";
import { codeLengthTable, decodeSymbols, encodeSymbols } from "@deep-compression/huffman";
import { decodeGraph, encodeGraph } from "@deep-compression/network/graph-encoding";
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
import { decodeRaw } from "@deep-compression/tensor-codec";
import type { Target } from "./trial";
import { agreeing, outcomeOf, sameNumbers } from "./twins";

/** Names that stand outside every fuzzed graph. */
export const TENSOR_NAMES = ["ip1.weight", "ip1.bias", "conv/1.weight", "é", "__proto__"];

/** Symbols beyond which a stream is cut into chunks: its encoding is no longer the only one. */
const CHUNK_SYMBOLS = 65536;

/** numbers: alphabet, count. */
export const SYMBOLS: Target = {
  name: "symbols",
  maxNumbers: [65536, 2 ** 18],
  // Counts, lengths and codes of the whole alphabet, which its caller names, besides the symbols.
  declaredBytes: ([alphabet = 0, count = 0]) => 2 * count + 16 * alphabet,
  run({ numbers: [symbols = 0, count = 0], bytes }) {
    const alphabet = Math.max(1, symbols);
    const decode = (kernels: "wasm" | "plain") => outcomeOf(() => decodeSymbols(bytes, { alphabet, count, kernels }));
    const decoded = agreeing("decodeSymbols", [decode("wasm"), decode("plain")], sameNumbers);
    if (count <= CHUNK_SYMBOLS) assertSame("encodeSymbols", encodeSymbols(decoded, { alphabet }), bytes);
    return `${count > CHUNK_SYMBOLS ? "chunked" : "mode"} ${(bytes[0] ?? 4) & 7}`;
  },
};

/** numbers: rows, channels, height and width of the grid, lowest rank without its sign, highest. */
export const RANKS: Target = {
  name: "ranks",
  maxNumbers: [64, 64, 8, 9, 32767, 32767],
  // Values, and states and rows by column.
  declaredBytes: ([rows = 0, channels = 0, height = 0, width = 0]) => (2 * rows + 32) * channels * height * width,
  run({ numbers, bytes }) {
    const [rows = 0, channels = 0, ...grid] = numbers;
    const [height = 1, width = 1] = grid.map((size) => Math.max(1, size));
    const [, , , , lowest = 0, highest = 0] = numbers;
    const matrix = { rows, columns: channels * height * width, grid: { height, width }, lowest: 0 - lowest, highest };
    const codecs = (["wasm", "plain"] as const).map((kernels) => contextCoding({ ...matrix, kernels }));
    const [ours, twin] = codecs.map(({ decode }) => outcomeOf(() => decode(bytes)));
    const decoded = agreeing("contextCoding", [ours!, twin!], sameNumbers);
    for (const { encode } of codecs) assertSame("contextCoding", encode(decoded), bytes);
    return `grid ${height} x ${width}`;
  },
};

/** numbers: count. */
export const MIXED_BYTES: Target = {
  name: "mixed",
  maxNumbers: [2 ** 12],
  // The model takes the same for any bytes.
  declaredBytes: ([length = 0]) => 2 ** 23 + 2 * length,
  run({ numbers: [length = 0], bytes }) {
    const codec = byteCoding({ length });
    assertSame("byteCoding", codec.encode(codec.decode(bytes)), bytes);
    return "mixed bytes";
  },
};

/** numbers: the logarithm of the bytes of an element, less one; count. */
export const SPLITS: Target = {
  name: "split",
  maxNumbers: [3, 2 ** 18],
  declaredBytes: ([logarithm = 0, count = 0]) => 2 * count * 2 ** (logarithm + 1),
  run({ numbers: [logarithm = 0, count = 0], bytes }) {
    const options = { form: "split", shape: [count], bits: 8 * 2 ** (logarithm + 1) } as const;
    const decode = (kernels: "wasm" | "plain") => outcomeOf(() => decodeRaw(bytes, { ...options, kernels }));
    agreeing("decodeRaw", [decode("wasm"), decode("plain")], sameNumbers);
    return `elements of ${options.bits} bits`;
  },
};

/** numbers: alphabet. */
export const CODE_LENGTHS: Target = {
  name: "code-lengths",
  maxNumbers: [65536],
  declaredBytes: ([alphabet = 0]) => alphabet,
  run({ numbers: [symbols = 0], bytes }) {
    const table = codeLengthTable({ alphabet: Math.max(1, symbols) });
    assertSame("codeLengthTable", table.encode(table.decode(bytes)), bytes);
    return `coding ${(bytes[0] ?? 0) & 7}`;
  },
};

/** numbers: width, count. */
export const PACKED_CODES: Target = {
  name: "packed-codes",
  maxNumbers: [16, 4096],
  declaredBytes: ([, count = 0]) => 2 * count,
  run({ numbers: [bits = 0, count = 0], bytes }) {
    const width = Math.max(1, bits);
    assertSame("packBits", packBits(unpackBits(bytes, { width, count }), width), bytes);
    return `width ${width}`;
  },
};

/** numbers: rows, columns, order, gap width - 1, filler, entries. bytes: gaps, codes, density classes of rows, of columns. */
export const GAP_VECTORS: Target = {
  name: "gaps",
  maxNumbers: [64, 64, 1, 7, 16, 4096],
  declaredBytes: ([rows = 0, columns = 0]) => 8 * rows * columns,
  run({ numbers, bytes }) {
    const [, , , width = 0, filler = 0, entries = 0] = numbers;
    const [gaps, values, classes] = cut(bytes, entries, entries);
    const layout = layoutOf(numbers, classes);
    const gapBits = width + 1;
    const encoded: GapVector<Codes> = { length: scanLength(layout), gapBits, gaps, values };
    return compared(layout, {
      entries: () => relativeIndex<Codes>({ gapBits, filler }).decode(encoded),
      dense: (into) => denseFromGaps(encoded, { layout, filler, centroids: CENTROIDS, ...into }),
    });
  },
};

/** numbers: rows, columns, order, bytes of the mask, codes. bytes: mask, codes, density classes of rows, of columns. */
export const BITMASK_VECTORS: Target = {
  name: "bitmask",
  maxNumbers: [64, 64, 1, 512, 4096],
  declaredBytes: ([rows = 0, columns = 0]) => 8 * rows * columns,
  run({ numbers, bytes }) {
    const [, , , maskBytes = 0, codes = 0] = numbers;
    const [mask, values, classes] = cut(bytes, maskBytes, codes);
    const layout = layoutOf(numbers, classes);
    const encoded: BitmaskVector<Codes> = { length: scanLength(layout), mask, values };
    return compared(layout, {
      entries: () => bitmask<Codes>().decode(encoded),
      dense: (into) => denseFromBitmask(encoded, { layout, centroids: CENTROIDS, ...into }),
    });
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

/** numbers: tensors. */
export const ENVELOPES: Target = {
  name: "envelope",
  maxNumbers: [9],
  declaredBytes: () => 0,
  run({ numbers: [tensorCount = 0], bytes }) {
    const envelope = decodeEnvelope(bytes, { tensorCount });
    assertSame("encodeEnvelope", encodeEnvelope(envelope), bytes);
    return `files ${Math.min(3, envelope.files.length)}, holes ${Math.min(3, envelope.holes.length)}`;
  },
};

/** numbers: bytes that the stream stands for. */
export const DEFLATE_STREAMS: Target = {
  name: "inflate",
  maxNumbers: [2 ** 20],
  declaredBytes: ([length = 0]) => length,
  run({ numbers: [length = 0], bytes }) {
    const whole = outcomeOf(() => inflate(bytes, { length }));
    const inPieces = outcomeOf(() => new Uint8Array(Buffer.concat([...copies(inflatePieces(bytes, { length }))])));
    const inflated = agreeing("inflate", [whole, inPieces], sameNumbers);
    assertSame("deflate", inflate(deflate(inflated), { length }), inflated);
    return `type ${((bytes[0] ?? 0) >> 1) & 3}`;
  },
};

function* copies(pieces: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const piece of pieces) yield piece.slice();
}

/** As many as a code of one byte can index, so that a code of any value has a centroid: code + 1. */
const CENTROIDS = Float32Array.from({ length: 256 }, (_, code) => code + 1);

/** The two ways to decode a vector: to its entries, and straight to a matrix or to a slice of one. */
interface Ways {
  readonly entries: () => SparseVector<Codes>;
  readonly dense: (into?: Pick<DenseOptions, "into" | "slice">) => Float32Array;
}

/** Both ways, at once or in two slices, give one matrix, or refuse with one code. */
function compared(layout: Layout, { entries, dense }: Ways): string {
  const byPositions = outcomeOf(() => {
    const { values, ...positions } = entries();
    return unscan(layout, denseVector({ ...positions, values: Float32Array.from(values, (code) => CENTROIDS[code]!) }));
  });
  const inSlices = outcomeOf(() => {
    const into = new Float32Array(layout.rows * layout.columns);
    const length = scanLength(layout);
    const middle = Math.floor(length / 2);
    dense({ into, slice: { from: middle, to: length } });
    return dense({ into, slice: { from: 0, to: middle } });
  });
  agreeing("dense matrix", [outcomeOf(() => dense()), byPositions, inSlices], sameNumbers);
  return `${layout.order}${layout.rowClasses ? " by classes" : ""}${layout.levels ? " and levels" : ""}`;
}

/** A layout of the first three numbers; with density classes if the bytes suffice for them, and with levels if there are more. */
function layoutOf([rows = 0, columns = 0, order]: readonly number[], bytes: Uint8Array): Layout {
  const layout: Layout = { rows, columns, order: order === 0 ? "row-major" : "column-major" };
  if (bytes.length < rows + columns || bytes.length === 0) return layout;
  const classes = bytes.map((value) => value & 15);
  const [rowClasses, columnClasses, more] = cut(classes, rows, columns);
  const submatrices = classesOf(rowClasses) * classesOf(columnClasses);
  const levels = more.length >= submatrices && more.length > 0 ? more.slice(0, submatrices) : undefined;
  return { ...layout, rowClasses, columnClasses, ...(levels && { levels }) };
}

/** How many classes have lines. */
function classesOf(classes: Uint8Array): number {
  return new Set(classes.filter((line) => line > 0)).size;
}

/** The bytes in two parts of these lengths, shorter where the bytes end, and the rest. */
function cut(bytes: Uint8Array, first: number, second: number): [Uint8Array, Uint8Array, Uint8Array] {
  return [bytes.slice(0, first), bytes.slice(first, first + second), bytes.slice(first + second)];
}

function assertSame(encoder: string, again: Uint8Array, bytes: Uint8Array): void {
  if (!sameNumbers(again, bytes)) throw new Error(`${encoder}: what was decoded is encoded to other bytes`);
}

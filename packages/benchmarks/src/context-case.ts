import { type ContextCodingOptions, contextCoding } from "@deep-compression/context-coding";
import { floatTensor } from "@deep-compression/network";
import { compress } from "@deep-compression/pipeline";
import { type Case, compare, median, type Row, toOverheadRow, toRow } from "./harness";
import { drawWeights, type SyntheticLayer, syntheticLayers } from "./synthetic-network";

/** A convolution, and a fully connected layer of a density that most have. */
const LAYERS = ["conv3", "fc7"] as const;
const MOST_ROWS = 256;
const BITS = 4;

/** A layer's ranks on a grid of 2^4 steps, and the same as weights. */
function layerOf(name: (typeof LAYERS)[number], effort: number) {
  const layer = syntheticLayers("alexnet").find((one) => one.name === name)!;
  const rows = Math.max(1, Math.ceil(Math.min(MOST_ROWS, layer.clumps.rows) * effort));
  const own: SyntheticLayer = { ...layer, clumps: { ...layer.clumps, rows } };
  const { columns } = own.clumps;
  const { positions, values } = drawWeights(own);
  const most = values.reduce((greatest, value) => Math.max(greatest, Math.abs(value)), 0);
  const ranks = new Int16Array(rows * columns);
  for (const [i, position] of positions.entries()) {
    const rank = Math.round((values[i]! / most) * 2 ** (BITS - 1));
    ranks[position] = rank === 0 ? Math.sign(values[i]!) : rank;
  }
  const [, , height = 1, width = 1] = layer.shape;
  const shape = [rows, ...layer.shape.slice(1)];
  const limits = { lowest: 0 - 2 ** (BITS - 1), highest: 2 ** (BITS - 1) };
  const matrix: ContextCodingOptions = { rows, columns, grid: { height, width }, ...limits };
  return { matrix, ranks, shape, weights: positions.length };
}

async function contextRows(name: (typeof LAYERS)[number], rounds: number, effort: number): Promise<Row[]> {
  const { matrix, ranks, shape, weights } = layerOf(name, effort);
  const [ours, twin] = (["wasm", "plain"] as const).map((kernels) => contextCoding({ ...matrix, kernels }));
  const bytes = ours!.encode(ranks);
  for (const codec of [ours!, twin!]) {
    if (!codec.decode(bytes).every((rank, i) => rank === ranks[i])) throw new Error("another matrix came back");
  }
  const title = `context coding, ${name} of AlexNet`;
  const seconds: number[] = [];
  const timed = async () => {
    const start = performance.now();
    ours!.decode(bytes);
    seconds.push((performance.now() - start) / 1000);
  };
  const byTwin = await compare(
    { name: `${title}: decode in TypeScript`, unit: "s", peer: "its kernel in WebAssembly", bar: 1 / 6, goal: 1 / 3 },
    { ours: () => twin!.decode(bytes), theirs: timed },
    { rounds },
  );
  const tensors = [floatTensor("w", shape, Float32Array.from(ranks))];
  const sizeAt = (effortOfPlan: "fast" | "smallest") =>
    compress({ graph: undefined, tensors }, { default: {}, effort: effortOfPlan }).bytes.length;
  return [
    toOverheadRow({
      name: `${title}: file`,
      counted: "bytes",
      ours: sizeAt("smallest"),
      peer: "Huffman codes",
      theirs: sizeAt("fast"),
      bar: 0,
    }),
    toRow({
      name: `${title}: decode in WebAssembly, a non-zero`,
      unit: "ns",
      ours: (1e9 * median(seconds)) / weights,
      peer: "the bar",
      theirs: 260,
      bar: 1,
      goal: 260 / 120,
    }),
    byTwin,
  ];
}

/** The form context: bytes against Huffman codes, and how long decoding takes. */
export const CONTEXT_CASES: readonly Case[] = LAYERS.map((name) => ({
  name: `context coding ${name}`,
  run: ({ rounds, effort }) => contextRows(name, rounds, effort),
}));

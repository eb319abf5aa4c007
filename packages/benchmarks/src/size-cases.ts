import { bytesSource } from "@deep-compression/container";
import { floatTensor, floatValues } from "@deep-compression/network";
import { compress, open } from "@deep-compression/pipeline";
import { seededRandom } from "@deep-compression/runtime";
import { denseVector, type SparseVector, sparseVector } from "@deep-compression/sparse";
import { squaredError } from "./agreement";
import { type Case, type Row, toOverheadRow } from "./harness";
import { type PaperBits, paperScheme } from "./paper-scheme";
import { clumpedPositions, survivingWeights, type WeightShape } from "./pruned-weights";
import { entropyBytes } from "./symbol-samples";

const ROWS = 4096;
const COLUMNS = 4096;
const SEED = 1;

/** A density of the paper with its bits there, and the least saving over the paper's scheme. */
interface Setting extends PaperBits {
  readonly density: number;
  readonly bar: number;
  readonly goal?: number;
}

const SETTINGS: readonly Setting[] = [
  { density: 0.04, valueBits: 5, gapBits: 5, bar: -0.08, goal: -0.1 },
  { density: 0.09, valueBits: 5, gapBits: 4, bar: -0.08, goal: -0.1 },
  { density: 0.25, valueBits: 5, gapBits: 4, bar: 0 },
  { density: 0.37, valueBits: 8, gapBits: 4, bar: 0 },
];

/** A layer whose zeros are independent, and its weights. */
function layer(shape: WeightShape, { density }: Setting, rows: number): SparseVector {
  const clumps = { rows, columns: COLUMNS, density, rowWidth: 0, columnWidth: 0 };
  const positions = clumpedPositions(clumps, { seed: SEED });
  const values = survivingWeights(shape, { count: positions.length, density, random: seededRandom(SEED + 1) });
  return { length: rows * COLUMNS, positions, values };
}

/** Order-0 entropy of the distinct values and of which elements are zero: what coding them one by one takes at least. */
function entropyBound({ length, positions, values }: SparseVector): number {
  const counts = new Map<number, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return entropyBytes([...counts.values()]) + entropyBytes([positions.length, length - positions.length]);
}

async function sizeRows(shape: WeightShape, setting: Setting, effort: number): Promise<Row[]> {
  const rows = Math.ceil(ROWS * effort);
  const weights = layer(shape, setting, rows);
  const theirs = paperScheme(weights, setting);
  const dense = denseVector(weights);
  const tensors = [floatTensor("weight", [rows, COLUMNS], dense)];
  const { bytes } = compress({ graph: undefined, tensors }, { default: { maxError: theirs.relativeError } });
  const restored = floatValues(await (await open(bytesSource(bytes))).tensor("weight"));
  const error = squaredError(restored, dense);
  if (error > theirs.squaredError)
    throw new Error(`squared error ${error} is above the paper's ${theirs.squaredError}`);
  const name = `size of pruned weights, ${shape}, ${100 * setting.density} % kept`;
  const figure = { counted: "bytes", ours: bytes.length };
  return [
    toOverheadRow({
      ...figure,
      name: `${name}, whole file`,
      peer: "entropy of its codes and positions",
      theirs: entropyBound(sparseVector(restored)),
      bar: 0.015,
      goal: 0.005,
    }),
    toOverheadRow({
      ...figure,
      name: `${name}, at the squared error of the paper's scheme`,
      peer: `the paper's scheme, ${setting.valueBits} and ${setting.gapBits} bits`,
      theirs: theirs.bytes,
      bar: setting.bar,
      goal: setting.goal,
    }),
  ];
}

/** Bytes of pruned layers against the entropy, and against the paper's scheme. */
export const SIZE_CASES: readonly Case[] = (["gaussian", "laplace"] as const).flatMap((shape) =>
  SETTINGS.map((setting) => ({
    name: `size ${shape} ${setting.density}`,
    run: ({ effort }) => sizeRows(shape, setting, effort),
  })),
);

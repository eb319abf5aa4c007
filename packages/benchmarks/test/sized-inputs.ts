import { floatTensor, type Tensor } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";

/** A tensor that is made anew from a seed each time, for the table of sizes. */
export interface SizedInput {
  readonly name: string;
  readonly tensor: Tensor;
}

type Draw = (random: () => number) => number;

/** Box and Muller's; the logarithm's argument is never 0. */
const gaussian: Draw = (random) => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

const laplace: Draw = (random) => (random() < 0.5 ? -1 : 1) * -Math.log(1 - random());

/** Weights as pruning leaves them: the tails of a distribution, where a row's and a column's densities allow. */
function pruned(
  shape: readonly [number, number],
  options: { density: number; clumping: number; draw: Draw; seed: number },
) {
  const [rows, columns] = shape;
  const { density, clumping, draw, seed } = options;
  const random = seededRandom(seed);
  const factors = (count: number) => Array.from({ length: count }, () => Math.exp(clumping * gaussian(random)));
  const [byRow, byColumn] = [factors(rows), factors(columns)];
  const mean = (list: readonly number[]) => list.reduce((sum, value) => sum + value, 0) / list.length;
  const scale = density / (mean(byRow) * mean(byColumn));
  return Float32Array.from({ length: rows * columns }, (_, i) => {
    const chance = scale * byRow[Math.floor(i / columns)] * byColumn[i % columns];
    if (random() >= chance) return 0;
    const value = draw(random);
    return 0.03 * (value + Math.sign(value));
  });
}

function filled(count: number, seed: number, value: (random: () => number, i: number) => number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, (_, i) => value(random, i));
}

function input(name: string, shape: readonly number[], values: Float32Array): SizedInput {
  return { name, tensor: floatTensor("w", shape, values) };
}

/** What networks hold and what they do not: each is some 10 to some 200,000 elements. */
export function sizedInputs(): SizedInput[] {
  return [
    input("lenet-ip1", [300, 784], pruned([300, 784], { density: 0.08, clumping: 0.8, draw: laplace, seed: 1 })),
    input("lenet-ip3", [10, 100], pruned([10, 100], { density: 0.26, clumping: 0.3, draw: laplace, seed: 2 })),
    input("lenet-conv2", [50, 20, 5, 5], pruned([50, 500], { density: 0.12, clumping: 0.5, draw: gaussian, seed: 3 })),
    input("even-4", [400, 400], pruned([400, 400], { density: 0.04, clumping: 0, draw: gaussian, seed: 4 })),
    input("even-25", [400, 400], pruned([400, 400], { density: 0.25, clumping: 0, draw: laplace, seed: 5 })),
    input("gaussian", [200, 200], filled(40_000, 6, gaussian)),
    input("laplace", [200, 200], filled(40_000, 7, laplace)),
    input(
      "uniform-vector",
      [500],
      filled(500, 8, (random) => random() - 0.5),
    ),
    input(
      "sixteen-values",
      [300, 300],
      filled(90_000, 9, (random) => Math.floor(16 * random() ** 2) / 8 - 1),
    ),
    input(
      "integers",
      [1000],
      filled(1000, 10, (random) => Math.floor(10 * random())),
    ),
    input(
      "one-line",
      [64, 64],
      filled(4096, 11, (random, i) => (i % 64 === 5 ? gaussian(random) : 0)),
    ),
    input(
      "one-weight",
      [100, 100],
      filled(10_000, 12, (_, i) => (i === 5050 ? 0.5 : 0)),
    ),
    input("zeros", [100, 100], new Float32Array(10_000)),
    input("scalar", [], Float32Array.of(1 / 3)),
    {
      name: "bytes",
      tensor: { name: "w", type: "uint8", shape: [256], bytes: Uint8Array.from({ length: 256 }, (_, i) => i) },
    },
  ];
}

import { elementCount } from "@deep-compression/bits";
import { PAPER, type PaperNetworkName } from "@deep-compression/experiments";
import { architectureNamed } from "@deep-compression/network";
import { seededRandom } from "@deep-compression/runtime";
import type { SparseVector } from "@deep-compression/sparse";
import type { PaperBits } from "./paper-scheme";
import { type Clumps, clumpedPositions, survivingWeights, type WeightShape } from "./pruned-weights";

/** A layer of a network that was never trained: the paper's shape, density and bits, weights drawn. */
export interface SyntheticLayer extends PaperBits {
  readonly name: string;
  /** Of the weight; its first dimension is that of the bias too. */
  readonly shape: readonly number[];
  readonly weightShape: WeightShape;
  readonly clumps: Clumps;
}

/**
 * What the fully connected layers are drawn from, set once so that the paper's scheme comes within 5 % of the paper's
 * rate: the least widths that do so, from {0.5, 1, 1.5, ...}, and densities within the paper's rounding (9 % is 8.5 to
 * 9.5). Independent zeros would cost fc6 8 % (AlexNet) and 13 % (VGG-16) more than the paper reports.
 */
const FULLY_CONNECTED: Readonly<Record<string, Pick<Clumps, "density" | "rowWidth">>> = {
  "alexnet.fc6": { density: 0.0851, rowWidth: 2.5 },
  "alexnet.fc7": { density: 0.0851, rowWidth: 2 },
  "alexnet.fc8": { density: 0.25, rowWidth: 0.5 },
  "vgg-16.fc6": { density: 0.0351, rowWidth: 2.5 },
  "vgg-16.fc7": { density: 0.036, rowWidth: 0.5 },
  "vgg-16.fc8": { density: 0.23, rowWidth: 0.5 },
};

/** The layers of AlexNet (61M weights) or VGG-16 (138M). */
export function syntheticLayers(network: Extract<PaperNetworkName, "alexnet" | "vgg-16">): SyntheticLayer[] {
  const { parameters } = architectureNamed(network);
  return PAPER[network].layers.map((theirs) => {
    const weight = parameters.find(({ name }) => name === `${theirs.layer}.weight`);
    if (weight === undefined) throw new RangeError(`${network}: expected a layer "${theirs.layer}", got none`);
    // For convolutions no rate is fitted; they are Laplace shaped, since their codes are the more skewed in the paper's tables.
    const fitted = FULLY_CONNECTED[`${network}.${theirs.layer}`];
    const { density, rowWidth } = fitted ?? { density: theirs.keptPercent / 100, rowWidth: 0.5 };
    const rows = weight.shape[0]!;
    const columns = elementCount(weight.shape) / rows;
    return {
      name: theirs.layer,
      shape: weight.shape,
      weightShape: fitted ? "gaussian" : "laplace",
      clumps: { rows, columns, density, rowWidth, columnWidth: 0.5 },
      valueBits: theirs.valueBits[0],
      gapBits: theirs.gapBits[0],
    };
  });
}

/** The weights of a layer that are left, row-major; always the same for a layer. */
export function drawWeights({ clumps, weightShape }: SyntheticLayer): SparseVector {
  const { rows, columns, density } = clumps;
  const seed = rows * 31 + columns;
  const positions = clumpedPositions(clumps, { seed });
  const values = survivingWeights(weightShape, { count: positions.length, density, random: seededRandom(seed + 1) });
  return { length: rows * columns, positions, values: values.map((value) => 0.01 * value) };
}

/** The bias of a layer: distinct numbers, as trained ones are. */
export function drawBias({ shape }: SyntheticLayer): Float32Array {
  const random = seededRandom(shape[0]!);
  return new Float32Array(shape[0]!).map(() => 0.1 * (random() - 0.5));
}

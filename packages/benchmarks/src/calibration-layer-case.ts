import { crossMoments, inverseFactor, rateAwarePass } from "@deep-compression/calibration";
import { layerCalibration } from "./child-process";
import { type Case, type Row, toCountRow, toRow } from "./harness";
import { normalWeights, relatedRows } from "./layer-samples";
import { inTemporaryFolder } from "./temporary-folder";

const SIZE = 4096;
const MEGABYTE = 1e6;

/** A large layer in a process of its own: seconds, and memory beyond that of a small one. */
async function largeLayerRows(effort: number): Promise<Row[]> {
  const size = 64 * Math.ceil((effort * SIZE) / 64);
  const [small, large] = await inTemporaryFolder(async (folder) => [
    await layerCalibration({ size: 64, rows: 64 }, folder),
    await layerCalibration({ size, rows: size }, folder),
  ]);
  return [
    toRow({
      name: `calibration of a layer of ${size} x ${size} by ${size} rows of inputs, one thread`,
      unit: "s",
      ours: large!.seconds,
      peer: "the bar",
      theirs: 60,
      bar: 1,
      goal: 60 / 25,
    }),
    toRow({
      name: `calibration of a layer of ${size} x ${size}, peak memory beyond that of one of 64 x 64`,
      unit: "MB",
      ours: (large!.peakBytes - small!.peakBytes) / MEGABYTE,
      peer: "3 n^2 numbers of 8 bytes and the layer twice",
      theirs: (5 * 8 * size ** 2) / MEGABYTE,
      bar: 1,
    }),
  ];
}

/** Second moments against sums in double precision, each as a part of the root of the product of both columns' own. */
function statisticsRow(): Row {
  const [columns, rows] = [384, 4096];
  const values = relatedRows({ rows, columns, seed: 5 }).map((value, i) => 3 * (i % 7) + value);
  const sum = crossMoments({ left: columns, right: columns });
  sum.add(values, values);
  const { products } = sum.moments();
  const means = Float64Array.from({ length: columns }, (_, j) => {
    let total = 0;
    for (let row = 0; row < rows; row++) total += values[row * columns + j]!;
    return total / rows;
  });
  const exact = new Float64Array(columns * columns);
  for (let row = 0; row < rows; row++) {
    for (let i = 0; i < columns; i++) {
      const left = values[row * columns + i]! - means[i]!;
      for (let j = i; j < columns; j++) exact[i * columns + j]! += left * (values[row * columns + j]! - means[j]!);
    }
  }
  let most = 0;
  for (let i = 0; i < columns; i++) {
    for (let j = i; j < columns; j++) {
      const scale = Math.sqrt(exact[i * columns + i]! * exact[j * columns + j]!);
      most = Math.max(most, Math.abs(products[i * columns + j]! - exact[i * columns + j]!) / scale);
    }
  }
  return toRow({
    name: `second moments of ${columns} inputs, ${rows} rows, the largest error`,
    unit: "of the columns' own",
    ours: most,
    peer: "the bar, against double precision",
    theirs: 1e-6,
    bar: 1,
  });
}

/** Lambda 0 and a fixed grid: the codes that GPTQ gives by its definition. */
function gptqRow(): Row {
  const [rows, columns, damping] = [64, 160, 0.01];
  const inputs = relatedRows({ rows: 512, columns, seed: 6 });
  const sum = crossMoments({ left: columns, right: columns });
  sum.add(inputs, inputs);
  const hessian = sum.moments().products;
  const weights = normalWeights(rows * columns, 7);
  const centroids = Float32Array.from({ length: 15 }, (_, i) => (i - 7) / 3);
  const { factor, added } = inverseFactor(hessian, columns, { damping })!;
  const codes = rateAwarePass(weights, { rows, columns, factor, centroids, bits: new Float64Array(15), lambda: 0 });
  const damped = hessian.map((value, at) => (at % (columns + 1) === 0 ? value + added : value));
  const theirs = gptqByDefinition(weights, damped, { columns, grid: centroids });
  return toCountRow({
    name: "lambda 0 and a fixed grid: codes that are those of GPTQ by its definition",
    unit: "codes",
    ours: theirs.filter((code, i) => code === codes[i]).length,
    peer: "all of them",
    theirs: theirs.length,
  });
}

/**
 * GPTQ (Frantar et al. 2023) by equations 2 and 3, in double precision: after each column its error is made up for by those behind, and the
 * column leaves the inverse of the Hessian.
 */
function gptqByDefinition(
  weights: Float64Array,
  hessian: Float64Array,
  { columns, grid }: { readonly columns: number; readonly grid: Float32Array },
): readonly number[] {
  const inverse = inverted(hessian, columns);
  const left = weights.slice();
  const codes = new Array<number>(left.length);
  for (let j = 0; j < columns; j++) {
    const diagonal = inverse[j * columns + j]!;
    for (let start = 0; start < left.length; start += columns) {
      const distances = Array.from(grid, (point) => Math.abs(left[start + j]! - point));
      const code = distances.indexOf(Math.min(...distances));
      codes[start + j] = code;
      const error = (left[start + j]! - grid[code]!) / diagonal;
      for (let l = j + 1; l < columns; l++) left[start + l]! -= error * inverse[j * columns + l]!;
    }
    const row = inverse.slice(j * columns, (j + 1) * columns);
    for (let i = j + 1; i < columns; i++) {
      for (let l = j + 1; l < columns; l++) inverse[i * columns + l]! -= (row[i]! * row[l]!) / diagonal;
    }
  }
  return codes;
}

/** By Gauss and Jordan. */
function inverted(matrix: Float64Array, size: number): Float64Array {
  const [left, right] = [matrix.slice(), new Float64Array(size * size)];
  for (let i = 0; i < size; i++) right[i * size + i] = 1;
  for (let pivot = 0; pivot < size; pivot++) {
    const scale = 1 / left[pivot * size + pivot]!;
    for (const half of [left, right]) {
      for (let j = 0; j < size; j++) half[pivot * size + j]! *= scale;
    }
    for (let i = 0; i < size; i++) {
      const factor = left[i * size + pivot]!;
      if (i === pivot || factor === 0) continue;
      for (const half of [left, right]) {
        for (let j = 0; j < size; j++) half[i * size + j]! -= factor * half[pivot * size + j]!;
      }
    }
  }
  return right;
}

/** What a layer takes, and that its parts are right. */
export const CALIBRATION_LAYER_CASE: Case = {
  name: "a layer",
  run: async ({ effort }) => [statisticsRow(), gptqRow(), ...(await largeLayerRows(effort))],
};

import { seededRandom } from "@deep-compression/runtime";

/** Independent normal numbers. */
export function normalWeights(count: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Float64Array.from({ length: count }, normal);
}

/** Neighbours' share in an input of {@link relatedRows}. */
const SHARE = 0.8;

/** Rows of a variance of 1 in which each number is like the one before, as inputs of layers are: correlations fall as powers of 0.8. */
export function relatedRows({ rows, columns, seed }: { rows: number; columns: number; seed: number }): Float32Array {
  const own = normalWeights(rows * columns, seed);
  const result = new Float32Array(rows * columns);
  for (let at = 0; at < result.length; at++) {
    const before = at % columns === 0 ? own[at]! : result[at - 1]!;
    result[at] = SHARE * before + Math.sqrt(1 - SHARE ** 2) * own[at]!;
  }
  return result;
}

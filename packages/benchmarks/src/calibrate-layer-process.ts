import { calibrateLayer, crossMoments } from "@deep-compression/calibration";
import { normalWeights, relatedRows } from "./layer-samples";

// Calibrates a layer of SIZE x SIZE by ROWS rows of inputs on this thread, and prints the seconds that it took: second moments, their
// factor, codes and centroids. Inputs are made a few hundred rows at a time, which is not timed.
const [size, rows] = process.argv.slice(2).map(Number) as [number, number];
const STEP = 512;

const weights = normalWeights(size * size, 1);
let seconds = 0;
function timed<T>(work: () => T): T {
  const start = performance.now();
  const result = work();
  seconds += (performance.now() - start) / 1000;
  return result;
}
const moments = crossMoments({ left: size, right: size });
for (let first = 0; first < rows; first += STEP) {
  const some = relatedRows({ rows: Math.min(STEP, rows - first), columns: size, seed: 2 + first });
  timed(() => moments.add(some, some));
}
timed(() => {
  const hessian = moments.moments().products;
  // About two bits a weight: D = 4^-bits of what the outputs are, a row of weights of variance 1.
  const lambda = (2 * Math.LN2 * rows) / 4 ** 2;
  return calibrateLayer(weights, { rows: size, columns: size, hessian, lambda });
});
console.log(JSON.stringify({ seconds }));

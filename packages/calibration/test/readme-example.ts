import assert from "node:assert/strict";
import { biasCorrection, calibrateLayer, crossMoments } from "@deep-compression/calibration";

// A fully connected layer of 8 outputs and 12 inputs, and 200 rows of inputs that are alike.
const [rows, columns] = [8, 12];
const weights = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i));
const inputs = Float32Array.from({ length: 200 * columns }, (_, i) => {
  const [row, column] = [Math.floor(i / columns), i % columns];
  return Math.sin(row) * (column + 1) + Math.cos(3 * row) + 0.1 * Math.sin(7 * i);
});

const statistics = crossMoments({ left: columns, right: columns });
statistics.add(inputs, inputs); // as often as there are more
const { products: hessian, rightMeans } = statistics.moments();
const layer = { rows, columns, hessian, lambda: 2 }; // a bit is worth a squared error of 2, over all rows
const { codes, centroids, method } = calibrateLayer(weights, layer);
const shared = Float64Array.from(codes, (code) => centroids[code]!);
const means = { denseMeans: rightMeans, compressedMeans: rightMeans };
const bias = biasCorrection(weights, shared, { rows, columns, ...means }); // to be added to the layer's biases
assert(method === "compensated" && bias.length === rows);
